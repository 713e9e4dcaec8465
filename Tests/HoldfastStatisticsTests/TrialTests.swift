import HoldfastFormats
import HoldfastTables
import Testing
import TestSupport

@testable import HoldfastStatistics

/// A table of `Golden/trials`; ORIGIN.md there says where each comes from.
private struct Trial {
    private var columns: [String: [String]] = [:]

    init(_ name: String) throws {
        let path = "Tests/HoldfastStatisticsTests/Golden/trials/\(name).csv"
        var reader = try CSVReader(bytes: try Repository.bytes(path), path: path)
        var cells = [[String]](repeating: [], count: reader.columns.count)
        while try reader.next() {
            for place in cells.indices { cells[place].append(try reader.text(place)) }
        }
        for (place, name) in reader.columns.enumerated() { columns[name] = cells[place] }
        try #require(cells.first?.isEmpty == false, "\(name) has no row")
    }

    func texts(_ column: String) throws -> [String] {
        try #require(columns[column], "no column \(column)")
    }

    /// The numbers of a column, with nothing where the cell is empty.
    func numbers(_ column: String) throws -> [Double?] {
        try texts(column).map { text in
            if text.isEmpty { return nil }
            let value = try #require(Double(text), "\(column) holds \(text)")
            return value
        }
    }

    func whole(_ column: String) throws -> [Double] {
        try numbers(column).map { try #require($0) }
    }
}

/// Randomised trials and one that is not: figures worked out apart by `trials.py`.
@Suite struct TrialTests {
    @Test func `patients leave ACTG 175's treatments unequally, and its visits equally`() throws {
        let trial = try Trial("actg175")
        let arms = try trial.whole("arms").map { Int($0) }
        for item in try Golden.cases("attrition", in: "trials") {
            let isLost = item["column"]?.string == "lost"
            let flags = try trial.whole(isLost ? "r" : "offtrt").map { ($0 == 1) != isLost }
            var (excluded, counts) = ([0, 0, 0, 0], [0, 0, 0, 0])
            for (arm, flag) in zip(arms, flags) {
                counts[arm] += 1
                if flag { excluded[arm] += 1 }
            }
            let expected = try #require(item["expected"])
            #expect(try expected.counts("excluded") == excluded)
            #expect(try expected.counts("counts") == counts)
            let test = DifferentialAttrition.test(excluded: excluded, counts: counts)
            #expect(try item.agrees("statistic", test?.statistic))
            #expect(try item.agrees("p", test?.pValue))
            #expect(((test?.pValue ?? 1) < 0.05) != isLost && test?.degreesOfFreedom == 3)
            for pair in try #require(expected["pairs"]?.array) {
                let (a, b) = (Int(try pair.number("reference")), Int(try pair.number("candidate")))
                let two = try #require(
                    DifferentialAttrition(
                        reference: (excluded[a], counts[a]), candidate: (excluded[b], counts[b])))
                #expect(isClose(two.z, try pair.number("z")))
                #expect(isClose(two.pValue, try pair.number("p")))
                #expect(isClose(two.interval().lower, try pair.number("lower")))
                #expect(isClose(two.interval().upper, try pair.number("upper")))
            }
        }
    }

    @Test func `ACTG 175's gain in CD4 survives the worst that its lost visits can hide`() throws {
        let trial = try Trial("actg175")
        let (arms, values) = (try trial.whole("arms"), try trial.numbers("cd496"))
        func outcomes(_ arm: Double) -> (values: [Double], count: Int) {
            let rows = zip(arms, values).filter { $0.0 == arm }.map(\.1)
            return (rows.compactMap { $0 }, rows.count)
        }
        for item in try Golden.cases("lee", in: "trials") {
            let (one, two) = (outcomes(0), outcomes(try item.number("arm")))
            let bounds = try #require(
                LeeBounds(
                    reference: one.values, of: one.count, candidate: two.values, of: two.count))
            #expect(try item.agrees("trimmed_share", bounds.trimmedShare, 1e-12))
            #expect(try item.agrees("trimmed_rows", Double(bounds.trimmedRows)))
            #expect(try item.agrees("effect", bounds.effect))
            #expect(try item.agrees("lower", bounds.interval.lower))
            #expect(try item.agrees("upper", bounds.interval.upper))
            #expect(bounds.interval.lower > 20)
        }
    }

    @Test func `pupils of a school and farmers of a village are alike`() throws {
        for item in try Golden.cases("clusters", in: "trials") {
            let trial = try Trial(try #require(item["table"]?.string))
            let values = try trial.whole(try #require(item["column"]?.string))
            let names = try trial.texts(try #require(item["cluster"]?.string))
            var clusters: [String: NumberSummary] = [:]
            for (name, value) in zip(names, values) {
                clusters[name, default: NumberSummary()].add(value)
            }
            var correlation = IntraclassCorrelation()
            for (_, cluster) in clusters.sorted(by: { $0.key < $1.key }) {
                correlation.add(cluster)
            }
            #expect(try item.agrees("clusters", Double(correlation.clusters)))
            #expect(try item.agrees("rows", Double(correlation.rows)))
            #expect(try item.agrees("typical_size", correlation.typicalSize, 1e-12))
            #expect(try item.agrees("icc", correlation.value), "\(item.text())")
            #expect(try item.agrees("design_effect", correlation.designEffect), "\(item.text())")
            let effect = IntraclassCorrelation.designEffect(
                meanSize: try item.expected("mean_size"),
                variation: try item.expected("variation"),
                correlation: try #require(correlation.value))
            #expect(isClose(correlation.designEffect, effect, 1e-12))
        }
    }

    @Test func `a log of rare propensities is worth 340 of its 10,000 rows`() throws {
        for item in try Golden.cases("weights", in: "trials") {
            let trial = try Trial(try #require(item["table"]?.string))
            let (p, clicks) = (try trial.whole("propensity_score"), try trial.whole("click"))
            var summary = WeightedNumberSummary()
            var items = [WeightSummary](repeating: WeightSummary(), count: 80)
            for (row, name) in try trial.whole("item_id").enumerated() {
                summary.add(clicks[row], weight: 1 / 80 / p[row])
                items[Int(name)].add(1 / p[row])
            }
            let weights = summary.weights
            #expect(try item.agrees("ess", weights.effectiveSampleSize, 1e-12))
            #expect(try item.agrees("mean", weights.mean(among: p.count), 1e-12))
            #expect(try item.agrees("largest", weights.largest, 1e-12))
            #expect(try item.agrees("largest_share", weights.largestShare, 1e-12))
            #expect(try item.agrees("snips", summary.mean, 1e-11))
            #expect(try item.agrees("ips", summary.mean(among: p.count), 1e-11))
            // Each item's rows are a sample of all, kept with its propensity.
            let tests = items.map { $0.meanTest(among: p.count)?.pValue }
            for (value, expected) in zip(tests, try #require(item["expected"]).numbers("item_p")) {
                #expect(isClose(value, expected))
            }
            let counts = items.map(\.count)
            let ratio = SampleRatioMismatch.test(
                observed: counts, shares: counts.map { _ in 12_500 })
            #expect(try item.agrees("statistic", ratio?.statistic))
            #expect(try item.agrees("p", ratio?.pValue))
            let rejected = tests.count { ($0 ?? 0) < 0.001 }
            #expect(rejected == (item["table"]?.string == "bandit_random" ? 0 : 8))
        }
    }

    @Test func `a survey is no control group, and lost patients are not the others`() throws {
        for item in try Golden.cases("balance", in: "trials") {
            let name = try #require(item["table"]?.string)
            let column = try #require(item["column"]?.string)
            let trial = try Trial(name)
            let isLaLonde = name == "lalonde"
            let inside =
                try isLaLonde
                ? trial.texts("treat").map { _ in true }
                : trial.whole("arms").map { $0 == 0 }
            let second = try trial.texts(isLaLonde ? "treat" : "r").map {
                $0 == "True" || $0 == "1"
            }
            let balance: CovariateBalance
            if item["kind"]?.string == "number" {
                var parts = [WeightedNumberSummary(), WeightedNumberSummary()]
                for (row, value) in try trial.whole(column).enumerated() where inside[row] {
                    parts[second[row] ? 1 : 0].add(value)
                }
                balance = CovariateBalance(reference: parts[0], candidate: parts[1])
                #expect(try item.agrees("signed", balance.values?.effect), "\(column)")
                #expect(try item.agrees("se", balance.values?.standardError), "\(column)")
                #expect(try item.agrees("p", balance.values?.pValue), "\(column)")
                #expect(try item.agrees("ratio", balance.values?.varianceRatio), "\(column)")
            } else {
                var parts = [WeightedCategorySummary(), WeightedCategorySummary()]
                for (row, value) in try trial.texts(column).enumerated() where inside[row] {
                    parts[second[row] ? 1 : 0].add(value)
                }
                balance = CovariateBalance(reference: parts[0], candidate: parts[1])
                for category in balance.categories {
                    let level = String(decoding: category.category, as: UTF8.self)
                    let expected = item["expected"]?["levels"]?[level]?.double
                    #expect(isClose(category.difference?.effect, try #require(expected)))
                }
            }
            #expect(try item.agrees("effect", balance.effect), "\(name) \(column)")
            if isLaLonde { #expect((balance.largest ?? 0) > 0.5, "\(column)") }
            if column == "cd40" { #expect((balance.values?.pValue ?? 1) < 0.01) }
        }
    }
}
