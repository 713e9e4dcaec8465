import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct EffectLawTests {
    private let options = EffectOptions()

    private func estimate(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows,
        _ options: EffectOptions = EffectOptions()
    ) -> Result<ArmEffect, EffectFault> {
        ArmEffect.estimate(metric, control: control, treatment: treatment, options: options)
    }

    /// Skewed values of some seed.
    private func values(_ count: Int, seed: UInt64, above: Double = 0) -> [Double] {
        var chance = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let uniform = (Double(chance.next() >> 12) + 0.5) * 0x1p-52
            return above - log(uniform)
        }
    }

    @Test func `the examples of effects are true`() throws {
        let effect = try estimate(
            .mean, ArmRows(values: [1, 2, 3, 4]), ArmRows(values: [3, 4, 6, 7])
        ).get()
        #expect(effect.difference.value == 2.5 && effect.method == "Welch")
        #expect(hasEnds(effect.difference.interval, [-0.3111310124356854, 5.311131012435686]))
        #expect(isClose(effect.difference.pValue, 0.07162997584832159))
        let share = ShareArm(share: 0.05, size: 20, freedom: nil)
        #expect(isClose(share.variance, 2.0 / 22 * 20 / 22 / 22) && share.leastCount == 1)
        let quarters = [0.25, 0.25, 0.25, 0.25]
        let even = ClusterFreedom(shares: quarters, squares: quarters, correlation: 1)
        #expect(isClose(even.value, 3) && isClose(even.factor, 4.0 / 3))
        let unlike = [0.7, 0.1, 0.1, 0.1]
        let uneven = ClusterFreedom(shares: unlike, squares: unlike, correlation: 1)
        #expect(
            isClose(uneven.value, 1.5256390863711995) && isClose(uneven.factor, 5.284552845528453))
    }

    @Test func `weights that are alike change nothing, whatever their size`() throws {
        let plain = (ArmRows(values: values(30, seed: 1)), ArmRows(values: values(20, seed: 2)))
        var weighted = plain
        weighted.0.weights = [Double](repeating: 20, count: 30)
        weighted.1.weights = [Double](repeating: 1e200, count: 20)
        for metric in [EffectMetric.mean, .quantile(0.5)] {
            #expect(
                try estimate(metric, plain.0, plain.1).get()
                    == estimate(metric, weighted.0, weighted.1).get())
        }
        // Nor does a scale of weights that differ.
        var (one, two) = plain
        one.weights = values(30, seed: 3)
        let before = try estimate(.mean, one, two).get()
        one.weights = one.weights?.map { $0 * 0x1p900 }
        two.weights = nil
        #expect(try estimate(.mean, one, two).get() == before)
    }

    @Test func `clusters of one row have Welch's degrees of freedom and nearly its error`() throws {
        var (one, two) = (
            ArmRows(values: values(30, seed: 4)), ArmRows(values: values(90, seed: 5))
        )
        let plain = try estimate(.mean, one, two).get().difference
        one.clusters = (0..<30).map { Int32($0) }
        two.clusters = (30..<120).map { Int32($0) }
        let clustered = try estimate(.mean, one, two).get().difference
        #expect(clustered.value == plain.value)
        let (a, b) = (try #require(plain.standardError), try #require(clustered.standardError))
        #expect(abs(a / b - 1) < 0.02 && a != b)
        let freedom = try #require(clustered.degreesOfFreedom)
        #expect(abs(freedom / (try #require(plain.degreesOfFreedom)) - 1) < 0.05)
    }

    @Test func `clusters of one size have Welch's test of their means`() throws {
        let codes = (0..<60).map { Int32($0 / 3) }
        let (one, two) = (values(36, seed: 32), values(60, seed: 33))
        let clustered = try estimate(
            .mean, ArmRows(values: one, clusters: Array(codes[..<36])),
            ArmRows(values: two, clusters: codes.map { $0 + 100 })
        ).get().difference
        func means(_ values: [Double]) -> ArmRows {
            ArmRows(
                values: (0..<(values.count / 3)).map { place in
                    values[(3 * place)..<(3 * place + 3)].reduce(0, +) / 3
                })
        }
        let plain = try estimate(.mean, means(one), means(two)).get().difference
        let interval = try #require(plain.interval)
        #expect(isClose(clustered.degreesOfFreedom, try #require(plain.degreesOfFreedom)))
        #expect(isClose(clustered.pValue, try #require(plain.pValue)))
        #expect(hasEnds(clustered.interval, [interval.lower, interval.upper]))
    }

    @Test func `a ratio to ones is a mean, and rows added up by cluster give the same ratio`()
        throws
    {
        let codes = (0..<60).map { Int32($0 / 3) }
        var (one, two) = (
            ArmRows(values: values(60, seed: 6)), ArmRows(values: values(60, seed: 7))
        )
        (one.clusters, two.clusters) = (codes, codes.map { $0 + 100 })
        let mean = try estimate(.mean, one, two).get()
        let ones = [Double](repeating: 1, count: 60)
        (one.denominators, two.denominators) = (ones, ones)
        let ratio = try estimate(.ratio, one, two).get()
        #expect(isClose(ratio.difference.value, mean.difference.value))
        #expect(
            isClose(ratio.difference.standardError, try #require(mean.difference.standardError)))
        func summed(_ rows: ArmRows) -> ArmRows {
            let sums = (0..<20).map { place in
                rows.values[(3 * place)..<(3 * place + 3)].reduce(0, +)
            }
            return ArmRows(values: sums, denominators: [Double](repeating: 3, count: 20))
        }
        let whole = try estimate(.ratio, summed(one), summed(two)).get()
        #expect(isClose(whole.difference.value, ratio.difference.value))
        // Both arms have 20 clusters: CR1's factors are 40/39 · 119/118, and 20/19 of rows.
        let factor = (40.0 / 39 * 119 / 118 / (20.0 / 19)).squareRoot()
        let error = try #require(whole.difference.standardError)
        #expect(isClose(ratio.difference.standardError, error * factor))
    }

    @Test func `exchanging the arms changes the sign of the difference, and nothing else`() throws {
        let shares = (ArmRows.shares(3, of: 40), ArmRows.shares(9, of: 55))
        let numbers = (ArmRows(values: values(40, seed: 30)), ArmRows(values: values(55, seed: 31)))
        for metric in [EffectMetric.mean, .proportion, .quantile(0.5)] {
            let rows = metric == .proportion ? shares : numbers
            let there = try estimate(metric, rows.0, rows.1).get().difference
            let back = try estimate(metric, rows.1, rows.0).get().difference
            #expect(isClose(back.value, -there.value))
            #expect(isClose(back.pValue, try #require(there.pValue), 1e-8))
            let interval = try #require(there.interval)
            #expect(hasEnds(back.interval, [-interval.upper, -interval.lower]))
        }
    }

    @Test func `the interval ends at 0 where the p-value is its level`() throws {
        for metric in [EffectMetric.mean, .proportion, .quantile(0.4)] {
            let isShare = metric == .proportion
            let one = isShare ? ArmRows.shares(13, of: 70) : ArmRows(values: values(70, seed: 8))
            let two =
                isShare
                ? ArmRows.shares(22, of: 60) : ArmRows(values: values(60, seed: 9, above: 0.3))
            let p = try #require(estimate(metric, one, two).get().difference.pValue)
            let at = try estimate(metric, one, two, EffectOptions(level: 1 - p)).get()
            let interval = try #require(at.difference.interval)
            #expect(min(abs(interval.lower), abs(interval.upper)) < 1e-7, "\(metric)")
        }
    }

    @Test func `an offset of a thousand millions costs a difference no digit that it had`() throws {
        let (one, two) = (values(200, seed: 10), values(150, seed: 11, above: 0.1))
        // Rounded, so that the offset can hold them.
        func rounded(_ values: [Double], plus offset: Double) -> ArmRows {
            ArmRows(values: values.map { ($0 * 1024).rounded() / 1024 + offset })
        }
        let plain = try estimate(.mean, rounded(one, plus: 0), rounded(two, plus: 0)).get()
        let far = try estimate(.mean, rounded(one, plus: 1e9), rounded(two, plus: 1e9)).get()
        #expect(isClose(far.difference.value, plain.difference.value, 1e-12))
        let error = try #require(plain.difference.standardError)
        #expect(isClose(far.difference.standardError, error, 1e-12))
    }

    @Test func `huge and tiny values have effects of their size`() throws {
        let (one, two) = (values(50, seed: 12), values(50, seed: 13, above: 1))
        let ones = [Double](repeating: 2, count: 50)
        for metric in [EffectMetric.mean, .ratio, .quantile(0.5)] {
            func rows(_ values: [Double], _ exponent: Int) -> ArmRows {
                ArmRows(
                    values: values.map { scalbn($0, exponent) }, denominators: ones,
                    covariates: values.enumerated().map { scalbn($1 + Double($0 % 3), exponent) })
            }
            let plain = try estimate(metric, rows(one, 0), rows(two, 0)).get()
            for exponent in [1_000, -900] {
                let effect = try estimate(metric, rows(one, exponent), rows(two, exponent)).get()
                #expect(effect.difference.value == scalbn(plain.difference.value, exponent))
                #expect(effect.difference.pValue == plain.difference.pValue)
                #expect(effect.relative == plain.relative)
                #expect(effect.adjustment?.theta == plain.adjustment?.theta)
                let sequence = try #require(plain.difference.sequence)
                #expect(effect.difference.sequence?.lower == scalbn(sequence.lower, exponent))
            }
        }
        // A difference that no double holds is refused.
        let ends = [Double.greatestFiniteMagnitude, 1e308]
        #expect(
            estimate(.mean, ArmRows(values: ends), ArmRows(values: ends.map { -$0 }))
                == .failure(.beyondDouble))
    }

    @Test func `the figures of a family are corrected over metrics and arms together`() throws {
        let control = ArmRows(values: values(80, seed: 14))
        var pValues: [Double?] = []
        for arm in 0..<3 {
            let rows = ArmRows(values: values(80, seed: UInt64(15 + arm), above: Double(arm) * 0.2))
            for metric in [EffectMetric.mean, .quantile(0.5)] {
                pValues.append(try estimate(metric, control, rows).get().difference.pValue)
            }
            // A metric that tells nothing is not in the family.
            let constant = ArmRows(values: [1, 1])
            pValues.append(
                try? estimate(.mean, constant, constant).get().difference.pValue)
        }
        let known = pValues.compactMap { $0 }
        #expect(pValues.count == 9 && known.count == 6)
        let (holm, hochberg) = (Holm.adjusted(pValues), BenjaminiHochberg.adjusted(pValues))
        let smallest = try #require(known.min())
        #expect(holm.compactMap { $0 }.min() == min(1, 6 * smallest))
        for (place, p) in pValues.enumerated() {
            guard let p, let one = holm[place], let two = hochberg[place] else {
                #expect(pValues[place] == nil && holm[place] == nil && hochberg[place] == nil)
                continue
            }
            #expect(p <= two && two <= one)
        }
    }

    @Test func `a sequence is wider than its interval, and counts clusters where there are some`()
        throws
    {
        var (one, two) = (
            ArmRows(values: values(300, seed: 20)), ArmRows(values: values(300, seed: 21))
        )
        let plain = try estimate(.mean, one, two).get().difference
        let (interval, sequence) = (try #require(plain.interval), try #require(plain.sequence))
        #expect(sequence.lower < interval.lower && interval.upper < sequence.upper)
        let codes = (0..<300).map { Int32($0 / 10) }
        (one.clusters, two.clusters) = (codes, codes.map { $0 + 30 })
        let clustered = try estimate(.mean, one, two).get().difference
        // The interval goes beyond the error, and the sequence as much.
        let half = ConfidenceSequence.halfWidth(
            standardError: try #require(clustered.standardError) * clustered.widening(options),
            rows: 60, tuningRows: 5_000, alpha: 1 - 0.95)
        #expect(isClose(clustered.sequence?.upper, clustered.value + half))
        let bare = try estimate(.mean, one, two, EffectOptions(hasSequence: false)).get()
        #expect(bare.difference.sequence == nil && bare.difference.interval == clustered.interval)
    }

    @Test func `who was exposed as dealt has the effect of what was dealt`() throws {
        var (one, two) = (
            ArmRows(values: values(60, seed: 22)), ArmRows(values: values(70, seed: 23))
        )
        one.exposed = [Bool](repeating: false, count: 60)
        two.exposed = [Bool](repeating: true, count: 70)
        let effect = try ComplierEffect.estimate(
            .mean, control: one, treatment: two, options: options
        ).get()
        let dealt = try estimate(.mean, one, two, options).get().difference
        #expect(effect.firstStageF == nil && effect.exposure.treatment.value == 1)
        #expect(isClose(effect.difference.value, dealt.value))
        #expect(isClose(effect.difference.standardError, try #require(dealt.standardError)))
        #expect(isClose(effect.difference.pValue, try #require(dealt.pValue)))
        // Half of them reached: the effect on each is twice as large, if the others have none.
        two.exposed = (0..<70).map { $0 % 2 == 0 }
        let half = try ComplierEffect.estimate(
            .mean, control: one, treatment: two, options: options
        ).get()
        #expect(isClose(half.difference.value, 2 * dealt.value))
    }
}
