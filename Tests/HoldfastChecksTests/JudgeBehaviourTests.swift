import Glibc
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks

@Suite struct JudgeBehaviourTests {
    private static let income = FeatureColumn(
        "income", numbers: (0..<100).map { $0 == 7 ? .nan : Double($0) })
    private static let region = FeatureColumn(
        "region", categories: (0..<100).map { Int32($0 % 4) - 1 },
        names: ["north", "south", "west"])

    /// Income up to 60 counts for a yes, beyond it against one; the west is worth 0.05.
    private static let answer: @Sendable ([Double]) -> Double = { x in
        let income = x[0].isNaN ? 0.0 : x[0]
        return 0.2 + 0.005 * (income <= 60 ? income : 120 - income) + (x[1] == 2 ? 0.05 : 0)
    }

    private static func rows(_ labels: JudgeRows.Labels? = nil) -> JudgeRows {
        AskedTables.rows([income, region], labels: labels, by: answer)
    }

    private func judge(
        _ claim: BehaviourTest.Claim, _ rows: JudgeRows = Self.rows(),
        model: ScoringModel = Recorder().model(answer), mostRows: Int = BehaviourSection.mostRows
    ) async throws -> JudgementSection {
        try await BehaviourSection.judge(
            rows, tests: [BehaviourTest("t", claim)], model: model, mostRows: mostRows)
    }

    private func fault(
        _ claim: BehaviourTest.Claim, _ rows: JudgeRows = Self.rows(),
        model: ScoringModel = Recorder().model(answer)
    ) async -> String {
        do {
            _ = try await judge(claim, rows, model: model)
            return "nothing was thrown"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a feature that moves the answer by more than the tolerance fails every row`()
        async throws
    {
        let section = try await judge(.invariance(feature: "region", tolerance: 0.02))
        let figure = try #require(section.figures.first)
        #expect(section.question == .behaves && figure.name == .behaviourFailures)
        #expect(figure.of == "t" && figure.value == 1 && figure.rows == 100)
        #expect(figure.interval == Proportions.wilson(successes: 100, of: 100))
        #expect(figure.bound == nil && figure.source == .control)
        let examples = section.notes.filter { $0.hasPrefix("Test t: row ") }
        #expect(examples.count == 5)
        #expect(examples.allSatisfy { $0.contains("region = west") })
        for tolerance in [0.05, 0.06] {
            let kept = try await judge(.invariance(feature: "region", tolerance: tolerance))
            #expect(kept.figures.first?.value == 0)
            #expect(kept.figures.first?.interval == Proportions.wilson(successes: 0, of: 100))
        }
    }

    @Test func `only the named values are tried, those that no row has too`() async throws {
        let two = try await judge(
            .invariance(
                feature: "region", values: [.category("north"), .category("south")],
                tolerance: 0.02))
        // The west's rows alone lose something by it.
        #expect(two.figures.first?.value == 0.25)
        let unknown = try await judge(
            .invariance(feature: "region", values: [.category("moon"), .missing], tolerance: 0.02))
        #expect(unknown.figures.first?.value == 0.25)
        let recorder = Recorder()
        _ = try await judge(
            .invariance(feature: "region", values: [.category("moon")], tolerance: 0.02),
            model: recorder.model(Self.answer))
        #expect(await recorder.asked().filter { $0.hasSuffix("|moon") }.count == 100)
    }

    @Test
    func `numbers without named values are tried at quantiles, and it says which are left out`()
        async throws
    {
        let recorder = Recorder()
        let section = try await judge(
            .invariance(feature: "income", tolerance: 0.3), model: recorder.model(Self.answer))
        #expect(section.figures.first?.value == 0)
        #expect(section.notes.contains("Test t: tried 20 values, and left out 79."))
        #expect(await recorder.sizes.reduce(0, +) <= 2_100)
    }

    @Test
    func `a direction fails where the answer turns, and rows without the value are not tried`()
        async throws
    {
        let section = try await judge(
            .direction(feature: "income", .neverFalls, steps: [.amount(10)]))
        let figure = try #require(section.figures.first)
        // From 56 on ten more lower the score: of 99 rows with an income, 44.
        #expect(figure.rows == 99 && abs(figure.value - 44.0 / 99) < 1e-12)
        #expect(section.notes.contains { $0.contains("could not be tried on 1 of the rows") })
        let examples = section.notes.filter { $0.hasPrefix("Test t: row ") }
        #expect(examples.count == 5)
        for example in examples {
            let row = try #require(Int(example.dropFirst(12).prefix { $0.isNumber }))
            let (from, to) = (
                Self.answer([Double(row - 1), 0]), Self.answer([Double(row + 9), 0])
            )
            // Of the 44 the ones that lose most, which is 0.05, stand first.
            #expect(row >= 61 && abs(from - to - 0.05) < 1e-12, "\(example)")
            #expect(example.contains("with income = \(row - 1), and "), "\(example)")
            #expect(example.hasSuffix(" with income = \(row + 9)."), "\(example)")
        }
        // A fall is a rise the other way: below 50 … 70 is fine, above 60 it gains.
        let fall = try await judge(
            .direction(feature: "income", .neverFalls, steps: [.amount(-10)]))
        #expect(abs((fall.figures.first?.value ?? 0) - 34.0 / 99) < 1e-12)
        let other = try await judge(
            .direction(feature: "income", .neverRises, steps: [.amount(10)]))
        #expect(abs((other.figures.first?.value ?? 0) - 54.0 / 99) < 1e-12)
        let lenient = try await judge(
            .direction(feature: "income", .neverFalls, steps: [.amount(10)], tolerance: 0.05))
        #expect(lenient.figures.first?.value == 0)
    }

    @Test func `a factor leaves 0 as it is, and turns around for negative numbers`() async throws {
        let feature = FeatureColumn("x", numbers: [-2, 0, 2])
        let rows = AskedTables.rows([feature], labels: .numbers([1, 2, 3])) { $0[0] }
        let up = try await judge(
            .direction(feature: "x", .neverFalls, steps: [.factor(1.5)]), rows,
            model: Recorder().model { $0[0] })
        #expect(up.figures.first?.value == 0 && up.figures.first?.rows == 2)
        let none = try await judge(
            .direction(feature: "x", .neverFalls, steps: [.factor(1)]), rows,
            model: Recorder().model { $0[0] })
        #expect(none.figures.isEmpty && none.pictures.isEmpty)
        #expect(none.notes.contains { $0.contains("no row could be tried") })
    }

    @Test func `cases are exact, each with its own expectation`() async throws {
        func row(_ income: Double, _ region: FeatureValue) -> [String: FeatureValue] {
            ["income": .number(income), "region": region]
        }
        let section = try await judge(
            .cases([
                .init(row(60, .category("west")), .atLeast(0.5)),
                .init(row(60, .category("west")), .atMost(0.5)),
                .init(row(0, .missing), .isYes(false)),
                .init(row(0, .category("moon")), .isYes(true)),
                .init(["income": .missing, "region": .category("north")], .atMost(0.2)),
            ]))
        let figure = try #require(section.figures.first)
        #expect(figure.value == 0.4 && figure.interval == nil && figure.rows == 5)
        #expect(figure.source == .given)
        #expect(
            section.notes.first
                == "Test t: case 4 (income = 0, region = moon) has 0.2, not at least the threshold "
                + "of 0.5.")
        #expect(section.notes.contains { $0.contains("case 2 ") && $0.contains("at most 0.5") })
    }

    @Test func `classes are tried as classes`() async throws {
        let names = ["no", "maybe", "yes"]
        let model = Recorder().model { x in x[0] > 50 ? 2 : x[1] == 2 ? 1 : 0 }
        var rows = Self.rows(.classes((0..<100).map { Int32($0 % 3) }, names: names))
        rows.predictions = .classes([Int32](repeating: 0, count: 100), probabilities: nil)
        let region = try await judge(
            .invariance(feature: "region", tolerance: 5), rows, model: model)
        // The west is another class for incomes up to 50, a missing one among them.
        #expect(abs((region.figures.first?.value ?? 0) - 0.51) < 1e-12)
        #expect(region.notes.contains { $0.contains("has maybe") || $0.contains("has no") })
        let cases = try await judge(
            .cases([
                .init(["income": .number(70), "region": .missing], .isClass("yes")),
                .init(["income": .number(7), "region": .missing], .isClass("yes")),
            ]), rows, model: model)
        #expect(cases.figures.first?.value == 0.5)
        #expect(cases.notes.first?.hasSuffix("has no, not yes.") == true)
        let way = await fault(
            .direction(feature: "income", .neverFalls, steps: [.amount(1)]), rows, model: model)
        #expect(way.hasPrefix("test t: asks which way a class moves: "))
    }

    @Test func `weights and clusters count in the share and its interval`() async throws {
        var rows = Self.rows()
        let claim = BehaviourTest.Claim.invariance(
            feature: "region", values: [.category("north")], tolerance: 0.02)
        let plain = try #require(try await judge(claim, rows).figures.first)
        rows.clusters = (0..<100).map { Int32($0 % 4) }
        let clustered = try #require(try await judge(claim, rows).figures.first)
        #expect(plain.value == clustered.value && abs(plain.value - 1.0 / 3) < 1e-12)
        #expect(plain.rows == 75, "the north itself is not changed")
        let (narrow, wide) = (try #require(plain.interval), try #require(clustered.interval))
        #expect(wide.upper - wide.lower > 2 * (narrow.upper - narrow.lower))
        rows.clusters = nil
        rows.weights = (0..<100).map { $0 % 4 == 3 ? 3 : 1 }
        let weighted = try #require(try await judge(claim, rows).figures.first)
        #expect(abs(weighted.value - 0.6) < 1e-12)
    }

    @Test func `a test asks no more rows than it may, each once`() async throws {
        let recorder = Recorder()
        let section = try await judge(
            .direction(feature: "income", .neverFalls, steps: [.amount(1), .factor(2)]),
            model: recorder.model(batchRows: 7, Self.answer), mostRows: 60)
        let asked = await recorder.asked()
        #expect(asked.count <= 60 && Set(asked).count == asked.count)
        #expect(await recorder.sizes.allSatisfy { $0 <= 7 })
        #expect(section.notes.contains { $0.contains("tried 20 of 100 rows, drawn by chance") })
        #expect(
            section.notes.last?.hasPrefix("The model was asked \(asked.count) rows in ") == true)
    }

    @Test func `a failing row is named by its number in the table, drawn or not`() async throws {
        let section = try await judge(
            .direction(feature: "income", .neverFalls, steps: [.amount(10)]), mostRows: 40)
        let examples = section.notes.filter { $0.hasPrefix("Test t: row ") }
        #expect(!examples.isEmpty)
        for example in examples {
            let row = try #require(Int(example.dropFirst(12).prefix { $0.isNumber }))
            #expect(row >= 57 && example.contains("with income = \(row - 1), and "), "\(example)")
        }
    }

    @Test func `a test that cannot be is an error with its name, and what there is`() async {
        #expect(
            await fault(.invariance(feature: "regoin", tolerance: 0.1))
                == "test t: eval.csv has no feature regoin; it has income, region: check its "
                + "spelling")
        #expect(
            await fault(.direction(feature: "age", .neverFalls, steps: [.amount(1)]))
                .hasPrefix("test t: eval.csv has no feature age; it has income, region: "))
        #expect(
            await fault(.invariance(feature: "region", tolerance: -1))
                .hasPrefix("test t: has a tolerance of -1.0: "))
        #expect(
            await fault(.invariance(feature: "region", values: [.number(3)], tolerance: 0))
                .hasPrefix("test t: a value of feature region is of another type "))
        #expect(
            await fault(.invariance(feature: "region", values: [], tolerance: 0))
                .hasPrefix("test t: tries no value: "))
        #expect(
            await fault(.direction(feature: "region", .neverFalls, steps: [.amount(1)]))
                .hasPrefix("test t: feature region has categories, which do not rise: "))
        #expect(
            await fault(.direction(feature: "income", .neverFalls, steps: []))
                .hasPrefix("test t: has no steps: "))
        #expect(
            await fault(.direction(feature: "income", .neverFalls, steps: [.factor(.infinity)]))
                .hasPrefix("test t: a step leads from "))
        #expect(await fault(.cases([])).hasPrefix("test t: has no cases: "))
    }

    @Test func `a case that cannot be is an error with its number`() async {
        func fault(_ values: [String: FeatureValue], _ expected: BehaviourTest.Expected) async
            -> String
        {
            await self.fault(.cases([.init(values, expected)]))
        }
        let good: [String: FeatureValue] = ["income": .number(1), "region": .missing]
        #expect(
            await fault(["income": .number(1)], .atMost(1))
                .hasPrefix("test t: case 1 has no value of feature region: "))
        #expect(
            await fault(good.merging(["age": .missing]) { $1 }, .atMost(1)).hasPrefix(
                "test t: case 1 names a feature age that eval.csv does not have; it has income, "))
        #expect(await fault(good, .isClass("a")).hasPrefix("test t: case 1 expects a class of a "))
        #expect(await fault(good, .atLeast(.nan)).hasPrefix("test t: case 1 expects nan: "))
        #expect(
            await fault(["income": .category("x"), "region": .missing], .atMost(1)).hasPrefix(
                "test t: a case's value of feature income is of another type "))
    }

    @Test func `a model that answers badly is an error, and no test at all asks nothing`()
        async throws
    {
        let short = ScoringModel(name: "short") { _ in [1] }
        #expect(
            await fault(.invariance(feature: "region", tolerance: 0), model: short).contains(
                "model short: batch 1 of 1: gave 1 answers to "))
        let none = try await BehaviourSection.judge(Self.rows(), tests: [], model: short)
        #expect(none.figures.isEmpty)
        #expect(none.notes == ["The model was asked 0 rows in 0 requests."])
    }
}
