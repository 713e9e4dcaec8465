import HoldfastChecks
import HoldfastFormats
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastReports

/// A check of tables that hold something of everything.
private func mixedReport() throws -> CheckReport {
    var train = "income,region,code,gone,all,row\n"
    var serve = "income,region,code,new,all,row\n"
    for row in 0..<3_000 {
        train += "\(row),\(["JP", "KR"][row % 2]),\(row % 7),1,,\(row)\n"
        let region = row % 10 == 0 ? "\"T\u{1B}[31mW\n\"" : row % 5 == 0 ? "" : "JP"
        serve += "\(row + 900),\(region),c\(row % 7),2,inf,\(row)\n"
    }
    var options = CheckOptions()
    options.ignored = ["row"]
    options.columnMargins["income"] = Margins(distribution: 0.2)
    return try Agreement.check(
        train: .bytes(Array(train.utf8), name: "train.csv"),
        serve: .bytes(Array(serve.utf8), name: "a/long/" + String(repeating: "path/", count: 30)),
        options: options)
}

/// Two tables of one column each.
private func report(_ train: [String], _ serve: [String], name: String = "x") throws -> CheckReport
{
    func table(_ values: [String]) -> TableInput {
        .bytes(Array(([name] + values).joined(separator: "\n").utf8), name: "t.csv")
    }
    return try Agreement.check(train: table(train), serve: table(serve))
}

@Suite struct CheckJSONTests {
    @Test func `a report keeps its schema, whatever the tables hold`() throws {
        let schema = try JSONSchemaValidator("check-report.schema.json")
        let numbers = (0..<500).map(String.init)
        let long = String(repeating: "e\u{301}", count: 300)
        for report in [
            try mixedReport(), try report(["1"], ["1"]), try report(["a"], ["b"]),
            try report(numbers, numbers), try report(numbers, numbers.map { "x" + $0 }),
            try report(["1e308", "-1e308", "1e308"], ["inf", "nan", "5e-324"]),
            try report(["a", "b"], [long, "b"]),
        ] {
            let json = CheckJSON.render(report)
            #expect(schema.faults(json) == [])
            #expect(try JSON.parse(Array(json.text().utf8)) == json)
        }
    }

    @Test func `the schema refuses what it should`() throws {
        let schema = try JSONSchemaValidator("check-report.schema.json")
        guard case .object(let good) = CheckJSON.render(try report(["1"], ["1"])) else {
            Issue.record("a report is an object")
            return
        }
        var more = good
        more.append("surprise", 1)
        #expect(schema.faults(.object(more)) == ["$: has surprise"])
        for (name, _) in good.members {
            let less = JSONObject(good.members.filter { $0.key != name })
            #expect(schema.faults(.object(less)) == ["$: lacks \"\(name)\""])
        }
        let wrong = JSONObject(
            good.members.map { ($0.key, $0.key == "verdict" ? .string("fine") : $0.value) })
        #expect(schema.faults(.object(wrong)) == ["$.verdict: breaks enum"])
    }

    @Test func `every property of the schema has a description`() throws {
        func undescribed(_ schema: JSON, _ place: String) -> [String] {
            guard case .object(let keywords) = schema else { return [] }
            var found =
                keywords["type"] != nil && keywords["description"] == nil
                    && keywords["type"] != "null" ? [place] : []
            for key in ["properties", "$defs"] {
                guard case .object(let members)? = keywords[key] else { continue }
                for (name, member) in members.members {
                    if member["description"] == nil { found.append("\(place).\(name)") }
                    found += undescribed(member, "\(place).\(name)")
                }
            }
            if let items = keywords["items"] { found += undescribed(items, place + "[]") }
            return found
        }
        #expect(undescribed(try JSONSchemaValidator("check-report.schema.json").root, "$") == [])
    }

    @Test func `the same tables give the same bytes`() throws {
        let (one, two) = (try mixedReport(), try mixedReport())
        #expect(
            CheckJSON.render(one).text(pretty: true) == CheckJSON.render(two).text(pretty: true))
        #expect(CheckText.render(one) == CheckText.render(two))
    }
}

@Suite struct CheckTextTests {
    @Test func `no line is wider than 100 characters, and none steers a terminal`() throws {
        let wide = String(repeating: "column ", count: 40)
        for report in [
            try mixedReport(), try report(["1"], ["a"], name: wide),
            try report(["a"], [String(repeating: "x", count: 5_000)]),
        ] {
            let text = CheckText.render(report)
            for line in text.split(separator: "\n") {
                #expect(line.count <= CheckText.width, "\(line)")
            }
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            #expect(text.hasSuffix("\n") && !text.contains(" \n"))
        }
    }

    @Test func `the worst column stands first`() throws {
        let report = try mixedReport()
        let ordered = CheckText.worstFirst(report.pairs[0].columns)
        #expect(ordered.map(\.column) == ["gone", "new", "all", "code", "region", "income"])
        #expect(
            ordered.map(\.verdict) == [
                .disagrees, .disagrees, .disagrees, .disagrees, .disagrees, .disagrees,
            ])
    }

    @Test func `a report reads as it should`() throws {
        let values = (0..<2_000).map { String($0 % 4) }
        let text = CheckText.render(try report(values, values.map { $0 == "3" ? "" : $0 } + ["9"]))
        #expect(text == expectedText, "\(text)")
    }

    @Test func `the advice is about what disagrees`() throws {
        let values = (0..<2_000).map { String($0 % 4) }
        var report = try report(values, values)
        var finding = ExampleCheck().report.pairs[0].across.findings[1]
        finding.effect = 0.5
        finding.interval = .init(lower: 0.4, upper: 0.6)
        report.pairs[0].across.findings = [finding]
        #expect(report.verdict == .disagrees)
        let across = CheckText.render(report)
        #expect(
            across.contains("What to do: no column disagrees by itself. Look at what disagrees"))
        #expect(!across.contains("look at the columns"))
        report.pairs[0].across = AcrossColumns()
        report.schema = ExampleCheck().report.schema
        #expect(CheckText.render(report).contains("no column disagrees. Look at what breaks the"))
    }

    @Test func `figures are written alike everywhere`() {
        #expect(
            CheckFigures.fixed(0.12345, 3) == "0.123" && CheckFigures.fixed(-0.0001, 2) == "0.00")
        #expect(
            CheckFigures.fixed(-1.25, 1) == "-1.3" && CheckFigures.fixed(0.99996, 4) == "1.0000")
        #expect(CheckFigures.fixed(7, 0) == "7")
        #expect(CheckFigures.percent(0.0312) == "3.1%" && CheckFigures.percent(0) == "0.0%")
        #expect(CheckFigures.percent(0.0002) == "<0.1%")
        #expect(CheckFigures.grouped(51_200) == "51,200" && CheckFigures.grouped(999) == "999")
        #expect(CheckFigures.grouped(1_234_567) == "1,234,567")
        #expect(CheckFigures.rough(47_684) == "48,000" && CheckFigures.rough(99) == "99")
        #expect(CheckFigures.rough(99_001) == "100,000")
        #expect(CheckFigures.ending("data/train.csv", 10) == "…train.csv")
        #expect(CheckFigures.ending("train.csv", 10) == "train.csv")
        #expect(CheckFigures.pValue(nil) == "-" && CheckFigures.pValue(0.00009) == "<0.0001")
        #expect(
            CheckFigures.padded("abc", 5) == "abc  " && CheckFigures.padded("abcdef", 4) == "abc…")
    }
}

/// The report of a number column of which a quarter went missing.
private let expectedText = """
    train and serve disagree.

      train  t.csv                                               2,000 rows, 1 column
      serve  t.csv                                               2,001 rows, 1 column

    train and serve: disagrees (columns: 1 disagrees, 0 inconclusive, 0 agree)

      column                    measure  effect  chance  95% interval    margin  p (Holm)  verdict
      x                         KS       0.2493  0.0297  0.1780…0.3206   0.100   <0.0001   disagrees
                                missing  0.2499  -       0.2313…0.2693   0.050   <0.0001   disagrees
          0.1% lie outside the reference's range.

    What to do: look at the columns that disagree from the top. Find out whether the data changed or how
    they are made; then mend the pipeline, train again, or, where the difference is harmless, widen that
    column's margin or ignore it.
    KS: Kolmogorov-Smirnov distance; TV: total variation; missing: difference of shares of missing
    values; chance: the effect to expect from sampling alone.

    """
