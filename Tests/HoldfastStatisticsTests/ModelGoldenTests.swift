import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct ModelGoldenTests {
    private func check(
        _ item: JSON, _ figures: [ModelFigure: FigureEstimate], _ tolerance: Double = 1e-9
    ) throws {
        let origin = item["origin"]?.string ?? ""
        var count = 0
        for figure in ModelFigure.allCases {
            let key = figure.rawValue
            if let expected = item["expected"]?[key]?.double {
                #expect(isClose(figures[figure]?.value, expected, tolerance), "\(key), \(origin)")
                count += 1
            }
            if let expected = item["errors"]?[key]?.double {
                // The references take derivatives in steps.
                let error = figures[figure]?.standardError
                #expect(isClose(error, expected, 1e-6), "\(key), \(origin)")
                count += 1
            }
        }
        #expect(count >= 6, "\(origin)")
    }

    private func sample(_ item: JSON) throws -> BinarySample {
        BinarySample(
            scores: try item.numbers("scores"),
            isPositive: try item.counts("labels").map { $0 == 1 },
            weights: item["weights"] == nil ? nil : try item.numbers("weights"),
            threshold: item["threshold"]?.double ?? 0.5)
    }

    @Test func `a binary model's figures and errors are scikit-learn's and the definitions'`()
        throws
    {
        for item in try Golden.cases("binary", in: "models") {
            let sample = try sample(item)
            try check(item, sample.estimates(level: 0.95))
            // A bootstrap's replicate counts the same figures by another way.
            let values = sample.values(sample.groups.positive, sample.groups.negative)
            for (figure, value) in values {
                let expected = try item.expected(figure.rawValue)
                #expect(isClose(value, expected, 1e-9), "\(figure)")
            }
            #expect(values.count == 11)
        }
    }

    @Test func `the weighted figures are those of the shared reference`() throws {
        for item in try Golden.cases("cases", in: "weighted_classification_metrics") {
            let isPositive = try item.counts("y").map { $0 == 1 }
            let scores = try item.numbers("score")
            let weighted = BinarySample(
                scores: scores, isPositive: isPositive, weights: try item.numbers("w")
            ).estimates(level: 0.95)
            let plain = BinarySample(scores: scores, isPositive: isPositive).estimates(level: 0.95)
            #expect(isClose(plain[.auc]?.value, try item.number("auc"), 1e-12))
            #expect(isClose(weighted[.auc]?.value, try item.number("auc_w"), 1e-12))
            #expect(isClose(weighted[.averagePrecision]?.value, try item.number("ap_w"), 1e-12))
            #expect(isClose(weighted[.brier]?.value, try item.number("brier_w"), 1e-12))
            #expect(
                isClose(weighted[.precision]?.value, try item.number("precision_w_05"), 1e-12))
            #expect(isClose(weighted[.recall]?.value, try item.number("recall_w_05"), 1e-12))
        }
    }

    @Test func `the calibration curve is scikit-learn's by quantiles`() throws {
        for item in try Golden.cases("curves", in: "models") {
            let bins = CalibrationBins(try sample(item).groups)
            let expected = try #require(item["expected"])
            let (observed, predicted) = (
                try expected.numbers("observed"), try expected.numbers("predicted")
            )
            try #require(bins.bins.count == observed.count)
            for (bin, (share, mean)) in zip(bins.bins, zip(observed, predicted)) {
                #expect(abs(bin.observed - share) < 1e-12)
                #expect(abs(bin.predicted - mean) < 1e-12)
            }
            #expect(isClose(bins.error, try item.expected("error")))
        }
    }

    @Test func `the figures of numbers are scikit-learn's`() throws {
        for item in try Golden.cases("numbers", in: "models") {
            let sample = NumberSample(
                labels: try item.numbers("labels"), predictions: try item.numbers("predictions"),
                weights: try item.numbers("weights"))
            try check(item, sample.estimates(level: 0.95))
        }
    }

    @Test func `the figures of classes are scikit-learn's`() throws {
        for item in try Golden.cases("classes", in: "models") {
            let probabilities = try #require(item["probabilities"]?.array).map { column in
                try #require(column.array).map { try #require($0.double) }
            }
            let sample = ClassSample(
                labels: try item.counts("labels").map { Int32($0) },
                predictions: try item.counts("predictions").map { Int32($0) }, classes: 4,
                probabilities: probabilities, weights: try item.numbers("weights"))
            try check(item, sample.estimates(level: 0.95))
            let table = sample.confusion
            let (precision, recall) = (
                try item.numbers("precision"), try item.numbers("recall")
            )
            for code in 0..<4 {
                #expect(isClose(table.precision(of: code)?.share, precision[code], 1e-12))
                #expect(isClose(table.recall(of: code)?.share, recall[code], 1e-12))
            }
            #expect(table.weights == (try item.numbers("confusion")))
        }
    }

    @Test func `paired gains are DeLong's over all pairs, and means of differences`() throws {
        for item in try Golden.cases("paired", in: "models") {
            let isPositive = try item.counts("labels").map { $0 == 1 }
            let weights = try item.numbers("weights")
            func model(_ key: String) throws -> (scores: [Double], sample: BinarySample) {
                let scores = try item.numbers(key)
                return (
                    scores,
                    BinarySample(scores: scores, isPositive: isPositive, weights: weights)
                )
            }
            let gains = PairedGains.binary(
                isPositive: isPositive, one: try model("scores"), other: try model("rival"),
                weights: weights, level: 0.95)
            for gain in [ModelGain.auc, .logLoss, .brier, .accuracy] {
                let estimate = try #require(gains[gain])
                let error = try #require(item["errors"]).number(gain.rawValue)
                let expected = try item.expected(gain.rawValue)
                #expect(abs(estimate.value - expected) < 1e-12, "\(gain)")
                #expect(isClose(estimate.standardError, error, 1e-9), "\(gain)")
                let interval = try #require(estimate.interval)
                #expect(interval.lower <= expected && interval.upper >= expected, "\(gain)")
            }
        }
    }

    @Test func `Student's quantiles are scipy's`() throws {
        for item in try Golden.cases("student", in: "models") {
            let value = StudentT.exceeded(
                by: try item.number("tail"), degreesOfFreedom: try item.number("degrees"))
            #expect(isClose(value, try item.expected("value"), 1e-9), "\(item)")
        }
    }
}
