import HoldfastFormats
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks
@testable import HoldfastReports

@Suite struct CheckJUnitTests {
    /// The rules of the common JUnit schema (the one that Jenkins' xunit plugin ships), as far as
    /// this report uses it: which elements stand where, which attributes they must have and may
    /// have, and that counts add up.
    private func faults(_ page: ParsedPage) -> [String] {
        let parents = [
            "testsuites": nil, "testsuite": "testsuites", "testcase": "testsuite",
            "skipped": "testcase", "failure": "testcase", "error": "testcase",
        ]
        let allowed: [String: Set<String>] = [
            "testsuites": ["name", "tests", "failures", "errors", "disabled", "time"],
            "testsuite": [
                "name", "tests", "failures", "errors", "skipped", "disabled", "time", "id",
                "package", "hostname", "timestamp",
            ], "testcase": ["name", "classname", "assertions", "status", "time"],
            "skipped": ["message"], "failure": ["message", "type"], "error": ["message", "type"],
        ]
        let required: [String: [String]] = [
            "testsuite": ["name", "tests"], "testcase": ["name", "classname"],
        ]
        var faults: [String] = []
        for element in page.elements {
            guard let parent = parents[element.name] else {
                faults.append("\(element.name) is not known")
                continue
            }
            if element.parent?.name != parent { faults.append("\(element.name) stands elsewhere") }
            for name in element.attributes.keys
            where allowed[element.name]?.contains(name) != true {
                faults.append("\(element.name) has \(name)")
            }
            for name in required[element.name] ?? [] where (element.attributes[name] ?? "").isEmpty
            {
                faults.append("\(element.name) lacks \(name)")
            }
            if element.name == "testcase" && element.children.count > 1 {
                faults.append("a case came out in two ways")
            }
            for (attribute, name) in [
                ("tests", "testcase"), ("failures", "failure"), ("errors", "error"),
                ("skipped", "skipped"),
            ] {
                guard let text = element.attributes[attribute] else { continue }
                let count = element.all.count { $0.name == name }
                if Int(text) != count { faults.append("\(attribute) is \(text), not \(count)") }
            }
        }
        return faults
    }

    @Test func `every report keeps the rules, and its counts add up`() throws {
        for report in oddReports {
            #expect(faults(try ParsedPage(CheckJUnit.render(report))) == [])
        }
    }

    @Test func `what disagrees fails, what cannot be told is skipped, what agrees passes`() throws {
        var report = ExampleCheck(candidates: [.serve]).report
        report.schema = nil
        let page = try ParsedPage(CheckJUnit.render(report))
        let cases = page.all("testcase")
        let pair = report.pairs[0]
        #expect(cases.count == pair.columns.count + pair.across.findings.count)
        for (column, one) in zip(pair.columns, cases) {
            let expected: [Verdict: [String]] = [
                .agrees: [], .inconclusive: ["skipped"], .disagrees: ["failure"],
            ]
            #expect(one.children.map(\.name) == expected[column.verdict])
            #expect(one.attributes["name"] == column.column)
        }
        #expect(page.all("testsuite").map { $0.attributes["name"] } == ["train and serve"])
    }

    @Test func `a correlation that cannot be told apart is no skipped test`() throws {
        var report = ExampleCheck(candidates: [.serve], columns: 0).report
        report.schema = nil
        var finding = report.pairs[0].across.findings[1]
        finding.effect = 0.2
        finding.interval = .init(lower: 0.1, upper: 0.3)
        report.pairs[0].across.findings = [finding]
        let page = try ParsedPage(CheckJUnit.render(report))
        #expect(page.all("testcase").count == 1 && page.all("skipped").isEmpty)
    }

    @Test func `each column that breaks the schema fails once a table`() throws {
        let report = ExampleCheck().report
        let page = try ParsedPage(CheckJUnit.render(report))
        let suite = try #require(page.all("testsuite").last)
        #expect(suite.attributes["name"] == "schema schema.json")
        #expect(
            suite.children.map { $0.attributes["name"] } == [
                "train: all columns", "eval: column_0", "eval: column_1", "serve: column_0",
                "serve: column_1",
            ])
    }
}

@Suite struct CheckMarkdownTests {
    @Test func `a report is never longer than a comment may be`() {
        for report in oddReports {
            #expect(CheckMarkdown.render(report).utf8.count <= CheckMarkdown.byteLimit)
        }
        var worst = ExampleCheck(
            columns: 2_000, name: { String(repeating: "|漢`", count: 40) + "\($0)" })
        worst.foreign = String(repeating: "<|>", count: 400)
        worst.slices = 60
        worst.isSlicedByTime = false
        let text = CheckMarkdown.render(worst.report)
        #expect(text.utf8.count <= CheckMarkdown.byteLimit)
        #expect(text.contains("more columns: the JSON report has them all."))
    }

    @Test func `nothing that a file holds becomes Markdown, HTML, a mention or a link`() {
        var example = ExampleCheck(columns: 8, name: { "\(hostileText)\($0)" })
        example.foreign = hostileText
        example.slices = 8
        example.isSlicedByTime = false
        let text = CheckMarkdown.render(example.report)
        for word in [
            "<script", "`", "**_", "](", "://", "www.", "&amp;", "<!--", "\u{1B}", "\u{202E}",
        ] {
            #expect(!text.contains(word), "\(word)")
        }
        #expect(!text.contains("@") && !text.contains(" #12"))
        #expect(text.contains("&#64;&#8288;someone &#35;&#8288;12"))
    }

    @Test func `every row of a table has as many cells as its heading`() {
        for report in oddReports {
            var cells = 0
            for line in CheckMarkdown.render(report).split(
                separator: "\n", omittingEmptySubsequences: false)
            {
                guard line.hasPrefix("|") else {
                    cells = 0
                    continue
                }
                let count = line.split(separator: "|", omittingEmptySubsequences: false).count
                if cells == 0 { cells = count }
                #expect(count == cells, "\(line)")
            }
        }
    }

    @Test func `a text is written as it reads`() {
        #expect(CheckMarkdown.escape("a|b @ops") == "a&#124;b &#64;&#8288;ops")
        #expect(CheckMarkdown.escape("www.e.com") == "www&#46;e.com")
        #expect(CheckMarkdown.escape("1.5 percentage points, 2…3") == "1.5 percentage points, 2…3")
    }
}

@Suite struct CheckOddReportTests {
    @Test func `a report keeps its schema, whatever parts it has`() throws {
        let schema = try JSONSchemaValidator("check-report.schema.json")
        for report in oddReports {
            let json = CheckJSON.render(report)
            #expect(schema.faults(json) == [])
            #expect(try JSON.parse(Array(json.text().utf8)) == json)
        }
    }

    @Test func `infinite is the sum of both infinities`() {
        var report = ExampleCheck(candidates: [.serve]).report
        report.pairs[0].columns[0].reference?.positiveInfinity = 3
        report.pairs[0].columns[0].reference?.negativeInfinity = 4
        let pairs = CheckJSON.render(report)["pairs"]?.array
        let facts = pairs?.first?["columns"]?.array?.first?["reference"]
        #expect(facts?["infinite"] == 7 && facts?["positive_infinity"] == 3)
    }

    @Test func `no line of the text is wider than 100 characters, and none steers a terminal`() {
        for report in oddReports {
            let text = CheckText.render(report)
            for line in text.split(separator: "\n") {
                #expect(line.count <= CheckText.width, "\(line)")
            }
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            #expect(text.hasSuffix("\n") && !text.contains(" \n"))
        }
    }

    @Test func `the text has every part of the report`() {
        var example = ExampleCheck()
        example.slices = 9
        example.isBounded = true
        let text = CheckText.render(example.report)
        for words in [
            "schema schema.json: broken 14 times", "across columns of train and eval",
            "Classifier: ", "Rows joined by key: ", "9 slices of 1d by time: ",
            "Memory was bounded: cumulative shares can be off by 0.4 percentage points",
            "weighted: worth 15,210 rows",
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test func `the same report gives the same bytes`() {
        let (one, two) = (ExampleCheck().report, ExampleCheck().report)
        #expect(CheckJSON.render(one).text() == CheckJSON.render(two).text())
        #expect(CheckText.render(one) == CheckText.render(two))
        #expect(CheckMarkdown.render(one) == CheckMarkdown.render(two))
        #expect(CheckJUnit.render(one) == CheckJUnit.render(two))
    }
}
