/// Parts that several charts have in common.
extension Drawing {
    /// The names of the series with their marks, from the left, on as many lines as they need.
    /// Returns where they end.
    mutating func legend(_ names: [String], style: LegendStyle, y: Double) -> Double {
        let size = Drawing.textSize
        var (x, y) = (0.0, y + 14)
        for (place, name) in names.enumerated() {
            let room = min(TextWidth.estimate(name, size: size), width - 26)
            if x > 0 && x + 24 + room > width { (x, y) = (0, y + 20) }
            swatch(place % StyleSheet.seriesCount, style, x: x, y: y - 4.5)
            text(name, x: x + 22, y: y, room: room + 0.5)
            x += 22 + room + 18
        }
        return y + 6
    }

    /// The first series' marks are filled, the others' are not: so one shows behind another.
    static func markStyle(_ series: Int) -> String { series == 0 ? "m0" : "h\(series)" }

    /// How a series is shown beside its name.
    enum LegendStyle: Sendable {
        /// The first filled, the second by its outline.
        case bars
        /// By its mark.
        case marks
    }

    private mutating func swatch(_ series: Int, _ style: LegendStyle, x: Double, y: Double) {
        switch style {
        case .bars:
            if series == 0 {
                rectangle(x: x + 1, y: y - 6, width: 14, height: 12, style: "f0")
            } else {
                path(
                    [(x + 1, y + 6), (x + 1, y - 5), (x + 15, y - 5), (x + 15, y + 6)],
                    style: "o\(series)")
            }
        case .marks: mark(series, x: x + 8, y: y, style: Drawing.markStyle(series))
        }
    }

    /// The values of a horizontal axis below `y`, with lines up to `top`: as many as have room.
    mutating func horizontalAxis(
        _ scale: Scale, top: Double, y: Double, format: (Double, String) -> String = { $1 }
    ) {
        var reached = -Double.infinity
        for tick in ticks(of: scale, format: format) {
            let x = scale.place(tick.value)
            line(x1: x, y1: top, x2: x, y2: y, style: "grid")
            let half = TextWidth.estimate(tick.text, size: Drawing.textSize) / 2
            guard x - half >= reached, x - half >= 0, x + half <= width else { continue }
            text(tick.text, x: x, y: y + 15, anchor: .middle, style: "t-soft")
            reached = x + half + 6
        }
    }

    private func ticks(
        of scale: Scale, format: (Double, String) -> String
    ) -> [(value: Double, text: String)] {
        // The most that stand apart.
        for count in [8, 6, 5, 4, 3, 2] {
            let ticks = scale.ticks(count).map { ($0.value, format($0.value, $0.text)) }
            let room = ticks.map { TextWidth.estimate($0.1, size: Drawing.textSize) + 10 }.max()
            let step = ticks.count > 1 ? abs(scale.place(ticks[1].0) - scale.place(ticks[0].0)) : 0
            if let room, step >= room { return ticks }
        }
        return scale.ticks(1).map { ($0.value, format($0.value, $0.text)) }
    }

    /// The values of a vertical axis, left of `x`, with lines over to `right`.
    mutating func verticalAxis(
        _ scale: Scale, x: Double, right: Double, count: Int,
        format: (Double, String) -> String = { $1 }
    ) {
        for tick in scale.ticks(count) {
            let y = scale.place(tick.value)
            line(x1: x, y1: y, x2: right, y2: y, style: "grid")
            text(
                format(tick.value, tick.text), x: x - 6, y: y + 4.5, anchor: .end, room: x - 6,
                style: "t-soft")
        }
    }

    /// What stands where there is nothing to draw.
    static func nothing(_ words: String, width: Double) -> Drawing {
        var drawing = Drawing(width: width)
        drawing.rectangle(
            x: 0.5, y: 0.5, width: width - 1, height: 40, style: "box-out", radius: 3)
        drawing.text(
            words, x: width / 2, y: 25, anchor: .middle, room: width - 16, style: "t-soft")
        return drawing
    }
}
