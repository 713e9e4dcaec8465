import HoldfastStatistics
import TestSupport

@testable import HoldfastChecks

/// What stands beside the columns in an example.
extension ExampleCheck {
    func across(_ chance: inout SeededGenerator) -> AcrossColumns {
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

    func sliced(_ chance: inout SeededGenerator) -> SliceComparison {
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

    func picture(
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

    func schema(_ roles: [TableRole]) -> SchemaResult {
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
