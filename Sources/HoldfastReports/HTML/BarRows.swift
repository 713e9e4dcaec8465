/// Bars that lie, a row for each name: the first series filled, the second as an outline below it.
struct BarRows: Sendable {
    /// The names of one or two series; where there is one, it needs no legend.
    var series: [String]
    /// The rows, from the top.
    var rows: [Row]
    /// How a value is written at the end of its bar.
    var format: @Sendable (Double) -> String

    /// A name and its values.
    struct Row: Sendable {
        /// What the bars are of.
        var name: String
        /// A value for each series; `nil` where there is none.
        var values: [Double?]
        /// What is said below the name.
        var note = ""
        /// Whether it must not be missed.
        var isAlarm = false
    }

    /// The bars, at a width.
    func draw(_ width: Double) -> Drawing {
        guard !rows.isEmpty else { return .nothing("no rows", width: width) }
        var drawing = Drawing(width: width)
        var y = series.count > 1 ? drawing.legend(series, style: .bars, y: 0) + 6 : 2
        let size = Drawing.textSize
        let left = (width * (width < 500 ? 0.36 : 0.3)).rounded()
        let texts = rows.flatMap(\.values).map { $0.map(format) ?? "-" }
        let room = min(
            texts.map { TextWidth.estimate($0, size: size) }.max() ?? 0, width * 0.25)
        let values = rows.flatMap(\.values).compactMap { $0 }.filter(\.isFinite)
        let scale = Scale(0, max(values.max() ?? 0, 1e-300), from: left, to: width - room - 10)
        for row in rows {
            let foot = drawRow(row, y: y, scale: scale, room: room, &drawing)
            drawing.line(x1: left, y1: y - 1, x2: left, y2: foot - 3, style: "axis")
            y = foot
        }
        return drawing
    }

    private func drawRow(
        _ row: Row, y: Double, scale: Scale, room: Double, _ drawing: inout Drawing
    ) -> Double {
        let left = scale.start
        drawing.text(
            row.name, x: 0, y: y + 12, room: left - 10, style: row.isAlarm ? "t-bad" : "t",
            isBold: row.isAlarm)
        if !row.note.isEmpty {
            drawing.text(
                row.note, x: 0, y: y + 28, room: left - 10,
                style: row.isAlarm ? "t-bad" : "t-soft", isBold: row.isAlarm)
        }
        var bar = y
        for (place, value) in row.values.enumerated() {
            let end = value.map { max(scale.place($0), $0 == 0 ? left : left + 1.5) } ?? left
            if place == 0 {
                drawing.rectangle(x: left, y: bar, width: end - left, height: 13, style: "f0")
            } else {
                drawing.path(
                    [(left, bar), (end, bar), (end, bar + 13), (left, bar + 13)],
                    style: "o\(place)")
            }
            drawing.text(
                value.map(format) ?? "-", x: end + 6, y: bar + 11, room: room + 1, style: "t-soft")
            bar += 16
        }
        return max(bar, y + (row.note.isEmpty ? 16 : 32)) + 8
    }
}
