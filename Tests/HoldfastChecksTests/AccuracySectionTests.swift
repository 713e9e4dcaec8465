import HoldfastChecks
import HoldfastStatistics
import TestSupport
import Testing

@Suite struct AccuracySectionTests {
    @Test func `a yes or no is judged by areas, losses, calibration and a threshold`() throws {
        let rows = binaryRows(800, seed: 1, source: .control)
        let section = AccuracySection.judge(rows, options: JudgeOptions())
        #expect(section.question == .accurate)
        #expect(
            section.figures.map(\.name) == [
                .auc, .averagePrecision, .logLoss, .brier, .calibrationError,
                .calibrationIntercept, .calibrationSlope, .accuracy, .balancedAccuracy,
                .precision, .recall, .f1,
            ])
        for figure in section.figures {
            let interval = try #require(figure.interval, "\(figure.name)")
            #expect(interval.lower <= figure.value && figure.value <= interval.upper)
            #expect(figure.source == .control && figure.of == nil)
        }
        // Scores are the truth: promises are kept, and slope 1 lies within.
        let slope = try #require(section.figure(.calibrationSlope)?.interval)
        #expect(slope.lower < 1 && slope.upper > 1)
        #expect(section.figure(.auc)?.rows == 800)
        let positives = try #require(section.figure(.recall)?.rows)
        guard case .binary(let labels) = rows.labels else {
            Issue.record("no yes or no")
            return
        }
        #expect(positives == labels.count { $0 })
        #expect(section.pictures.map(\.id) == ["calibration", "roc"])
        guard case .lines(let curve) = section.picture("roc")?.shape else {
            Issue.record("no curve")
            return
        }
        #expect(curve.lines[0].points.count <= 200 && !curve.hasDiagonal)
        #expect(section.notes.contains { $0.contains("independent rows") })
    }

    @Test func `a share of rows decides the threshold, and the note says which`() throws {
        var options = JudgeOptions()
        options.positiveShare = 0.1
        let section = AccuracySection.judge(binaryRows(1_000, seed: 2), options: options)
        let taken = try #require(section.figure(.precision)?.rows)
        #expect(taken <= 100 && taken > 95)
        #expect(section.notes.contains { $0.contains("share 0.1") })
        var tied = binaryRows(50, seed: 2)
        tied.predictions = .scores([Double](repeating: 0.3, count: 50))
        let none = AccuracySection.judge(tied, options: options)
        #expect(none.figure(.precision) == nil && none.figure(.recall)?.value == 0)
        #expect(none.notes.contains { $0.contains("No row is a yes") })
    }

    @Test func `weights widen an interval, clusters of alike rows more so`() throws {
        let rows = binaryRows(300, seed: 3)
        func width(_ rows: JudgeRows, _ name: FigureName) throws -> Double {
            let section = AccuracySection.judge(rows, options: JudgeOptions())
            let interval = try #require(section.figure(name)?.interval)
            return interval.upper - interval.lower
        }
        var weighted = rows
        weighted.weights = (0..<300).map { $0 % 3 == 0 ? 10 : 1 }
        var clustered = rows
        clustered.clusters = (0..<Int32(300)).map { $0 / 2 }
        // Two rows that are alike in each cluster.
        guard case .binary(let labels) = rows.labels, case .scores(let scores) = rows.predictions
        else {
            Issue.record("no scores of a yes or no")
            return
        }
        clustered.labels = .binary((0..<300).map { labels[$0 / 2] })
        clustered.predictions = .scores((0..<300).map { scores[$0 / 2] })
        var alike = clustered
        alike.clusters = nil
        for name in [FigureName.auc, .brier, .accuracy, .f1, .calibrationSlope] {
            #expect(try width(weighted, name) > width(rows, name), "\(name)")
            #expect(try width(clustered, name) > 1.2 * width(alike, name), "\(name)")
        }
        let section = AccuracySection.judge(clustered, options: JudgeOptions())
        #expect(section.notes.contains { $0.contains("150 clusters") })
        #expect(section.figure(.calibrationError)?.interval != nil)
    }

    @Test func `folds have figures each, and the mean leads with a variance for their dependence`()
        throws
    {
        var rows = binaryRows(600, seed: 4)
        rows.folds = (0..<Int32(600)).map { $0 % 5 }
        let section = AccuracySection.judge(rows, options: JudgeOptions())
        let mean = try #require(section.figure(.auc))
        let folds = try (0..<5).map { try #require(section.figure(.auc, of: "fold \($0)")) }
        #expect(abs(mean.value - folds.reduce(0) { $0 + $1.value } / 5) < 1e-12)
        #expect(folds.allSatisfy { $0.rows == 120 } && mean.rows == 600)
        #expect(section.figures.first == mean)
        // √2 over the interval of all rows at once, more or less.
        var pooled = rows
        pooled.folds = nil
        let whole = AccuracySection.judge(pooled, options: JudgeOptions()).figure(.auc)
        let (wide, plain) = (try #require(mean.interval), try #require(whole?.interval))
        let ratio = (wide.upper - wide.lower) / (plain.upper - plain.lower)
        #expect(ratio > 1.2 && ratio < 1.7, "\(ratio)")
        #expect(section.picture("folds") != nil)
        rows.clusters = (0..<Int32(600)).map { $0 / 5 }
        let clustered = AccuracySection.judge(rows, options: JudgeOptions())
        #expect(clustered.figure(.auc)?.interval != nil)
        #expect(clustered.figure(.calibrationError)?.interval == nil)
        #expect(clustered.notes.contains { $0.contains("120 clusters") })
    }

    @Test func `classes are judged by their confusion, and each has its precision and recall`()
        throws
    {
        let section = AccuracySection.judge(classRows(300, seed: 5), options: JudgeOptions())
        for name in [FigureName.auc, .logLoss, .accuracy, .balancedAccuracy, .macroF1] {
            #expect(section.figure(name)?.interval != nil, "\(name)")
        }
        #expect(section.figure(.recall, of: "fox")?.interval != nil)
        guard case .matrix(let names, _, let counts) = section.picture("confusion")?.shape else {
            Issue.record("no matrix")
            return
        }
        #expect(names == ["cat", "dog", "fox"])
        #expect(counts.flatMap { $0 }.reduce(0, +) == 300)
    }

    @Test func `numbers are judged by their errors`() throws {
        var rows = numberRows(400, seed: 6)
        let section = AccuracySection.judge(rows, options: JudgeOptions())
        #expect(
            section.figures.map(\.name) == [
                .meanAbsoluteError, .rootMeanSquaredError, .rSquared,
            ])
        #expect(section.figures.allSatisfy { $0.interval != nil })
        #expect(section.pictures.map(\.id) == ["calibration", "errors"])
        rows.clusters = (0..<Int32(400)).map { $0 / 4 }
        let clustered = AccuracySection.judge(rows, options: JudgeOptions())
        #expect(clustered.figures.allSatisfy { $0.interval != nil })
    }

    @Test func `what cannot be judged is said, and has no figure`() {
        let options = JudgeOptions()
        var rows = binaryRows(10, seed: 7)
        rows.predictions = .scores((0..<10).map { $0 == 4 ? .nan : 0.5 })
        let holes = AccuracySection.judge(rows, options: options)
        #expect(holes.figures.isEmpty && holes.verdict == nil)
        #expect(holes.notes == ["1 predictions of eval are no numbers."])
        let empty = JudgeRows(
            name: "eval", source: .given, count: 0, labels: .binary([]), predictions: .scores([]))
        #expect(
            AccuracySection.judge(empty, options: options).notes
                == ["eval has no row to judge by."])
        var mixed = numberRows(10, seed: 7)
        mixed.predictions = .classes([Int32](repeating: 0, count: 10), probabilities: nil)
        #expect(AccuracySection.judge(mixed, options: options).figures.isEmpty)
        var endless = numberRows(10, seed: 7)
        endless.predictions = .scores([Double](repeating: .infinity, count: 10))
        #expect(AccuracySection.judge(endless, options: options).figures.isEmpty)
        var wild = classRows(30, seed: 7)
        wild.predictions = .classes(
            [Int32](repeating: 4, count: 30), probabilities: [[Double](repeating: 2, count: 30)])
        let section = AccuracySection.judge(wild, options: options)
        #expect(section.figure(.accuracy)?.value == 0 && section.figure(.logLoss) == nil)
        #expect(section.figure(.precision, of: "class 4")?.value == 0)
        #expect(section.notes.contains { $0.contains("outside 0 to 1") })
    }

    @Test func `scores and hard answers have no calibration, and a note says so`() {
        var rows = binaryRows(100, seed: 8)
        guard case .scores(let scores) = rows.predictions else {
            Issue.record("no scores")
            return
        }
        rows.predictions = .scores(scores.map { 10 * $0 - 3 })
        let section = AccuracySection.judge(rows, options: JudgeOptions())
        #expect(section.figure(.auc) != nil && section.figure(.brier) == nil)
        #expect(section.pictures.map(\.id) == ["roc"])
        #expect(section.notes.contains { $0.contains("they have ranks") })
        rows.predictions = .classes(scores.map { $0 > 0.5 ? 1 : 0 }, probabilities: nil)
        let hard = AccuracySection.judge(rows, options: JudgeOptions())
        #expect(hard.figure(.accuracy) != nil && hard.figure(.logLoss) == nil)
    }

    @Test func `one label alone has the figures that need no other`() {
        var rows = binaryRows(40, seed: 9)
        rows.labels = .binary([Bool](repeating: false, count: 40))
        let section = AccuracySection.judge(rows, options: JudgeOptions())
        #expect(section.figure(.auc) == nil && section.figure(.recall) == nil)
        #expect(section.figure(.brier) != nil && section.picture("roc") == nil)
        #expect(section.notes.contains { $0.contains("All labels are alike") })
    }
}
