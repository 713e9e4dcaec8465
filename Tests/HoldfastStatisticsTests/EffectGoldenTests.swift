import HoldfastFormats
import Testing

@testable import HoldfastStatistics

/// Effects against statsmodels, SciPy, NumPy and gbstats: `Golden/effects.py`, and the references.
@Suite struct EffectGoldenTests {
    private let options = EffectOptions()

    @Test func `gbstats has the same effects of means, relative ones and sequences`() throws {
        for item in try Golden.cases("cases", in: "gbstats_welch_and_sequential") {
            let effect = try ArmEffect.estimate(
                .mean, control: rows(of: try #require(item["a"])),
                treatment: rows(of: try #require(item["b"])),
                options: EffectOptions(tuningRows: try item.number("tuning"))
            ).get()
            let isRelative = item["difference"]?.string == "relative"
            let figure = try isRelative ? #require(effect.relative) : effect.difference
            #expect(isClose(figure.value, try item.number("estimate")))
            #expect(try hasEnds(figure.interval, item.numbers("welch_ci")))
            #expect(isClose(figure.pValue, try item.number("welch_p")))
            #expect(try hasEnds(figure.sequence, item.numbers("seq_ci")))
            #expect(isClose(figure.sequencePValue, try item.number("seq_p")))
        }
    }

    @Test func `gbstats has the same relative effects of proportions`() throws {
        for item in try Golden.cases("cases", in: "gbstats_proportion_relative") {
            let effect = try shares(["x1", "n1", "x2", "n2"].map { Int(try item.number($0)) }).get()
            #expect(isClose(effect.relative?.value, try item.number("relative_estimate")))
            #expect(try hasEnds(effect.relative?.interval, item.numbers("ci")))
            #expect(isClose(effect.relative?.pValue, try item.number("p")))
        }
    }

    @Test func `a ratio's error is gbstats' and that of the delta method`() throws {
        for item in try Golden.cases("cases", in: "delta_ratio") {
            let own = ArmRows(
                values: try item.numbers("num"), denominators: try item.numbers("den"))
            let effect = try ArmEffect.estimate(
                .ratio, control: own, treatment: own, options: options
            ).get()
            #expect(isClose(effect.control.value, try item.number("ratio")))
            #expect(isClose(effect.control.standardError, try item.number("se")))
            let both = try item.number("se") * 2.0.squareRoot()
            #expect(isClose(effect.difference.standardError, both))
        }
        for item in try Golden.cases("ratios", in: "effects") {
            let effect = try item.effect(.ratio, options).get()
            #expect(isClose(effect.control.value, try item.expected("control")))
            #expect(isClose(effect.treatment.value, try item.expected("treatment")))
            #expect(isClose(effect.difference.value, try item.expected("value")))
            #expect(isClose(effect.difference.standardError, try item.expected("error")))
            #expect(isClose(effect.relative?.value, try item.expected("relative")))
            #expect(isClose(effect.relative?.standardError, try item.expected("relativeError")))
            let isPlain = item["clusters"]?.array == nil
            #expect(effect.method == (isPlain ? "delta method" : "delta method, CR1"))
        }
    }

    @Test func `a covariate takes out what Deng and others say`() throws {
        for item in try Golden.cases("cases", in: "cuped") {
            let effect = try item.effect(.mean, options, arms: "group").get()
            let adjustment = try #require(effect.adjustment)
            #expect(isClose(adjustment.theta, try item.number("theta")))
            #expect(isClose(adjustment.varianceReduction, try item.number("var_reduction")))
            #expect(isClose(adjustment.unadjusted.value, try item.number("effect_raw")))
            #expect(isClose(effect.difference.value, try item.number("effect_cuped")))
            #expect(effect.method == "CUPED, Welch")
        }
        for item in try Golden.cases("covariates", in: "effects") {
            let effect = try item.effect(.mean, options).get()
            let adjustment = try #require(effect.adjustment)
            #expect(isClose(adjustment.theta, try item.expected("theta")))
            #expect(isClose(adjustment.varianceReduction, try item.expected("reduction")))
            #expect(adjustment.rowsWithoutCovariate == Int(try item.expected("missing")))
            try item.holds(effect.difference, error: false)
        }
        for item in try Golden.cases("clusteredcovariates", in: "effects") {
            let effect = try item.effect(.mean, options).get()
            #expect(isClose(effect.adjustment?.theta, try item.expected("theta")))
            #expect(isClose(effect.difference.value, try item.expected("value")))
            #expect(isClose(effect.difference.standardError, try item.expected("error")))
            #expect(effect.method == "CUPED, CR1")
        }
        for item in try Golden.cases("ratiocovariates", in: "effects") {
            let effect = try item.effect(.ratio, options).get()
            #expect(isClose(effect.adjustment?.theta, try item.expected("theta")))
            #expect(isClose(effect.adjustment?.varianceReduction, try item.expected("reduction")))
            #expect(isClose(effect.difference.value, try item.expected("value")))
            #expect(isClose(effect.difference.standardError, try item.expected("error")))
            #expect(effect.method == "CUPED, delta method")
        }
    }

    @Test func `clusters have statsmodels' errors`() throws {
        for item in try Golden.cases("cases", in: "cluster_robust_ols") {
            var item = try item.arms("treat", values: "y")
            let clusters = item.clusters
            let effect = try item.effect(.mean, options).get()
            #expect(isClose(effect.difference.value, try item.json.number("effect")))
            let error = try item.json.number("se_cluster_cr1")
            #expect(isClose(effect.difference.standardError, error))
            // Four clusters of one size in each arm.
            let four = try #require(effect.difference.degreesOfFreedom)
            #expect(four > 3 && four <= 6 && Set(clusters ?? []).count == 8)
            item.clusters = nil
            #expect(try item.effect(.mean, options).get().method == "Welch")
        }
        for item in try Golden.cases("clusters", in: "effects") {
            let effect = try item.effect(.mean, options).get()
            try item.holds(effect.difference)
            let (one, two) = (effect.control, effect.treatment)
            #expect(isClose(one.value, try item.expected("control")))
            #expect(isClose(two.value, try item.expected("treatment")))
            #expect(isClose(one.standardError, try item.expected("controlError")))
            #expect(isClose(two.standardError, try item.expected("treatmentError")))
            #expect(isClose(one.interval?.upper, try item.expected("controlUpper")))
            #expect(isClose(two.interval?.upper, try item.expected("treatmentUpper")))
            #expect(effect.method == "CR1")
        }
    }

    @Test func `means have SciPy's intervals, weighted ones statsmodels' errors`() throws {
        for item in try Golden.cases("welch", in: "effects") {
            let effect = try item.effect(.mean, options).get()
            try item.holds(effect.difference)
            #expect(isClose(effect.relative?.value, try item.expected("relative")))
            #expect(isClose(effect.relative?.standardError, try item.expected("relativeError")))
        }
        for item in try Golden.cases("weighted", in: "effects") {
            let effect = try item.effect(.mean, options).get()
            #expect(isClose(effect.difference.value, try item.expected("value")))
            #expect(isClose(effect.difference.standardError, try item.expected("error")))
            // HC2's degrees of freedom are those of rows that are clusters of one.
            let freedom = try item.expected("freedom")
            #expect(isClose(effect.difference.degreesOfFreedom, freedom))
            #expect(effect.method == "HC2")
        }
    }

    @Test func `proportions have Newcombe's intervals, and p-values that end them at 0`() throws {
        for item in try Golden.cases("shares", in: "effects") {
            let counts = try item.counts("counts")
            let effect = try shares(counts).get()
            let origin = "\(counts)"
            #expect(
                isClose(effect.difference.value, try item.expected("value"), 1e-12), "\(origin)")
            let ends = [try item.expected("lower"), try item.expected("upper")]
            #expect(hasEnds(effect.difference.interval, ends), "\(origin)")
            #expect(isClose(effect.difference.pValue, try item.expected("p"), 1e-8), "\(origin)")
            #expect(effect.method == "Newcombe")
        }
    }

    @Test func `quantiles have NumPy's values and ends`() throws {
        for item in try Golden.cases("quantiles", in: "effects") {
            let effect = try item.effect(.quantile(try item.number("share")), options).get()
            #expect(isClose(effect.control.value, try item.expected("control")))
            #expect(isClose(effect.treatment.value, try item.expected("treatment")))
            #expect(isClose(effect.difference.standardError, try item.expected("error")))
            let ends = [try item.expected("lower"), try item.expected("upper")]
            #expect(hasEnds(effect.difference.interval, ends))
            #expect(isClose(effect.difference.pValue, try item.expected("p")))
        }
        for item in try Golden.cases("weightedquantiles", in: "effects") {
            let effect = try item.effect(.quantile(try item.number("share")), options).get()
            #expect(isClose(effect.control.value, try item.expected("control")))
            #expect(isClose(effect.treatment.value, try item.expected("treatment")))
            #expect(effect.method == "order statistics, HC2")
        }
    }

    @Test func `compliers have two-stage least squares' effect and robust error`() throws {
        for item in try Golden.cases("compliers", in: "effects") {
            let (control, treatment) = try item.arms("treat", values: "y").rows
            let effect = try ComplierEffect.estimate(
                .mean, control: control, treatment: treatment, options: options
            ).get()
            #expect(isClose(effect.difference.value, try item.expected("value")))
            #expect(isClose(effect.difference.standardError, try item.expected("error")))
            #expect(isClose(effect.firstStageF, try item.expected("f")))
            #expect(isClose(effect.exposure.control.value, try item.expected("control")))
            #expect(isClose(effect.exposure.treatment.value, try item.expected("treatment")))
        }
    }

    @Test func `the slope over weeks is statsmodels', and that of units that come again`() throws {
        for item in try Golden.cases("trends", in: "effects") {
            let trend = EffectTrend.estimate(.mean, weeks: try item.weeks(), options: options)
            let slope = try #require(trend.slope)
            #expect(isClose(slope.value, try item.expected("value")))
            #expect(isClose(slope.standardError, try item.expected("error")))
            let ends = [try item.expected("lower"), try item.expected("upper")]
            #expect(hasEnds(slope.interval, ends))
            #expect(isClose(slope.pValue, try item.expected("p")))
        }
    }

    /// Rows with these counts, sums and squares: half of them below the mean and half above.
    private func rows(of sums: JSON) throws -> ArmRows {
        let (count, sum) = (Int(try sums.number("n")), try sums.number("sum"))
        let mean = sum / Double(count)
        let squares = try sums.number("sumsq") - sum * mean
        let distance = (squares / Double(count)).squareRoot()
        try #require(count % 2 == 0)
        return ArmRows(values: (0..<count).map { mean + ($0 % 2 == 0 ? distance : -distance) })
    }

    private func shares(_ counts: [Int]) -> Result<ArmEffect, EffectFault> {
        ArmEffect.estimate(
            .proportion, control: .shares(counts[0], of: counts[1]),
            treatment: .shares(counts[2], of: counts[3]), options: options)
    }
}

/// Whether an interval has these ends.
func hasEnds(_ interval: Interval?, _ ends: [Double]) -> Bool {
    guard let interval else { return false }
    // An end that is 0 but for rounding has no relative error.
    func isEnd(_ one: Double, _ two: Double) -> Bool {
        isClose(one, two) || abs(one - two) < 1e-14
    }
    return isEnd(interval.lower, ends[0]) && isEnd(interval.upper, ends[1])
}
