import HoldfastFormats
import Testing

@testable import HoldfastStatistics

@Suite struct GoldenTests {
    @Test func `Kolmogorov-Smirnov is SciPy's, ties and disjoint supports included`() throws {
        for item in try Golden.cases("ks") {
            let distance = try #require(
                KolmogorovSmirnov(item.numbers("reference"), item.numbers("candidate")))
            let origin = item["origin"]?.string ?? ""
            #expect(isClose(distance.effect, try item.expected("effect"), 1e-12), "\(origin)")
            #expect(isClose(distance.pValue, try item.expected("p")), "\(origin)")
        }
    }

    @Test func `Kolmogorov's tail is SciPy's`() throws {
        for item in try Golden.cases("kolmogorov_tail") {
            let tail = KolmogorovSmirnov.upperTail(try item.number("x"))
            #expect(isClose(tail, try item.number("expected")), "\(item.text())")
        }
    }

    @Test func `both tails of chi-square are SciPy's`() throws {
        for item in try Golden.cases("chi_square") {
            let (x, df) = (try item.number("x"), Int(try item.number("df")))
            let upper = ChiSquare.upperTail(x, degreesOfFreedom: df)
            let lower = ChiSquare.lowerTail(x, degreesOfFreedom: df)
            #expect(isClose(upper, try item.expected("upper")), "\(item.text()) \(upper)")
            #expect(isClose(lower, try item.expected("lower")), "\(item.text()) \(lower)")
        }
    }

    @Test func `the noncentral chi-square is the Poisson mixture to nine digits`() throws {
        for item in try Golden.cases("noncentral") {
            let value = ChiSquare.lowerTail(
                try item.number("x"), degreesOfFreedom: Int(try item.number("df")),
                noncentrality: try item.number("noncentrality"))
            #expect(isClose(value, try item.number("expected")), "\(item.text()) \(value)")
        }
    }

    @Test func `the limit of the noncentrality inverts the distribution`() throws {
        for item in try Golden.cases("noncentrality_limit") {
            let limit = ChiSquare.noncentralityLimit(
                try item.number("x"), degreesOfFreedom: Int(try item.number("df")),
                tail: try item.number("tail"))
            #expect(isClose(limit, try item.number("expected"), 1e-7), "\(item.text()) \(limit)")
        }
    }

    @Test func `homogeneity, total variation and its chance are SciPy's and NumPy's`() throws {
        for item in try Golden.cases("homogeneity") {
            let (x, y) = (try item.counts("reference"), try item.counts("candidate"))
            let distance = try #require(TotalVariation(x, y))
            #expect(isClose(distance.test?.statistic, try item.expected("statistic")))
            #expect(distance.test?.degreesOfFreedom == Int(try item.expected("df")))
            #expect(isClose(distance.pValue, try item.expected("p")), "\(item.text())")
            #expect(isClose(distance.effect, try item.expected("total_variation")))
            #expect(isClose(distance.expectedByChance, try item.expected("chance")))
        }
    }

    @Test func `Wilson's interval is SciPy's`() throws {
        for item in try Golden.cases("wilson") {
            let interval = try #require(
                Proportions.wilson(
                    successes: Int(try item.number("successes")), of: Int(try item.number("count")))
            )
            // SciPy leaves a rounding error where the end is exactly 0.
            #expect(abs(interval.lower - (try item.expected("lower"))) < 1e-12, "\(item.text())")
            #expect(isClose(interval.upper, try item.expected("upper")), "\(item.text())")
        }
    }

    @Test func `the normal quantile is SciPy's`() throws {
        for item in try Golden.cases("normal") {
            let value = Normal.exceeded(by: try item.number("tail"))
            // SciPy gives the median as -0 or 1e-17, either of which is 0 here.
            #expect(
                abs(value - (try item.number("expected"))) < 1e-12 * max(1, abs(value)),
                "\(item.text()) \(value)")
        }
    }

    @Test func `moments are NumPy's in long double`() throws {
        for item in try Golden.cases("summary") {
            var summary = NumberSummary()
            for value in try item.numbers("values") { summary.add(value) }
            #expect(isClose(summary.mean, try item.expected("mean")))
            #expect(summary.minimum == (try item.expected("minimum")))
            #expect(summary.maximum == (try item.expected("maximum")))
            if item["expected"]?["variance"] == .null {
                #expect(summary.variance == nil)
            } else {
                let expected = try item.expected("variance")
                // Five times 0.1 have the variance 0 only up to a rounding error.
                #expect(
                    isClose(summary.variance, expected) || abs((summary.variance ?? 1)) < 1e-30,
                    "\(item["origin"]?.string ?? "") \(summary.variance ?? -1)")
            }
        }
    }

    @Test func `sample ratios are tested as by SciPy`() throws {
        for item in try Golden.cases("sample_ratio") {
            let test = try #require(
                SampleRatioMismatch.test(
                    observed: item.counts("observed"), shares: item.counts("shares")))
            #expect(isClose(test.statistic, try item.expected("statistic")))
            #expect(test.degreesOfFreedom == Int(try item.expected("df")))
            #expect(isClose(test.pValue, try item.expected("p")), "\(item.text())")
        }
    }

    @Test func `sample ratios are tested as by the peers`() throws {
        for item in try Golden.cases("cases", in: "srm_chi2") {
            let weights = try item.numbers("weights")
            let shares = weights.map { Int(($0 * 1_000_000).rounded()) }
            let test = try #require(
                SampleRatioMismatch.test(observed: item.counts("observed"), shares: shares))
            #expect(isClose(test.statistic, try item.number("chi2")))
            #expect(test.degreesOfFreedom == Int(try item.number("df")))
            #expect(isClose(test.pValue, try item.number("p_scipy")))
            #expect(isClose(test.pValue, try item.number("p_gbstats")))
        }
    }
}
