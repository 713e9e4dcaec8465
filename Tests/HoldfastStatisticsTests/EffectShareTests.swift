import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

/// How often intervals and sequences of shares leave out 0 where there is no effect: in 200 runs
/// each, or 2,000 with HOLDFAST_LONG=1.
@Suite struct EffectShareTests {
    private static let runs = getenv("HOLDFAST_LONG") != nil ? 2_000 : 200

    /// Ones with some probability, counted from a seed.
    private struct Chance {
        var generator: SeededGenerator
        init(_ seed: Int) { generator = SeededGenerator(seed: UInt64(seed) &* 1_000_003 &+ 17) }
        mutating func uniform() -> Double { (Double(generator.next() >> 12) + 0.5) * 0x1p-52 }
        mutating func flag(_ share: Double) -> Double { uniform() < share ? 1 : 0 }
        mutating func flags(_ count: Int, _ share: Double) -> [Double] {
            (0..<count).map { _ in flag(share) }
        }
    }

    private func effect(_ one: ArmRows, _ two: ArmRows, tuningRows: Double = 5_000) throws
        -> ArmEffect
    {
        try ArmEffect.estimate(
            .proportion, control: one, treatment: two,
            options: EffectOptions(tuningRows: tuningRows)
        ).get()
    }

    private func leavesOut(_ interval: Interval?) -> Bool {
        interval.map { $0.lower > 0 || $0.upper < 0 } ?? false
    }

    /// Runs in which intervals of the difference and of the relative effect leave out 0.
    private func left(
        _ rows: (inout Chance) -> (ArmRows, ArmRows)
    ) throws -> (difference: Int, relative: Int) {
        var left = (difference: 0, relative: 0)
        for seed in 0..<Self.runs {
            var chance = Chance(seed)
            let (one, two) = rows(&chance)
            let found = try effect(one, two)
            let isOutside = leavesOut(found.difference.interval)
            left.difference += isOutside ? 1 : 0
            left.relative += leavesOut(found.relative?.interval) ? 1 : 0
            #expect(isOutside == ((found.difference.pValue ?? 1) < 0.05), "seed \(seed)")
        }
        return left
    }

    /// Clusters of rows that are alike with a probability of `alike`.
    private func clustered(
        _ counts: (Int, Int), of size: Int, _ share: Double, alike: Double, _ chance: inout Chance
    ) -> (ArmRows, ArmRows) {
        func arm(_ count: Int, from first: Int) -> ArmRows {
            var rows = ArmRows(values: [], clusters: [])
            for cluster in 0..<count {
                let common = chance.flag(share)
                for _ in 0..<size {
                    rows.values.append(chance.flag(alike) == 1 ? common : chance.flag(share))
                    rows.clusters?.append(Int32(first + cluster))
                }
            }
            return rows
        }
        return (arm(counts.0, from: 0), arm(counts.1, from: counts.0))
    }

    @Test(arguments: [
        (15, 285, 2, 0.05, 0.0), (15, 285, 2, 0.05, 1), (40, 360, 2, 0.02, 0),
        (12, 12, 10, 0.1, 0.3),
    ])
    func `shares of few clusters leave out no effect in at most 6 of 100 runs`(
        one: Int, two: Int, size: Int, share: Double, alike: Double
    ) throws {
        let left = try left { clustered((one, two), of: size, share, alike: alike, &$0) }
        #expect(left.difference <= Self.runs * 6 / 100, "\(left)")
        // The delta method, which is rougher.
        #expect(left.relative <= Self.runs * 10 / 100, "\(left)")
    }

    @Test(arguments: [(0.1, 0.1), (0.5, 0.5), (0.3, 0.02)])
    func `weighted shares leave out no effect in at most 6 of 100 runs`(
        low: Double, high: Double
    ) throws {
        // Below a score 1% are held out, above it half: control's weights are 100 and 2.
        let left = try left { chance in
            var (one, two) = (
                ArmRows(values: chance.flags(5, low) + chance.flags(150, high)),
                ArmRows(values: chance.flags(495, low) + chance.flags(150, high))
            )
            one.weights = (0..<155).map { $0 < 5 ? 100 : 2 }
            two.weights = (0..<645).map { $0 < 495 ? 1 / 0.99 : 2 }
            return (one, two)
        }
        #expect(left.difference <= Self.runs * 6 / 100, "\(left)")
        // The delta method, which is rougher.
        #expect(left.relative <= Self.runs * 10 / 100, "\(left)")
    }

    @Test func `a covariate of noise leaves out no effect of rare shares in few runs`() throws {
        var (left, adjusted) = (0, 0)
        for rows in [400, 4_000] {
            for seed in 0..<(rows == 400 ? Self.runs : Self.runs / 4) {
                var chance = Chance(seed)
                let count = rows / 20
                var (one, two) = (
                    ArmRows(values: chance.flags(count, 0.05)),
                    ArmRows(values: chance.flags(rows - count, 0.05))
                )
                one.covariates = one.values.map { _ in chance.uniform() }
                two.covariates = two.values.map { _ in chance.uniform() }
                let found = try effect(one, two)
                left += leavesOut(found.difference.interval) ? 1 : 0
                let least = min(one.values.reduce(0, +), two.values.reduce(0, +))
                #expect((found.adjustment == nil) == (least < 10), "seed \(seed)")
                adjusted += found.adjustment == nil ? 0 : 1
                if least < 10 {
                    let fault = "an arm has fewer than 10 successes or failures"
                    #expect(found.adjustmentFault == fault)
                    #expect(found.method == "Newcombe")
                }
            }
        }
        #expect(left <= Self.runs * 5 / 4 * 6 / 100, "\(left)")
        #expect(adjusted > Self.runs / 20)
    }

    @Test(arguments: [(400, 0.05, 0.05), (1_000, 0.05, 0.1), (600, 0.5, 0.02)])
    func `a sequence of shares leaves out no effect in at most 6 of 100 runs, at any look`(
        rows: Int, held: Double, share: Double
    ) throws {
        var (ever, known) = (0, 0)
        for seed in 0..<Self.runs {
            var chance = Chance(seed)
            var (one, two) = (ArmRows(values: []), ArmRows(values: []))
            var (wasLeft, wasKnown) = (false, false)
            for row in 1...rows {
                let isHeld = chance.flag(held) == 1
                let value = chance.flag(share)
                if isHeld { one.values.append(value) } else { two.values.append(value) }
                guard row % (rows / 20) == 0, !one.values.isEmpty, !two.values.isEmpty else {
                    continue
                }
                let figure = try effect(one, two, tuningRows: Double(rows)).difference
                wasKnown = wasKnown || figure.sequence != nil
                wasLeft = wasLeft || leavesOut(figure.sequence)
                let counts = [one, two].flatMap { rows in
                    let ones = rows.values.reduce(0, +)
                    return [ones, Double(rows.values.count) - ones]
                }
                #expect((figure.sequence == nil) == (counts.min() ?? 0 < 5), "seed \(seed)")
                #expect((figure.sequencePValue == nil) == (figure.sequence == nil))
            }
            ever += wasLeft ? 1 : 0
            known += wasKnown ? 1 : 0
        }
        #expect(ever <= Self.runs * 6 / 100, "\(ever) of \(Self.runs)")
        if rows != 400 { #expect(known > Self.runs / 4, "\(known)") }
    }
}
