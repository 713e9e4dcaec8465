import HoldfastFormats
import HoldfastStatistics
import Testing
import TestSupport

@testable import HoldfastChecks
@testable import HoldfastReports

/// Names that would be markup, a formula, or a terminal's command if they were let.
private let odd = "<script>alert(1)</script>|**x**\u{1B}[31m\u{202E}\"' & @ops"

/// An analysis of rows by chance, whose names are odd.
private func analysis(seed: UInt64) throws -> Analysis {
    var chance = SeededGenerator(seed: seed)
    let numbers: [Double] = [0, 1, -1, 0.5, 1e-9, 1e12, -3.25, 1e300, .nan]
    let isOrdinary = seed % 2 == 0
    let isOpen = seed % 5 == 4
    let count = 60 + chance.below(200)
    let arm = (0..<count).map { _ in Int32(chance.below(4) - 1) }
    var rows = AnalysisRows(arms: ["control", odd, "treatment"], control: 0, arm: arm)
    for place in 0..<3 {
        let values = arm.map { arm in
            isOrdinary
                ? Double.random(in: 0..<1, using: &chance) + (arm > 0 ? Double(place) : 0)
                : chance.pick(numbers)
        }
        var column = AnalysisColumn(
            try MetricRequest(place == 0 ? odd : "m\(place)"), kind: .mean, values: values)
        if chance.below(2) == 0 {
            column.covariate = (odd, arm.map { _ in chance.pick([1, 2, 3]) })
        }
        var weekly = WeeklyValues(weeks: 4)
        weekly.entries = arm.indices.map {
            (Int32($0), Int32(chance.below(4)), Double(chance.below(5)))
        }
        column.weekly = weekly
        column.notes = [odd]
        // One value: what it tells is nothing.
        if isOpen && place == 2 { column.values = arm.map { _ in 7 } }
        rows.metrics.append(column)
    }
    rows.times = arm.indices.map { 1_767_225_600_000_000 + Double($0) * 7_000_000_000 }
    rows.exposed = rows.arms.map { _ in arm.map { $0 > 0 && chance.below(3) > 0 } }
    rows.subgroups = [
        SubgroupColumn(
            name: odd, codes: arm.map { _ in Int32(chance.below(3)) }, values: [odd, "b", "c"])
    ]
    if chance.below(3) == 0 { rows.clusters = arm.map { _ in Int32(chance.below(9)) } }
    var options = AnalysisOptions()
    options.isByExposure = true
    options.despiteSampleRatio = chance.below(2) == 0 || isOpen ? odd : nil
    let dealing = AnalysisDealing(
        what: "units", strata: [chance.pick([[0.3, 0.3, 0.4], [0.9, 0.05, 0.05]])],
        dealt: arm.filter { $0 >= 0 }.map { (arm: $0, stratum: 0) })
    return AnalysisRun(rows: rows, dealing: dealing, options: options).analysis(
        name: odd, rowMeaning: "a row is a unit",
        flow: [
            FlowBox("decisions", "decisions", 9, parts: []),
            FlowBox("not_randomised", "not randomised", 9, parts: [(odd, 9)]),
        ], notes: [odd])
}

extension String {
    /// How often a text occurs in it.
    fileprivate func occurrences(of text: String) -> Int { ranges(of: text).count }
}

/// The reports of an analysis, whatever its names and figures.
@Suite struct AnalysisPageTests {
    @Test func `names stay names in every report, and the same analysis gives the same bytes`()
        throws
    {
        let schema = try JSONSchemaValidator("analysis.schema.json")
        var statuses = Set<String>()
        for seed in UInt64(0)..<18 {
            let found = try analysis(seed: seed)
            statuses.insert(found.status.rawValue)
            let page = AnalysisHTML.render(found)
            #expect(!page.contains("<script") && !page.contains("\u{1B}"), "seed \(seed)")
            _ = try ParsedPage(page)
            let text = AnalysisText.render(found)
            #expect(!text.contains("\u{1B}"), "seed \(seed)")
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 }, "seed \(seed)")
            let markdown = AnalysisMarkdown.render(found)
            #expect(!markdown.contains("<script") && !markdown.contains("@ops"), "seed \(seed)")
            #expect(markdown.utf8.count <= CheckMarkdown.byteLimit)
            let json = AnalysisJSON.render(found)
            #expect(schema.faults(json) == [], "seed \(seed)")
            #expect(!json.text().contains("nan"), "seed \(seed)")
            let again = try analysis(seed: seed)
            #expect(AnalysisHTML.render(again) == page && AnalysisText.render(again) == text)
            #expect(AnalysisJSON.render(again) == json)
            for report in [page, text, markdown]
            where found.options.despiteSampleRatio != nil
                && found.sampleRatio?.isFailed == true
            {
                #expect(report.contains("despite that"), "seed \(seed)")
            }
        }
        // It was about something.
        #expect(statuses == ["told", "inconclusive", "refused"])
    }

    @Test func `Markdown has faults and notes, and is cut where it is too long`() throws {
        let whole = try analysis(seed: 4)
        let plain = AnalysisMarkdown.render(whole)
        #expect(whole.metrics.contains { $0.effects.contains { $0.fault != nil } })
        #expect(plain.contains("cannot be told: ") && plain.contains("no value differs"))
        #expect(!plain.contains("the JSON has all"))
        var long = whole
        for place in 0..<12 {
            var metric = whole.metrics[place % 3]
            metric.notes = (0..<8).map { "\($0) " + String(repeating: "@", count: 390) }
            long.metrics.append(metric)
        }
        let markdown = AnalysisMarkdown.render(long)
        #expect(markdown.utf8.count <= CheckMarkdown.byteLimit)
        #expect(markdown.hasPrefix("## ") && markdown.hasSuffix(": the JSON has all.\n"))
        let opened = markdown.occurrences(of: "<details>")
        #expect(opened > 3 && opened == markdown.occurrences(of: "</details>"))
    }

    @Test func `a refused analysis shows no figure of an effect`() throws {
        var found = try analysis(seed: 2)
        let seeds = (UInt64(0)..<18).filter { (try? analysis(seed: $0).isRefused) == true }
        found = try analysis(seed: try #require(seeds.first))
        #expect(found.metrics.allSatisfy { $0.effects.isEmpty })
        for report in [AnalysisHTML.render(found), AnalysisText.render(found)] {
            #expect(report.contains("no effect is shown") && !report.contains("Holm)"))
        }
    }
}
