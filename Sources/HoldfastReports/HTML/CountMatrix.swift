/// Counts in cells, the darker the larger their share of the row: what was predicted of each label.
struct CountMatrix: Sendable {
    /// The names of the rows and of the columns.
    var rows: [String]
    var columns: [String]
    /// A count for each column of each row.
    var counts: [[Double]]

    /// The most rows or columns that are drawn; the table has all.
    static let limit = 12

    /// The cells, at a width.
    func draw(_ width: Double) -> Drawing {
        guard !rows.isEmpty, !columns.isEmpty else { return .nothing("no rows", width: width) }
        guard rows.count <= Self.limit, columns.count <= Self.limit else {
            return .nothing("more than \(Self.limit) classes: see the table", width: width)
        }
        var drawing = Drawing(width: width)
        let names = rows.map { TextWidth.estimate($0, size: Drawing.textSize) }.max() ?? 0
        let left = min(names + 12, width * 0.35)
        let size = min((width - left) / Double(columns.count), 110)
        let top = 40.0
        let height = 34.0
        drawing.text("predicted", x: left, y: 13, room: width - left, style: "t-soft")
        for (place, name) in columns.enumerated() {
            drawing.text(
                name, x: left + (Double(place) + 0.5) * size, y: top - 8, anchor: .middle,
                room: size - 6, style: "t-soft")
        }
        for (row, name) in rows.enumerated() {
            let y = top + Double(row) * height
            drawing.text(name, x: 0, y: y + height / 2 + 4.5, room: left - 8)
            let total = counts[row].reduce(0, +)
            for (column, count) in counts[row].enumerated() {
                let share = total > 0 ? count / total : 0
                cell(
                    x: left + Double(column) * size, y: y, size: size, height: height,
                    share: share, &drawing)
                drawing.text(
                    text(count), x: left + (Double(column) + 0.5) * size, y: y + height / 2 + 4.5,
                    anchor: .middle, room: size - 6, style: "t")
            }
        }
        drawing.height = max(drawing.height, top + Double(rows.count) * height + 2)
        return drawing
    }

    private func cell(
        x: Double, y: Double, size: Double, height: Double, share: Double,
        _ drawing: inout Drawing
    ) {
        drawing.add(
            HTML(
                "rect",
                [
                    "class": "heat", "x": Drawing.length(x + 1), "y": Drawing.length(y + 1),
                    "width": Drawing.length(size - 2), "height": Drawing.length(height - 2),
                    "fill-opacity": CheckFigures.fixed(0.04 + 0.56 * share, 2),
                ]))
    }

    private func text(_ count: Double) -> String {
        count == count.rounded() && abs(count) < 1e9
            ? CheckFigures.grouped(Int(count)) : CheckFigures.short(count)
    }
}
