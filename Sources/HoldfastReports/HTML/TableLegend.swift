/// The three tables of a check in pictures: each has its colour and its form, on every page and
/// whichever others are there.
struct TableLegend: Sendable {
    /// The name of each series and its place among the styles: 0 is filled, 1 an outline, 2 dashed.
    var series: [(name: String, style: Int)]

    /// What stands beside a name.
    enum Sign: Sendable {
        /// A bar: filled, an outline, or a dashed one.
        case bar
        /// A line: full, or dashed.
        case line
        /// A mark of its own shape.
        case mark
    }

    /// How an outline or a line of a series is drawn.
    static func line(_ style: Int) -> String { "o\(style) d\(style)" }

    /// Draws it on one line from the left; answers where it ends.
    func draw(_ sign: Sign, _ drawing: inout Drawing) -> Double {
        var x = 0.0
        var names: [(text: String, x: Double, y: Double)] = []
        for (name, style) in series {
            switch sign {
            case .bar:
                let box = [(x + 1, 16.0), (x + 1, 5.0), (x + 15, 5.0), (x + 15, 16.0)]
                let (way, isClosed) = style == 0 ? ("f0", true) : (Self.line(style), false)
                drawing.compactPath(
                    [box.map { (x: $0.0, y: $0.1) }], style: way, isClosed: isClosed)
            case .line:
                drawing.compactPath([[(x, 10.5), (x + 22, 10.5)]], style: Self.line(style))
            case .mark:
                drawing.compactMarks(
                    style, [(x + 8, 10.5)], style: Drawing.markStyle(style))
            }
            let start = x + (sign == .line ? 28 : 21)
            names.append((name, start, 15))
            x = start + TextWidth.estimate(name, size: Drawing.textSize) + 16
        }
        drawing.texts(names, style: "t")
        return 22
    }
}
