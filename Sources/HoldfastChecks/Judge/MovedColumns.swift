internal import Glibc
internal import HoldfastStatistics

/// Whether what a model predicts in operation is still distributed as it was.
package enum PredictionsSection {
    /// The answer, by predictions alone: no label is needed.
    package static func moved(
        reference: JudgeRows, operation: JudgeRows, slices: TimeSlices, options: JudgeOptions
    ) -> JudgementSection {
        MovedColumns(
            question: .predictionsMoved, shift: .predictionShift, distance: .predictionDistance,
            source: operation.source, options: options
        ).judge(
            AlignedColumns([reference.predictionColumn], [operation.predictionColumn]),
            operation.times, slices)
    }
}

/// How columns moved over a run: e-values with one chance of a false alarm, and distances.
struct MovedColumns {
    let question: JudgeQuestion
    let shift: FigureName
    let distance: FigureName
    let source: RowSource
    let options: JudgeOptions

    /// What an e-value is shown as at most: what is beyond a billion tells no more.
    static let largest = 1e9
    /// The columns that a picture shows, the farthest ones.
    private static let lineLimit = 8

    func judge(_ columns: AlignedColumns, _ times: [Int64]?, _ slices: TimeSlices)
        -> JudgementSection
    {
        var section = JudgementSection(question)
        section.notes = columns.notes
        guard let first = columns.operation.first, columns.reference[0].values.count > 0 else {
            section.notes.append("There is no column, or no row of a reference, to compare with.")
            return section
        }
        let cut: [TimeSlices.Slice]
        switch slices.cut(times: times, count: first.values.count) {
        case .success(let found): cut = found
        case .failure(let problem):
            section.notes.append(problem.text)
            return section
        }
        let order = cut.flatMap(\.rows)
        var ends: [Int] = []
        for slice in cut { ends.append((ends.last ?? 0) + slice.rows.count) }
        let watch = ShiftWatch(
            reference: columns.reference, operation: columns.operation.map { $0.picking(order) },
            marks: ends, alpha: 1 - options.level, seed: options.seed)
        let distances = columns.reference.indices.map { place in
            Distances(columns.reference[place], columns.operation[place], cut, options)
        }
        addFigures(watch, distances, rows: order.count, to: &section)
        let alarm = watch.alarm.flatMap { row in ends.firstIndex { row <= $0 } }
        section.notes += notes(watch, alarm.map { cut[$0].name }, rows: order.count)
        section.pictures = [
            evidence(watch, cut), apart(watch, distances, cut), bars(watch, distances),
        ]
        return section
    }

    private func addFigures(
        _ watch: ShiftWatch, _ distances: [Distances], rows: Int,
        to section: inout JudgementSection
    ) {
        func evidence(_ name: String?, _ log: Double) -> JudgedFigure {
            JudgedFigure(
                shift, of: name, min(Self.largest, exp(log)), rows: watch.pairedRows,
                source: source)
        }
        section.figures = [evidence(nil, watch.peak)]
        section.figures += watch.columns.map { evidence($0.name, $0.peak) }
        for (column, apart) in zip(watch.columns, distances) {
            guard let all = apart.all else { continue }
            // Several columns share the error, so that one of many does not stray unseen.
            let level = 1 - (1 - options.level) / Double(distances.count)
            section.figures.append(
                JudgedFigure(
                    distance, of: column.name, all.effect, all.interval(level: level), rows: rows,
                    source: source))
        }
    }

    private func notes(_ watch: ShiftWatch, _ alarm: String?, rows: Int) -> [String] {
        let limit = Int((1 / (1 - options.level)).rounded())
        var notes = [
            "An e-value of \(limit) is reached at any time of a whole run, while nothing moves, "
                + "with a probability of at most \(percent(1 - options.level)); it is the mean "
                + "over the columns. It says that something moved, the distance how far."
        ]
        if let alarm {
            let first = watch.columns.max { $0.peak < $1.peak }
            notes.append(
                "The alarm sounded in the slice \(alarm)"
                    + (watch.columns.count > 1 ? ", most for \(first?.name ?? "")." : "."))
        }
        if watch.pairedRows < rows {
            notes.append(
                "Evidence is from the first \(watch.pairedRows) of \(rows) rows: the reference "
                    + "has no more rows to hold others against.")
        }
        return notes
    }

    private func evidence(_ watch: ShiftWatch, _ cut: [TimeSlices.Slice]) -> JudgePicture {
        func line(_ name: String, _ logs: [Double], _ style: JudgePicture.Line.Style)
            -> JudgePicture.Line
        {
            JudgePicture.Line(
                name,
                logs.enumerated().map { JudgePicture.Point(Double($0), $1 / log(10)) },
                style: style)
        }
        let faint = watch.columns.count > 1 ? shown(watch).map { $0 } : []
        return JudgePicture(
            "evidence_over_time", "Evidence that something moved",
            "The e-value at the end of each slice, as a power of ten, and those of the columns "
                + "that moved most. An alarm sounds where it first passes the line.",
            .lines(
                JudgePicture.Lines(
                    x: "time", y: "power of ten of the e-value",
                    lines: [line("all columns", watch.logs, .plain)]
                        + faint.map {
                            line(watch.columns[$0].name, watch.columns[$0].logs, .faint)
                        },
                    steps: cut.map(\.name), limits: [-log10(1 - options.level)])))
    }

    /// The columns with most evidence, in its order.
    private func shown(_ watch: ShiftWatch) -> [Int] {
        let order = watch.columns.indices.sorted {
            (watch.columns[$1].peak, $0) < (watch.columns[$0].peak, $1)
        }
        return Array(order.prefix(Self.lineLimit))
    }

    private func apart(_ watch: ShiftWatch, _ distances: [Distances], _ cut: [TimeSlices.Slice])
        -> JudgePicture
    {
        let lines = shown(watch).map { place in
            JudgePicture.Line(
                watch.columns[place].name,
                distances[place].slices.enumerated().map { step, apart in
                    JudgePicture.Point(
                        Double(step), apart?.effect, apart?.interval(level: options.level))
                })
        }
        return JudgePicture(
            "distance_over_time", "How far each slice is from the reference",
            "The share of rows that would have to change their tenth or category (total "
                + "variation), each interval at the report's level.",
            .lines(
                JudgePicture.Lines(
                    x: "time", y: "distance", lines: lines, steps: cut.map(\.name))))
    }

    private func bars(_ watch: ShiftWatch, _ distances: [Distances]) -> JudgePicture {
        let rows = zip(watch.columns, distances).map { column, apart in
            JudgePicture.Bar(
                column.name, apart.all?.effect ?? 0, apart.all?.interval(level: options.level),
                note: apart.all == nil ? "no row" : nil)
        }
        return JudgePicture(
            "distance_by_column", "How far all rows are from the reference",
            "The share of all rows of operation that would have to change their tenth or category.",
            .bars(axis: "distance", rows: rows.sorted { $0.value > $1.value }, limits: []))
    }
}

/// How far a column is from its reference, over all rows and slice by slice: numbers by the tenths
/// of the reference, categories each by itself. (The most frequent ones of a sample are so by
/// chance too: bins of those would stand out in the sample that they were chosen from.)
private struct Distances {
    let all: TotalVariation?
    let slices: [TotalVariation?]

    init(
        _ reference: SampleColumn, _ operation: SampleColumn, _ cut: [TimeSlices.Slice],
        _ options: JudgeOptions
    ) {
        let (ours, codes, count) = Self.codes(reference, operation)
        func counts(_ codes: some Sequence<Int>) -> [Int] {
            var counts = [Int](repeating: 0, count: count)
            for code in codes { counts[code] += 1 }
            return counts
        }
        let before = counts(ours)
        all = TotalVariation(before, counts(codes))
        slices = cut.map { slice in
            TotalVariation(before, counts(slice.rows.lazy.map { codes[$0] }))
        }
    }

    /// The bin of each row of both, from 0, and how many bins there are.
    private static func codes(
        _ reference: SampleColumn, _ operation: SampleColumn
    ) -> (reference: [Int], operation: [Int], count: Int) {
        switch (reference.values, operation.values) {
        case (.categories(let ours), .categories(let theirs)):
            // 0 is a missing one.
            let most = max(ours.max() ?? -1, theirs.max() ?? -1)
            return (ours.map { Int($0) + 1 }, theirs.map { Int($0) + 1 }, Int(most) + 2)
        case (.numbers, _), (.categories, .numbers):
            let bins = ColumnBins(reference)
            return (
                bins.codes(of: reference).map { Int($0) },
                bins.codes(of: operation).map { Int($0) }, bins.count
            )
        }
    }
}
