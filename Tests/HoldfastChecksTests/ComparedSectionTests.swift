import HoldfastChecks
import HoldfastStatistics
import TestSupport
import Testing

@Suite struct ComparedSectionTests {
    private func scores(_ rows: JudgeRows) -> [Double] {
        guard case .scores(let scores) = rows.predictions else {
            Issue.record("no scores")
            return []
        }
        return scores
    }

    @Test func `a model that knows more is better than one that knows less, and not in reverse`()
        throws
    {
        let rows = binaryRows(600, seed: 1, source: .control)
        let blurred = JudgeRows.Predictions.scores(
            scores(binaryRows(600, seed: 1, sharpness: 0.2)))
        let section = BetterSection.judge(
            rows, baseline: blurred, baselineName: "old", options: JudgeOptions())
        #expect(section.question == .better)
        #expect(
            section.figures.map(\.name) == [
                .aucGain, .logLossGain, .brierGain, .accuracyGain,
            ])
        for figure in section.figures {
            let interval = try #require(figure.interval)
            #expect(figure.value > 0 && interval.lower <= figure.value, "\(figure.name)")
            #expect(figure.of == "old" && figure.source == .control && figure.rows == 600)
        }
        #expect((section.figure(.aucGain, of: "old")?.interval?.lower ?? 0) > 0)
        var turned = rows
        turned.predictions = blurred
        let reverse = BetterSection.judge(
            turned, baseline: rows.predictions, baselineName: "new", options: JudgeOptions())
        for (one, other) in zip(section.figures, reverse.figures) {
            #expect(abs(one.value + other.value) < 1e-12, "\(one.name)")
        }
        #expect(section.picture("gains") != nil)
    }

    @Test func `rows in clusters are drawn together for both models`() throws {
        var rows = binaryRows(400, seed: 2)
        let baseline = JudgeRows.Predictions.scores(
            scores(binaryRows(400, seed: 2, sharpness: 0.2)))
        let plain = BetterSection.judge(
            rows, baseline: baseline, baselineName: "old", options: JudgeOptions())
        // Every row a cluster: the bootstrap's error is about the analytic one.
        rows.clusters = (0..<Int32(400)).map { $0 }
        var options = JudgeOptions()
        options.replicates = 400
        let drawn = BetterSection.judge(
            rows, baseline: baseline, baselineName: "old", options: options)
        for name in [FigureName.aucGain, .logLossGain, .brierGain, .accuracyGain] {
            let one = try #require(plain.figure(name, of: "old"))
            let other = try #require(drawn.figure(name, of: "old"))
            #expect(one.value == other.value)
            let (a, b) = (try #require(one.interval), try #require(other.interval))
            let ratio = (b.upper - b.lower) / (a.upper - a.lower)
            #expect(ratio > 0.8 && ratio < 1.25, "\(name) \(ratio)")
        }
    }

    @Test func `numbers and classes have gains of their own`() throws {
        let rows = numberRows(300, seed: 3, noise: 0.5)
        let worse = numberRows(300, seed: 3, noise: 2)
        let section = BetterSection.judge(
            rows, baseline: worse.predictions, baselineName: "old", options: JudgeOptions())
        #expect(section.figures.map(\.name) == [.meanAbsoluteErrorGain, .squaredErrorGain])
        #expect(section.figures.allSatisfy { ($0.interval?.lower ?? 0) > 0 })
        let classes = classRows(300, seed: 3)
        let guess = JudgeRows.Predictions.classes(
            [Int32](repeating: 0, count: 300),
            probabilities: [[Double]](repeating: [Double](repeating: 1 / 3, count: 300), count: 3))
        let gained = BetterSection.judge(
            classes, baseline: guess, baselineName: "guess", options: JudgeOptions())
        #expect(gained.figures.map(\.name) == [.aucGain, .logLossGain, .accuracyGain])
        #expect(gained.figures.allSatisfy { ($0.interval?.lower ?? 0) > 0 })
    }

    @Test func `a baseline that cannot be read is said, and has no figure`() {
        let rows = binaryRows(20, seed: 4)
        let section = BetterSection.judge(
            rows, baseline: .scores([Double](repeating: .nan, count: 20)), baselineName: "old",
            options: JudgeOptions())
        #expect(section.figures.isEmpty && section.pictures.isEmpty)
        #expect(section.notes == ["old cannot be compared. 20 predictions of eval are no numbers."])
        let raw = BetterSection.judge(
            rows, baseline: .scores((0..<20).map { Double($0) }), baselineName: "old",
            options: JudgeOptions())
        #expect(raw.figures.map(\.name) == [.aucGain, .accuracyGain])
    }

    @Test func `a model that learnt by heart has a gap, one that did not has none`() throws {
        let train = binaryRows(800, seed: 15, name: "train")
        let eval = binaryRows(800, seed: 16, source: .control)
        let sound = OverfittingSection.judge(train: train, eval: eval, options: JudgeOptions())
        #expect(sound.question == .overfitted)
        #expect(sound.figures.map(\.name) == [.aucGap, .logLossGap, .brierGap, .accuracyGap])
        for figure in sound.figures {
            let interval = try #require(figure.interval)
            #expect(interval.lower < 0 && interval.upper > 0, "\(figure.name)")
            #expect(figure.source == .control && figure.rows == 800)
        }
        var heart = train
        guard case .binary(let labels) = train.labels else {
            Issue.record("no yes or no")
            return
        }
        heart.predictions = .scores(
            labels.enumerated().map { $1 ? 0.95 : $0 % 2 == 0 ? 0.05 : 0.1 })
        let bent = OverfittingSection.judge(train: heart, eval: eval, options: JudgeOptions())
        #expect(bent.figures.allSatisfy { ($0.interval?.lower ?? 0) > 0 })
        // Train's area of 1 has an interval all the same.
        #expect(bent.figure(.aucGap)?.interval != nil)
        guard case .lines(let lines) = sound.picture("learning_curve")?.shape else {
            Issue.record("no curve")
            return
        }
        #expect(lines.lines.map(\.points.count) == [5, 5, 5])
        #expect(lines.lines[0].points.map(\.x) == [50, 100, 200, 400, 800])
        #expect(sound.notes.contains { $0.contains("reference model") })
    }

    @Test func `tables that share clusters are drawn together`() throws {
        var (train, eval) = (binaryRows(300, seed: 7, name: "train"), binaryRows(300, seed: 7))
        let apart = OverfittingSection.judge(train: train, eval: eval, options: JudgeOptions())
        train.clusters = (0..<Int32(300)).map { $0 }
        eval.clusters = train.clusters
        let shared = OverfittingSection.judge(train: train, eval: eval, options: JudgeOptions())
        // The same rows in both tables: no chance is left in the gap but for rows unlike these.
        for figure in shared.figures where figure.name != .logLossGap {
            let wide = try #require(apart.figure(figure.name)?.interval)
            let interval = try #require(figure.interval)
            #expect(figure.value == 0 && interval.lower < 0, "\(figure.name)")
            #expect(interval.upper - interval.lower < wide.upper - wide.lower, "\(figure.name)")
        }
        let other = binaryRows(300, seed: 8)
        var foreign = other
        foreign.clusters = (300..<Int32(600)).map { $0 }
        let drawn = OverfittingSection.judge(
            train: train, eval: foreign, options: JudgeOptions())
        let plain = OverfittingSection.judge(
            train: binaryRows(300, seed: 7), eval: other, options: JudgeOptions())
        let (a, b) = (
            try #require(plain.figure(.brierGap)?.interval),
            try #require(drawn.figure(.brierGap)?.interval)
        )
        let ratio = (b.upper - b.lower) / (a.upper - a.lower)
        #expect(ratio > 0.75 && ratio < 1.3, "\(ratio)")
    }

    @Test func `gaps of numbers and classes are judged, and what cannot be is said`() {
        let options = JudgeOptions()
        let numbers = OverfittingSection.judge(
            train: numberRows(300, seed: 9, noise: 0.1, name: "train"),
            eval: numberRows(300, seed: 10, noise: 2), options: options)
        #expect(numbers.figures.map(\.name) == [.meanAbsoluteErrorGap, .rSquaredGap])
        #expect(numbers.figures.allSatisfy { ($0.interval?.lower ?? 0) > 0 })
        #expect(numbers.notes.contains { $0.contains("train's median") })
        let classes = OverfittingSection.judge(
            train: classRows(200, seed: 9), eval: classRows(200, seed: 10), options: options)
        #expect(classes.figures.map(\.name) == [.aucGap, .logLossGap, .accuracyGap])
        #expect(classes.notes.contains { $0.contains("No learning curve") })
        let mixed = OverfittingSection.judge(
            train: numberRows(20, seed: 9, name: "train"), eval: binaryRows(20, seed: 9),
            options: options)
        #expect(mixed.figures.isEmpty && mixed.notes.count == 1)
        let few = OverfittingSection.judge(
            train: binaryRows(3, seed: 9, name: "train"), eval: binaryRows(2, seed: 9),
            options: options)
        #expect(few.picture("learning_curve") == nil)
    }
}
