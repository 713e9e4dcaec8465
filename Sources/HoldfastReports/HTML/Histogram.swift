/// How one or two series of rows spread over the same bins: the first as filled bars, the second as
/// an outline over them. Heights are shares of the series' own rows, so that a few rows can be held
/// against many.
struct Histogram: Sendable {
    /// The series: name, rows in each bin, rows without a value.
    var series: [(name: String, counts: [Int], missing: Int)]
    /// The ends of the bins, one more than bins.
    var edges: [Double]

    /// The height of the field.
    private static let fieldHeight = 120.0
    private static let left = 46.0

    /// The histogram, at a width.
    func draw(_ width: Double) -> Drawing {
        let bins = series.map(\.counts.count).max() ?? 0
        let totals = series.map { $0.counts.reduce($0.missing, +) }
        guard bins > 0, totals.contains(where: { $0 > 0 }) else {
            return .nothing("no rows", width: width)
        }
        let shares = zip(series, totals).map { one, total in
            (one.counts + [one.missing]).map { total == 0 ? 0 : Double($0) / Double(total) }
        }
        var drawing = Drawing(width: width)
        let top =
            series.count > 1 ? drawing.legend(series.map(\.name), style: .bars, y: 0) + 8 : 8
        let bottom = top + Histogram.fieldHeight
        let highest = shares.flatMap { $0 }.max() ?? 1
        let heights = Scale(round: 0, highest, ticks: 3, from: bottom, to: top)
        // What has no value stands apart, at the right.
        let hasMissing = series.contains { $0.missing > 0 }
        let right = width - (hasMissing ? 62 : 10)
        drawing.verticalAxis(
            heights, x: Histogram.left, right: width, count: 3,
            format: { value, _ in CheckFigures.tickPercent(value, step: heights.high / 3) })
        let step = (right - Histogram.left) / Double(bins)
        for (place, share) in shares.enumerated() {
            let field = (0..<bins).map { bin in
                (x: Histogram.left + Double(bin) * step, width: step, share: share[bin])
            }
            bars(place, field, heights, &drawing)
            if hasMissing {
                bars(place, [(x: width - 44, width: 36, share: share[bins])], heights, &drawing)
            }
        }
        drawing.line(x1: Histogram.left, y1: bottom, x2: width, y2: bottom, style: "axis")
        labels(step, right, bottom, &drawing)
        if hasMissing {
            drawing.text(
                "none", x: width - 26, y: bottom + 19, anchor: .middle, style: "t-soft")
        }
        return drawing
    }

    private func bars(
        _ place: Int, _ bars: [(x: Double, width: Double, share: Double)], _ heights: Scale,
        _ drawing: inout Drawing
    ) {
        let foot = heights.start
        func top(_ share: Double) -> Double {
            // However little it is, it is not nothing.
            share == 0 ? foot : min(heights.place(share), foot - 1.5)
        }
        if place == 0 {
            for bar in bars where bar.share > 0 {
                let gap = min(1, bar.width * 0.1)
                drawing.rectangle(
                    x: bar.x + gap / 2, y: top(bar.share), width: bar.width - gap,
                    height: foot - top(bar.share), style: "f0")
            }
        } else if let first = bars.first, let last = bars.last {
            var outline = [(x: first.x, y: foot)]
            for bar in bars {
                outline += [(bar.x, top(bar.share)), (bar.x + bar.width, top(bar.share))]
            }
            outline.append((last.x + last.width, foot))
            drawing.path(outline, style: "o\(place)")
        }
    }

    /// The ends of the bins, as many as have room: evenly where that can be, else the first, the
    /// last, and what fits between.
    private func labels(
        _ step: Double, _ right: Double, _ bottom: Double, _ drawing: inout Drawing
    ) {
        let last = edges.count - 1
        guard last > 0 else { return }
        let places = edges.enumerated().map { index, edge in
            let half = TextWidth.estimate(CheckFigures.short(edge), size: Drawing.textSize) / 2
            let middle = Histogram.left + Double(index) * step
            // Neither end leaves the picture, nor does the last reach what stands apart.
            return max(index == last ? min(middle, right + 8 - half) : middle, half)
        }
        for index in labelled(places) {
            let tick = Histogram.left + Double(index) * step
            drawing.line(x1: tick, y1: bottom, x2: tick, y2: bottom + 4, style: "axis")
            drawing.text(
                CheckFigures.short(edges[index]), x: places[index], y: bottom + 19,
                anchor: .middle, style: "t-soft")
        }
    }

    private func labelled(_ places: [Double]) -> [Int] {
        let halves = edges.map {
            TextWidth.estimate(CheckFigures.short($0), size: Drawing.textSize) / 2
        }
        func haveRoom(_ one: Int, _ other: Int) -> Bool {
            places[one] + halves[one] + 8 <= places[other] - halves[other]
        }
        let last = edges.count - 1
        for every in 1...last where last % every == 0 {
            let chosen = Array(stride(from: 0, through: last, by: every))
            let fits = zip(chosen, chosen.dropFirst()).allSatisfy { haveRoom($0, $1) }
            if fits && chosen.count > 2 { return chosen }
        }
        var chosen = [0]
        for index in 1..<max(last, 1) where haveRoom(chosen[chosen.count - 1], index) {
            if haveRoom(index, last) { chosen.append(index) }
        }
        return haveRoom(chosen[chosen.count - 1], last) ? chosen + [last] : chosen
    }
}

extension CheckFigures {
    /// A share on an axis of percentages.
    static func tickPercent(_ share: Double, step: Double) -> String {
        tick(share * 100, step: step >= 0.01 ? 1 : step * 10) + "%"
    }
}
