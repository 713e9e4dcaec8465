import HoldfastStatistics
import Testing
import TestSupport

@testable import HoldfastChecks
@testable import HoldfastReports

/// Names that would be markup, a formula, or a terminal's command if they were let.
private let odd = "<script>alert(1)</script>|**x**\u{1B}[31m\u{202E}\"' & @ops"

private func judgement(seed: UInt64) -> Judgement {
    var chance = SeededGenerator(seed: seed)
    let numbers: [Double] = [0, 1, -1, 0.5, 1e-9, 1e12, -3.25, .infinity, -.infinity, .nan]
    func number() -> Double { numbers.randomElement(using: &chance) ?? 0 }
    func interval() -> Interval? {
        let ends = [number(), number()].filter(\.isFinite).sorted()
        return ends.count == 2 && Bool.random(using: &chance)
            ? Interval(lower: ends[0], upper: ends[1]) : nil
    }
    func name() -> String {
        [odd, "income", "2026-01-02T00:00:00Z"].randomElement(using: &chance) ?? ""
    }
    func points() -> [JudgePicture.Point] {
        (0..<Int.random(in: 0...5, using: &chance)).map {
            JudgePicture.Point(Double($0), number(), interval())
        }
    }
    let shapes: [JudgePicture.Shape] = [
        .lines(
            .init(
                x: "time", y: odd,
                lines: [
                    .init("control", points()), .init(odd, points(), style: .biased),
                    .init("one", points(), style: .faint),
                ], steps: Bool.random(using: &chance) ? (0..<5).map { _ in name() } : [],
                hasDiagonal: Bool.random(using: &chance), limits: [0.5])),
        .histogram(edges: [0, 0.5, 1], series: [.init(odd, [0.25, 3]), .init("no", [0, 0])]),
        .bars(axis: odd, rows: [.init(odd, number(), interval(), note: odd)], limits: [0.1]),
        .matrix(rows: [odd, "b"], columns: ["a", odd], counts: [[1, 2], [0.5, 1e7]]),
    ]
    var figures = FigureName.allCases.map { figure in
        JudgedFigure(
            figure, of: Bool.random(using: &chance) ? name() : nil, number(), interval(),
            rows: Int.random(in: 0...10_000, using: &chance),
            source: RowSource.allCases.randomElement(using: &chance) ?? .given)
    }
    for index in figures.indices where Bool.random(using: &chance) {
        figures[index].bound = Bound(least: 0.1, most: Bool.random(using: &chance) ? 0.9 : nil)
    }
    let pictures = shapes.enumerated().map { place, shape in
        JudgePicture("p\(place)", odd, odd, shape)
    }
    return Judgement(
        model: odd, incumbent: odd,
        tables: [JudgedTable(name: odd, source: .control, rows: 3, effectiveRows: 2.5)],
        task: .binary,
        sections: [
            JudgementSection(.accurate, figures: figures, pictures: pictures, notes: [odd]),
            JudgementSection(.fair),
        ], unmeasured: [Requirement(.auc, of: odd, Bound(least: 0.8), isUsual: false)],
        unasked: [Requirement(.f1, Bound(least: 0.1))], options: JudgeOptions())
}

@Suite struct JudgePageTests {
    @Test func `no name or figure becomes markup, and no drawing leaves its frame`() throws {
        for seed in UInt64(0)..<20 {
            let page = JudgeHTML.render(judgement(seed: seed))
            _ = try ParsedPage(page)
            #expect(!page.contains("<script") && !page.contains("\u{1B}"), "seed \(seed)")
            let markdown = JudgeMarkdown.render(judgement(seed: seed))
            #expect(!markdown.contains("<script") && !markdown.contains("**x**"), "seed \(seed)")
            #expect(markdown.utf8.count <= CheckMarkdown.byteLimit)
            let suites = JudgeJUnit.render(judgement(seed: seed))
            #expect(!suites.contains("<script") && !suites.contains("\u{1B}"), "seed \(seed)")
            let text = JudgeText.render(judgement(seed: seed))
            #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"), "seed \(seed)")
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 }, "seed \(seed)")
        }
    }

    @Test func `the same judgement gives the same bytes, and its JSON has the schema's form`()
        throws
    {
        let validator = try JSONSchemaValidator("judgement.schema.json")
        for seed in UInt64(0)..<5 {
            let one = judgement(seed: seed)
            #expect(JudgeHTML.render(one) == JudgeHTML.render(judgement(seed: seed)))
            let json = JudgeJSON.render(one)
            #expect(validator.faults(json) == [], "seed \(seed)")
        }
    }

    @Test func `a biased figure is crossed out in every report`() {
        let bent = JudgedFigure(
            .auc, 0.52, Interval(lower: 0.5, upper: 0.54), rows: 900, source: .biased)
        let judgement = Judgement(
            model: "m", tables: [], task: .binary,
            sections: [JudgementSection(.accurate, figures: [bent])], options: JudgeOptions())
        #expect(JudgeHTML.render(judgement).contains("<s>0.5200</s>"))
        #expect(JudgeMarkdown.render(judgement).contains("~~0.5200~~"))
        #expect(JudgeText.render(judgement).contains("(0.5200)"))
        #expect(!JudgeJUnit.render(judgement).contains("testcase"))
    }
}
