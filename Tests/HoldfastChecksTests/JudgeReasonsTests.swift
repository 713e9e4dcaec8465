import Glibc
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks

@Suite struct JudgeReasonsTests {
    private func fault(_ run: () async throws -> JudgementSection) async -> String {
        do {
            _ = try await run()
            return "nothing was thrown"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a linear model's reasons are its coefficients`() async throws {
        let b = [3.0, -1, 0.5, 0]
        let model: @Sendable ([Double]) -> Double = { x in
            zip(x, b).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let features = AskedTables.features(400, width: 4, seed: 1)
        let truth = Recorder.answers(features, model)
        let rows = AskedTables.rows(features, labels: .numbers(truth), by: model)
        let section = try await ReasonsSection.judge(rows, model: Recorder().model(model))
        #expect(section.question == .reasons)
        // The mean size of a standard normal less its mean over 50 rows is about √(2/π).
        let means = section.figures(.meanAbsoluteShapley)
        #expect(means.map(\.of) == ["f0", "f1", "f2", "f3"])
        for (figure, coefficient) in zip(means, b) {
            #expect(abs(figure.value - abs(coefficient) * 0.798) < 0.25 * abs(coefficient) + 1e-12)
            #expect(figure.rows == 50 && figure.source == .control)
        }
        let share = try #require(section.figures.first)
        #expect(share.name == .importanceShare && share.of == "f0")
        #expect(abs(share.value - 3 / 4.5) < 0.1)
        let interval = try #require(share.interval)
        #expect(interval.lower < 3 / 4.5 && 3 / 4.5 < interval.upper)
        #expect(interval.upper - interval.lower < 0.3)
        // |b| E|x − x'| = |b| 2/√π is what shuffling costs a model that was right.
        let drops = section.figures(.permutationImportance)
        #expect(drops.map(\.of) == ["f0", "f1", "f2", "f3"])
        for (figure, coefficient) in zip(drops, b) {
            let cost = abs(coefficient) * 2 / Double.pi.squareRoot()
            let interval = try #require(figure.interval)
            #expect(interval.lower <= cost && cost <= interval.upper, "\(figure)")
            #expect(figure.rows == 400)
        }
        #expect(
            section.pictures.map(\.id) == [
                "shapley_importance", "permutation_importance", "dependence_1", "dependence_2",
                "dependence_3",
            ])
    }

    @Test func `partial dependence of a picture is the model's line, with single rows behind it`()
        async throws
    {
        let features = AskedTables.features(60, width: 3, seed: 2)
        let kinds = FeatureColumn(
            "kind", categories: (0..<60).map { $0 % 10 == 0 ? -1 : Int32($0 % 3 == 0 ? 1 : 0) },
            names: ["old", "new"])
        let model: @Sendable ([Double]) -> Double = { x in 2 * x[0] + x[1] * x[2] + 4 * x[3] }
        let rows = AskedTables.rows(features + [kinds], by: model)
        let section = try await ReasonsSection.judge(rows, model: Recorder().model(model))
        let pictures = section.pictures.filter { $0.id.hasPrefix("dependence") }
        #expect(pictures.count == 4)
        for picture in pictures {
            guard case .lines(let lines) = picture.shape else {
                Issue.record("\(picture.id) is no picture of lines")
                continue
            }
            #expect(lines.lines.count == 31)
            #expect(lines.lines.filter { $0.style == .faint }.count == 30)
            let average = try #require(lines.lines.last)
            #expect(average.name == "average" && average.points.count <= 20)
            if lines.x == "f0" {
                let slope =
                    (try #require(average.points[5].y) - (try #require(average.points[2].y)))
                    / (average.points[5].x - average.points[2].x)
                #expect(abs(slope - 2) < 1e-9)
            }
            if lines.x == "kind" {
                #expect(lines.steps == ["old", "new", "missing"])
                let ys = average.points.compactMap(\.y)
                #expect(abs(ys[1] - ys[0] - 4) < 1e-9 && abs(ys[2] - ys[0] + 4) < 1e-9)
            }
        }
    }

    @Test func `the budget bounds what a model is asked, and the section says what it was`()
        async throws
    {
        for (width, most) in [(3, 5_000), (8, 60_000), (8, 4_000), (12, 20_000), (40, 30_000)] {
            var limits = ReasonLimits()
            limits.rows = most
            limits.sectionRequests = 30
            let recorder = Recorder()
            let rows = AskedTables.rows(
                AskedTables.features(3_000, width: width, seed: 3)
            ) { AskedTables.sigmoid($0[0]) }
            let section = try await ReasonsSection.judge(
                rows, model: recorder.model(batchRows: 100) { AskedTables.sigmoid($0[0]) },
                limits: limits)
            let sizes = await recorder.sizes
            let asked = sizes.reduce(0, +)
            #expect(asked <= most, "\(width) features: \(asked)")
            #expect(asked > most / 8, "\(width) features: \(asked)")
            #expect(sizes.count <= 30)
            #expect(
                section.notes.last
                    == "The model was asked \(asked) rows in \(sizes.count) requests."
            )
            #expect(section.figure(.importanceShare)?.value == 1)
            #expect(section.figure(.importanceShare)?.of == "f0")
            let isExact = section.notes.contains { $0.contains("exactly") }
            #expect(isExact == (width == 3 || most == 60_000), "\(width): \(section.notes)")
        }
    }

    @Test func `a table far beyond the budget is cut before anything is laid out`() async throws {
        let features = AskedTables.features(20_000, width: 4, seed: 12)
        let model: @Sendable ([Double]) -> Double = { AskedTables.sigmoid($0[0] - $0[1]) }
        let rows = AskedTables.rows(features, by: model)
        var limits = ReasonLimits()
        limits.rows = 60_000
        let section = try await ReasonsSection.judge(
            rows, model: Recorder().model(model), limits: limits)
        let drop = try #require(section.figure(.permutationImportance, of: "f0"))
        #expect(drop.rows == 60_000 / 3 / 21)
        #expect(section.notes.contains { $0.contains("over 952 of 20000 rows") })
        #expect(!section.notes.contains { $0.contains("recorded predictions") })
        let interval = try #require(drop.interval)
        #expect(interval.upper - interval.lower < 0.1)
    }

    @Test func `rows too few for an interval get none, and one label alone no importance`()
        async throws
    {
        let features = AskedTables.features(12, width: 2, seed: 4)
        let model: @Sendable ([Double]) -> Double = { AskedTables.sigmoid($0[0]) }
        let rows = AskedTables.rows(
            features, labels: .binary([Bool](repeating: true, count: 12)), by: model)
        let section = try await ReasonsSection.judge(rows, model: Recorder().model(model))
        #expect(section.figures(.permutationImportance).isEmpty)
        #expect(section.notes.contains { $0.contains("labels of one kind only") })
        #expect(section.figures.allSatisfy { $0.interval == nil && $0.isSmall })
        #expect(section.figures.count == 3)
        let one = AskedTables.rows(features.map { $0.picking([3]) }, by: model)
        let single = try await ReasonsSection.judge(one, model: Recorder().model(model))
        #expect(single.figures.allSatisfy { $0.value == 0 })
        #expect(single.figure(.importanceShare) == nil)
    }

    @Test func `a model that says one thing has no feature with a part`() async throws {
        let rows = AskedTables.rows(AskedTables.features(80, width: 3, seed: 5)) { _ in 0.4 }
        let section = try await ReasonsSection.judge(rows, model: Recorder().model { _ in 0.4 })
        #expect(section.figure(.importanceShare) == nil)
        #expect(section.notes.contains { $0.contains("the same whatever it is told") })
        #expect(section.figures.allSatisfy { $0.value == 0 })
        #expect(!section.pictures.contains { $0.id.hasPrefix("dependence") })
    }

    @Test func `of classes the share of the row's class is explained`() async throws {
        let features = AskedTables.features(120, width: 3, seed: 6)
        let model: @Sendable ([Double]) -> Double = { $0[1] > 0.5 ? 2 : $0[1] < -0.5 ? 1 : 0 }
        let codes = Recorder.answers(features, model).map { Int32($0) }
        let rows = JudgeRows(
            name: "t", source: .given, count: 120,
            labels: .classes(codes, names: ["mid", "low", "high"]),
            predictions: .classes(codes, probabilities: nil), features: features)
        let section = try await ReasonsSection.judge(rows, model: Recorder().model(model))
        #expect(section.figure(.importanceShare)?.of == "f1")
        #expect(section.figure(.importanceShare)?.value == 1)
        // It is always right; shuffled it is right as often as two rows are of one class.
        let share = codes.reduce(into: [0.0, 0, 0]) { $0[Int($1)] += 1 / 120 }
        let loss = 1 - share.reduce(0) { $0 + $1 * $1 }
        #expect(abs((section.figure(.permutationImportance)?.value ?? 0) - loss) < 0.1)
        guard case .lines(let lines) = section.pictures.last?.shape else {
            Issue.record("no line")
            return
        }
        #expect(lines.y.hasPrefix("share answered ") && lines.x == "f1")
    }

    @Test func `a seed repeats a section, and weights of two count as two rows`() async throws {
        var rows = AskedTables.rows(
            AskedTables.features(200, width: 4, seed: 7), by: AskedTables.curved)
        rows.weights = (0..<200).map { $0 % 3 == 0 ? 2 : 1 }
        rows.clusters = (0..<200).map { Int32($0 / 2) }
        let model = Recorder().model(AskedTables.curved)
        let one = try await ReasonsSection.judge(rows, model: model)
        #expect(one == (try await ReasonsSection.judge(rows, model: model)))
        var options = JudgeOptions()
        options.seed = 1
        #expect(one != (try await ReasonsSection.judge(rows, model: model, options: options)))
        // Few enough for all to be explained: then only the weights tell the two apart.
        let few = (0..<30).map { $0 }
        rows = AskedTables.rows(
            rows.features.map { $0.picking(few) }, by: AskedTables.curved)
        rows.weights = few.map { $0 == 4 ? 2 : 1 }
        let weighted = try await ReasonsSection.judge(rows, model: model)
        let twice = AskedTables.rows(
            rows.features.map { $0.picking(few + [4]) }, by: AskedTables.curved)
        let repeated = try await ReasonsSection.judge(twice, model: model)
        for (mine, other) in zip(
            weighted.figures(.meanAbsoluteShapley), repeated.figures(.meanAbsoluteShapley))
        {
            #expect(mine.of == other.of && abs(mine.value - other.value) < 1e-12)
        }
    }

    @Test func `another model than the one that made the predictions is noticed`() async throws {
        let rows = AskedTables.rows(AskedTables.features(50, width: 2, seed: 8)) { $0[0] }
        let other = try await ReasonsSection.judge(rows, model: Recorder().model { $0[0] + 1 })
        #expect(other.notes.contains { $0.contains("not the recorded predictions on 50 of 50") })
        let same = try await ReasonsSection.judge(rows, model: Recorder().model { $0[0] })
        #expect(!same.notes.contains { $0.contains("recorded predictions") })
    }

    @Test func `what cannot be asked, or answers badly, is an error that says where`() async {
        let features = AskedTables.features(200, width: 3, seed: 9)
        let rows = AskedTables.rows(features) { $0[0] }
        var none = rows
        none.features = []
        let unasked = Recorder().model { _ in 0 }
        #expect(
            await fault { try await ReasonsSection.judge(none, model: unasked) }
                .hasPrefix("eval.csv: has no feature columns: "))
        none = rows
        none.features[1] = features[1].picking([1, 2])
        #expect(
            await fault { try await ReasonsSection.judge(none, model: unasked) }
                .hasPrefix("eval.csv: feature f1 has 2 of 200 rows: "))
        none = rows
        none.features[2].name = "f0"
        #expect(
            await fault { try await ReasonsSection.judge(none, model: unasked) }
                .hasPrefix("eval.csv: has two features f0: "))
        none.count = 0
        none.features = features.map { $0.picking([]) }
        #expect(
            await fault { try await ReasonsSection.judge(none, model: unasked) }
                .hasPrefix("eval.csv: has no rows to ask a model about: "))
        let short = ScoringModel(name: "short", batchRows: 500) { columns in
            [Double](repeating: 0, count: columns[0].count - 1)
        }
        let message = await fault { try await ReasonsSection.judge(rows, model: short) }
        #expect(message.contains("model short: batch 1 of "), "\(message)")
        #expect(message.contains(": gave 499 answers to 500 rows: "), "\(message)")
        let bad = ScoringModel(name: "bad") { columns in
            (0..<columns[0].count).map { $0 == 2 || $0 == 7 ? .nan : 1 }
        }
        let infinite = await fault { try await ReasonsSection.judge(rows, model: bad) }
        #expect(infinite.contains("model bad: batch 1 of "), "\(infinite)")
        #expect(infinite.contains("2 of "), "\(infinite)")
        #expect(infinite.contains("the first, of row 3, is nan"), "\(infinite)")
    }

    @Test func `what a model throws comes through as it is`() async {
        struct Unreachable: Error, Equatable {}
        let rows = AskedTables.rows(AskedTables.features(20, width: 2, seed: 11)) { $0[0] }
        let model = ScoringModel(name: "far") { _ in throw Unreachable() }
        await #expect(throws: Unreachable()) { try await ReasonsSection.judge(rows, model: model) }
    }

    @Test func `a value is said with the digits that tell`() {
        let numbers = [12_000, 0.49504422646, -1.0 / 3, 1e-9, 123_456.789, 1e20, .nan, 0.1 + 0.2]
        let column = FeatureColumn("x", numbers: numbers)
        #expect(
            numbers.indices.map { column.text($0) } == [
                "12000", "0.495044", "-0.333333", "1e-09", "123457", "1e+20", "missing", "0.3",
            ])
        let words = FeatureColumn("c", categories: [1, -1], names: ["a", "b"])
        #expect(words.text(0) == "b" && words.text(1) == "missing")
    }

    @Test func `a task that is cancelled asks no further batch`() async throws {
        let rows = AskedTables.rows(
            AskedTables.features(300, width: 6, seed: 10), by: AskedTables.curved)
        let recorder = Recorder()
        let plain = recorder.model(batchRows: 2_000, AskedTables.curved)
        let task = Task {
            let model = ScoringModel(name: "slow", batchRows: 2_000) { columns in
                let answers = try await plain.score(columns)
                // Cancelled while it answers its third batch.
                if await recorder.sizes.count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                return answers
            }
            return try await ReasonsSection.judge(rows, model: model)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await recorder.sizes.count == 3)
    }
}
