import Glibc
import HoldfastFormats
import Testing

@testable import HoldfastStatistics

/// Two arms, `ratio` treatment units for each of control.
private func shares(_ ratio: Double) -> [Double] { [1 / (1 + ratio), ratio / (1 + ratio)] }

/// Sizes against the reference files, statsmodels and SciPy.
@Suite struct SizeDesignGoldenTests {
    @Test func `sizes of means are the peers'`() throws {
        for item in try Golden.cases("cases", in: "power_means_two_sample") {
            let ratio = try item.number("ratio_n2_n1")
            for (variant, key) in [(SizeDesign.Variant.t, "n1_t"), (.z, "n1_z")] {
                let design = SizeDesign(
                    .mean(nil, deviation: 1), shares: shares(ratio), variant: variant,
                    alpha: try item.number("alpha"))
                let units = design.units(
                    effect: try item.number("effect_size"), power: try item.number("power"))
                let control = units.map { $0 / (1 + ratio) }
                // The file's own sizes are where statsmodels' solver stopped: at 393.4056930002526
                // its power is 0.8 − 2e-9. The wide grid below is solved to the end.
                #expect(isClose(control, try item.number(key), 1e-8), "\(item.text()) \(key)")
            }
        }
    }

    @Test func `sizes of means are statsmodels' over a wide grid`() throws {
        let cases = try Golden.cases("means", in: "design")
        #expect(cases.count > 100)
        for item in cases {
            let ratio = try item.number("ratio")
            for (variant, key) in [(SizeDesign.Variant.t, "n1_t"), (.z, "n1_z")] {
                let design = SizeDesign(
                    .mean(nil, deviation: 1), shares: shares(ratio), variant: variant,
                    alpha: try item.number("alpha"), isTwoSided: item["two_sided"] == true)
                let expected = try item.expected(key)
                let units = design.units(
                    effect: try item.number("effect"), power: try item.number("power"))
                let control = units.map { $0 / (1 + ratio) }
                #expect(isClose(control, expected, 1e-9), "\(item.text()) \(key)")
            }
        }
    }

    @Test func `sizes of rates are the peers', each variant its own`() throws {
        for item in try Golden.cases("cases", in: "power_proportions") {
            let (ratio, p) = (try item.number("ratio_n2_n1"), try item.number("p1"))
            for (variant, key) in [
                (SizeDesign.Variant.arcsine, "n1_arcsine_statsmodels"), (.pooled, "n1_pooled"),
                (.unpooled, "n1_unpooled"),
            ] {
                let design = SizeDesign(
                    .rate(p), shares: shares(ratio), variant: variant,
                    alpha: try item.number("alpha"))
                let units = design.units(
                    effect: try item.number("p2") - p, power: try item.number("power"))
                let control = units.map { $0 / (1 + ratio) }
                // Arcsine's by the same solver of statsmodels.
                let tolerance = variant == .arcsine ? 1e-8 : 1e-9
                #expect(
                    isClose(control, try item.number(key), tolerance), "\(item.text()) \(key)")
            }
        }
        for item in try Golden.cases("rates", in: "design") {
            let (ratio, p) = (try item.number("ratio"), try item.number("p1"))
            for variant in [SizeDesign.Variant.arcsine, .pooled, .unpooled] {
                let design = SizeDesign(
                    .rate(p), shares: shares(ratio), variant: variant,
                    alpha: try item.number("alpha"), isTwoSided: item["two_sided"] == true)
                let units = design.units(
                    effect: try item.number("p2") - p, power: try item.number("power"))
                let expected = try item.expected(variant.rawValue)
                let control = units.map { $0 / (1 + ratio) }
                #expect(isClose(control, expected, 1e-9), "\(item.text()) \(variant)")
            }
        }
    }

    @Test func `sizes against a margin are the formula's`() throws {
        for item in try Golden.cases("cases", in: "power_noninferiority_mean") {
            for sign in [1.0, -1] {
                let design = SizeDesign(
                    .mean(nil, deviation: try item.number("sd")), variant: .z,
                    alpha: try item.number("alpha_one_sided"), isTwoSided: false,
                    margin: try item.number("margin"))
                let effect = sign * (try item.number("true_diff"))
                let units = design.units(effect: effect, power: try item.number("power"))
                #expect(
                    isClose(units.map { $0 / 2 }, try item.number("n_per_arm"), 1e-9),
                    "\(item.text())")
            }
        }
    }

    @Test func `the noncentral t is its integral`() throws {
        for item in try Golden.cases("noncentral", in: "design") {
            let upper = NoncentralT.upperTail(
                try item.number("t"), degreesOfFreedom: try item.number("df"),
                noncentrality: try item.number("noncentrality"))
            let expected = try item.expected("upper")
            #expect(abs(upper - expected) < 1e-11, "\(item.text()) \(upper)")
        }
    }

    @Test func `Dunnett's bound is the integral's, whatever the arms' sizes`() throws {
        for item in try Golden.cases("dunnett", in: "design") {
            let critical = DunnettBound(
                control: try item.number("control"), treatments: try item.numbers("treatments"),
                isTwoSided: item["two_sided"] == true
            ).critical(alpha: try item.number("alpha"), degreesOfFreedom: item["df"]?.double)
            #expect(isClose(critical, try item.expected("critical"), 1e-9), "\(item.text())")
        }
    }

    @Test func `a curve is as exact as the values that it goes through`() {
        var calls = 0
        let curve = SmoothCurve(from: -3, to: 5) { x in
            calls += 1
            return Normal.upperTail(x)
        }
        #expect(calls <= 257)
        for x in stride(from: -3.0, through: 5, by: 0.01) {
            #expect(abs(curve.value(x) - Normal.upperTail(x)) < 1e-14, "\(x)")
        }
        let other = SmoothCurve(from: 0, to: 1) { exp($0) }
        #expect("\(other.value(0.5))".hasPrefix("1.64872127070012"))
    }

    @Test func `Dunnett's bound of very many degrees of freedom is that of known variances`() {
        for isTwoSided in [true, false] {
            for sizes in [[1.0, 2, 3], (1...12).map { 1 + Double($0) / 7 }, [0.001, 1000]] {
                let bound = DunnettBound(control: 2, treatments: sizes, isTwoSided: isTwoSided)
                for alpha in [0.2, 0.05, 1e-6] {
                    let known = bound.critical(alpha: alpha, degreesOfFreedom: nil)
                    let many = bound.critical(alpha: alpha, degreesOfFreedom: 1e12)
                    #expect(isClose(known, many, 1e-10), "\(sizes) \(alpha): \(known) \(many)")
                }
            }
        }
    }

    @Test func `Dunnett's bound is that of his tables`() {
        // C. W. Dunnett, "New tables for multiple comparisons with a control" (1964), two-sided,
        // 5%: by treatments and degrees of freedom.
        for (k, df, expected) in [
            (2, 10.0, 2.57), (3, 20.0, 2.54), (5, 30.0, 2.66),
        ] {
            let critical = DunnettBound(
                control: 1, treatments: Array(repeating: 1, count: k), isTwoSided: true
            ).critical(alpha: 0.05, degreesOfFreedom: df)
            #expect(abs(critical - expected) < 0.005, "\(k) \(df): \(critical)")
        }
    }

    @Test func `clusters and several arms have the power that SciPy and statsmodels say`() throws {
        for item in try Golden.cases("clustered", in: "design") {
            let (n, m) = (try item.number("control"), try item.number("treatment"))
            let design = SizeDesign(
                .mean(nil, deviation: 1), shares: [n / (n + m), m / (n + m)],
                alpha: try item.number("alpha"),
                clusters: SizeDesign.Clusters(
                    meanSize: try item.number("size"), variation: try item.number("variation"),
                    correlation: try item.number("icc")))
            let power = design.power(effect: try item.number("effect"), units: n + m)
            #expect(isClose(power, try item.expected("power"), 1e-9), "\(item.text())")
        }
        for item in try Golden.cases("several", in: "design") {
            let correction = item["correction"]?.string.flatMap(SizeDesign.Correction.init)
            let design = SizeDesign(
                .mean(nil, deviation: 1), shares: try item.numbers("shares"),
                alpha: try item.number("alpha"), correction: try #require(correction))
            let power = design.power(
                effect: try item.number("effect"), units: try item.number("units"))
            #expect(isClose(power, try item.expected("power"), 1e-9), "\(item.text())")
        }
    }

    @Test func `a ratio varies as the peer says`() throws {
        for item in try Golden.cases("cases", in: "delta_ratio") {
            let moments = try #require(
                RatioMoments(
                    numerators: try item.numbers("num"), denominators: try item.numbers("den")))
            #expect(isClose(moments.ratio, try item.number("ratio"), 1e-12))
            #expect(isClose(moments.variance, try item.number("variance_of_unit"), 1e-9))
            let error = (moments.variance / 10).squareRoot()
            #expect(isClose(error, try item.number("se"), 1e-9))
        }
    }

    @Test func `what a sequence costs is what its half-width at its planned end says`() throws {
        for item in try Golden.cases("sequences", in: "design") {
            let (alpha, power) = (try item.number("alpha"), try item.number("power"))
            let factor = SequentialInflation.factor(alpha: alpha, power: power)
            #expect(isClose(factor, try item.expected("factor"), 1e-9), "\(item.text())")
            let critical = SequentialInflation.critical(alpha: alpha)
            #expect(isClose(critical, try item.expected("critical"), 1e-12))
            // A design of a mean costs just that.
            var design = SizeDesign(
                .mean(nil, deviation: 2), variant: .z, alpha: alpha, isSequential: true)
            let often = try #require(design.units(effect: 0.1, power: power))
            design.isSequential = false
            let once = try #require(design.units(effect: 0.1, power: power))
            #expect(isClose(often / once, factor, 1e-9))
        }
    }
}

/// What holds of every design.
@Suite struct SizeDesignLawTests {
    private static let clusters = SizeDesign.Clusters(
        meanSize: 12, variation: 0.6, correlation: 0.03)
    private static let ratio = RatioMoments(
        numerator: (mean: 2, variance: 4), denominator: (mean: 10, variance: 25), covariance: 6)

    /// Designs of every kind, with an effect that is not small for them.
    static let designs: [(SizeDesign, Double)] = {
        var all: [(SizeDesign, Double)] = []
        for (metric, effect) in [
            (SizeDesign.Metric.rate(0.1), 0.02), (.mean(5, deviation: 2), 0.3),
            (.ratio(ratio), 0.01),
        ] {
            let variants: [SizeDesign.Variant]
            switch metric {
            case .rate: variants = [.pooled, .unpooled, .arcsine]
            case .mean: variants = [.t, .z]
            case .ratio: variants = [.z]
            }
            for variant in variants {
                var design = SizeDesign(metric, shares: [0.2, 0.8], variant: variant)
                all.append((design, effect))
                design.isTwoSided = false
                all.append((design, effect))
                design.clusters = clusters
                design.covariateCorrelation = -0.4
                all.append((design, effect))
                design.shares = [0.4, 0.35, 0.25]
                design.isTwoSided = true
                for correction in SizeDesign.Correction.allCases {
                    design.correction = correction
                    all.append((design, effect))
                }
            }
            let variant: SizeDesign.Variant = metric == .rate(0.1) ? .unpooled : .z
            all.append((SizeDesign(metric, variant: variant, isSequential: true), effect))
        }
        return all
    }()

    @Test func `size, power and detectable effect are each other's inverse`() throws {
        for (design, effect) in Self.designs {
            #expect(design.fault == nil, "\(design)")
            let size = SizePower(design)
            for power in [0.5, 0.8, 0.99] {
                let units = try #require(size.units(effect: effect, power: power))
                #expect(
                    isClose(size.power(effect: effect, units: units), power, 1e-9),
                    "\(design) \(power)")
                let found = try #require(size.detectableEffect(units: units, power: power))
                #expect(isClose(found, effect, 1e-8), "\(design) \(power): \(found)")
            }
        }
    }

    @Test func `more units and larger effects never have less power`() {
        for (design, effect) in Self.designs {
            var last = 0.0
            // Of fewer clusters Dunnett's bound leaves each comparison more of the level.
            for units in [400.0, 1_600, 6_400, 25_600] {
                let power = design.power(effect: effect, units: units)
                #expect(power >= last - 1e-12 && power <= 1 + 1e-12, "\(design) \(units)")
                #expect(design.power(effect: effect / 2, units: units) <= power + 1e-12)
                last = power
            }
        }
    }

    @Test func `a fall of a rate is found by its own number`() throws {
        let design = SizeDesign(.rate(0.1), shares: [0.05, 0.95])
        let fall = try #require(
            design.detectableEffect(units: 5_000, power: 0.8, isFall: true))
        let rise = try #require(design.detectableEffect(units: 5_000, power: 0.8))
        #expect(isClose(design.power(effect: -fall, units: 5_000), 0.8, 1e-9))
        #expect(fall != rise)
        // No rate below 0.001 is told from it by 100 units.
        let tiny = SizeDesign(.rate(0.001))
        #expect(tiny.detectableEffect(units: 100, power: 0.8, isFall: true) == nil)
        #expect(tiny.detectableEffect(units: 100, power: 0.8) != nil)
    }

    @Test func `a covariate takes its square off the units, and clusters multiply them`() throws {
        var design = SizeDesign(.mean(nil, deviation: 1), variant: .z)
        let plain = try #require(design.units(effect: 0.1, power: 0.8))
        design.covariateCorrelation = 0.6
        let reduced = try #require(design.units(effect: 0.1, power: 0.8))
        #expect(isClose(reduced, plain * 0.64, 1e-9))
        // Of very many clusters Student's distribution is the normal one.
        design = SizeDesign(
            .rate(0.2), clusters: SizeDesign.Clusters(meanSize: 20, correlation: 0.05))
        let single = SizeDesign(.rate(0.2))
        let many = try #require(design.units(effect: 0.0002, power: 0.8))
        let one = try #require(single.units(effect: 0.0002, power: 0.8))
        #expect(isClose(many, one * 1.95, 1e-6))
        // And of few it takes more.
        let few = try #require(design.units(effect: 0.2, power: 0.8))
        let alone = try #require(single.units(effect: 0.2, power: 0.8))
        #expect(few > alone * 1.95 * 1.05)
    }

    @Test func `corrections cost in the order of what they promise`() throws {
        func units(_ correction: SizeDesign.Correction) throws -> Double {
            let design = SizeDesign(
                .mean(nil, deviation: 1), shares: [0.4, 0.3, 0.3], correction: correction)
            return try #require(design.units(effect: 0.2, power: 0.9))
        }
        let (none, dunnett, bonferroni) = (
            try units(.none), try units(.dunnett), try units(.bonferroni)
        )
        #expect(none < dunnett && dunnett < bonferroni)
        #expect(try units(.holm) == bonferroni)
    }

    @Test func `no control share does better than the best one`() throws {
        for k in 1...5 {
            func units(_ control: Double) throws -> Double {
                let rest = (1 - control) / Double(k)
                let design = SizeDesign(
                    .mean(nil, deviation: 1),
                    shares: [control] + Array(repeating: rest, count: k), variant: .z,
                    correction: .bonferroni)
                return try #require(design.units(effect: 0.1, power: 0.8))
            }
            let equal = Array(repeating: 1 / Double(k + 1), count: k + 1)
            let best = SizeDesign(.mean(nil, deviation: 1), shares: equal).bestControlShare
            let least = try units(best)
            for step in [-0.02, -0.005, 0.005, 0.02] { #expect(try units(best + step) > least) }
        }
    }

    @Test func `pooled and unpooled differ by five per cent at 95 to 5`() throws {
        let pooled = SizeDesign(.rate(0.1), shares: [0.05, 0.95], variant: .pooled)
        let unpooled = SizeDesign(.rate(0.1), shares: [0.05, 0.95], variant: .unpooled)
        let one = try #require(pooled.units(effect: 0.01, power: 0.8))
        let two = try #require(unpooled.units(effect: 0.01, power: 0.8))
        #expect(one / two > 1.05 && one / two < 1.06)
    }

    @Test func `what a design's comment shows is what it says`() throws {
        let design = SizeDesign(.rate(0.1), shares: [0.05, 0.95])
        let units = try #require(design.units(effect: 0.01, power: 0.8))
        #expect("\(units)".hasPrefix("157546.1"))
        #expect("\(design.power(effect: 0.01, units: 157_546))".hasPrefix("0.7999"))
        let found = try #require(design.detectableEffect(units: 157_546, power: 0.8))
        #expect("\(found)".hasPrefix("0.0100"))
        #expect("\(SequentialInflation.critical(alpha: 0.05))".hasPrefix("3.0352"))
        #expect("\(SequentialInflation.factor(alpha: 0.05, power: 0.8))".hasPrefix("1.91"))
        let dunnett = DunnettBound(control: 10, treatments: [10, 10], isTwoSided: true)
            .critical(alpha: 0.05, degreesOfFreedom: 27)
        #expect("\(dunnett)".hasPrefix("2.33"))
        let upper = NoncentralT.upperTail(2, degreesOfFreedom: 10, noncentrality: 3)
        #expect("\(upper)".hasPrefix("0.83"))
        #expect(isClose(Self.ratio.ratio, 0.2) && isClose(Self.ratio.variance, 0.026))
        let root = RisingRoot.find(2, from: 0, to: 4) { $0 * $0 }
        #expect(isClose(root, 2.0.squareRoot(), 1e-15))
    }

    @Test func `what cannot be planned is a fault, with what to do`() {
        func fault(_ metric: SizeDesign.Metric, _ change: (inout SizeDesign) -> Void = { _ in })
            -> String?
        {
            var design = SizeDesign(metric)
            change(&design)
            return design.fault.map { "\($0.message); \($0.hint)" }
        }
        let mean = SizeDesign.Metric.mean(1, deviation: 1)
        #expect(fault(mean) == nil)
        for bad in [0.0, 1, -0.1, .nan, .infinity] {
            #expect(fault(.rate(bad))?.contains("between 0 and 1") == true, "\(bad)")
        }
        for bad in [0.0, -1, .nan, .infinity] {
            #expect(fault(.mean(1, deviation: bad))?.contains("above 0") == true, "\(bad)")
            #expect(fault(mean) { $0.alpha = bad } != nil, "\(bad)")
            #expect(fault(mean) { $0.margin = bad } != nil, "\(bad)")
        }
        #expect(fault(mean) { $0.shares = [1] }?.contains("no arm beside control") == true)
        #expect(fault(mean) { $0.shares = [0, 1] }?.contains("without units") == true)
        #expect(fault(mean) { $0.shares = [0.5, 0.4] }?.contains("add up to") == true)
        #expect(fault(mean) { $0.shares = [.nan, 0.5] } != nil)
        #expect(fault(mean) { $0.variant = .pooled }?.contains("can be t, z") == true)
        #expect(fault(.rate(0.5)) { $0.margin = 0.1 } != nil)
        for (rate, margin, isRefused) in [(0.5, 0.5, true), (0.1, 0.9, true), (0.1, 0.8, false)] {
            let found = fault(.rate(rate)) {
                ($0.margin, $0.isTwoSided, $0.variant) = (margin, false, .unpooled)
            }
            #expect((found != nil) == isRefused, "\(rate) \(margin) \(found ?? "")")
        }
        #expect(fault(mean) { $0.covariateCorrelation = 1 } != nil)
        for bad in [(0.5, 0.0, 0.1), (2, -1, 0.1), (2, 0, -0.1), (2, 0, 1.1), (2, 0, .nan)] {
            let clusters = SizeDesign.Clusters(
                meanSize: bad.0, variation: bad.1, correlation: bad.2)
            #expect(fault(mean) { $0.clusters = clusters } != nil, "\(bad)")
        }
        #expect(
            fault(mean) {
                $0.isSequential = true
                $0.variant = .z
                $0.shares = [0.4, 0.3, 0.3]
                $0.correction = .dunnett
            }?.contains("one look") == true)
        for (numerator, denominator, covariance) in [
            ((1.0, 1.0), (0.0, 1.0), 0.0), ((1, -1), (1, 1), 0), ((1, 1), (1, 1), 2),
            ((1, 1), (1, 1), .nan), ((2, 4), (1, 1), 2), ((0.3, 0.09), (0.1, 0.01), 0.03),
        ] {
            let moments = RatioMoments(
                numerator: numerator, denominator: denominator, covariance: covariance)
            #expect(fault(.ratio(moments)) != nil, "\(moments)")
        }
        let design = SizeDesign(.rate(0.9))
        #expect(design.fault(power: 0.05) != nil && design.fault(power: 1) != nil)
        #expect(design.fault(power: .nan) != nil && design.fault(power: 0.8) == nil)
        #expect(design.fault(effect: 0) != nil && design.fault(effect: 0.2) != nil)
        #expect(design.fault(effect: .nan) != nil && design.fault(effect: -0.2) == nil)
        #expect(design.fault(units: 3) != nil && design.fault(units: 1e13) != nil)
        #expect(design.fault(units: .nan) != nil && design.fault(units: 4) == nil)
        #expect(design.units(effect: 0.2, power: 0.8) == nil)
        #expect(design.power(effect: 0.01, units: 4).isFinite)
    }
}
