/// A flow of rows as CONSORT draws it: what came in, what left at each step and why, what is left,
/// and into which parts it was divided.
struct FlowChart: Sendable {
    /// What came in.
    var start: Box
    /// What left, in order.
    var exits: [Box]
    /// What is left.
    var end: Box
    /// Its parts.
    var parts: [Box]

    /// A count with its words.
    struct Box: Sendable {
        /// How many.
        var count: String
        /// Of what.
        var words: String
        /// How many are left after it; for an exit.
        var left = ""
    }

    private static let lineHeight = 18.0
    private static let padding = 9.0

    /// The flow, at a width.
    func draw(_ width: Double) -> Drawing {
        var drawing = Drawing(width: width)
        let isNarrow = width < 500
        // The line that all rows follow, with the boxes of those that leave at its right.
        let spine = isNarrow ? 14.0 : 120
        let exitLeft = isNarrow ? 36.0 : 270
        let mainWidth = isNarrow ? width - 1 : 240
        var y = box(start, x: 0.5, y: 1, width: mainWidth, style: "box", &drawing)
        for exit in exits {
            let from = y
            let top = from + 12
            let foot = box(
                exit, x: exitLeft, y: top, width: width - exitLeft - 1, style: "box-out", &drawing)
            let middle = (top + foot) / 2
            drawing.line(x1: spine, y1: from, x2: spine, y2: foot, style: "arrow")
            arrow(from: (spine, middle), to: (exitLeft, middle), &drawing)
            if !isNarrow && !exit.left.isEmpty {
                drawing.text(
                    exit.left, x: spine - 10, y: foot + 1, anchor: .end, room: spine - 12,
                    style: "t-soft")
            }
            y = foot
        }
        let top = y + 24
        arrow(from: (spine, y), to: (spine, top), &drawing)
        y = box(end, x: 0.5, y: top, width: mainWidth, style: "box-end", &drawing)
        drawParts(below: y, spine: spine, &drawing)
        return drawing
    }

    private func drawParts(below foot: Double, spine: Double, _ drawing: inout Drawing) {
        guard !parts.isEmpty else { return }
        let width = drawing.width
        let columns = min(parts.count, width < 500 ? 2 : 4)
        let gap = 12.0
        let boxWidth = (width - 1 - gap * Double(columns - 1)) / Double(columns)
        var y = foot + 28
        let bend = foot + 12
        drawing.line(x1: spine, y1: foot, x2: spine, y2: bend, style: "arrow")
        for row in stride(from: 0, to: parts.count, by: columns) {
            var lowest = y
            for (column, part) in parts[row..<min(row + columns, parts.count)].enumerated() {
                let x = 0.5 + Double(column) * (boxWidth + gap)
                if row == 0 {
                    let middle = x + boxWidth / 2
                    drawing.line(x1: spine, y1: bend, x2: middle, y2: bend, style: "arrow")
                    arrow(from: (middle, bend), to: (middle, y), &drawing)
                }
                lowest = max(
                    lowest, box(part, x: x, y: y, width: boxWidth, style: "box", &drawing))
            }
            y = lowest + 10
        }
    }

    /// Draws a box as high as its words need; returns where it ends.
    private func box(
        _ box: Box, x: Double, y: Double, width: Double, style: StaticString,
        _ drawing: inout Drawing
    ) -> Double {
        let inner = width - 2 * FlowChart.padding
        let lines = TextWidth.wrapped(box.words, to: inner, size: Drawing.textSize).prefix(4)
        let height =
            2 * FlowChart.padding + FlowChart.lineHeight * Double(lines.count + 1) - 3
        drawing.rectangle(x: x, y: y, width: width, height: height, style: style, radius: 3)
        var foot = y + FlowChart.padding + 12
        drawing.text(
            box.count, x: x + FlowChart.padding, y: foot, room: inner, isBold: true)
        for line in lines {
            foot += FlowChart.lineHeight
            drawing.text(line, x: x + FlowChart.padding, y: foot, room: inner + 0.5)
        }
        return y + height
    }

    private func arrow(
        from: (x: Double, y: Double), to: (x: Double, y: Double), _ drawing: inout Drawing
    ) {
        drawing.line(x1: from.x, y1: from.y, x2: to.x, y2: to.y, style: "arrow")
        let isDown = to.y > from.y
        drawing.path(
            isDown
                ? [(to.x - 4.5, to.y - 8), (to.x + 4.5, to.y - 8), to]
                : [(to.x - 8, to.y - 4.5), (to.x - 8, to.y + 4.5), to],
            style: "head", isClosed: true)
    }
}
