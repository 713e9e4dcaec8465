import HoldfastStatistics
import HoldfastTables
import Testing

@testable import HoldfastChecks

private func source(
    _ text: String, _ change: (inout JudgeRoles) -> Void = { _ in }, prediction: String? = "p",
    like other: JudgeSource? = nil, blockSize: Int = TableReadOptions.usualBlockSize
) throws -> JudgeSource {
    var roles = JudgeRoles(label: "y", prediction: prediction)
    change(&roles)
    return try JudgeSource.read(
        table(text), roles: roles, source: .given, like: other,
        options: TableReadOptions(blockSize: blockSize))
}

private func labels(_ rows: JudgeRows) -> [Bool] {
    if case .binary(let labels) = rows.labels { labels } else { [] }
}

private func scores(_ rows: JudgeRows) -> [Double] {
    if case .scores(let scores) = rows.predictions { scores } else { [] }
}

private func said(_ error: CheckError?) -> String { error?.description ?? "" }

@Suite struct JudgeSourceTests {
    @Test func `rows keep their order, however many pieces they are read in`() throws {
        let text =
            "y,p,f,t\n"
            + (0..<5_000).map { "\($0 % 2),\($0),\($0 * 3),text\($0 * 7_919 % 1_000)\n" }.joined()
        let found = try source(text, blockSize: 997).judged(by: .column("p"))
        #expect(found.rows.count == 5_000)
        #expect(scores(found.rows) == (0..<5_000).map(Double.init))
        #expect(labels(found.rows) == (0..<5_000).map { $0 % 2 == 1 })
        #expect(found.rows.features.map(\.name) == ["f", "t"])
        guard case .categories(let codes, let names)? = found.rows.features.last?.values else {
            Issue.record("texts are categories")
            return
        }
        #expect(
            codes.map { names[Int($0)] } == (0..<5_000).map { "text\($0 * 7_919 % 1_000)" })
        #expect(names.count == 1_000)
    }

    @Test(arguments: [
        ("0,0.1\n1,0.9\n", JudgeTask.binary), ("true,0.1\nfalse,0.9\n", .binary),
        ("Yes,0.1\nNo,0.9\n", .binary), ("1.5,2\n3,4\n", .number), ("0,2\n7,4\n", .number),
        ("cat,cat\ndog,dog\nfox,cat\n", .classes), ("1,a\n2,b\n", .classes),
        ("a,a\nb,b\n", .classes),
    ])
    func `what a label is follows from its values`(_ text: String, _ task: JudgeTask) throws {
        #expect(try source("y,p\n" + text).task == task)
    }

    @Test func `a yes is what the user says, and a class predicted as such is a score`() throws {
        let found = try source("y,p\npaid,paid\nlate,paid\nlate,late\n") { $0.positive = "late" }
        let rows = try found.judged(by: .column("p")).rows
        #expect(labels(rows) == [false, true, true])
        #expect(scores(rows) == [0, 0, 1])
    }

    @Test func `rows without a label or a prediction are counted, and no row of any figure`() throws
    {
        let found = try source("y,p\n1,0.5\n,0.2\n0,\n0,0.1\nNA,NA\n").judged(by: .column("p"))
        #expect(found.rows.count == 2 && found.table.rows == 2)
        #expect(found.table.withoutLabel == 2 && found.table.withoutPrediction == 1)
        #expect(found.places == [0, 3])
    }

    @Test func `a rival is compared on the rows that both predict`() throws {
        let found = try source("y,p,q\n1,0.5,0.4\n0,0.2,\n0,0.1,0.3\n") { $0.baseline = "q" }
            .judged(by: .column("p"), beside: .column("q"))
        #expect(scores(found.rows) == [0.5, 0.1])
        guard case .scores(let rival)? = found.rival else {
            Issue.record("the rival has scores")
            return
        }
        #expect(rival == [0.4, 0.3])
    }

    @Test func `classes are sorted, and one that is only predicted comes behind them`() throws {
        let found = try source("y,p\nb,b\na,zebra\n10,2\n2,a\n").judged(by: .column("p"))
        guard case .classes(let codes, let names) = found.rows.labels,
            case .classes(let predicted, _) = found.rows.predictions
        else {
            Issue.record("texts are classes")
            return
        }
        #expect(names == ["2", "10", "a", "b", "zebra"])
        #expect(codes.map { names[Int($0)] } == ["b", "a", "10", "2"])
        #expect(predicted.map { names[Int($0)] } == ["b", "zebra", "2", "a"])
    }

    @Test func `rows of weight 0 do not count, and weighted ones say what they are worth`() throws {
        let found = try source("y,p,w\n1,0.5,1\n0,0.2,0\n0,0.1,3\n") { $0.weight = "w" }
            .judged(by: .column("p"))
        #expect(found.rows.weights == [1, 3])
        #expect(found.table.effectiveRows == 1.6)
    }

    @Test func `clusters that hold one row each are none`() throws {
        let text = "y,p,c\n1,0.5,a\n0,0.2,b\n0,0.1,\n1,0.3,"
        let alone = try source(text + "\n") { $0.cluster = "c" }.judged(by: .column("p"))
        #expect(alone.rows.clusters == nil)
        let shared = try source(text + "\n1,0.4,a\n") { $0.cluster = "c" }.judged(by: .column("p"))
        #expect(shared.rows.clusters == [0, 1, 2, 3, 0])
    }

    @Test func `a column of times is read as RFC 3339, a date, or seconds`() throws {
        let text = "y,p,at\n1,1,1970-01-02\n0,0,1970-01-01T00:00:01Z\n1,1,2.5\n"
        let found = try source(text) { $0.time = "at" }.judged(by: .column("p"))
        #expect(found.rows.times == [86_400_000_000, 1_000_000, 2_500_000])
    }

    @Test func `rows of operation may lack labels, and the table the column`() throws {
        let main = try source("y,p\nlate,0.4\npaid,0.1\n") { $0.positive = "late" }
        let text = "y,p\nlate,0.9\n,0.2\npaid,0.3\n"
        let some = try source(text, { $0 = $0.allowingNoLabel }, like: main)
        let found = try some.judged(by: .column("p"))
        #expect(found.hasLabel == [true, false, true])
        #expect(labels(found.rows) == [true, false, false])
        let none = try source("p\n0.9\n0.2\n", { $0 = $0.allowingNoLabel }, like: main)
        #expect(try none.judged(by: .column("p")).hasLabel == [false, false])
        #expect(none.task == .binary)
    }

    @Test(arguments: [
        ("y,p\n", "has no rows"), ("z,p\n1,1\n", "no column \"y\""),
        ("y,p\n,1\nNA,0\n", "no label in any of 2 rows"),
        ("y,p\n1,high\n", "row 1: the prediction \"high\" is no number"),
        ("y,p\n1,inf\n", "row 1: the prediction is infinite"),
        ("y,p\n1,\n0,NA\n", "no row has a label and a prediction"),
    ])
    func `what cannot be judged says where and why`(_ text: String, _ words: String) {
        let error = #expect(throws: CheckError.self) {
            try source(text).judged(by: .column("p"))
        }
        #expect(said(error).contains(words), "\(said(error))")
    }

    @Test func `two texts that are no known yes and no are classes, or need a word`() throws {
        let text = "y,p\npaid,0.1\nlate,0.9\n"
        #expect(try source(text) { $0.task = .classes }.task == .classes)
        let error = #expect(throws: CheckError.self) { try source(text) }
        #expect(said(error).contains("--positive"))
        let other = #expect(throws: CheckError.self) { try source(text) { $0.positive = "x" } }
        #expect(said(other).contains("\"late\""))
    }

    @Test func `a weight that is none and a time that is none are located`() {
        let weight = #expect(throws: CheckError.self) {
            try source("y,p,w\n1,1,1\n0,0,-1\n") { $0.weight = "w" }.judged(by: .column("p"))
        }
        #expect(said(weight).contains("row 2, column \"w\""))
        let time = #expect(throws: CheckError.self) {
            try source("y,p,at\n1,1,1\n0,0,soon\n") { $0.time = "at" }.judged(by: .column("p"))
        }
        #expect(said(time).contains("row 2, column \"at\""))
    }
}

@Suite struct RequirementsTests {
    private func section(_ figures: [JudgedFigure]) -> JudgementSection {
        JudgementSection(.accurate, figures: figures)
    }

    private func figure(
        _ name: FigureName, of: String? = nil, _ value: Double, _ low: Double, _ high: Double,
        source: RowSource = .control
    ) -> JudgedFigure {
        JudgedFigure(
            name, of: of, value, Interval(lower: low, upper: high), rows: 1_000, source: source)
    }

    @Test func `the whole interval must keep the bound`() {
        let asked = Requirements([Requirement(.auc, Bound(least: 0.7))])
        func verdict(_ low: Double, _ high: Double) -> Fitness? {
            asked.held(against: [section([figure(.auc, (low + high) / 2, low, high)])])
                .sections[0].verdict
        }
        #expect(verdict(0.71, 0.8) == .fit && verdict(0.7, 0.8) == .fit)
        #expect(verdict(0.65, 0.75) == .inconclusive)
        #expect(verdict(0.6, 0.69) == .unfit)
    }

    @Test func `a biased figure is never judged by`() {
        let asked = Requirements([Requirement(.auc, Bound(least: 0.7), isUsual: false)])
        let bent = figure(.auc, 0.5, 0.4, 0.6, source: .biased)
        let (sections, unmeasured, _) = asked.held(against: [section([bent])])
        #expect(sections[0].verdict == nil && unmeasured.map(\.name) == [.auc])
    }

    @Test func `an open figure says how many rows would tell`() throws {
        let asked = Requirements([Requirement(.auc, Bound(least: 0.7))])
        let held = asked.held(against: [section([figure(.auc, 0.75, 0.65, 0.85)])])
        // The lower end is twice as far as it may be: four times the rows.
        #expect(try #require(held.sections[0].figures[0].rowsNeeded) == 4_000)
    }

    @Test func `a requirement of a group is its own, and one of none holds for each test`() {
        let asked = Requirements([
            Requirement(.auc, Bound(least: 0.7)),
            Requirement(.selectionRate, of: "region=north", Bound(least: 0.5)),
            Requirement(.behaviourFailures, Bound(most: 0.01)),
        ])
        let held = asked.held(against: [
            section([
                figure(.auc, of: "fold 1", 0.6, 0.5, 0.65),
                figure(.selectionRate, of: "region = north", 0.3, 0.2, 0.4),
                figure(.selectionRate, of: "region=south", 0.3, 0.2, 0.4),
                figure(.behaviourFailures, of: "income up", 0, 0, 0.005),
            ])
        ]).sections[0].figures
        #expect(held.map(\.verdict) == [nil, .unfit, nil, .fit])
    }

    @Test func `nothing required, nothing found out`() {
        let judgement = Judgement(
            model: "m", tables: [], task: .binary, sections: [section([figure(.auc, 1, 1, 1)])],
            options: JudgeOptions())
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func `what was required and not measured keeps a model from being fit`() {
        let asked = Requirements([
            Requirement(.auc, Bound(least: 0.7), isUsual: false),
            Requirement(.brier, Bound(most: 0.2), isUsual: false),
            Requirement(.f1, Bound(least: 0.2)),
        ])
        let (sections, unmeasured, unasked) = asked.held(
            against: [section([figure(.auc, 0.9, 0.85, 0.95)])])
        #expect(unmeasured.map(\.name) == [.brier] && unasked.map(\.name) == [.f1])
        let judgement = Judgement(
            model: "m", tables: [], task: .binary, sections: sections, unmeasured: unmeasured,
            options: JudgeOptions())
        #expect(judgement.verdict == .inconclusive)
    }
}
