/// How the values of up to three tables spread over the same bins, all drawn equally wide: the
/// first as filled bars, the others as outlines over them.
///
/// The bins lie between quantiles of one table, whose own bars are therefore about level: where
/// another's are not, it differs. The outer bins have no end.
struct BinnedShares: Sendable {
    /// The tables: name, style (see ``TableLegend``), share of each bin, share without a value.
    var series: [(name: String, style: Int, shares: [Double], absent: Double)]
    /// The edges between bins, one fewer than bins.
    var edges: [Double]

    private static let fieldHeight = 118.0

    /// The bars, at a width.
    func draw(_ width: Double) -> Drawing {
        let bins = series.map(\.shares.count).max() ?? 0
        guard bins > 0, series.contains(where: { $0.shares.contains { $0 > 0 } }) else {
            return .nothing("no values", width: width)
        }
        var drawing = Drawing(width: width)
        let legend = TableLegend(series: series.map { ($0.name, $0.style) })
        let top = legend.draw(.bar, &drawing) + 10
        let bottom = top + Self.fieldHeight
        let highest = series.flatMap { $0.shares + [$0.absent] }.filter(\.isFinite).max() ?? 1
        let heights = Scale(round: 0, highest, ticks: 3, from: bottom, to: top)
        let hasAbsent = series.contains { $0.absent > 0 }
        let left = drawing.shareAxis(heights, right: width)
        let right = width - (hasAbsent ? 52 : 4)
        let step = (right - left) / Double(bins)
        for one in series {
            bars(
                one.shares.enumerated().map { (left + Double($0.offset) * step, step, $0.element) },
                one.style, heights, &drawing)
            if hasAbsent {
                bars([(width - 38, 34, one.absent)], one.style, heights, &drawing)
            }
        }
        drawing.compactLines(
            [(left, bottom, right, bottom)]
                + (hasAbsent ? [(width - 42, bottom, width, bottom)] : []), style: "axis")
        labels(left, step, bottom, right, &drawing)
        if hasAbsent { drawing.texts([("none", width - 21, bottom + 17)], anchor: .middle) }
        return drawing
    }

    private func bars(
        _ bars: [(x: Double, width: Double, share: Double)], _ style: Int, _ heights: Scale,
        _ drawing: inout Drawing
    ) {
        let foot = heights.start
        func top(_ share: Double) -> Double {
            // However little it is, it is not nothing.
            share > 0 ? min(heights.place(share), foot - 1.5) : foot
        }
        if style == 0 {
            drawing.compactPath(
                bars.filter { $0.share > 0 }.map { bar in
                    let (from, to) = (bar.x + 0.5, bar.x + bar.width - 0.5)
                    return [(from, foot), (from, top(bar.share)), (to, top(bar.share)), (to, foot)]
                }, style: "f0", isClosed: true)
        } else if let first = bars.first, let last = bars.last {
            var outline = [(x: first.x, y: foot)]
            for bar in bars {
                outline += [(bar.x, top(bar.share)), (bar.x + bar.width, top(bar.share))]
            }
            outline.append((last.x + last.width, foot))
            drawing.compactPath([outline], style: TableLegend.line(style))
        }
    }

    /// The edges, as many as stand apart.
    private func labels(
        _ left: Double, _ step: Double, _ bottom: Double, _ right: Double, _ drawing: inout Drawing
    ) {
        var shown: [(text: String, x: Double, y: Double)] = []
        var ticks: [(x1: Double, y1: Double, x2: Double, y2: Double)] = []
        var reached = 0.0
        for (place, edge) in edges.enumerated() {
            let text = CheckFigures.short(edge)
            let half = TextWidth.estimate(text, size: Drawing.textSize) / 2
            let x = left + Double(place + 1) * step
            guard x - half >= reached, x + half <= right + 4 else { continue }
            shown.append((text, x, bottom + 17))
            ticks.append((x, bottom, x, bottom + 4))
            reached = x + half + 8
        }
        drawing.compactLines(ticks, style: "axis")
        drawing.texts(shown, anchor: .middle)
    }
}

extension Drawing {
    /// An axis of shares at the left with lines over to `right`; answers where the field begins.
    mutating func shareAxis(_ heights: Scale, right: Double) -> Double {
        let ticks = heights.ticks(3).map { tick in
            (
                text: CheckFigures.tickPercent(tick.value, step: (heights.high - heights.low) / 3),
                y: heights.place(tick.value)
            )
        }
        let room = ticks.map { TextWidth.estimate($0.text, size: Drawing.textSize) }.max() ?? 0
        let left = (room + 7).rounded(.up)
        compactLines(ticks.map { (left, $0.y, right, $0.y) }, style: "grid")
        texts(ticks.map { ($0.text, left - 5, $0.y + 4.5) }, anchor: .end)
        return left
    }
}
