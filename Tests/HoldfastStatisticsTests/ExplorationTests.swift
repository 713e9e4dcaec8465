import Foundation
import HoldfastFormats
@testable import HoldfastStatistics
import TestSupport
import Testing

/// Control shares by score at the least cost.
@Suite struct ExplorationTests {
    private static func estimand(_ item: JSON) throws -> ExplorationEstimand {
        try #require(ExplorationEstimand(rawValue: item["estimand"]?.string ?? ""))
    }

    /// The reference's 20,000 scores.
    private static func scores() throws -> [Double] {
        let found = try reference()
        let text = try #require(found["scores"]?.string)
        let bytes = try #require(Data(base64Encoded: text))
        #expect(bytes.count == 160_000)
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            var bits: UInt64 = 0
            for place in (0..<8).reversed() { bits = bits << 8 | UInt64(bytes[start + place]) }
            return Double(bitPattern: bits)
        }
    }

    private static func reference() throws -> JSON {
        let all = try golden("HoldfastStatisticsTests/Golden/plan.json")
        return try #require(all["reference"])
    }

    /// Units of one score each, as the reference has them.
    private static func units(
        _ scores: [Double], from low: Double, to high: Double, _ cost: LeavingAlone,
        least: Double, _ estimand: ExplorationEstimand
    ) -> [ExplorationCurve.Band] {
        scores.map { score in
            let rate = low + (high - low) * score
            return ExplorationCurve.Band(
                units: 1, moment: estimand.moment(rate: rate),
                cost: max(least, cost.perUnit(rate: rate)))
        }
    }

    @Test func `all sixteen cases of the reference come out`() throws {
        let reference = try Self.reference()
        let scores = try Self.scores()
        let cases = try #require(reference["cases"]?.array)
        #expect(cases.count == 16)
        for item in cases {
            let range = try item.numbers("q")
            let bands = Self.units(
                scores, from: range[0], to: range[1],
                LeavingAlone(missed: try item.number("L"), blocked: try item.number("M")),
                least: try reference.number("least_cost"), try Self.estimand(item))
            let flat = bands.map { _ in 0.05 }
            let shares = ExplorationCurve.shares(
                bands, spread: ExplorationCurve.spread(bands, shares: flat), least: 0)
            let (ours, theirs) = (
                ExplorationCurve.cost(bands, shares: shares),
                ExplorationCurve.cost(bands, shares: flat)
            )
            #expect(isClose(theirs, try item.number("flat_cost")), "\(item.text())")
            #expect(isClose(ours, try item.number("opt_cost")), "\(item.text())")
            // A difference of two costs that are nearly one loses as many digits.
            #expect(abs(1 - ours / theirs - (try item.number("saving"))) < 1e-12, "\(item.text())")
            #expect(isClose(shares.first, try item.number("p_lowscore")), "\(item.text())")
            #expect(isClose(shares.last, try item.number("p_highscore")), "\(item.text())")
        }
    }

    @Test func `the reference's totals of positives and of negatives come out at every flat share`()
        throws
    {
        let reference = try Self.reference()
        let scores = try Self.scores()
        let cost = LeavingAlone(missed: 100, blocked: 8)
        for (part, estimand, low, high) in [
            ("same_variance", ExplorationEstimand.total, "p_max", "p_min"),
            ("false_positives", .negatives, "p_at_low", "p_at_high"),
        ] {
            let bands = Self.units(scores, from: 0.2, to: 0.95, cost, least: 1e-9, estimand)
            for item in try #require(reference[part]?.array) {
                let flat = bands.map { _ in (try? item.number("flat_p")) ?? .nan }
                let wanted = ExplorationCurve.spread(bands, shares: flat)
                let shares = ExplorationCurve.shares(bands, spread: wanted, least: 1e-4)
                let ours = ExplorationCurve.cost(bands, shares: shares)
                #expect(isClose(ours, try item.number("optimal_cost")), "\(item.text())")
                #expect(isClose(shares.first, try item.number(low)), "\(item.text())")
                #expect(isClose(shares.last, try item.number(high)), "\(item.text())")
                if let variance = item["variance"]?.double {
                    let certain = bands.reduce(0) { $0 + $1.moment }
                    #expect(isClose(wanted - certain, variance), "\(item.text())")
                }
            }
        }
    }

    @Test func `shares that are cut off at 1 and at the least are solved again for the rest`()
        throws
    {
        var (capped, floored) = (0, 0)
        for item in try Golden.cases("shares", in: "plan") {
            let estimand = try Self.estimand(item)
            let (rates, units) = (try item.numbers("rates"), try item.numbers("units"))
            let (costs, moments) = (try item.numbers("costs"), try item.numbers("moments"))
            let (least, wanted) = (try item.number("least"), try item.number("wanted"))
            let bands = rates.indices.map { place in
                #expect(isClose(estimand.moment(rate: rates[place]), moments[place]))
                return ExplorationCurve.Band(
                    units: units[place], moment: moments[place], cost: costs[place])
            }
            let shares = ExplorationCurve.shares(bands, spread: wanted, least: least)
            for (share, expected) in zip(shares, try item.numbers("shares")) {
                #expect(isClose(share, expected), "\(shares) \(item.text())")
            }
            #expect(isClose(ExplorationCurve.cost(bands, shares: shares), try item.number("cost")))
            if shares.contains(1) { capped += 1 }
            if shares.contains(least) { floored += 1 }
            let isFree = shares.contains { $0 < 1 && $0 > least }
            let spread = ExplorationCurve.spread(bands, shares: shares)
            #expect(isFree ? isClose(spread, wanted) : spread <= wanted)
        }
        #expect(capped >= 3 && floored >= 3, "\(capped) \(floored)")
    }

    @Test func `no other shares of the same precision cost less`() {
        for seed in 0..<40 as Range<UInt64> {
            let chance = CounterStream(seed: seed, stream: 3)
            let bands = (0..<4 as Range<UInt64>).map { index -> ExplorationCurve.Band in
                let units: Double = 10 + 90 * chance.uniform(index)
                let moment: Double = chance.uniform(10 + index)
                let cost: Double = 0.5 + 50 * chance.uniform(20 + index)
                return ExplorationCurve.Band(units: units, moment: moment, cost: cost)
            }
            let flat = 0.02 + 0.5 * chance.uniform(40)
            let wanted = ExplorationCurve.spread(bands, shares: bands.map { _ in flat })
            let shares = ExplorationCurve.shares(bands, spread: wanted, least: 0.001)
            let cost = ExplorationCurve.cost(bands, shares: shares)
            for trial in 0..<20 as Range<UInt64> {
                // Other shares, made as precise by one factor; those that pass 1 are no rivals.
                let other = shares.indices.map { place -> Double in
                    let draw: Double = chance.uniform(100 + trial * 4 + UInt64(place))
                    return shares[place] * (0.5 + draw)
                }
                let factor = ExplorationCurve.spread(bands, shares: other) / wanted
                let rival = other.map { $0 * factor }
                guard rival.allSatisfy({ $0 <= 1 && $0 >= 0.001 }) else { continue }
                #expect(
                    ExplorationCurve.cost(bands, shares: rival) >= cost * (1 - 1e-12), "\(seed)")
            }
        }
    }

    @Test func `the ends: all that is wanted, nothing that costs, nothing that tells`() {
        let bands = [
            ExplorationCurve.Band(units: 10, moment: 0.5, cost: 4),
            ExplorationCurve.Band(units: 10, moment: 0.5, cost: 1),
        ]
        let certain = ExplorationCurve.spread(bands, shares: [1, 1])
        #expect(ExplorationCurve.shares(bands, spread: certain, least: 0.01) == [1, 1])
        #expect(ExplorationCurve.shares(bands, spread: certain / 2, least: 0.01) == [1, 1])
        #expect(ExplorationCurve.shares(bands, spread: 1e9, least: 0.01) == [0.01, 0.01])
        let gain = [
            ExplorationCurve.Band(units: 10, moment: 0.5, cost: -3),
            ExplorationCurve.Band(units: 10, moment: 0, cost: 5),
            ExplorationCurve.Band(units: 10, moment: 0.5, cost: 5),
        ]
        let shares = ExplorationCurve.shares(gain, spread: 55, least: 0.02)
        #expect(shares[0] == 1 && shares[1] == 0.02 && isClose(shares[2], 0.1))
        #expect(ExplorationCurve.shares([gain[1]], spread: 1, least: 0.02) == [0.02])
        #expect(ExplorationCurve.shares([gain[0]], spread: 1_000, least: 0.02) == [1])
    }

    // MARK: - Plans

    private static func plan(
        _ estimand: ExplorationEstimand, _ wanted: ExplorationPlan.Wanted,
        rates: [Double] = [0.2, 0.5, 0.95], least: Int = 1_000
    ) throws -> ExplorationPlan {
        try ExplorationPlan(
            ExplorationPlan.Question(
                estimand: estimand, cost: LeavingAlone(missed: 100, blocked: 8), wanted: wanted,
                least: least),
            bands: ExplorationBands(
                edges: [0.6, 0.9], rates: rates, units: [1_000, 600, 400]))
    }

    @Test(arguments: ExplorationEstimand.allCases)
    func `a plan is as precise as its flat share and costs less`(estimand: ExplorationEstimand)
        throws
    {
        let plan = try Self.plan(estimand, .flat(50_000))
        #expect(plan.flatShare == 0.05 && plan.flat.leftAlone == 100)
        let saving = try #require(plan.saving)
        #expect(saving > 0 && saving < 0.5, "\(saving)")
        for row in plan.rows {
            let exact = try #require(row.exact)
            // Rounded up by less than a millionth.
            #expect(Double(row.millionths) >= exact * 1_000_000 - 1e-5)
            #expect(Double(row.millionths) < exact * 1_000_000 + 1)
        }
        if estimand == .effectiveRows {
            #expect(plan.figures.standardError == nil)
            #expect(isClose(plan.flat.effectiveRows, 100))
            #expect(isClose(plan.figures.effectiveRows, 100, 1e-4))
            #expect(plan.figures.effectiveRows >= 100)
        } else {
            let (ours, theirs) = (plan.figures.standardError ?? 0, plan.flat.standardError ?? 0)
            #expect(ours <= theirs && isClose(ours, theirs, 1e-4), "\(ours) \(theirs)")
        }
    }

    @Test func `a standard error that is wanted is kept, by shares by score and by the flat one`()
        throws
    {
        let total = try Self.plan(.total, .standardError(60))
        #expect(isClose(total.flat.standardError, 60, 1e-9))
        #expect(isClose(total.figures.standardError, 60, 1e-4))
        // 880 positives: 60² = 880 (1/p − 1).
        #expect(isClose(total.flatShare, 880.0 / (3_600 + 880), 1e-12))
        let precision = try Self.plan(.precision, .standardError(0.03))
        #expect(isClose(precision.flat.standardError, 0.03, 1e-9))
        let rows = try Self.plan(.effectiveRows, .effectiveRows(500))
        #expect(isClose(rows.flat.effectiveRows, 500) && isClose(rows.flatShare, 0.25))
    }

    @Test func `what cannot be planned is refused`() throws {
        #expect(throws: ExplorationPlan.Fault.nothingToEstimate(.total)) {
            try Self.plan(.total, .flat(50_000), rates: [0, 0, 0])
        }
        #expect(throws: ExplorationPlan.Fault.nothingToEstimate(.precision)) {
            try Self.plan(.precision, .flat(50_000), rates: [1, 1, 1])
        }
        #expect(throws: ExplorationPlan.Fault.tooManyRows(wanted: 2_001, units: 2_000)) {
            try Self.plan(.effectiveRows, .effectiveRows(2_001))
        }
        #expect(throws: ExplorationPlan.Fault.noStandardError) {
            try Self.plan(.effectiveRows, .standardError(3))
        }
        #expect(throws: ExplorationPlan.Fault.tooLittle) {
            try Self.plan(.total, .standardError(1e6), least: 20_000)
        }
        let floored = try Self.plan(.total, .standardError(1e4), least: 20_000)
        #expect(floored.isLeastEnough && floored.rows.allSatisfy { $0.millionths == 20_000 })
    }

    @Test func `bands count their rows, and one below the threshold has the next one's share`()
        throws
    {
        let scores = (0..<1_000).map { Double($0) / 1_000 }
        let labels = (0..<1_000).map { $0 % 10 < $0 / 100 }
        let edges = ExplorationBands.edges(scores, bands: 4, threshold: 0.5)
        #expect(edges == [0.625, 0.75, 0.875])
        let bands = try ExplorationBands(
            scores: scores, labels: labels, edges: [0.3] + edges, threshold: 0.5, units: 5_000)
        #expect(bands.bands.map(\.below) == [0.5, 0.625, 0.75, 0.875, nil])
        #expect(bands.bands.map(\.units) == [2_500, 625, 625, 625, 625])
        #expect(bands.bands.map(\.isActed) == [false, true, true, true, true])
        let last = try #require(bands.bands.last)
        let counted = try #require(last.counted)
        #expect(counted.rows == 125 && isClose(last.rate, Double(counted.positives) / 125, 1e-15))
        #expect(counted.interval.lower < last.rate && counted.interval.upper > last.rate)
        let plan = try ExplorationPlan(
            ExplorationPlan.Question(
                estimand: .precision, cost: LeavingAlone(missed: 100, blocked: 8),
                wanted: .flat(50_000)), bands: bands)
        #expect(plan.rows[0].millionths == plan.rows[1].millionths && plan.rows[0].exact == nil)
        #expect(plan.flat.leftAlone == 125)
    }

    @Test func `bands of close scores are as even as those of scores that are far apart`() {
        let wide = (0..<1_000).map { Double($0) }
        for (from, step) in [
            (0.0, 1e-3), (0.999, 1e-9), (0.5, 1e-12), (0.5, 0x1p-53), (0, 1e-30), (-0.7, 1e-9),
            (1e6, 1e-6), (612, 1e-5), (0, .leastNonzeroMagnitude),
        ] {
            let scores = wide.map { from + step * $0 }
            for bands in [2, 5, 99] {
                let edges = ExplorationBands.edges(scores, bands: bands, threshold: nil)
                #expect(edges.count == bands - 1, "\(from) \(step) \(bands)")
                var counts = [Int](repeating: 0, count: edges.count + 1)
                for score in scores { counts[edges.count { $0 <= score }] += 1 }
                let even = 1_000 / bands
                #expect(
                    counts.allSatisfy { abs($0 - even) <= even / 2 + 2 },
                    "\(from) \(step): \(counts)")
            }
        }
        // An outlier does not make the others one band, and even ones keep their four figures.
        let outlier = [0.0, 1] + wide.map { 0.5 + 1e-9 * $0 }
        #expect(ExplorationBands.edges(outlier, bands: 5, threshold: nil).count == 4)
        let thirds = wide.map { $0 / 999 }
        #expect(
            ExplorationBands.edges(thirds, bands: 3, threshold: nil) == [0.3333, 0.6667])
        // Of two scores there are two bands, however close.
        let next = (0.3).nextUp
        let close = (0..<100).map { $0 < 50 ? 0.3 : next }
        #expect(ExplorationBands.edges(close, bands: 5, threshold: nil) == [next])
    }

    @Test func `a band of one label is planned with half a row more of each, and faults are named`()
        throws
    {
        let scores = (0..<200).map { Double($0) / 200 }
        let labels = (0..<200).map { $0 >= 100 && $0 % 2 == 0 }
        let bands = try ExplorationBands(scores: scores, labels: labels, edges: [0.5])
        let first = try #require(bands.bands.first)
        #expect(first.counted?.isOneClass == true && isClose(first.rate, 0.5 / 101, 1e-15))
        func fault(
            _ scores: [Double], _ labels: [Bool], _ edges: [Double], _ threshold: Double? = nil
        )
            -> ExplorationBands.Fault?
        {
            #expect(throws: ExplorationBands.Fault.self) {
                try ExplorationBands(
                    scores: scores, labels: labels, edges: edges, threshold: threshold)
            }
        }
        let none = labels.map { _ in false }
        #expect(fault(scores, none, [0.5]) == .oneClass(rows: 200, isPositive: false))
        #expect(fault(labels.map { _ in 0.4 }, labels, []) == .constantScores(0.4))
        #expect(fault(scores, labels, [], 2) == .nothingActedOn(threshold: 2))
        #expect(fault(scores, labels, [0.5, 3]) == .emptyBand(from: 3, below: nil))
        #expect(fault(scores, labels, [-1, 0.5]) == .emptyBand(from: nil, below: -1))
    }
}
