/// The shares of categories in up to three tables: a row for each, a mark of its own shape for each
/// table, and a line between them as long as they differ.
struct CategoryShares: Sendable {
    /// The tables: name, style (see ``TableLegend``), share of each category, share without a
    /// value.
    var series: [(name: String, style: Int, shares: [Double], absent: Double)]
    /// The names, the most frequent first.
    var categories: [String]

    /// The most rows: more are in the table beside it.
    static let rowLimit = 12
    private static let rowHeight = 21.0

    /// The rows, at a width.
    func draw(_ width: Double) -> Drawing {
        guard !categories.isEmpty, !series.isEmpty else {
            return .nothing("no values", width: width)
        }
        var drawing = Drawing(width: width)
        let legend = TableLegend(series: series.map { ($0.name, $0.style) })
        let top = legend.draw(.mark, &drawing) + 8
        let rows = self.rows
        let left = (width * 0.36).rounded()
        let values = rows.flatMap(\.shares).filter(\.isFinite)
        let across = Scale(0, max(values.max() ?? 0, 1e-6), from: left + 6, to: width - 8)
        let foot = top + Double(rows.count) * Self.rowHeight
        let ticks = across.ticks(3).map { across.place($0.value) }
        drawing.compactLines(ticks.map { ($0, top, $0, foot) }, style: "grid")
        func y(_ row: Int) -> Double { top + (Double(row) + 0.5) * Self.rowHeight }
        drawing.texts(
            rows.enumerated().map { place, row in
                (
                    TextWidth.shortened(row.name, to: left - 8, size: Drawing.textSize), 0,
                    y(place) + 4.5
                )
            }, style: "t")
        drawing.compactLines(
            rows.enumerated().compactMap { place, row in
                guard let low = row.shares.min(), let high = row.shares.max(), low < high else {
                    return nil
                }
                return (across.place(low), y(place), across.place(high), y(place))
            }, style: "axis")
        for (place, one) in series.enumerated() {
            drawing.compactMarks(
                one.style,
                rows.enumerated().map { (across.place($1.shares[place]), y($0)) },
                style: Drawing.markStyle(one.style))
        }
        drawing.valueAxis(
            across, y: foot,
            format: { value, _ in
                CheckFigures.tickPercent(value, step: (across.high - across.low) / 3)
            })
        return drawing
    }

    private var rows: [(name: String, shares: [Double])] {
        func share(_ one: [Double], _ place: Int) -> Double {
            one.indices.contains(place) && one[place].isFinite ? one[place] : 0
        }
        var rows = categories.prefix(Self.rowLimit).enumerated().map { place, name in
            (name: name, shares: series.map { share($0.shares, place) })
        }
        if series.contains(where: { $0.absent > 0 }) {
            rows.append(("(no value)", series.map(\.absent)))
        }
        return rows
    }
}
