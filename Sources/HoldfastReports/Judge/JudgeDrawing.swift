internal import HoldfastChecks
internal import HoldfastStatistics

/// Draws what a judgement has to show.
enum JudgeDrawing {
    /// A picture of a question, with its figures as a table.
    static func picture(_ picture: JudgePicture, section: String) -> Picture {
        let id = "\(section)-\(picture.id)".map {
            $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-"
        }
        let (table, draw) = parts(picture)
        return Picture(
            String(id), title: CheckFigures.oneLine(picture.title),
            description: CheckFigures.oneLine(picture.caption),
            caption: HTML("p") { CheckFigures.oneLine(picture.caption) }, table: table, draw: draw)
    }

    private static func parts(
        _ picture: JudgePicture
    ) -> (DataTable, @Sendable (Double) -> [Drawing]) {
        switch picture.shape {
        case .lines(let lines):
            let chart = chart(lines)
            return (table(lines), { [chart.draw($0)] })
        case .histogram(let edges, let series):
            let histogram = Histogram(series: series.map(whole), edges: edges)
            return (table(edges, series), { [histogram.draw($0)] })
        case .bars(let axis, let rows, let limits):
            let plot = plot(axis, rows, limits)
            return (table(axis, rows), { plot.draw($0) })
        case .matrix(let rows, let columns, let counts):
            let matrix = CountMatrix(rows: rows, columns: columns, counts: counts)
            return (table(rows, columns, counts), { [matrix.draw($0)] })
        }
    }

    // MARK: - Lines

    private static func chart(_ lines: JudgePicture.Lines) -> LineChart {
        var series = lines.lines.map { line in
            let hasBand = line.points.contains { $0.interval != nil }
            return LineChart.Series(
                name: (line.style == .biased ? "✕ " : "") + CheckFigures.oneLine(line.name),
                points: line.points.map { ($0.x, $0.y) },
                band: hasBand && line.style == .plain
                    ? line.points.map { point in
                        let y = point.y ?? .nan
                        return (point.interval?.lower ?? y, point.interval?.upper ?? y)
                    } : [], style: style(line.style))
        }
        if lines.hasDiagonal {
            series.append(
                LineChart.Series(
                    name: "", points: [(0, 0), (1, 1)], style: .faint))
        }
        return LineChart(
            series: series, stepTitle: lines.x, valueTitle: lines.y,
            stepNames: lines.steps.map(JudgeWords.thing),
            limits: lines.limits)
    }

    private static func style(_ style: JudgePicture.Line.Style) -> LineChart.Series.Style {
        switch style {
        case .plain: .plain
        case .biased: .crossed
        case .faint: .faint
        }
    }

    /// The most points of one line in a table: a sheet of paper has room for them.
    private static let pointLimit = 40

    private static func table(_ lines: JudgePicture.Lines) -> DataTable {
        let shown = lines.lines.filter { $0.style != .faint }
        let longest = shown.map(\.points.count).max() ?? 0
        let stride = max(1, (longest + pointLimit - 1) / pointLimit)
        let more = stride > 1 ? "; each point number 1 + \(stride)n, all are in the JSON" : ""
        return DataTable(
            caption: "\(lines.y), by \(lines.x)\(more)",
            columns: [.text("line"), .text(lines.x), .number(lines.y), .number("interval")],
            rows: shown.flatMap { line in
                line.points.enumerated().filter { $0.offset % stride == 0 }.map { _, point in
                    [
                        .text(CheckFigures.oneLine(line.name)), .text(step(point.x, lines.steps)),
                        .text(point.y.map(JudgeWords.value) ?? "-"),
                        .text(interval(point.interval)),
                    ]
                }
            })
    }

    private static func step(_ x: Double, _ steps: [String]) -> String {
        let place = Int(exactly: x) ?? -1
        return steps.indices.contains(place)
            ? JudgeWords.thing(steps[place]) : JudgeWords.value(x)
    }

    private static func interval(_ interval: Interval?) -> String {
        interval.map { "\(JudgeWords.value($0.lower))…\(JudgeWords.value($0.upper))" } ?? "-"
    }

    // MARK: - Histograms

    /// Weights as whole numbers: shares are drawn, of which a millionth is not seen.
    private static func whole(
        _ series: JudgePicture.Series
    ) -> (name: String, counts: [Int], missing: Int) {
        let total = series.counts.reduce(0, +)
        let isWhole = series.counts.allSatisfy { $0 == $0.rounded() && $0 < 0x1p53 }
        let scale = isWhole || total <= 0 ? 1 : 1e6 / total
        return (
            CheckFigures.oneLine(series.name), series.counts.map { Int(($0 * scale).rounded()) }, 0
        )
    }

    private static func table(_ edges: [Double], _ series: [JudgePicture.Series]) -> DataTable {
        let bins = max(0, edges.count - 1)
        return DataTable(
            caption: "Rows in each bin",
            columns: [.text("bin")] + series.map { .number(CheckFigures.oneLine($0.name)) },
            rows: (0..<bins).map { bin in
                [.text("\(JudgeWords.value(edges[bin])) to \(JudgeWords.value(edges[bin + 1]))")]
                    + series.map {
                        .text($0.counts.indices.contains(bin) ? count($0.counts[bin]) : "-")
                    }
            })
    }

    private static func count(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15
            ? CheckFigures.grouped(Int(value)) : CheckFigures.short(value)
    }

    // MARK: - Bars

    private static func plot(
        _ axis: String, _ rows: [JudgePicture.Bar], _ limits: [Double]
    ) -> DotPlot {
        let isSigned = rows.contains { $0.value < 0 || ($0.interval?.lower ?? 0) < 0 }
        return DotPlot(
            series: [axis],
            rows: rows.map { bar in
                DotPlot.Row(
                    name: CheckFigures.oneLine(bar.name),
                    points: [
                        DotPlot.Point(
                            value: bar.value,
                            interval: bar.interval.map { ($0.lower, $0.upper) })
                    ], note: bar.note.map(CheckFigures.oneLine))
            }, limits: limits, axisTitle: axis, isSymmetric: isSigned,
            format: { JudgeWords.value($0) })
    }

    private static func table(_ axis: String, _ rows: [JudgePicture.Bar]) -> DataTable {
        DataTable(
            caption: axis,
            columns: [.text("of"), .number(axis), .number("interval"), .text("note")],
            rows: rows.map {
                [
                    .text(CheckFigures.oneLine($0.name)), .text(JudgeWords.value($0.value)),
                    .text(interval($0.interval)), .text($0.note.map(CheckFigures.oneLine) ?? ""),
                ]
            })
    }

    // MARK: - Matrices

    private static func table(
        _ rows: [String], _ columns: [String], _ counts: [[Double]]
    ) -> DataTable {
        DataTable(
            caption: "Rows by what was (down) and what was predicted (across)",
            columns: [.text("label")] + columns.map { .number(CheckFigures.oneLine($0)) },
            rows: zip(rows, counts).map { name, counts in
                [.text(CheckFigures.oneLine(name))] + counts.map { .text(count($0)) }
            })
    }
}
