/// An effect in one slice after another, with its interval and the margin as a dashed line.
///
/// Slices that follow one another in time are joined, with a band for the interval; others stand
/// each by itself.
struct EffectChart: Sendable {
    /// The slices: name, effect, and the interval's ends; `nil` where nothing was measured.
    var slices: [(name: String, effect: (value: Double, low: Double, high: Double)?)]
    /// The largest effect that counts as agreement.
    var margin: Double
    /// What the values are of.
    var valueTitle: String
    /// Whether slices follow one another.
    var isOrdered: Bool

    private static let fieldHeight = 130.0
    /// The most slices of which each has a mark.
    private static let markLimit = 40

    /// The chart, at a width.
    func draw(_ width: Double) -> Drawing {
        let measured = slices.compactMap(\.effect)
        guard !measured.isEmpty else { return .nothing("nothing measured", width: width) }
        var drawing = Drawing(width: width)
        drawing.text(valueTitle, x: 0, y: 13, room: width, style: "t-soft")
        let (top, bottom) = (26.0, 26 + Self.fieldHeight)
        let highest = max(measured.map(\.high).filter(\.isFinite).max() ?? 0, margin * 1.2)
        let heights = Scale(round: 0, highest, ticks: 4, from: bottom, to: top)
        let ticks = heights.ticks(4)
        let room = ticks.map { TextWidth.estimate($0.text, size: Drawing.textSize) }.max() ?? 0
        let left = (room + 7).rounded(.up)
        drawing.compactLines(
            ticks.map { (left, heights.place($0.value), width, heights.place($0.value)) },
            style: "grid")
        drawing.texts(
            ticks.map { ($0.text, left - 5, heights.place($0.value) + 4.5) }, anchor: .end)
        let step = (width - left - 12) / Double(max(slices.count, 1))
        func x(_ place: Int) -> Double { left + 6 + (Double(place) + 0.5) * step }
        let points = slices.enumerated().map { place, slice in
            slice.effect.map { effect in
                (
                    x: x(place), y: heights.place(effect.value), low: heights.place(effect.low),
                    high: heights.place(effect.high)
                )
            }
        }
        drawIntervals(points.map { $0 }, &drawing)
        let limit = heights.place(margin)
        drawing.compactLines([(left, limit, width, limit)], style: "limit")
        drawing.compactLines([(left, bottom, width, bottom)], style: "axis")
        names(bottom, width, x: x, &drawing)
        return drawing
    }

    private func drawIntervals(
        _ points: [(x: Double, y: Double, low: Double, high: Double)?], _ drawing: inout Drawing
    ) {
        let present = points.compactMap { $0 }
        if isOrdered {
            let runs = points.split { $0 == nil }.map { $0.compactMap { $0 } }
            for run in runs where run.count > 1 {
                drawing.compactPath(
                    [run.map { ($0.x, $0.high) } + run.reversed().map { ($0.x, $0.low) }],
                    style: "b0", isClosed: true)
            }
            drawing.compactPath(runs.map { $0.map { ($0.x, $0.y) } }, style: "o0")
            // A slice between two without any has no band.
            let alone = runs.filter { $0.count == 1 }.joined()
            drawing.compactLines(alone.map { ($0.x, $0.low, $0.x, $0.high) }, style: "o0")
            if present.count <= Self.markLimit {
                drawing.compactMarks(0, present.map { ($0.x, $0.y) }, style: "m0")
            } else {
                drawing.compactMarks(0, alone.map { ($0.x, $0.y) }, style: "m0")
            }
        } else {
            drawing.compactLines(present.map { ($0.x, $0.low, $0.x, $0.high) }, style: "o0")
            if present.count <= Self.markLimit {
                drawing.compactMarks(0, present.map { ($0.x, $0.y) }, style: "m0")
            } else {
                drawing.compactLines(
                    present.map { ($0.x - 1.5, $0.y, $0.x + 1.5, $0.y) }, style: "o0")
            }
        }
    }

    /// The first, the last, and what has room between.
    private func names(
        _ bottom: Double, _ width: Double, x: (Int) -> Double, _ drawing: inout Drawing
    ) {
        func box(_ place: Int) -> (text: String, x: Double, half: Double) {
            let text = TextWidth.shortened(
                slices[place].name, to: width * 0.4, size: Drawing.textSize)
            let half = TextWidth.estimate(text, size: Drawing.textSize) / 2
            return (text, min(max(x(place), half), width - half), half)
        }
        let last = box(slices.count - 1)
        var shown: [(text: String, x: Double, y: Double)] = []
        var ticks: [(x1: Double, y1: Double, x2: Double, y2: Double)] = []
        var reached = 0.0
        for place in slices.indices {
            let one = box(place)
            let isLast = place == slices.count - 1
            guard one.x - one.half >= reached,
                isLast || one.x + one.half + 10 <= last.x - last.half
            else { continue }
            shown.append((one.text, one.x, bottom + 18))
            ticks.append((x(place), bottom, x(place), bottom + 4))
            reached = one.x + one.half + 10
        }
        drawing.compactLines(ticks, style: "axis")
        drawing.texts(shown, anchor: .middle)
    }
}
