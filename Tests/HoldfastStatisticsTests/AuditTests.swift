import HoldfastFormats
import Testing

@testable import HoldfastStatistics

extension JSON {
    /// Whether a figure is the expected one, and undefined where that is null.
    func agrees(_ key: String, _ value: Double?, _ tolerance: Double = 1e-9) throws -> Bool {
        let expected = try #require(self["expected"]?[key], "no figure \(key)")
        if expected == .null { return value == nil }
        return isClose(value, try #require(expected.double), tolerance)
    }

    /// A sample as the golden files write it: values, of which null is missing, and weights.
    func weightedNumbers(_ key: String) throws -> WeightedNumberSummary {
        var summary = WeightedNumberSummary()
        let values = try #require(self[key]?.array)
        for (value, weight) in zip(values, try numbers("\(key)_weights")) {
            if let value = value.double {
                summary.add(value, weight: weight)
            } else {
                summary.addMissing(weight: weight)
            }
        }
        return summary
    }

    func weightedCategories(_ key: String) throws -> WeightedCategorySummary {
        var summary = WeightedCategorySummary()
        let values = try #require(self[key]?.array)
        for (value, weight) in zip(values, try numbers("\(key)_weights")) {
            summary.add(try #require(value.string), weight: weight)
        }
        return summary
    }

    var origin: String { self["origin"]?.string ?? "no origin" }
}

@Suite struct AuditTests {
    @Test func `weights are worth what NumPy says, and what cannot be a weight has no figure`()
        throws
    {
        for item in try Golden.cases("weights", in: "audit") {
            var summary = WeightSummary()
            let draws = Int(try item.number("draws"))
            for weight in try #require(item["weights"]?.array) {
                let text = try #require(weight.string)
                summary.add(try #require(Double(text)), rows: draws)
            }
            let rows = Int(try item.number("rows"))
            let test = summary.meanTest(among: rows)
            let figures: [(String, Double?)] = [
                ("sum", summary.sum), ("ess", summary.effectiveSampleSize),
                ("largest_share", summary.largestShare), ("mean", summary.mean(among: rows)),
                ("se", test?.standardError), ("z", test?.z),
            ]
            for (name, value) in figures {
                #expect(
                    try item.agrees(name, value, 1e-12), "\(item.origin): \(name) \(value ?? -1)")
            }
            #expect(try item.agrees("p", test?.pValue), "\(item.origin)")
        }
    }

    @Test func `weighted estimates are the peers', clipped or not`() throws {
        for item in try Golden.cases("cases", in: "ipw_snips_dr_ess") {
            let (p, y) = (try item.numbers("p"), try item.numbers("y"))
            var summary = WeightedNumberSummary()
            for (place, selected) in try item.numbers("selected").enumerated() where selected == 1 {
                let weight = min(1 / p[place], item["clip"]?.double ?? .infinity)
                summary.add(y[place], weight: weight)
            }
            #expect(isClose(summary.mean(among: p.count), try item.number("HT"), 1e-12))
            #expect(isClose(summary.mean, try item.number("hajek_snips"), 1e-12))
            let weights = summary.weights
            #expect(isClose(weights.effectiveSampleSize, try item.number("kish_ess"), 1e-12))
            #expect(isClose(weights.largestShare, try item.number("max_weight_share"), 1e-12))
        }
    }

    @Test func `the balance of numbers is Austin's, missing ones apart`() throws {
        for item in try Golden.cases("numbers", in: "audit") {
            let balance = CovariateBalance(
                reference: try item.weightedNumbers("reference"),
                candidate: try item.weightedNumbers("candidate"))
            let (values, absent) = (balance.values, balance.absent)
            let figures: [(String, Double?)] = [
                ("effect", values?.effect), ("se", values?.standardError), ("p", values?.pValue),
                ("ratio", values?.varianceRatio), ("absent_effect", absent?.effect),
                ("absent_se", absent?.standardError), ("absent_p", absent?.pValue),
            ]
            for (name, value) in figures {
                #expect(try item.agrees(name, value), "\(item.origin): \(name) \(value ?? -1)")
            }
            #expect(balance.effect == values.map { abs($0.effect) })
        }
    }

    @Test func `the balance of numbers is the peers'`() throws {
        for item in try Golden.cases("cases", in: "smd_balance") {
            var (one, two) = (WeightedNumberSummary(), WeightedNumberSummary())
            for value in try item.numbers("a") { one.add(value) }
            for value in try item.numbers("b") { two.add(value) }
            let balance = CovariateBalance(reference: one, candidate: two)
            #expect(isClose(balance.values?.effect, try item.number("smd"), 1e-12))
            let ratio = balance.values?.varianceRatio
            #expect(isClose(ratio, try item.number("variance_ratio"), 1e-12))
        }
    }

    @Test func `the balance of categories is that of their shares, and Yang and Dalton's`() throws {
        for item in try Golden.cases("categories", in: "audit") {
            let balance = CovariateBalance(
                reference: try item.weightedCategories("reference"),
                candidate: try item.weightedCategories("candidate"))
            #expect(try item.agrees("effect", balance.effect), "\(item.origin)")
            let levels = try #require(item["expected"]?["levels"]?.array)
            try #require(balance.categories.count == levels.count)
            for (category, level) in zip(balance.categories, levels) {
                let expected: JSON = ["expected": level]
                let difference = category.difference
                #expect(try expected.agrees("effect", difference?.effect), "\(item.origin)")
                #expect(try expected.agrees("se", difference?.standardError), "\(item.origin)")
                #expect(try expected.agrees("p", difference?.pValue), "\(item.origin)")
            }
        }
    }

    @Test func `attrition of two arms is statsmodels's z and Newcombe's interval`() throws {
        for item in try Golden.cases("attrition", in: "audit") {
            let (x, y) = (try item.counts("reference"), try item.counts("candidate"))
            let pair = DifferentialAttrition(reference: (x[0], x[1]), candidate: (y[0], y[1]))
            let interval = pair?.interval()
            #expect(try item.agrees("effect", pair?.effect, 1e-12), "\(item.text())")
            #expect(try item.agrees("z", pair?.z), "\(item.text()) \(pair?.z ?? -1)")
            #expect(try item.agrees("p", pair?.pValue), "\(item.text()) \(pair?.pValue ?? -1)")
            #expect(try item.agrees("lower", interval?.lower), "\(item.text())")
            #expect(try item.agrees("upper", interval?.upper), "\(item.text())")
        }
    }

    @Test func `attrition of two arms is the peers'`() throws {
        for item in try Golden.cases("cases", in: "differential_attrition") {
            let pair = try #require(
                DifferentialAttrition(
                    reference: (Int(item.number("excluded_2")), Int(item.number("n2"))),
                    candidate: (Int(item.number("excluded_1")), Int(item.number("n1")))))
            #expect(isClose(pair.z, try item.number("z")))
            #expect(isClose(pair.test?.statistic, try item.number("chi2")))
            #expect(isClose(pair.pValue, try item.number("p")))
        }
    }

    @Test func `attrition of several arms is SciPy's chi-square`() throws {
        for item in try Golden.cases("attrition_of_arms", in: "audit") {
            let test = DifferentialAttrition.test(
                excluded: try item.counts("excluded"), counts: try item.counts("counts"))
            #expect(try item.agrees("statistic", test?.statistic), "\(item.text())")
            #expect(try item.agrees("df", test.map { Double($0.degreesOfFreedom) }))
            #expect(try item.agrees("p", test?.pValue), "\(item.text())")
        }
    }
}
