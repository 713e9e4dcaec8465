/// The cumulative shares of two or three tables over their values: how far apart two curves ever
/// stand, up or down, is the Kolmogorov-Smirnov distance.
struct CumulativeCurves: Sendable {
    /// Ascending values.
    var values: [Double]
    /// The tables: name, style (see ``TableLegend``), cumulative share at each value.
    var series: [(name: String, style: Int, shares: [Double])]

    private static let fieldHeight = 118.0

    /// The curves, at a width.
    func draw(_ width: Double) -> Drawing {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max(), !series.isEmpty else {
            return .nothing("no values", width: width)
        }
        var drawing = Drawing(width: width)
        let legend = TableLegend(series: series.map { ($0.name, $0.style) })
        let top = legend.draw(.line, &drawing) + 10
        let bottom = top + Self.fieldHeight
        let heights = Scale(0, 1, from: bottom, to: top)
        let left = drawing.shareAxis(heights, right: width - 6)
        let across = Scale(low, high, from: left, to: width - 6)
        for one in series {
            let points = zip(values, one.shares).filter { $0.isFinite && $1.isFinite }
                .map { (x: across.place($0), y: heights.place($1)) }
            drawing.compactPath([Drawing.thinned(points)], style: TableLegend.line(one.style))
        }
        drawing.compactLines([(left, bottom, width - 6, bottom)], style: "axis")
        drawing.valueAxis(across, y: bottom)
        return drawing
    }
}

extension Drawing {
    /// The values of a horizontal axis, as many as stand apart within the picture.
    mutating func valueAxis(
        _ scale: Scale, y: Double, format: (Double, String) -> String = { $1 }
    ) {
        for count in [5, 4, 3, 2, 1] {
            var reached = 0.0
            var all: [(text: String, x: Double, y: Double)] = []
            var places: [Double] = []
            var isFree = true
            for tick in scale.ticks(count) {
                let text = format(tick.value, tick.text)
                let half = TextWidth.estimate(text, size: Drawing.textSize) / 2
                let x = min(max(scale.place(tick.value), half), width - half)
                if x - half < reached || x + half > width { isFree = false }
                all.append((text, x, y + 17))
                places.append(scale.place(tick.value))
                reached = x + half + 8
            }
            guard isFree || count == 1 else { continue }
            if !isFree { all = Array(all.prefix(1)) }
            compactLines(places.map { ($0, y, $0, y + 4) }, style: "axis")
            texts(all, anchor: .middle)
            return
        }
    }
}
