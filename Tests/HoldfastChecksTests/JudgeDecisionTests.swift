import Glibc
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks

@Suite struct JudgeDecisionTests {
    private func fault(_ run: () async throws -> JudgementSection) async -> String {
        do {
            _ = try await run()
            return "nothing was thrown"
        } catch {
            return "\(error)"
        }
    }

    /// The features of one row.
    private func one(_ values: [Double]) -> [FeatureColumn] {
        values.enumerated().map { FeatureColumn("f\($0)", numbers: [$1]) }
    }

    @Test func `a linear decision's values are its coefficients times the distance from the mean`()
        async throws
    {
        let income = FeatureColumn("income", numbers: [8_000, 10_000, 15_000])
        let region = FeatureColumn("region", categories: [0, 1, 1], names: ["north", "south"])
        let model = Recorder().model { x in 0.001 * x[0] + (x[1] == 1 ? 2 : x[1] == 2 ? 7 : 0) }
        let section = try await DecisionReasonsSection.judge(
            row: [
                // Another order and other codes; a region that the background does not know.
                FeatureColumn("region", categories: [0], names: ["west"]),
                FeatureColumn("income", numbers: [12_000]),
            ], background: [income, region], model: model, name: "decision 17", source: .control)
        #expect(section.question == .reasonsForOne)
        #expect(section.figure(.prediction)?.value == 19)
        let base = 11 + 4.0 / 3
        #expect(abs((section.figure(.basePrediction)?.value ?? 0) - base) < 1e-12)
        let values = section.figures(.shapley)
        #expect(values.map(\.of) == ["region = west", "income = 12000"])
        #expect(abs(values[0].value - (7 - 4.0 / 3)) < 1e-12)
        #expect(abs(values[1].value - 1) < 1e-12)
        #expect(values.allSatisfy { $0.interval == nil && $0.rows == 3 && $0.source == .control })
        // It is linear in the income, and nearly so in the regions.
        let rSquared = try #require(section.figure(.surrogateRSquared)).value
        #expect(rSquared > 0.9 && rSquared < 1, "\(rSquared) \(section.notes)")
        #expect(section.pictures.map(\.id) == ["decision_shapley", "decision_surrogate"])
        let note = try #require(section.notes.first { $0.hasPrefix("The local rule's weights: ") })
        #expect(note.contains("region = west: 5."), "\(note)")
        // The background's standard deviation, which adds 2.94: three rows tell it from the region
        // but roughly.
        guard case .bars(_, let bars, _) = section.pictures[1].shape else {
            Issue.record("no bars")
            return
        }
        let bar = try #require(bars.first { $0.name == "income + 2943.9203" })
        #expect(abs(bar.value - 2.944) < 0.15)
    }

    @Test(arguments: UInt64(1)...5)
    func `eight features are asked in at most 20 batches and 256 rows for each of the background`(
        _ seed: UInt64
    ) async throws {
        let background = AskedTables.features(60, width: 8, seed: seed)
        let row = AskedTables.features(1, width: 8, seed: seed + 100)
        for (batchRows, least) in [(10_000, 2), (1_000, 16), (50, 20)] {
            let recorder = Recorder()
            let section = try await DecisionReasonsSection.judge(
                row: row, background: background,
                model: recorder.model(batchRows: batchRows, AskedTables.curved), name: "d")
            let sizes = await recorder.sizes
            #expect(sizes.count == least, "seed \(seed): \(sizes)")
            #expect(sizes.allSatisfy { $0 <= max(batchRows, 768) }, "seed \(seed): \(sizes)")
            #expect(sizes.reduce(0, +) <= 256 * 60, "seed \(seed)")
            let asked = await recorder.asked()
            #expect(Set(asked).count == asked.count, "seed \(seed): a row is asked twice")
            let sum = section.figures(.shapley).reduce(0) { $0 + $1.value }
            let base = try #require(section.figure(.basePrediction)).value
            let prediction = try #require(section.figure(.prediction)).value
            #expect(abs(base + sum - prediction) < 1e-13, "seed \(seed)")
            #expect(prediction == Recorder.answers(row, AskedTables.curved)[0])
        }
    }

    @Test func `many features are explained from orders, with intervals that hold the truth`()
        async throws
    {
        let background = AskedTables.features(40, width: 14, seed: 3)
        let row = AskedTables.features(1, width: 14, seed: 4)
        let recorder = Recorder()
        let section = try await DecisionReasonsSection.judge(
            row: row, background: background, model: recorder.model(AskedTables.curved), name: "d")
        let values = section.figures(.shapley)
        #expect(values.count == 14)
        #expect(values.filter { $0.value == 0 }.count == 10, "ten features are not read")
        let asked = await recorder.sizes.reduce(0, +)
        #expect(asked <= 20 * 2 * 13 * 40 + 41 + 1_000)
        // The four that are read, exactly.
        let exact = try await DecisionReasonsSection.judge(
            row: Array(row.prefix(4)), background: Array(background.prefix(4)),
            model: recorder.model(AskedTables.curved), name: "d")
        for truth in exact.figures(.shapley) {
            let sampled = try #require(section.figure(.shapley, of: truth.of))
            let interval = try #require(sampled.interval)
            // The draw is fixed; twice the interval leaves no doubt about a wrong one.
            let half = (interval.upper - interval.lower) / 2
            #expect(abs(sampled.value - truth.value) <= 2 * half, "\(sampled) \(truth)")
            #expect(abs(sampled.value - truth.value) < 0.02)
        }
    }

    @Test func `a budget that is short leaves fewer rows of background, and says so`() async throws
    {
        var limits = ReasonLimits()
        limits.rows = 6_000
        let recorder = Recorder()
        let section = try await DecisionReasonsSection.judge(
            row: AskedTables.features(1, width: 8, seed: 1),
            background: AskedTables.features(200, width: 8, seed: 2),
            model: recorder.model(AskedTables.curved), name: "d", limits: limits)
        #expect(await recorder.sizes.reduce(0, +) <= 6_000)
        #expect(section.notes[0].contains("a background of 23 of 200 rows, found exactly"))
        limits.rows = 2_000
        let other = Recorder()
        let less = try await DecisionReasonsSection.judge(
            row: AskedTables.features(1, width: 8, seed: 1),
            background: AskedTables.features(200, width: 8, seed: 2),
            model: other.model(AskedTables.curved), name: "d", limits: limits)
        #expect(await other.sizes.reduce(0, +) <= 2_000)
        #expect(less.notes[0].contains("found from 2 orders"), "\(less.notes)")
    }

    @Test func `a weight of two is a row of the background twice`() async throws {
        let background = AskedTables.features(6, width: 4, seed: 5)
        let row = AskedTables.features(1, width: 4, seed: 6)
        let model = Recorder().model(AskedTables.curved)
        let weighted = try await DecisionReasonsSection.judge(
            row: row, background: background, weights: [1, 1, 2, 1, 1, 1], model: model, name: "d")
        let twice = try await DecisionReasonsSection.judge(
            row: row, background: background.map { $0.picking([0, 1, 2, 3, 4, 5, 2]) },
            model: model, name: "d")
        for (one, other) in zip(weighted.figures(.shapley), twice.figures(.shapley)) {
            #expect(one.of == other.of && abs(one.value - other.value) < 1e-14)
        }
    }

    @Test func `of a class the share of the background with it is explained`() async throws {
        let section = try await DecisionReasonsSection.judge(
            row: one([3, 0]),
            background: [
                FeatureColumn("f0", numbers: [1, 2, 4, 5]),
                FeatureColumn("f1", numbers: [1, 2, 3, 4]),
            ], model: Recorder().model { $0[0] >= 3 ? 1 : 0 }, name: "d", task: .classes)
        #expect(section.figure(.prediction)?.value == 1)
        #expect(section.figure(.basePrediction)?.value == 0.5)
        #expect(section.figures(.shapley).map(\.value) == [0.5, 0])
    }

    @Test func `a model that says one thing has values of 0 and no linear rule`() async throws {
        let section = try await DecisionReasonsSection.judge(
            row: one([1, 2]), background: AskedTables.features(30, width: 2, seed: 1),
            model: Recorder().model { _ in 0.3 }, name: "d")
        #expect(section.figures(.shapley).allSatisfy { $0.value == 0 })
        #expect(section.figure(.surrogateRSquared) == nil)
        #expect(section.notes.contains { $0.contains("no linear rule") })
    }

    @Test func `a row that does not fit its background is an error that says how`() async {
        let background = AskedTables.features(5, width: 2, seed: 1)
        let model = Recorder().model { $0[0] }
        func judge(_ row: [FeatureColumn]) async -> String {
            await fault {
                try await DecisionReasonsSection.judge(
                    row: row, background: background, model: model, name: "decision 17")
            }
        }
        #expect(await judge([]).hasPrefix("decision 17: has no feature columns: "))
        #expect(
            await judge(one([1])).hasPrefix(
                "decision 17: has no feature f1, which its background has; it has f0: "))
        #expect(
            await judge(one([1, 2, 3])).hasPrefix(
                "decision 17: has a feature f2 that its background does not have: "))
        #expect(
            await judge(AskedTables.features(2, width: 2, seed: 1)).hasPrefix(
                "decision 17: 2 rows stand for one decision: "))
        let word = [FeatureColumn("f0", categories: [0], names: ["a"]), one([1, 2])[1]]
        #expect(await judge(word).hasPrefix("decision 17: feature f0 is a number here and a "))
        let empty = await fault {
            try await DecisionReasonsSection.judge(
                row: one([1]), background: [FeatureColumn("f0", numbers: [])], model: model,
                name: "decision 17")
        }
        #expect(empty.hasPrefix("the background of decision 17: has no rows to ask"))
    }
}
