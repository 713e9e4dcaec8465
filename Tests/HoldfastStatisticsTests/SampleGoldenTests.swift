import HoldfastFormats
import Testing

@testable import HoldfastStatistics

@Suite struct SampleGoldenTests {
    /// Holds every figure of two samples against the expected ones; one that is absent there is
    /// `nil` here.
    private func check(_ apart: NumberDistances, _ item: JSON) throws {
        let origin = item["origin"]?.string ?? ""
        let expected = try #require(item["expected"])
        func agrees(_ key: String, _ value: Double?, _ tolerance: Double = 1e-9) {
            guard let figure = expected[key]?.double else {
                #expect(value == nil, "\(origin): \(key)")
                return
            }
            // SciPy leaves a rounding error where a figure is exactly 0.
            let isZero = abs(figure) < 1e-15 && value.map { abs($0) < 1e-15 } ?? false
            #expect(
                isZero || isClose(value, figure, tolerance),
                "\(origin): \(key) \(value ?? .nan) \(figure)")
        }
        let smirnov = apart.kolmogorovSmirnov
        agrees("ks", smirnov.effect, 1e-12)
        agrees("ks_p", smirnov.pValue)
        agrees("wasserstein", apart.wasserstein)
        agrees("energy", apart.energy)
        agrees("mises", apart.cramerVonMises?.statistic)
        agrees("darling", apart.andersonDarling?.statistic)
        agrees("darling_p", apart.andersonDarling?.pValue)
        agrees("auc", apart.mannWhitney.auc)
        agrees("auc_p", apart.mannWhitney.pValue)
        agrees("welch_t", apart.welch?.t)
        agrees("welch_df", apart.welch?.degreesOfFreedom)
        agrees("welch_p", apart.welch?.pValue)
        agrees("mean_difference", apart.meanDifference)
        agrees("outside", apart.outsideRange)
        try checkDivergences(apart.divergences, expected, origin)
        if let library = expected["mises_p_scipy"]?.double {
            // SciPy's series stops at terms of 1e-7.
            #expect(abs((apart.cramerVonMises?.pValue ?? 9) - library) < 2e-7, "\(origin)")
        }
        #expect(apart.bins.edges == (try expected.numbers("edges")), "\(origin)")
    }

    private func checkDivergences(_ got: Divergences, _ expected: JSON, _ origin: String) throws {
        for (key, value) in [
            ("psi", got.psi), ("js_distance", got.jensenShannon), ("hellinger", got.hellinger),
            ("linf", got.linf), ("total_variation", got.totalVariation),
        ] {
            let figure = try expected.number(key)
            // The square root of a rounding error is 1e-8, where SciPy's distance is of equals.
            let isZero = abs(figure) < 1e-7 && value < 1e-7
            #expect(isZero || isClose(value, figure), "\(origin): \(key) \(value) \(figure)")
        }
        #expect(got.jensenShannonDivergence.squareRoot() == got.jensenShannon)
    }

    private func compare(_ one: [Double], _ two: [Double], _ item: JSON) throws {
        let (reference, candidate) = (OrderedSample(one), OrderedSample(two))
        let apart = try #require(NumberDistances(reference: reference, candidate: candidate))
        try check(apart, item)
        let expected = try #require(item["expected"])
        #expect(apart.bins.masses(of: reference) == (try expected.numbers("reference_counts")))
        #expect(apart.bins.masses(of: candidate) == (try expected.numbers("candidate_counts")))
        // Where two values differ equally, either is the place.
        let place = apart.kolmogorovSmirnov.place
        let there = abs(reference.share(atMost: place) - candidate.share(atMost: place))
        #expect(abs(there - apart.kolmogorovSmirnov.effect) < 1e-12)
    }

    @Test func `every statistic of two samples is SciPy's, at all edges`() throws {
        for item in try Golden.cases("edges", in: "samples") {
            try compare(item.numbers("reference"), item.numbers("candidate"), item)
        }
    }

    @Test func `every statistic of the three tables' columns is SciPy's`() throws {
        let tables = try ["train", "eval", "serve"].map { try Golden.table("trio/\($0)") }
        let names = ["train": tables[0], "eval": tables[1], "serve": tables[2]]
        let cases = try Golden.cases("trio", in: "samples")
        #expect(cases.count == 36)
        for item in cases {
            let pair = try #require(item["pair"]?.array).compactMap { $0.string }
            let column = try #require(item["column"]?.string)
            let sides = try pair.map { name in
                try #require(names[name]?[column]).filter { !$0.isEmpty }
                    .map { try #require(Double($0)) }
            }
            try compare(sides[0], sides[1], item)
        }
    }

    @Test func `the limit of Cramér and von Mises is exact far into the tail`() throws {
        for item in try Golden.cases("mises_tail", in: "samples") {
            let tail = CramerVonMises.upperTail(try item.number("x"))
            #expect(isClose(tail, try item.number("expected"), 1e-12), "\(item.text()) \(tail)")
        }
    }

    @Test func `Student's t is mpmath's and SciPy's`() throws {
        for item in try Golden.cases("student", in: "samples") {
            let p = StudentT.twoSided(
                try item.number("t"), degreesOfFreedom: try item.number("df"))
            #expect(isClose(p, try item.number("expected")), "\(item.text()) \(p)")
        }
    }

    @Test func `divergences of shares are SciPy's and NumPy's`() throws {
        for item in try Golden.cases("shares", in: "samples") {
            let got = try Divergences(
                reference: item.numbers("reference"), candidate: item.numbers("candidate"))
            try checkDivergences(
                got, try #require(item["expected"]), item["origin"]?.string ?? "")
        }
    }

    @Test func `quantiles are NumPy's to the last bit, ties collapsed or not`() throws {
        for item in try Golden.cases("quantiles", in: "samples") {
            let sample = OrderedSample(try item.numbers("values"))
            let levels = try item.numbers("levels")
            let expected = try #require(item["expected"]).numbers("quantiles")
            #expect(sample.quantiles(levels) == expected, "\(item["origin"]?.string ?? "")")
            #expect(levels.map { sample.quantile($0) } == expected)
        }
    }

    @Test func `weighted samples are SciPy's where it takes weights, and sums over all pairs`()
        throws
    {
        for item in try Golden.cases("weighted", in: "samples") {
            let sides = try ["reference", "candidate"].map { side in
                var summary = NumberSummary()
                for (value, weight) in zip(
                    try item.numbers(side), try item.numbers(side + "_weights"))
                { summary.add(value, weight: weight) }
                return summary.ordered()
            }
            let expected = try #require(item["expected"])
            let apart = try #require(NumberDistances(reference: sides[0], candidate: sides[1]))
            let figures: [(String, Double?)] = [
                ("ks", apart.kolmogorovSmirnov.effect), ("wasserstein", apart.wasserstein),
                ("energy", apart.energy), ("auc", apart.mannWhitney.auc),
                ("welch_t", apart.welch?.t), ("welch_df", apart.welch?.degreesOfFreedom),
                ("welch_p", apart.welch?.pValue), ("mean_difference", apart.meanDifference),
                ("outside", apart.outsideRange),
            ]
            for (key, value) in figures {
                #expect(isClose(value, try expected.number(key)), "\(key) \(value ?? .nan)")
            }
            for (place, sample) in sides.enumerated() {
                #expect(isClose(sample.effectiveCount, try expected.numbers("effective")[place]))
                #expect(isClose(sample.mean, try expected.numbers("means")[place]))
                #expect(isClose(sample.variance, try expected.numbers("variances")[place]))
            }
            let quantiles = sides[0].quantiles(try expected.numbers("levels"))
            #expect(quantiles == (try expected.numbers("quantiles")))
        }
    }
}
