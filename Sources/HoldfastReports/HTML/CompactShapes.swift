/// Shapes of many points in few bytes, for pages with a picture for each of many columns.
extension Drawing {
    /// A line through points, written as whole steps of half a unit: finer is not seen.
    ///
    /// Several lines make one path, so that they share its name and its style.
    mutating func compactPath(
        _ lines: [[(x: Double, y: Double)]], style: String, isClosed: Bool = false
    ) {
        let steps = lines.map { Drawing.steps($0, isClosed: isClosed) }.joined()
        guard !steps.isEmpty else { return }
        add(HTML("path", ["class": style, "d": steps]))
        let lowest = lines.joined().map(\.y).max() ?? 0
        height = max(height, lowest + 1)
    }

    /// Straight lines of one style.
    mutating func compactLines(
        _ lines: [(x1: Double, y1: Double, x2: Double, y2: Double)], style: String
    ) {
        compactPath(lines.map { [($0.x1, $0.y1), ($0.x2, $0.y2)] }, style: style)
    }

    /// Texts of one anchor and one style, each with its place.
    mutating func texts(
        _ texts: [(text: String, x: Double, y: Double)], anchor: Anchor = .start,
        style: String = "t-soft"
    ) {
        guard !texts.isEmpty else { return }
        add(
            HTML(
                "g",
                [
                    "class": style, "text-anchor": anchor.rawValue,
                    "font-size": Drawing.length(Drawing.textSize),
                ]
            ) {
                for one in texts {
                    HTML(
                        "text",
                        ["x": Drawing.half(one.x.rounded()), "y": Drawing.half(one.y.rounded())]
                    ) {
                        one.text
                    }
                }
            })
        height = max(height, (texts.map(\.y).max() ?? 0) + 4)
    }

    /// The marks of one series in all their places, as one path.
    mutating func compactMarks(_ series: Int, _ places: [(x: Double, y: Double)], style: String) {
        let r = 4.0
        guard series % 3 > 0 else {
            // A line of no length with round ends is a dot.
            let dots = places.map { "M\(Drawing.half($0.x)) \(Drawing.half($0.y))h0" }.joined()
            if !dots.isEmpty { add(HTML("path", ["class": "dot", "d": dots])) }
            height = max(height, (places.map(\.y).max() ?? 0) + r + 1)
            return
        }
        let outlines: [[(Double, Double)]] = [
            [], [(-r, -r), (r, -r), (r, r), (-r, r)], [(0, -5.5), (5, r), (-5, r)],
        ]
        let outline = outlines[series % outlines.count]
        compactPath(
            places.map { place in outline.map { (place.x + $0.0, place.y + $0.1) } }, style: style,
            isClosed: true)
    }

    /// A length, to a half.
    private static func half(_ value: Double) -> String { length((value * 2).rounded() / 2) }

    /// The points without those that a straight line between their neighbours passes within a
    /// third of a unit: nobody sees them.
    static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard var last = points.first else { return [] }
        var kept = [last]
        var start = 0
        for place in points.indices.dropFirst(2) {
            let end = points[place]
            let isStraight = points[(start + 1)..<place].allSatisfy { point in
                guard end.x > last.x else { return false }
                let share = (point.x - last.x) / (end.x - last.x)
                return abs(last.y + share * (end.y - last.y) - point.y) < 0.34
            }
            if !isStraight {
                start = place - 1
                last = points[start]
                kept.append(last)
            }
        }
        if points.count > 1 { kept.append(points[points.count - 1]) }
        return kept
    }

    private static func steps(_ points: [(x: Double, y: Double)], isClosed: Bool) -> String {
        func half(_ value: Double) -> Int { Int((value * 2).rounded()) }
        func text(_ halves: Int) -> String {
            let sign = halves < 0 ? "-" : ""
            let size = abs(halves)
            guard size % 2 == 1 else { return "\(sign)\(size / 2)" }
            return size == 1 ? "\(sign).5" : "\(sign)\(size / 2).5"
        }
        guard let first = points.first else { return "" }
        var (x, y) = (half(first.x), half(first.y))
        var path = "M\(text(x)) \(text(y))"
        var run = (x: 0, y: 0)
        func write(_ run: (x: Int, y: Int)) {
            if run.y == 0 && run.x == 0 { return }
            if run.y == 0 {
                path += "h\(text(run.x))"
            } else if run.x == 0 {
                path += "v\(text(run.y))"
            } else {
                path += "l\(text(run.x))\(run.y < 0 ? "" : " ")\(text(run.y))"
            }
        }
        for point in points.dropFirst() {
            let step = (x: half(point.x) - x, y: half(point.y) - y)
            (x, y) = (x + step.x, y + step.y)
            // Steps of one direction are one step.
            let isStraight =
                run.x * step.y == run.y * step.x && run.x * step.x >= 0
                && run.y * step.y >= 0
            if isStraight {
                run = (run.x + step.x, run.y + step.y)
            } else {
                write(run)
                run = step
            }
        }
        write(run)
        return path + (isClosed ? "z" : "")
    }
}
