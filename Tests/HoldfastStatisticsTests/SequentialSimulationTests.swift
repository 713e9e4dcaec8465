import Glibc
@testable import HoldfastStatistics
import TestSupport
import Testing

/// What looking every day costs, with and without a test that allows for it.
///
/// The rates to be met are those of the reference's simulation, 500 runs each by their digits.
/// Runs are as many as a second takes, and ten times as many with `HOLDFAST_LONG=1`.
@Suite struct SequentialSimulationTests {
    private static let isLong = getenv("HOLDFAST_LONG") != nil
    private let times = isLong ? 10 : 1

    /// Whether a rate of these runs and one of 500 are alike, by four of their standard errors.
    private func isNear(_ hits: Int, of runs: Int, to rate: Double) -> Bool {
        let variance = rate * (1 - rate) * (1 / Double(runs) + 1.0 / 500)
        return abs(Double(hits) / Double(runs) - rate) < 4 * variance.squareRoot()
    }

    /// For each count of units from `step` on, the smallest difference of two arms of equal
    /// shares that a test of level .05 rejects; more than the units where there is none.
    private func boundary(
        upTo units: Int, step: Int, rejects: (_ counts: [Int]) throws -> Bool
    ) rethrows -> [Int] {
        var least = 0
        return try stride(from: step, through: units, by: step).map { count in
            // The boundary grows but for the parity of the count.
            least = max(0, least - 2)
            if (least + count) % 2 == 1 { least += 1 }
            while least <= count {
                let larger = (count + least) / 2
                if try rejects([larger, count - larger]) { break }
                least += 2
            }
            return least
        }
    }

    private func sequentialRejects(_ counts: [Int]) throws -> Bool {
        var test = try #require(SequentialSampleRatio(shares: [1, 1]))
        test.look(counts)
        return test.pValue <= 0.05
    }

    /// In how many of the runs of fair units a boundary is crossed at one of its looks.
    private func crossings(_ boundary: [Int], step: Int, runs: Int, seed: UInt64) -> Int {
        var chance = SeededGenerator(seed: seed)
        return (0..<runs).count { _ in
            var (difference, bits, left) = (0, UInt64(0), 0)
            for limit in boundary {
                for _ in 0..<step {
                    if left == 0 { (bits, left) = (chance.next(), 64) }
                    difference += bits & 1 == 1 ? 1 : -1
                    bits >>= 1
                    left -= 1
                }
                if abs(difference) >= limit { return true }
            }
            return false
        }
    }

    @Test func `a sequential sample ratio looked at after every unit alarms in one run of 38`()
        throws
    {
        let boundary = try boundary(upTo: 5_000, step: 1, rejects: sequentialRejects)
        let runs = 2_000 * times
        let alarms = crossings(boundary, step: 1, runs: runs, seed: 11)
        #expect(isNear(alarms, of: runs, to: 0.026), "\(alarms) of \(runs)")
        #expect(Double(alarms) <= 0.05 * Double(runs))
    }

    @Test func `a chi-square looked at after every 50 units alarms in four runs of ten`() throws {
        let boundary = try boundary(upTo: 5_000, step: 50) {
            let test = SampleRatioMismatch.test(observed: $0, shares: [1, 1])
            return try #require(test).pValue <= 0.05
        }
        let runs = 2_000 * times
        let alarms = crossings(boundary, step: 50, runs: runs, seed: 12)
        #expect(isNear(alarms, of: runs, to: 0.384), "\(alarms) of \(runs)")
    }

    @Test func `a share of 51 for 50 is found by 23,200 units in half of the runs`() throws {
        let step = 100
        let boundary = try boundary(upTo: 150_000, step: step, rejects: sequentialRejects)
        let runs = 200 * times
        let found = (0..<UInt64(runs)).map { run in
            let chance = CounterStream(seed: run, stream: 13)
            var (difference, unit) = (0, UInt64(0))
            for (look, limit) in boundary.enumerated() {
                for _ in 0..<step {
                    difference += chance.uniform(unit) < 0.51 ? 1 : -1
                    unit += 1
                }
                if abs(difference) >= limit { return (look + 1) * step }
            }
            return Int.max
        }.sorted()
        // 23,200 lies between the quantiles that a median of both simulations has; that of the
        // reference is taken to be of 100 runs.
        let apart = 4 * (0.25 / Double(runs) + 0.25 / 100).squareRoot()
        let low = found[Int((0.5 - min(0.49, apart)) * Double(runs))]
        let high = found[Int((0.5 + min(0.49, apart)) * Double(runs))]
        #expect(low < 23_200 && 23_200 < high, "\(low) \(found[runs / 2]) \(high)")
        #expect(abs(found[runs / 2] - 23_200) < 5_000, "\(found[runs / 2])")
    }

    /// Two arms of rows that are 0 or 1, with nothing between them.
    private struct Arms {
        var (rows, ones) = ([0.0, 0.0], [0.0, 0.0])

        mutating func add(_ chance: inout SeededGenerator) {
            let bits = chance.next()
            let arm = Int(bits & 1)
            rows[arm] += 1
            // A quarter of the rows are 1.
            if bits >> 1 & 3 == 0 { ones[arm] += 1 }
        }

        func mean(_ arm: Int) -> Double { ones[arm] / rows[arm] }
        var effect: Double { mean(1) - mean(0) }
        /// The square of each mean's standard error.
        private func part(_ arm: Int) -> Double { mean(arm) * (1 - mean(arm)) / (rows[arm] - 1) }
        var error: Double { (part(0) + part(1)).squareRoot() }

        var welch: Double {
            let (v, w) = (part(0), part(1))
            let freedom = (v + w) * (v + w) / (v * v / (rows[0] - 1) + w * w / (rows[1] - 1))
            return StudentT.twoSided(effect / error, degreesOfFreedom: freedom)
        }
    }

    @Test func `of 1,000 runs without effect 6% at most are called one, at the end or at any time`()
        throws
    {
        var chance = SeededGenerator(seed: 14)
        var (fixed, anyFixed, sequence) = (0, 0, 0)
        let runs = 1_000 * (Self.isLong ? 4 : 1)
        for _ in 0..<runs {
            var arms = Arms()
            var (isFixed, isSequence) = (false, false)
            for _ in 0..<100 {
                for _ in 0..<100 { arms.add(&chance) }
                let width = ConfidenceSequence.halfWidth(
                    standardError: arms.error, rows: arms.rows[0] + arms.rows[1],
                    tuningRows: 5_000, alpha: 0.05)
                isSequence = isSequence || abs(arms.effect) > width
                isFixed = isFixed || abs(arms.effect) > 1.96 * arms.error
            }
            fixed += arms.welch < 0.05 ? 1 : 0
            anyFixed += isFixed ? 1 : 0
            sequence += isSequence ? 1 : 0
        }
        #expect(fixed <= runs * 6 / 100, "\(fixed)")
        #expect(sequence <= runs * 6 / 100, "\(sequence)")
        // What the sequence is for: the interval for one look, looked at a hundred times.
        #expect(anyFixed > runs * 25 / 100, "\(anyFixed)")
    }

    @Test func `Welch's p-value by counts is that of the rows`() throws {
        var chance = SeededGenerator(seed: 15)
        var arms = Arms()
        for _ in 0..<500 { arms.add(&chance) }
        func sample(_ arm: Int) throws -> OrderedSample {
            let (rows, ones) = (Int(arms.rows[arm]), Int(arms.ones[arm]))
            return OrderedSample((0..<rows).map { $0 < ones ? 1 : 0 })
        }
        let test = try #require(WelchTest(reference: try sample(0), candidate: try sample(1)))
        #expect(isClose(arms.welch, test.pValue))
    }
}
