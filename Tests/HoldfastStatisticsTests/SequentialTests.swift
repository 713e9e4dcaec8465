import Glibc
import HoldfastFormats
import Testing

@testable import HoldfastStatistics

/// The figures of the sequential tests, held to their peers' and to sixty digits.
@Suite struct SequentialTests {
    @Test func `the sequential sample ratio is savvi's, look after look`() throws {
        for item in try Golden.cases("cases", in: "srm_sequential_lindon_malek") {
            var test = try #require(
                SequentialSampleRatio(
                    shares: try item.numbers("theta0"),
                    concentration: try item.number("concentration_k")))
            for step in try #require(item["steps"]?.array) {
                test.look(try step.counts("cumulative_counts"))
                let log = test.logBayesFactor
                #expect(isClose(log, try step.number("log_bayes_factor")), "\(log)")
                #expect(isClose(exp(log), try step.number("savvi_bayes_factor")), "\(log)")
                #expect(isClose(test.pValue, try step.number("p_running_min")), "\(test.pValue)")
            }
        }
    }

    @Test func `no size of counts costs the sample ratio a digit`() throws {
        for item in try Golden.cases("ratio", in: "sequential") {
            var test = try #require(
                SequentialSampleRatio(
                    shares: try item.numbers("shares"),
                    concentration: try item.number("concentration")))
            test.look(try item.counts("counts"))
            let (value, expected) = (test.logBayesFactor, try item.number("expected"))
            #expect(
                abs(value - expected) <= 1e-9 * max(1, abs(expected)), "\(item.text()) \(value)")
        }
    }

    @Test func `a confidence sequence is as wide as drconfseq's and gbstats'`() throws {
        for item in try Golden.cases("cases", in: "asympcs_halfwidth") {
            let rows = try item.number("t")
            let width = ConfidenceSequence.halfWidth(
                standardError: (try item.number("variance") / rows).squareRoot(), rows: rows,
                tuningRows: try item.number("t_opt"), alpha: try item.number("alpha"))
            #expect(isClose(width, try item.number("half_width")), "\(width)")
        }
        for item in try Golden.cases("half_width", in: "sequential") {
            let width = ConfidenceSequence.halfWidth(
                standardError: try item.number("error"), rows: try item.number("rows"),
                tuningRows: try item.number("tuning"), alpha: try item.number("alpha"))
            #expect(isClose(width, try item.number("expected")), "\(item.text()) \(width)")
        }
    }

    @Test func `its p-value is gbstats', by the rows of both arms and the delta method`() throws {
        for item in try Golden.cases("cases", in: "gbstats_welch_and_sequential") {
            let (control, treatment) = (try Arm(item["a"]), try Arm(item["b"]))
            let isRelative = item["difference"]?.string == "relative"
            let (m, scale) = (control.mean, isRelative ? abs(control.mean) : 1)
            // Of a relative effect control's own chance counts by (treatment/control)².
            let part = isRelative ? treatment.mean / m : 1
            let error =
                (treatment.error * treatment.error + part * part * control.error * control.error)
                .squareRoot() / scale
            let rows = control.count + treatment.count
            let estimate = try item.number("estimate")
            #expect(isClose((treatment.mean - m) / scale, estimate))
            let tuning = try item.number("tuning")
            let width = ConfidenceSequence.halfWidth(
                standardError: error, rows: rows, tuningRows: tuning, alpha: 0.05)
            let interval = try item.numbers("seq_ci")
            #expect(
                isClose(estimate - width, interval[0]) && isClose(estimate + width, interval[1]))
            let p = ConfidenceSequence.pValue(
                estimate: estimate, standardError: error, rows: rows, tuningRows: tuning)
            #expect(isClose(p, try item.number("seq_p")), "\(p)")
        }
        for item in try Golden.cases("p_value", in: "sequential") {
            let p = ConfidenceSequence.pValue(
                estimate: try item.number("estimate"), standardError: try item.number("error"),
                rows: try item.number("rows"), tuningRows: try item.number("tuning"))
            #expect(isClose(p, try item.number("expected")), "\(item.text()) \(p)")
        }
    }

    @Test func `the bound of a normal mixture is confseq's, two-sided and one-sided`() throws {
        for item in try Golden.cases("cases", in: "confseq_normal_mixture_bound") {
            let isOneSided = item["one_sided"] == true
            let mixture = NormalMixture(
                tightestAt: try item.number("v_opt"), alpha: try item.number("alpha_opt"),
                isOneSided: isOneSided)
            let (v, alpha) = (try item.number("v"), try item.number("alpha"))
            let bound =
                isOneSided
                ? mixture.oneSidedBound(variance: v, alpha: alpha)
                : mixture.bound(variance: v, alpha: alpha)
            #expect(isClose(bound, try item.number("bound")), "\(bound)")
        }
        for item in try Golden.cases("one_sided", in: "sequential") {
            let mixture = NormalMixture(
                tightestAt: try item.number("v_opt"), alpha: try item.number("alpha_opt"),
                isOneSided: true)
            let bound = mixture.oneSidedBound(
                variance: try item.number("v"), alpha: try item.number("alpha"))
            #expect(isClose(bound, try item.number("expected")), "\(item.text()) \(bound)")
        }
    }

    @Test func `the mixture ratio is the closed form`() throws {
        for item in try Golden.cases("cases", in: "msprt_normal") {
            var test = try #require(
                MixtureRatioTest(
                    variance: try item.number("variance_per_pair"),
                    mixingVariance: try item.number("tau2")))
            test.look(
                difference: try item.number("mean_diff"), pairs: try item.number("n_pairs"))
            #expect(isClose(exp(test.logRatio), try item.number("Lambda")), "\(test.logRatio)")
            #expect(isClose(test.pValue, try item.number("p_always_valid")), "\(test.pValue)")
        }
        for item in try Golden.cases("mixture_ratio", in: "sequential") {
            var test = try #require(
                MixtureRatioTest(
                    variance: try item.number("variance"),
                    mixingVariance: try item.number("mixing")))
            test.look(
                difference: try item.number("difference"), pairs: try item.number("pairs"))
            #expect(isClose(test.logRatio, try item.number("expected")), "\(item.text())")
        }
    }

    @Test func `both forms of a detector follow their recursions`() throws {
        for item in try Golden.cases("cases", in: "e_detectors_sr_cusum") {
            for (form, key) in [(EDetector.Form.shiryaevRoberts, "e_SR"), (.cusum, "e_CUSUM")] {
                var detector = EDetector(
                    form: form, averageRunLength: try item.number("alarm_at_ARL"))
                for (increment, expected) in zip(try item.numbers("L"), try item.numbers(key)) {
                    detector.add(logIncrement: log(increment))
                    #expect(isClose(exp(detector.logValue), expected), "\(form) \(expected)")
                    #expect(detector.isAlarming == (expected >= 1_000))
                }
            }
        }
    }

    /// One arm of a gbstats case.
    private struct Arm {
        let count, mean, error: Double

        init(_ item: JSON?) throws {
            let item = try #require(item)
            let sum = try item.number("sum")
            count = try item.number("n")
            mean = sum / count
            let variance = (try item.number("sumsq") - sum * sum / count) / (count - 1)
            error = (variance / count).squareRoot()
        }
    }
}
