/// Values over steps (cycles, days) as a line for each series, with its name at the line's end and,
/// where there is one, a band around it.
struct LineChart: Sendable {
    /// The lines.
    var series: [Series]
    /// What the two axes are of.
    var stepTitle: String
    var valueTitle: String
    /// The ends of the axis of values; `nil` for those of the values.
    var range: (low: Double, high: Double)?
    /// How a value of the axis is written: given with the text it would have.
    var tickFormat: @Sendable (Double, String) -> String = { $1 }
    /// What whole steps are called from 0 on, where they are no numbers.
    var stepNames: [String] = []
    /// Values at which a dashed line stands.
    var limits: [Double] = []

    /// The most points of a line that are marked one by one.
    static let markLimit = 40

    /// A line.
    struct Series: Sendable {
        /// Its name.
        var name: String
        /// The value at each step, `nil` where there is none: the line has a gap there.
        var points: [(step: Double, value: Double?)]
        /// The band's ends at each step, as many as points; empty for none.
        var band: [(low: Double, high: Double)] = []
        /// How it is drawn.
        var style = Style.plain

        enum Style: Sendable {
            case plain
            /// Crossed out: it is there to be compared with, and not to be believed.
            case crossed
            /// One of many behind the others, without a name.
            case faint
        }
    }

    /// The lines, at a width.
    func draw(_ width: Double) -> Drawing {
        let points = series.flatMap(\.points)
        let values =
            points.compactMap(\.value).filter(\.isFinite)
            + series.flatMap(\.band).flatMap { [$0.low, $0.high] }.filter(\.isFinite)
        let steps = points.map(\.step).filter(\.isFinite)
        guard let first = steps.min(), let last = steps.max(), let low = values.min(),
            let high = values.max()
        else { return .nothing("no values", width: width) }
        var drawing = Drawing(width: width)
        drawing.text(valueTitle, x: 0, y: 13, room: width, style: "t-soft")
        let (top, bottom) = (28.0, width < 500 ? 218.0 : 268)
        let heights =
            range.map { Scale($0.low, $0.high, from: bottom, to: top) }
            ?? Scale(round: low, high, ticks: 5, from: bottom, to: top)
        let left =
            (heights.ticks(5).map {
                TextWidth.estimate(tickFormat($0.value, $0.text), size: Drawing.textSize)
            }.max() ?? 20) + 8
        let labelRoom = labelsWidth(width)
        let across = Scale(first, last, from: left + 8, to: width - labelRoom - 28)
        drawing.verticalAxis(
            heights, x: left, right: across.end + 4, count: 5, format: tickFormat)
        for limit in limits where limit >= heights.low && limit <= heights.high {
            let y = heights.place(limit)
            drawing.line(x1: left, y1: y, x2: across.end + 4, y2: y, style: "limit")
        }
        stepAxis(across, bottom, &drawing)
        for line in series where line.style == .faint {
            drawFaint(line, across, heights, &drawing)
        }
        for (place, line) in named.enumerated() {
            drawLine(line, place % StyleSheet.seriesCount, across, heights, &drawing)
        }
        names(across, heights, room: labelRoom, &drawing)
        return drawing
    }

    private func stepAxis(_ across: Scale, _ bottom: Double, _ drawing: inout Drawing) {
        drawing.line(
            x1: across.start - 8, y1: bottom, x2: across.end + 4, y2: bottom, style: "axis")
        var reached = -Double.infinity
        for tick in stepTicks(across) {
            let half = TextWidth.estimate(tick.text, size: Drawing.textSize) / 2
            let x = across.place(tick.value)
            guard x - half >= reached else { continue }
            drawing.line(x1: x, y1: bottom, x2: x, y2: bottom + 4, style: "axis")
            drawing.text(tick.text, x: x, y: bottom + 17, anchor: .middle, style: "t-soft")
            reached = x + half + 6
        }
        let middle = (across.start + across.end) / 2
        drawing.text(
            stepTitle, x: middle, y: bottom + 36, anchor: .middle,
            room: 2 * min(middle, drawing.width - middle), style: "t-soft")
    }

    /// The names of steps where they have some; else whole numbers where all steps are whole.
    private func stepTicks(_ across: Scale) -> [(value: Double, text: String)] {
        guard stepNames.isEmpty else {
            return stepNames.enumerated().map { (Double($0), $1) }
        }
        let isWhole = series.allSatisfy { line in
            line.points.allSatisfy { $0.step == $0.step.rounded() }
        }
        return across.ticks(isWhole ? 10 : 5).filter {
            !isWhole || $0.value == $0.value.rounded()
        }
    }

    private func drawFaint(
        _ line: Series, _ across: Scale, _ heights: Scale, _ drawing: inout Drawing
    ) {
        for run in line.points.split(whereSeparator: { $0.value?.isFinite != true }) {
            let places = run.map { (across.place($0.step), heights.place($0.value ?? 0)) }
            drawing.path(places, style: "faint")
        }
    }

    private func drawLine(
        _ line: Series, _ place: Int, _ across: Scale, _ heights: Scale, _ drawing: inout Drawing
    ) {
        if line.band.count == line.points.count, line.band.count > 1 {
            let steps = line.points.map { across.place($0.step) }
            let upper = zip(steps, line.band).map { ($0, heights.place($1.high)) }
            let lower = zip(steps, line.band).map { ($0, heights.place($1.low)) }
            drawing.path(upper + lower.reversed(), style: "b\(place)", isClosed: true)
        }
        let runs = line.points.split { $0.value?.isFinite != true }
        for run in runs {
            let places = run.map { (across.place($0.step), heights.place($0.value ?? 0)) }
            let isCrossed = line.style == .crossed
            drawing.path(places, style: isCrossed ? "crossed" : "o\(place) d\(place)")
            // Marks of more would cover the line.
            guard line.points.count <= LineChart.markLimit || run.count == 1 else { continue }
            for (point, (x, y)) in zip(run, places) {
                let value = CheckFigures.short(point.value ?? 0)
                guard !isCrossed else {
                    drawing.path([(x - 4, y - 4), (x + 4, y + 4)], style: "alarm-line")
                    drawing.path([(x - 4, y + 4), (x + 4, y - 4)], style: "alarm-line")
                    continue
                }
                drawing.mark(
                    place, x: x, y: y, style: "m\(place)",
                    title: "\(line.name), \(CheckFigures.short(point.step)): \(value)")
            }
        }
    }

    /// The names at the lines' ends, moved apart where lines end close together.
    private func names(
        _ across: Scale, _ heights: Scale, room: Double, _ drawing: inout Drawing
    ) {
        var ends: [(place: Int, y: Double)] = named.enumerated().compactMap { place, line in
            line.points.last { $0.value?.isFinite == true }?.value.map {
                (place, heights.place($0))
            }
        }
        ends.sort { ($0.y, $0.place) < ($1.y, $1.place) }
        let gap = 17.0
        // Down from the top; then up again, where the lowest would lie below the field.
        for index in ends.indices.dropFirst() {
            ends[index].y = max(ends[index].y, ends[index - 1].y + gap)
        }
        if let last = ends.indices.last {
            ends[last].y = min(ends[last].y, max(heights.start, heights.end + gap * Double(last)))
            for index in ends.indices.dropLast().reversed() {
                ends[index].y = min(ends[index].y, ends[index + 1].y - gap)
            }
        }
        for end in ends {
            // The mark again, for where several lines end in one place.
            let place = end.place % StyleSheet.seriesCount
            let isCrossed = named[end.place].style == .crossed
            if !isCrossed {
                drawing.mark(place, x: across.end + 16, y: end.y, style: "m\(place)")
            }
            drawing.text(
                named[end.place].name, x: across.end + (isCrossed ? 10 : 26), y: end.y + 4.5,
                room: room + 1, style: isCrossed ? "t-crossed" : "l\(place)", isBold: true)
        }
    }

    /// The lines that have a name, a colour and a shape.
    private var named: [Series] { series.filter { $0.style != .faint } }

    private func labelsWidth(_ width: Double) -> Double {
        let widest =
            named.map { TextWidth.estimate($0.name, size: Drawing.textSize, isBold: true) }.max()
        return min(widest ?? 0, width * (width < 500 ? 0.38 : 0.3))
    }
}
