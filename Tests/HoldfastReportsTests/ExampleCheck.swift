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
                role: $0, name: "data/\($0.rawValue).csv", rows: 20_000, columns: columns,
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

    private func isCategory(_ place: Int) -> Bool { place % 4 == 2 }

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

    private func finding(
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

    private func across(_ chance: inout SeededGenerator) -> AcrossColumns {
        var across = AcrossColumns()
        across.findings = [
            finding(.classifier, 0.1, &chance), finding(.correlation, 0.2, &chance),
            finding(.duplicateRows, 0.01, &chance), finding(.sharedUnits, 0.01, &chance),
            finding(.skew, 0.01, &chance),
        ]
        across.classifier = AcrossColumns.ClassifierFacts(
            area: 0.71, interval: Interval(lower: 0.69, upper: 0.73), referenceRows: 10_000,
            candidateRows: 9_000,
            columns: (0..<min(columns, 10)).map {
                AcrossColumns.ClassifierFacts.Giveaway(
                    column: name($0), share: 0.1, area: $0 == 0 ? 0.68 : nil)
            })
        across.correlations = (0..<10).map { _ in
            AcrossColumns.CorrelationFacts(
                one: name(0), other: name(1), reference: 0.81, candidate: -0.12,
                interval: Interval(lower: 0.71, upper: 1.09))
        }
        across.duplicates = AcrossColumns.DuplicateFacts(
            shared: 312, rows: 20_000, expectedShare: 0.001)
        across.units = AcrossColumns.UnitFacts(
            column: "customer", reference: 8_000, candidate: 7_000, shared: 70)
        across.skew = AcrossColumns.SkewFacts(
            key: "request", joined: 15_000, referenceOnly: 5_000, candidateOnly: 4_000, repeated: 9,
            sampledShare: 0.5, differing: 310,
            columns: (0..<min(columns, 20)).map { place in
                AcrossColumns.SkewFacts.Column(
                    column: name(place), differing: 310 - place, missingOnOneSide: 7,
                    meanShift: place % 2 == 0 ? -0.25 : nil, largest: place % 2 == 0 ? 12.5 : nil,
                    examples: [
                        .init(key: "r-1", reference: "1", candidate: nil),
                        .init(key: foreign, reference: "", candidate: foreign),
                    ])
            })
        across.notes = ["A note across columns on \(foreign)."]
        return across
    }

    private func sliced(_ chance: inout SeededGenerator) -> SliceComparison {
        SliceComparison(
            column: "time", period: isSlicedByTime ? "1d" : nil, unplaced: 3,
            slices: (0..<slices).map { slice in
                let day = String(format2(slice % 28 + 1))
                let month = format2(slice / 28 + 1)
                return SliceComparison.Slice(
                    name: isSlicedByTime ? "2025-\(month)-\(day)T00:00:00Z" : "\(foreign) \(slice)",
                    rows: 700, referenceRows: 20_000,
                    columns: (0..<columns).filter { $0 % 19 != 18 }.map { place in
                        SliceComparison.Column(
                            column: name(place),
                            findings: slice % 9 == 7
                                ? []
                                : [
                                    finding(
                                        isCategory(place) ? .totalVariation : .kolmogorovSmirnov,
                                        0.1, &chance)
                                ])
                    })
            })
    }

    private func format2(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private func picture(
        _ place: Int, _ roles: [TableRole], _ chance: inout SeededGenerator
    ) -> ColumnPicture {
        let bins = isCategory(place) ? 21 : 20
        let values = isCategory(place) ? [] : (0...100).map { Double($0 * $0) / 7 - 3.25 }
        let series = roles.map { role in
            var shares = (0..<bins).map { _ in Double.random(in: 0.02...0.08, using: &chance) }
            let total = shares.reduce(0, +)
            shares = shares.map { $0 / total }
            let power = Double.random(in: 0.6...1.6, using: &chance)
            return ColumnPicture.Series(
                role: role, shares: shares,
                cumulative: values.indices.map { curve(Double($0) / 100, power) },
                absentShare: Double.random(in: 0...0.05, using: &chance))
        }
        return ColumnPicture(
            column: name(place), kind: isCategory(place) ? .category : .number,
            edges: isCategory(place) ? [] : (1..<20).map { Double($0 * $0) * 3.5 },
            categories: isCategory(place)
                ? (0..<20).map { "\(foreign) \($0)" } + ["all others"] : [],
            values: values, series: series)
    }

    /// A curve from 0 to 1, so that nothing here needs more than arithmetic.
    private func curve(_ share: Double, _ power: Double) -> Double {
        let bent = share * share * (3 - 2 * share)
        return min(1, max(0, bent + (power - 1) * share * (1 - share)))
    }

    private func schema(_ roles: [TableRole]) -> SchemaResult {
        SchemaResult(
            name: "schema.json", columns: columns,
            breaches: roles.dropFirst().flatMap { role in
                SchemaBreach.Rule.allCases.map { rule in
                    SchemaBreach(
                        role: role, column: name(rule == .range ? 1 : 0), rule: rule,
                        message: "Something of \(foreign) was found, something else was asked.",
                        count: rule == .range ? 12 : nil,
                        examples: rule == .range ? ["row 7: \(foreign)"] : [])
                }
            })
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
