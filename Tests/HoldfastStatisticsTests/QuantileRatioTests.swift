import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

/// The relative effect on a quantile beside its difference.
@Suite struct QuantileRatioTests {
    private static func rows(_ count: Int, seed: UInt64, above: Double, clusters: Int32 = 0)
        -> ArmRows
    {
        var chance = SeededGenerator(seed: seed)
        let values = (0..<count).map { _ in
            above - 4 * log((Double(chance.next() >> 12) + 0.5) * 0x1p-52)
        }
        // Rounded, so that rows tie as scores of a test do.
        var rows = ArmRows(values: values.map { ($0 * 2).rounded() / 2 })
        if clusters > 0 { rows.clusters = (0..<count).map { Int32($0) % clusters } }
        return rows
    }

    @Test func `the relative effect holds 0 exactly where the difference does, with its p-value`()
        throws
    {
        var told = 0
        for seed in UInt64(0)..<60 {
            let above = Double(seed % 5) * 0.5
            let clusters: Int32 = seed % 2 == 0 ? 0 : 20
            let one = Self.rows(150, seed: 2 * seed, above: 3, clusters: clusters)
            var two = Self.rows(130, seed: 2 * seed + 1, above: 3 + above, clusters: clusters)
            two.clusters = two.clusters.map { $0.map { $0 + 100 } }
            for share in [0.25, 0.5, 0.75] {
                for level in [0.9, 0.95, 0.99] {
                    let effect = try ArmEffect.estimate(
                        .quantile(share), control: one, treatment: two,
                        options: EffectOptions(level: level)
                    ).get()
                    let relative = try #require(effect.relative, "seed \(seed)")
                    let (ours, theirs) = (
                        try #require(relative.interval), try #require(effect.difference.interval)
                    )
                    #expect(relative.pValue == effect.difference.pValue)
                    #expect(EffectSign(ours) == EffectSign(theirs), "seed \(seed) \(share)")
                    #expect(ours.lower <= relative.value && relative.value <= ours.upper)
                    if let sequence = relative.sequence {
                        let other = try #require(effect.difference.sequence)
                        #expect(EffectSign(sequence) == EffectSign(other), "seed \(seed)")
                        #expect(relative.sequencePValue == effect.difference.sequencePValue)
                    }
                    if EffectSign(ours) != .open { told += 1 }
                }
            }
        }
        #expect(told > 100)
    }

    private enum EffectSign {
        case above, below, open

        init(_ interval: Interval) {
            self = interval.lower > 0 ? .above : interval.upper < 0 ? .below : .open
        }
    }

    @Test func `its ends are the ratios that are no difference`() throws {
        for (seed, above) in [(1, 8.0), (2, 3.0), (3, -3.0), (4, -20.0)] {
            let control = QuantileArm(Self.rows(200, seed: UInt64(seed), above: 8), share: 0.5)
            let treatment = QuantileArm(
                Self.rows(180, seed: UInt64(seed + 10), above: above), share: 0.5)
            let ratio = try #require(
                QuantileRatio(control: control, treatment: treatment).relative(reach: 1.96))
            let (one, two) = (
                try #require(control.interval(reach: 1.96)),
                try #require(treatment.interval(reach: 1.96))
            )
            for (end, isLower) in [(ratio.lower + 1, true), (ratio.upper + 1, false)] {
                // Control's interval times the ratio, which below 0 turns its ends about.
                let scaled = [one.lower * end, one.upper * end].sorted()
                let difference = Proportions.difference(
                    reference: (
                        control.value * end, Interval(lower: scaled[0], upper: scaled[1])
                    ), candidate: (treatment.value, two))
                let rest = isLower ? difference.lower : difference.upper
                #expect(abs(rest) < 1e-9, "seed \(seed): \(rest)")
            }
        }
    }

    @Test func `a control that may be 0 has none, and units make no difference`() throws {
        let plain = (Self.rows(90, seed: 5, above: 2), Self.rows(80, seed: 6, above: 3))
        let there = try ArmEffect.estimate(
            .quantile(0.5), control: plain.0, treatment: plain.1, options: EffectOptions()
        ).get().relative
        for factor in [0x1p-1000, 0x1p900] {
            let here = try ArmEffect.estimate(
                .quantile(0.5), control: ArmRows(values: plain.0.values.map { $0 * factor }),
                treatment: ArmRows(values: plain.1.values.map { $0 * factor }),
                options: EffectOptions()
            ).get().relative
            #expect(here == there)
        }
        let zero = try ArmEffect.estimate(
            .quantile(0.5), control: ArmRows(values: plain.0.values.map { $0 - 5 }),
            treatment: plain.1, options: EffectOptions()
        ).get()
        #expect(zero.relative == nil && zero.relativeFault != nil)
    }
}
