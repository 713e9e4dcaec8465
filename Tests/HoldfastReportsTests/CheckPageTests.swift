import Foundation
import TestSupport
import Testing

@testable import HoldfastChecks
@testable import HoldfastReports

/// Everything there is, for so many columns in three tables.
private func full(_ columns: Int, slices: Int = 30) -> CheckReport {
    var example = ExampleCheck(columns: columns)
    example.slices = slices
    example.isBounded = true
    return example.report
}

@Suite struct CheckPageTests {
    @Test func `every page is well-formed, its names differ, and its links lead somewhere`() throws
    {
        for report in oddReports {
            let page = try ParsedPage(CheckHTML.render(report))
            let names = page.elements.compactMap { $0.attributes["id"] }
            #expect(Set(names).count == names.count, "two elements have one name")
            for link in page.all("a") {
                let target = try #require(link.attributes["href"])
                #expect(target.hasPrefix("#") && names.contains(String(target.dropFirst())))
            }
            #expect(page.all("h1").count == 1 && page.all("main").count == 1)
            #expect(page.all("html").first?.attributes["lang"] == "en")
        }
    }

    @Test func `every picture has a name, its figures beside it, and texts that stand apart`()
        throws
    {
        for report in oddReports {
            #expect(pictureFaults(try ParsedPage(CheckHTML.render(report))) == [])
        }
    }

    @Test func `a page runs nothing and loads nothing, whatever names hold`() throws {
        let known: Set<String> = [
            "a", "b", "bdi", "body", "br", "caption", "circle", "dd", "desc", "details", "div",
            "dl", "dt", "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "h4", "head",
            "header", "html", "li", "line", "main", "meta", "nav", "p", "path", "rect", "section",
            "span", "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead",
            "title", "tr", "ul",
        ]
        for report in oddReports {
            let page = try ParsedPage(CheckHTML.render(report))
            for element in page.elements {
                #expect(known.contains(element.name), "\(element.name)")
                for attribute in element.attributes.keys {
                    #expect(!attribute.hasPrefix("on") && !["src", "style"].contains(attribute))
                }
            }
        }
    }

    @Test func `twenty columns of three tables take less than 300 kilobytes`() {
        let size = CheckHTML.render(full(20)).utf8.count
        #expect(size < 300_000, "\(size) bytes")
    }

    @Test func `five thousand columns have a row each, and the worst have pictures`() throws {
        var example = ExampleCheck(candidates: [.serve], columns: 5_000)
        example.hasAcross = false
        example.hasSchema = false
        let markup = CheckHTML.render(example.report)
        #expect(markup.utf8.count < 3_000_000, "\(markup.utf8.count) bytes")
        let page = try ParsedPage(markup)
        let entries = page.elements.filter { $0.attributes["class"] == "entry" }
        #expect(entries.count == CheckHTML.pictureLimit)
        let named = Set(page.all("bdi").map(\.text))
        #expect((0..<5_000).allSatisfy { named.contains("column_\($0)") })
        #expect(markup.contains("Of 5,000 columns the worst 40 are drawn"))
    }

    @Test func `what is worst stands first, and what agrees is folded`() throws {
        let report = full(20)
        let page = try ParsedPage(CheckHTML.render(report))
        let columns = CheckedColumn.worstFirst(report)
        let severities = columns.map(\.verdict.severity)
        #expect(severities == severities.sorted(by: >))
        for (place, column) in columns.enumerated() {
            let id = CheckColumnSection.id(place)
            let entry = try #require(page.elements.first { $0.attributes["id"] == id })
            #expect(entry.name == (column.verdict == .agrees ? "details" : "div"))
            #expect(entry.allText.contains(column.name))
        }
    }

    @Test func `a verdict is said in words`() throws {
        let page = try ParsedPage(CheckHTML.render(full(20)))
        let marks = page.all("span").filter {
            ["vg", "vw", "vb"].contains($0.attributes["class"] ?? "")
        }
        let words = Set(marks.map(\.text))
        #expect(words.isSubset(of: ["✓ agrees", "? inconclusive", "✕ disagrees"]))
        #expect(words.count >= 2)
    }

    @Test func `a changed label is label shift, and a changed prediction is prediction shift`()
        throws
    {
        var report = ExampleCheck(candidates: [.serve]).report
        for place in [0, 1] { report.pairs[0].columns[place].verdict = .disagrees }
        for text in [
            try ParsedPage(CheckHTML.render(report)).elements[0].allText,
            CheckText.render(report), CheckMarkdown.render(report), CheckJUnit.render(report),
        ] {
            #expect(text.contains("Label shift") && text.contains("Prediction shift"))
        }
        report.pairs[0].columns[0].verdict = .agrees
        report.pairs[0].columns[1].verdict = .inconclusive
        let markup = CheckHTML.render(report)
        #expect(!markup.contains("Label shift") && markup.contains("Possible prediction shift"))
    }

    @Test func `where memory was bounded, the page says by how much figures can be off`() {
        #expect(CheckHTML.render(full(4)).contains("can be off by 0.4 percentage points"))
        #expect(!CheckHTML.render(ExampleCheck().report).contains("Memory was bounded"))
    }

    @Test func `the same report gives the same bytes`() {
        #expect(CheckHTML.render(full(6)) == CheckHTML.render(full(6)))
    }

    /// The golden page is this module's own, looked at in a browser before it was kept. To renew it
    /// after a wanted change, run this test with HOLDFAST_RENEW_GOLDEN set, and look at it again.
    @Test func `the page of a small report is the one that was looked at`() throws {
        let path = "Tests/HoldfastReportsTests/Golden/check.html"
        var example = ExampleCheck(candidates: [.serve], columns: 3)
        example.slices = 5
        let page = CheckHTML.render(example.report)
        if ProcessInfo.processInfo.environment["HOLDFAST_RENEW_GOLDEN"] != nil {
            try page.write(toFile: Repository.root + "/" + path, atomically: true, encoding: .utf8)
        }
        let golden = try Repository.text(path)
        let lines = zip(page.split(separator: "\n"), golden.split(separator: "\n"))
        for (number, (line, expected)) in lines.enumerated() where line != expected {
            Issue.record("line \(number + 1): \(line.prefix(200)) is not \(expected.prefix(200))")
            return
        }
        #expect(page == golden)
    }
}
