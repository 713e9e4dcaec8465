internal import HoldfastStatistics

extension AcrossColumns {
    /// Finds what the columns of two tables show only together, from what was kept of their rows.
    ///
    ///     let across = AcrossColumns.compare(
    ///         reference: train, candidate: eval, columns: [("age", false), ("city", true)],
    ///         roles: (.train, .eval), options: options)
    ///     across.classifier?.area      // 0.5: no row tells which table it is from
    ///     across.duplicates?.shared    // 30
    ///
    /// Both were collected with plans that hash alike, and finished. `columns` are those that were
    /// compared, and whether one is a category in either table. What could not be looked at is said
    /// in ``notes``; that is never an error.
    package static func compare(
        reference: RowCollector, candidate: RowCollector,
        columns: [(name: String, isCategory: Bool)], roles: (TableRole, TableRole),
        options: CheckOptions
    ) -> AcrossColumns {
        var comparison = RowComparison(
            reference: reference, candidate: candidate, columns: columns, roles: roles,
            options: options)
        guard options.isAcross else { return comparison.across }
        comparison.compareSamples()
        if roles == (.train, .eval) {
            comparison.findDuplicates()
            comparison.findUnits()
        }
        if roles.1 == .serve { comparison.joinByKey() }
        return comparison.across
    }
}

/// Two tables' rows, and what is found across columns so far.
struct RowComparison {
    let reference: RowCollector
    let candidate: RowCollector
    let columns: [(name: String, isCategory: Bool)]
    let roles: (TableRole, TableRole)
    let options: CheckOptions
    var across = AcrossColumns()

    /// The fewest rows of a table from which anything is learnt.
    static let leastRows = 20
    /// The most columns whose pairs are correlated: 1,770 pairs, a tenth of a second at most.
    static let correlatedColumns = 60
    /// The most columns and pairs that are named.
    static let namedLimit = 10

    /// The columns without those of some names.
    func columns(without names: [String?]) -> [(name: String, isCategory: Bool)] {
        let left = ColumnNames(names.compactMap { $0 })
        return columns.filter { !left.contain($0.name) }
    }

    /// Whether both tables have what is looked for in a column; where one has not, a note says so.
    mutating func hasColumn(
        _ column: String, _ has: KeyPath<RowCollector, Bool>, else notDone: String
    ) -> Bool {
        for (rows, role) in [(reference, roles.0), (candidate, roles.1)] where !rows[keyPath: has] {
            across.notes.append("\(notDone): \(role.rawValue) has no column \"\(column)\".")
            return false
        }
        return true
    }

    /// Notes for each table how many of its rows lack something: "2 rows of train have", and then
    /// `what`.
    mutating func noteLacking(_ count: KeyPath<RowCollector, Int>, _ what: String) {
        for (rows, role) in [(reference, roles.0), (candidate, roles.1)]
        where rows[keyPath: count] > 0 {
            across.notes.append("\(Self.rows(rows[keyPath: count], of: role)) \(what)")
        }
    }

    /// Adds a finding, with the rows it would take where it is none yet. `size` are the rows of
    /// each of two equal tables that would tell as much.
    mutating func add(_ finding: Finding, size: Double) {
        var finding = finding
        finding.estimateRows(size: size)
        across.findings.append(finding)
    }

    /// The rows of two equal samples that tell as much as samples of these sizes.
    static func size(_ one: Int, _ other: Int) -> Double {
        2 / (1 / Double(one) + 1 / Double(other))
    }

    /// An interval without what lies below 0.
    static func aboveZero(_ interval: Interval) -> Interval {
        Interval(lower: max(0, interval.lower), upper: max(0, interval.upper))
    }

    // MARK: - Samples

    /// Looks at the samples: can rows be told apart, and do columns go together as they did?
    mutating func compareSamples() {
        let (one, two) = (reference.sample, candidate.sample)
        let least = min(one.count, two.count)
        guard least >= Self.leastRows else {
            across.notes.append(
                "Whether rows can be told apart was not looked at: "
                    + "\(one.count < two.count ? roles.0.rawValue : roles.1.rawValue) has only "
                    + "\(least == 1 ? "1 row" : "\(least) rows"), and \(Self.leastRows) are needed."
            )
            return
        }
        // A time tells tables of two weeks apart, a name of a row any two: nothing is learnt.
        let time = options.slices.flatMap { $0.seconds == nil ? nil : $0.column }
        let features = columns(without: [
            options.label, options.prediction, options.key, options.unit, options.weight, time,
        ])
        // One column by itself is judged already.
        guard features.count > 1 else { return }
        let samples = SampledColumns(one, two, columns: features)
        tellApart(samples)
        compareCorrelations(samples)
    }

    private mutating func tellApart(_ samples: SampledColumns) {
        guard let (one, two) = samples.all,
            let test = ClassifierTwoSample(reference: one, candidate: two)
        else {
            across.notes.append(
                "Whether rows can be told apart was not looked at: no column with a value is in "
                    + "both \(roles.0.rawValue) and \(roles.1.rawValue).")
            return
        }
        let interval = test.interval(level: options.level)
        across.classifier = AcrossColumns.ClassifierFacts(
            area: test.area, interval: interval, referenceRows: one.rowCount,
            candidateRows: two.rowCount,
            columns: test.importance.prefix(Self.namedLimit).map {
                .init(column: $0.name, share: $0.gainShare, area: $0.areaAlone)
            })
        let finding = Finding(
            measure: .classifier, effect: max(0, test.area - 0.5),
            interval: Self.aboveZero(
                Interval(lower: interval.lower - 0.5, upper: interval.upper - 0.5)),
            margin: options.acrossMargins.classifier, pValue: test.pValue)
        add(finding, size: Self.size(one.rowCount, two.rowCount))
        if finding.verdict == .inconclusive
            && (one.rowCount < reference.rows || two.rowCount < candidate.rows)
        {
            across.notes.append(
                "Whether rows can be told apart was looked at on a sample of "
                    + "\(one.rowCount) rows of \(roles.0.rawValue) and \(two.rowCount) of "
                    + "\(roles.1.rawValue).")
        }
    }

    private mutating func compareCorrelations(_ samples: SampledColumns) {
        let limit = Self.correlatedColumns
        guard let (one, two) = samples.numbers(limit) else { return }
        if samples.numberCount > limit {
            across.notes.append(
                "Correlations were compared among the first \(limit) of the "
                    + "\(samples.numberCount) columns of numbers.")
        }
        let change = CorrelationChange(reference: one, candidate: two)
        let intervals = change.pairs.map { change.interval($0, level: options.level).sizes }
        across.correlations = zip(change.pairs, intervals).prefix(Self.namedLimit).map {
            pair, interval in
            AcrossColumns.CorrelationFacts(
                one: pair.columns.0, other: pair.columns.1, reference: pair.reference.value,
                candidate: pair.candidate.value, interval: interval)
        }
        let margin = options.acrossMargins.correlation
        guard let worst = Self.worst(intervals, margin: margin) else { return }
        let pair = change.pairs[worst]
        add(
            Finding(
                measure: .correlation, effect: abs(pair.difference), interval: intervals[worst],
                margin: margin, pValue: min(1, pair.pValue * Double(change.pairs.count))),
            size: Self.size(pair.reference.count, pair.candidate.count))
    }

    /// The pair that decides, the largest differences coming first: one that disagrees, and most
    /// clearly so; else the first that is inconclusive; else the first of all, which agree.
    static func worst(_ intervals: [Interval], margin: Double) -> Int? {
        let verdicts = intervals.map { Verdict($0, margin: margin) }
        let clear = intervals.indices.filter { verdicts[$0] == .disagrees }
            .max { (intervals[$0].lower, $1) < (intervals[$1].lower, $0) }
        return clear ?? verdicts.firstIndex(of: .inconclusive) ?? intervals.indices.first
    }
}
