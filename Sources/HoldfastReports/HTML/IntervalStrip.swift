/// An effect with its interval and the margin on one line, small enough for a table's cell.
///
/// All strips of a table have one scale in margins, so that they can be compared: 0 is at the left,
/// the dashed line is the margin, what is beyond three margins lies at the right edge.
struct IntervalStrip: Sendable {
    /// The effect.
    var effect: Double
    /// The interval's ends.
    var interval: (low: Double, high: Double)
    /// The largest effect that counts as agreement.
    var margin: Double

    /// The width that it is drawn in.
    static let width = 144.0
    /// How many margins the strip is long.
    static let reach = 3.0

    /// The strip.
    var drawing: Drawing {
        var drawing = Drawing(width: Self.width)
        let scale = Scale(0, margin * Self.reach, from: 6, to: Self.width - 6)
        drawing.compactLines([(6, 10, Self.width - 6, 10)], style: "grid")
        let limit = scale.place(margin)
        drawing.compactLines([(limit, 1, limit, 19)], style: "limit")
        let (low, high) = (scale.place(interval.low), scale.place(interval.high))
        // An end that is beyond has no stop but an arrow.
        let isCut = interval.high > margin * Self.reach
        drawing.compactPath(
            [
                [(low, 10), (high, 10)], [(low, 6), (low, 14)],
                isCut
                    ? [(high - 4, 6), (high, 10), (high - 4, 14)] : [(high, 6), (high, 14)],
            ], style: "o0")
        drawing.compactMarks(0, [(scale.place(effect), 10)], style: "m0")
        return drawing
    }
}
