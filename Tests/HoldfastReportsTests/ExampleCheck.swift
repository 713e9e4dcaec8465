import HoldfastStatistics
import TestSupport

@testable import HoldfastChecks

/// Reports of checks that no engine made: any part may be there or not.
struct ExampleCheck {
    /// The tables besides train.
    var candidates: [TableRole] = [.eval, .serve]
    /// How many columns, and what they are called.
    var columns = 4
    var name: @Sendable (Int) -> String = { "column_\($0)" }
    /// Which parts are there.
    var hasPictures = true
    var hasStatistics = true
    var hasAcross = true
    var hasSchema = true
    /// How many slices; 0 for none.
    var slices = 0
    var isSlicedByTime = true
    /// Whether memory was bounded.
    var isBounded = false
    /// Text that stands in for whatever else a file can hold.
    var foreign = "a value"
    var seed: UInt64 = 1

    /// The report.
    var report: CheckReport {
        var chance = SeededGenerator(seed: seed)
        let roles = [TableRole.train] + candidates
        let tables = roles.map {
            TableFacts(
                role: $0, name: "data/\($0.rawValue).csv", rows: 20_000, columns: max(columns, 1),
                effectiveRows: $0 == .train ? 15_210.4 : nil)
        }
        var pairs: [PairComparison] = []
        for (place, reference) in roles.enumerated() {
            for candidate in roles[(place + 1)...] {
                pairs.append(pair(reference, candidate, &chance))
            }
        }
        var options = CheckOptions()
        options.label = name(0)
        options.prediction = name(1)
        options.ignored = ["row", foreign]
        options.key = "request"
        options.weight = "weight"
        options.columnMargins[name(2)] = Margins(distribution: 0.2)
        if slices > 0 {
            options.slices = SliceRule(column: "time", seconds: 86_400)
        }
        var report = CheckReport(
            tables: tables, pairs: pairs, options: options, family: columns * 2 * pairs.count)
        if hasPictures {
            report.pictures = (0..<columns).map { picture($0, roles, &chance) }
        }
        if hasSchema { report.schema = schema(roles) }
        return report
    }

    func isCategory(_ place: Int) -> Bool { place % 4 == 2 }

    private func facts(_ place: Int, _ chance: inout SeededGenerator) -> ColumnFacts {
        var facts = ColumnFacts(kind: isCategory(place) ? .category : .number, rows: 20_000)
        facts.missing = Int.random(in: 0...900, using: &chance)
        facts.notANumber = place % 5 == 0 ? 12 : 0
        facts.positiveInfinity = place % 7 == 0 ? 3 : 0
        facts.emptyText = place % 6 == 0 ? 40 : 0
        if isCategory(place) {
            facts.categories = 37
            facts.unattributedShare = isBounded ? 0.0123 : 0
        } else {
            facts.minimum = -3.25
            facts.maximum = 51_234.5
            facts.mean = Double.random(in: 1_000...2_000, using: &chance)
            facts.standardDeviation = 812.25
            facts.median = 990
            facts.rankError = isBounded ? 0.0041 : 0
        }
        return facts
    }

    func finding(
        _ measure: Measure, _ margin: Double, _ chance: inout SeededGenerator
    ) -> Finding {
        // Below, across and above the margin.
        let effect = margin * [0.3, 0.95, 2.4][Int.random(in: 0...2, using: &chance)]
        let reach = margin * 0.2
        var finding = Finding(
            measure: measure, effect: effect, expectedByChance: 0.0123,
            interval: Interval(lower: max(0, effect - reach), upper: min(1, effect + reach)),
            margin: margin, pValue: 0.00312, adjustedPValue: 0.0312, falseDiscoveryRate: 0.0062)
        if finding.verdict == .inconclusive { finding.rowsNeeded = 47_684 }
        return finding
    }

    private func comparison(
        _ place: Int, _ pair: (TableRole, TableRole), _ chance: inout SeededGenerator
    ) -> ColumnComparison {
        if place % 19 == 18 {
            return ColumnComparison(
                name(place), only: facts(place, &chance), in: pair.0, not: pair.1)
        }
        var findings = [
            finding(isCategory(place) ? .totalVariation : .kolmogorovSmirnov, 0.1, &chance),
            finding(.missingShare, 0.05, &chance),
        ]
        if place % 5 == 0 { findings.append(finding(.notANumberShare, 0.05, &chance)) }
        if place % 7 == 0 { findings.append(finding(.positiveInfinityShare, 0.05, &chance)) }
        if place % 6 == 0 { findings.append(finding(.emptyTextShare, 0.05, &chance)) }
        var column = ColumnComparison(
            column: name(place), reference: facts(place, &chance),
            candidate: facts(place, &chance), findings: findings,
            verdict: Verdict(all: findings.map(\.verdict)))
        column.part = place == 0 ? .label : place == 1 ? .prediction : .feature
        if isCategory(place) {
            column.newCategories = categories(["JP", foreign, "KR", "TW"])
            column.vanishedCategories = categories([])
        } else {
            column.outsideRange = 0.0123
        }
        if place % 3 == 0 { column.notes = ["A note on \(foreign)."] }
        guard hasStatistics else { return column }
        let names: [Statistic.Name] =
            isCategory(place)
            ? [
                .chiSquare, .likelihoodRatio, .stabilityIndex, .jensenShannon, .hellinger,
                .largestDifference, .newShare, .vanishedShare,
            ]
            : Array(Statistic.Name.allCases.prefix(10))
                + [
                    .stabilityIndex, .jensenShannon, .hellinger, .largestDifference,
                    .binnedTotalVariation,
                ]
        column.statistics = names.enumerated().map { index, name in
            Statistic(
                name, Double.random(in: 0.001...2.5, using: &chance),
                pValue: index % 2 == 0 ? 0.0123 : nil)
        }
        return column
    }

    private func categories(_ names: [String]) -> CategoryList {
        var summary = CategorySummary()
        for (place, name) in names.enumerated() { summary.add(name, times: 9 + place) }
        return CategoryList(of: summary, notIn: CategorySummary())
    }

    private func pair(
        _ reference: TableRole, _ candidate: TableRole, _ chance: inout SeededGenerator
    ) -> PairComparison {
        var pair = PairComparison(
            reference: reference, candidate: candidate,
            columns: (0..<columns).map { comparison($0, (reference, candidate), &chance) })
        if hasAcross { pair.across = across(&chance) }
        if slices > 0 { pair.slices = sliced(&chance) }
        return pair
    }
}

/// What a file can hold to lead a page astray.
let hostileText =
    "<script>alert(1)</script>&amp;|`**_[x](http://e.com)_** @someone #12 www.e.com\n\u{1B}[31m\u{202E}"
    + "]]>\u{0}\u{7F}--><!-- שלום e\u{301}"

/// Reports of every shape.
let oddReports: [CheckReport] = {
    var one = ExampleCheck(candidates: [.serve], columns: 1)
    one.hasPictures = false
    one.hasStatistics = false
    one.hasAcross = false
    one.hasSchema = false
    var hostile = ExampleCheck(columns: 20, name: { "\(hostileText) \($0)" })
    hostile.foreign = hostileText
    hostile.slices = 31
    hostile.isSlicedByTime = false
    hostile.isBounded = true
    let long = ExampleCheck(
        candidates: [.eval], columns: 6,
        name: { String(repeating: "漢字かな\u{200B}", count: 25) + "\($0)" })
    var sliced = ExampleCheck(candidates: [.serve], columns: 3)
    sliced.slices = SliceComparison.limit
    var single = ExampleCheck(candidates: [.serve], columns: 2)
    single.slices = 1
    return [
        ExampleCheck().report, one.report, hostile.report, long.report, sliced.report,
        single.report, emptyReport(), ExampleCheck(columns: 0).report, oneRowReport(),
    ]
}()

/// Columns of which nothing can be told.
private func emptyReport() -> CheckReport {
    var report = ExampleCheck(candidates: [.serve], columns: 3).report
    for place in report.pairs[0].columns.indices {
        var column = ColumnComparison(
            column: "c\(place)", reference: ColumnFacts(kind: .empty, rows: 1),
            candidate: ColumnFacts(kind: .empty, rows: 1), verdict: .inconclusive)
        column.notes = ["All values are missing in train.", "All values are missing in serve."]
        report.pairs[0].columns[place] = column
        report.pictures[place] = ColumnPicture(
            column: "c\(place)", kind: [.empty, .number, .category][place], edges: [],
            categories: [], values: [], series: [])
    }
    report.pairs[0].across = AcrossColumns()
    report.pairs[0].across.notes = ["Too few rows for a classifier."]
    report.schema?.breaches = []
    return report
}

/// One row in each table: one bin, one value.
private func oneRowReport() -> CheckReport {
    var report = ExampleCheck(candidates: [.eval], columns: 1).report
    report.pictures = [
        ColumnPicture(
            column: "column_0", kind: .number, edges: [], categories: [], values: [7],
            series: [
                .init(role: .train, shares: [1], cumulative: [1], absentShare: 0),
                .init(role: .eval, shares: [0], cumulative: [0], absentShare: 1),
            ])
    ]
    report.pairs[0].columns[0].findings = [
        Finding(
            measure: .kolmogorovSmirnov, effect: 1, interval: Interval(lower: 0, upper: 1),
            margin: 0.1)
    ]
    report.pairs[0].columns[0].verdict = .inconclusive
    return report
}
