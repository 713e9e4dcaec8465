internal import HoldfastStatistics

/// Whether what a model sees in operation is still what it learnt from.
package enum InputsSection {
    /// Whether inputs moved: e-values over the whole run, and how far.
    package static func moved(
        reference: [FeatureColumn], operation: [FeatureColumn], times: [Int64]?,
        slices: TimeSlices, source: RowSource = .given, options: JudgeOptions
    ) -> JudgementSection {
        MovedColumns(
            question: .inputsMoved, shift: .inputShift, distance: .inputDistance, source: source,
            options: options
        ).judge(AlignedColumns(reference, operation), times, slices)
    }

    /// The rows of operation that are looked at jointly, at most: a share of 1 % is then known to a
    /// fifteenth of itself.
    static let jointLimit = 20_000

    /// Which share of rows lies outside what the model knows.
    package static func outside(
        reference: [FeatureColumn], operation: [FeatureColumn], times: [Int64]?,
        slices: TimeSlices, source: RowSource = .given, options: JudgeOptions
    ) -> JudgementSection {
        var section = JudgementSection(.inputsOutside)
        let aligned = AlignedColumns(reference, operation)
        section.notes = aligned.notes
        guard let first = aligned.operation.first, aligned.reference[0].values.count > 0 else {
            section.notes.append("There is no column, or no row of train, to know a region from.")
            return section
        }
        let count = first.values.count
        let cut: [TimeSlices.Slice]
        switch slices.cut(times: times, count: count) {
        case .success(let found): cut = found
        case .failure(let problem):
            section.notes.append(problem.text)
            return section
        }
        let region = KnownRegion(train: aligned.reference, seed: options.seed)
        let picked = picks(count, seed: options.seed)
        let shares = Shares(
            region.outside(aligned.operation, jointly: picked), picked: picked,
            names: aligned.operation.map(\.name), source: source, options: options)
        section.figures = shares.figures
        section.pictures = shares.pictures(cut)
        section.notes.append(
            region.threshold == nil
                ? "Train has fewer than \(KnownRegion.leastRows) rows: combinations of values are "
                    + "not judged."
                : "A combination of values is outside where the mean distance to the "
                    + "\(KnownRegion.neighbours) nearest rows of train, by ranks and categories, "
                    + "exceeds that of 99 % of train's own held-out rows: of rows like train's at "
                    + "most 1 % are.")
        if picked.count < count {
            section.notes.append(
                "Combinations are judged on \(picked.count) of \(count) rows, drawn at random.")
        }
        section.notes.append("A missing value is outside of no range.")
        return section
    }

    private static func picks(_ count: Int, seed: UInt64) -> [Int] {
        RandomOrder.spread(
            count, most: jointLimit, chance: CounterStream(seed: seed, stream: 94))
    }
}

/// Rows outside, counted.
private struct Shares {
    private let outside: KnownRegion.Outside
    private let names: [String]
    private let source: RowSource
    private let options: JudgeOptions
    private let picked: [Int]
    /// Whether a row is outside in a column.
    private let isOutsideAlone: [Bool]
    /// Of the rows looked at jointly, whether each is outside in any way.
    private let isOutside: [Bool]

    init(
        _ outside: KnownRegion.Outside, picked: [Int], names: [String], source: RowSource,
        options: JudgeOptions
    ) {
        (self.outside, self.picked, self.names) = (outside, picked, names)
        (self.source, self.options) = (source, options)
        let count = outside.columns.first?.count ?? 0
        let alone = (0..<count).map { row in outside.columns.contains { $0[row] } }
        isOutsideAlone = alone
        isOutside = picked.indices.map { place in
            alone[picked[place]] || (outside.jointly?[place] ?? false)
        }
    }

    private func figure(_ name: String?, _ isOutside: [Bool]) -> JudgedFigure {
        let found = isOutside.count { $0 }
        return JudgedFigure(
            .outsideShare, of: name, Double(found) / Double(isOutside.count),
            Proportions.wilson(successes: found, of: isOutside.count, level: options.level),
            rows: isOutside.count, source: source)
    }

    /// Any way, in any column, in combination, and column by column.
    var figures: [JudgedFigure] {
        var found = [figure(nil, isOutside), figure("any column", isOutsideAlone)]
        if let jointly = outside.jointly { found.append(figure("combination", jointly)) }
        return found + zip(names, outside.columns).map { figure($0, $1) }
    }

    func pictures(_ cut: [TimeSlices.Slice]) -> [JudgePicture] {
        var places = [Int](repeating: -1, count: isOutsideAlone.count)
        for (place, row) in picked.enumerated() { places[row] = place }
        func line(_ name: String, _ flags: (_ row: Int) -> Bool?) -> JudgePicture.Line {
            JudgePicture.Line(
                name,
                cut.enumerated().map { step, slice in
                    let seen = slice.rows.compactMap(flags)
                    guard !seen.isEmpty else { return JudgePicture.Point(Double(step), nil) }
                    let share = figure(nil, seen)
                    return JudgePicture.Point(Double(step), share.value, share.interval)
                })
        }
        var lines = [line("in a column") { isOutsideAlone[$0] }]
        if let jointly = outside.jointly {
            lines.append(line("in combination") { places[$0] < 0 ? nil : jointly[places[$0]] })
        }
        let bars = zip(names, outside.columns).map { name, flags in
            let share = figure(name, flags)
            return JudgePicture.Bar(name, share.value, share.interval)
        }
        return [
            JudgePicture(
                "outside_over_time", "Rows outside what the model knows, over time",
                "The share of each slice's rows with a value beyond train's range or a new "
                    + "category, and with a combination that train has not.",
                .lines(
                    JudgePicture.Lines(
                        x: "time", y: "share of rows", lines: lines, steps: cut.map(\.name)))),
            JudgePicture(
                "outside_columns", "Rows outside, by column",
                "The share of all rows whose value lies beyond train's range or is a category that "
                    + "train has not.",
                .bars(
                    axis: "share of rows", rows: bars.sorted { $0.value > $1.value }, limits: [])),
        ]
    }
}
