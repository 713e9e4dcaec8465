import Glibc
import HoldfastFormats
import HoldfastStatistics
import HoldfastTables
import Testing

@testable import HoldfastChecks

@Suite struct AgreementTests {
    @Test func `a slice of the trio reads as SciPy reads it`() throws {
        let report = try Agreement.check(
            train: .file(goldenPath("train.csv")), serve: .file(goldenPath("serve.csv")))
        let cases = try #require(try goldenJSON("trio.json")["cases"]?.array)
        let columns = try #require(report.pairs.first?.columns)
        try #require(cases.count == 8 && columns.count == 8)
        for (item, column) in zip(cases, columns) {
            #expect(column.column == item["column"]?.string)
            let finding = try #require(column.findings.first)
            let effect = try #require(item["effect"]?.double)
            let p = try #require(item["p"]?.double)
            #expect(abs(finding.effect - effect) <= 1e-12, "\(column.column)")
            #expect(abs((finding.pValue ?? .nan) - p) <= 1e-9 * p, "\(column.column)")
            let missing = try #require(item["missing"]?.array).map { $0.double }
            #expect(Double(column.reference?.missing ?? -1) == missing[0])
            #expect(Double(column.candidate?.missing ?? -1) == missing[1])
            if let outside = item["outside"]?.double {
                #expect(abs((column.outsideRange ?? .nan) - outside) < 1e-12)
            }
            if let new = item["new"]?.double {
                #expect(Double(column.newCategories?.count ?? -1) == new)
                #expect(Double(column.vanishedCategories?.count ?? -1) == item["vanished"]?.double)
            }
        }
        #expect(report.verdict == .disagrees || report.verdict == .inconclusive)
    }

    @Test func `equal tables agree once they have rows, and are inconclusive before`() throws {
        for (rows, verdict) in [(1, Verdict.inconclusive), (50, .inconclusive), (5_000, .agrees)] {
            let column = try compare(numbers(0..<rows), numbers(0..<rows))
            #expect(column.verdict == verdict, "\(rows) rows")
            #expect(column.findings.map(\.effect) == [0, 0])
        }
    }

    @Test func `a large shift disagrees, a small one agrees though its p-value is tiny`() throws {
        let large = try compare(numbers(0..<5_000), numbers(0..<5_000, shift: 1_500))
        #expect(large.verdict == .disagrees && large.findings[0].effect == 0.3)
        #expect(abs((large.outsideRange ?? 0) - 0.3) < 1e-12)
        let small = try compare(numbers(0..<100_000), numbers(0..<100_000, shift: 5_000))
        #expect(small.verdict == .agrees)
        #expect((small.findings[0].pValue ?? 1) < 1e-50)
    }

    @Test func `missing values have a margin of their own`() throws {
        let full = [String?](repeating: "a", count: 2_000)
        let holed = full.enumerated().map { $0.offset % 5 == 0 ? nil : $0.element }
        let column = try compare(full, holed)
        #expect(column.findings.map(\.verdict) == [.agrees, .disagrees])
        #expect(column.findings[1].measure == .missingShare && column.findings[1].effect == 0.2)
        #expect(column.verdict == .disagrees)
        var options = CheckOptions()
        options.columnMargins["x"] = Margins(missingShare: 0.5)
        #expect(try compare(full, holed, options: options).verdict == .agrees)
    }

    @Test func `all values missing is a result, never a crash`() throws {
        let none = [String?](repeating: nil, count: 2_000)
        let both = try compare(none, none)
        #expect(both.verdict == .agrees && both.findings.map(\.measure) == [.missingShare])
        #expect(both.notes.count == 2)
        let one = try compare(numbers(0..<2_000), none)
        #expect(one.verdict == .disagrees && one.candidate?.kind == .empty)
        // A single value among missing ones: nothing is known of the distribution.
        let almost = try compare(none.dropLast() + ["1"], none)
        #expect(almost.verdict == .inconclusive)
    }

    @Test func `a column on one side only disagrees with a reason`() throws {
        let report = try Agreement.check(
            train: table("a,b\n1,2\n"), serve: table("c,a\n1,2\n"))
        let columns = try #require(report.pairs.first?.columns)
        #expect(columns.map(\.column) == ["a", "b", "c"])
        #expect(columns.map(\.verdict) == [.inconclusive, .disagrees, .disagrees])
        #expect(columns[1].notes == ["Only train has this column; serve has not."])
        #expect(columns[2].notes == ["Only serve has this column; train has not."])
        #expect(columns[1].candidate == nil && columns[2].reference == nil)
        var options = CheckOptions()
        options.ignored = ["b", "c"]
        let ignoring = try Agreement.check(
            train: table("a,b\n1,2\n"), serve: table("c,a\n1,2\n"), options: options)
        #expect(ignoring.pairs.first?.columns.map(\.column) == ["a"])
    }

    @Test func `columns of two types are compared as categories, numbers by their value`() throws {
        let one = (0..<3_000).map { Optional("\($0 % 3)") }
        let two = (0..<3_000).map { Optional($0 % 3 == 0 ? "zero" : "\($0 % 3).0") }
        let column = try compare(one, two)
        #expect(column.findings.first?.measure == .totalVariation)
        #expect(column.newCategories?.first == [CategoryList.Item(category: "zero", count: 1_000)])
        #expect(column.vanishedCategories?.first.map(\.category) == ["0"])
        #expect(column.notes.count == 1 && column.notes[0].contains("types differ"))
        #expect(column.verdict == .disagrees)
    }

    @Test func `identifiers are inconclusive and said to be identifiers`() throws {
        let one = (0..<2_000).map { Optional("train-\($0)") }
        let column = try compare(one, one.map { ($0 ?? "") + "-later" })
        #expect(column.findings.first?.verdict == .inconclusive)
        #expect(column.findings.first?.effect == 1 && column.findings.first?.rowsNeeded == nil)
        #expect(column.notes.first?.hasPrefix("Almost every value") == true)
    }

    @Test func `a caller can make numbers categories, by their bytes`() throws {
        var options = CheckOptions()
        options.categories = ["x"]
        let column = try compare(["1", "2", "2"], ["1.0", "2", "2"], options: options)
        #expect(column.findings.first?.measure == .totalVariation)
        #expect(column.newCategories?.first.map(\.category) == ["1.0"])
        #expect(column.notes.isEmpty)
    }

    @Test func `what is no value has a finding of its own kind`() throws {
        let one = numbers(0..<2_000)
        for (text, measure) in [
            ("inf", Measure.positiveInfinityShare), ("-Infinity", .negativeInfinityShare),
            ("NaN", .notANumberShare), ("NA", .missingShare), ("\"\"", .emptyTextShare),
        ] {
            let two = one.enumerated().map { $0.offset % 4 == 0 ? text : $0.element }
            let column = try compare(one, two)
            let finding = try #require(column.findings.first { $0.measure == measure }, "\(text)")
            #expect(finding.effect == 0.25 && finding.verdict == .disagrees, "\(text)")
            #expect(column.candidate?.absent == 500 && column.verdict == .disagrees, "\(text)")
            // The values that are left are judged by themselves.
            #expect(column.findings[0].verdict == .agrees, "\(text)")
        }
    }

    @Test func `three tables make three pairs and one family`() throws {
        let values = numbers(0..<3_000)
        var options = CheckOptions()
        // Equal rows are a leak, which is not the matter here.
        options.isAcross = false
        let report = try Agreement.check(
            train: column(values), eval: column(values),
            serve: column(numbers(0..<3_000, shift: 900)), options: options)
        #expect(
            report.pairs.map { "\($0.reference)-\($0.candidate)" } == [
                "train-eval", "train-serve", "eval-serve",
            ])
        #expect(report.pairs.map(\.verdict) == [.agrees, .disagrees, .disagrees])
        #expect(report.verdict == .disagrees)
        // Six distributions; missing shares that are nowhere above 0 have no test.
        #expect(report.family == 3)
        let findings = report.pairs.flatMap { $0.columns.flatMap(\.findings) }
        for finding in findings {
            guard let p = finding.pValue, let adjusted = finding.adjustedPValue else {
                #expect(finding.pValue == nil && finding.adjustedPValue == nil)
                continue
            }
            #expect(adjusted >= p && adjusted <= 1)
        }
    }

    @Test func `what cannot be compared is an error that says what to do`() throws {
        let good = table("a\n1\n")
        let cases: [(String, () throws -> CheckReport)] = [
            ("only train", { try Agreement.check(train: good) }),
            ("has no rows", { try Agreement.check(train: good, serve: table("a\n", "s.csv")) }),
            ("is empty", { try Agreement.check(train: good, serve: table("", "s.csv")) }),
            ("has 2 fields", { try Agreement.check(train: good, serve: table("a\n1,2\n")) }),
            ("cannot be opened", { try Agreement.check(train: .file("no/such.csv"), eval: good) }),
        ]
        for (says, run) in cases {
            let error = #expect(throws: (any Error).self) { _ = try run() }
            #expect(error.map { "\($0)" }?.contains(says) == true, "\(says): \(error as Any)")
        }
        for change in [
            { (o: inout CheckOptions) in o.ignored = ["b"] },
            { $0.categories = ["b"] }, { $0.columnMargins = ["b": Margins()] },
            { $0.margins.distribution = 0 }, { $0.margins.missingShare = 1 },
            { $0.margins.distribution = .nan }, { $0.level = 1 }, { $0.level = 0.4 },
            { $0.columnMargins = ["a": Margins(distribution: -1)] },
        ] as [(inout CheckOptions) -> Void] {
            var options = CheckOptions()
            change(&options)
            #expect(throws: CheckError.self, "\(options)") {
                _ = try Agreement.check(train: good, serve: good, options: options)
            }
        }
    }

    @Test func `a file that is not there is told before another one is read`() {
        let unread = TableInput(
            .rows(name: "train") { _ in throw CheckError("train was read", hint: "") })
        let error = #expect(throws: (any Error).self) {
            _ = try Agreement.check(train: unread, serve: .file("no/such.csv"))
        }
        #expect(error.map { "\($0)" }?.hasPrefix("no/such.csv: cannot be opened") == true)
    }

    @Test func `a table can come through a pipe`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let text = Array("a,b\n1,x\n2,y\n".utf8)
        #expect(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        defer { close(ends[0]) }
        let report = try Agreement.check(
            train: table("a,b\n1,x\n2,y\n"), serve: .descriptor(ends[0], name: "-"))
        #expect(report.tables[1] == TableFacts(role: .serve, name: "-", rows: 2, columns: 2))
    }

    @Test func `names in NFC and NFD are two columns`() throws {
        let report = try Agreement.check(
            train: table("\u{E9}\n1\n"), serve: table("e\u{301}\n1\n"))
        #expect(report.pairs.first?.columns.count == 2)
    }

    @Test func `the order of rows changes no figure`() throws {
        var chance: UInt64 = 5
        let values: [String?] = (0..<500).map { turn in
            chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return turn % 9 == 0 ? nil : turn % 7 == 0 ? "t\(chance >> 62)" : "\(chance >> 61)"
        }
        let one = try compare(values, Array(values.shuffledBySquares()))
        let two = try compare(Array(values.shuffledBySquares()), values)
        #expect(one.findings == two.findings && one.findings.first?.effect == 0)
        #expect(one.reference?.categories == one.candidate?.categories)
    }
}

extension Array {
    /// Another order, the same on each run.
    func shuffledBySquares() -> [Element] {
        indices.sorted { ($0 * $0 % 509, $0) < ($1 * $1 % 509, $1) }.map { self[$0] }
    }
}

@Suite struct ColumnSummaryTests {
    private func unfinished(
        _ cells: [(String, Bool)], isCategory: Bool = false
    ) throws -> ColumnSummary {
        let rows = cells.map { $0.1 ? "\"\($0.0)\",r\n" : "\($0.0),r\n" }.joined()
        let options = TableReadOptions(texts: { _ in isCategory })
        let read = try TableReader.read(
            .bytes(Array("x,row\n\(rows)".utf8), name: "t.csv"), options: options, lanes: 1,
            makeLane: { _ in ColumnSummary(name: "x", isCategory: isCategory) },
            each: { column, batch in batch.withColumn(0) { column.add($0, weights: nil) } })
        return try #require(read.lanes.first)
    }

    private func summary(
        _ cells: [(String, Bool)], isCategory: Bool = false
    ) throws -> ColumnSummary {
        var summary = try unfinished(cells, isCategory: isCategory)
        summary.finish()
        return summary
    }

    private func counts(_ summary: ColumnSummary) -> [String: Int] {
        var counts: [String: Int] = [:]
        for item in summary.categorySummary.counts {
            counts[String(decoding: item.category, as: UTF8.self)] = item.count
        }
        return counts
    }

    @Test func `a column is numbers until its first text, wherever that stands`() throws {
        let cells = [("1", false), ("1.0", false), ("NA", false), ("inf", false), ("a", false)]
        for order in [cells, cells.reversed()] {
            let column = try summary(order)
            #expect(column.kind == .category && column.rows == 5 && column.absent == 1)
            #expect(counts(column) == ["1": 2, "inf": 1, "a": 1])
        }
    }

    @Test func `a quoted nothing is missing among numbers and a text among texts`() throws {
        let among = try summary([("1", true), ("", true), ("2", true)])
        #expect(among.kind == .number && among.absent == 1 && among.rows == 3)
        let texts = try summary([("a", true), ("", true), ("", false)])
        #expect(texts.kind == .category && texts.absent == 1 && texts.rows == 3)
        #expect(counts(texts) == ["a": 1, "": 1])
        let forced = try summary([("1", true), ("", true), ("NA", false)], isCategory: true)
        #expect(forced.kind == .category && forced.absent == 1)
        #expect(counts(forced) == ["1": 1, "": 1])
    }

    @Test func `parts of a column merge into the whole, whatever their kinds`() throws {
        let parts = [
            try unfinished([("1", false), ("2", false)]),
            try unfinished([("x", false), ("1", false)]),
            try unfinished([("", false), ("", true)]),
        ]
        for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 0, 1]] {
            var whole = ColumnSummary(name: "x")
            for index in order { whole.merge(parts[index]) }
            whole.finish()
            #expect(whole.kind == .category && whole.rows == 6 && whole.absent == 1, "\(order)")
            #expect(counts(whole) == ["1": 2, "2": 1, "x": 1, "": 1], "\(order)")
        }
    }

    @Test func `a verdict is where the interval lies`() {
        #expect(Verdict(Interval(lower: 0, upper: 0.0999), margin: 0.1) == .agrees)
        #expect(Verdict(Interval(lower: 0, upper: 0.1), margin: 0.1) == .inconclusive)
        #expect(Verdict(Interval(lower: 0.1, upper: 0.2), margin: 0.1) == .inconclusive)
        #expect(Verdict(Interval(lower: 0.1001, upper: 0.2), margin: 0.1) == .disagrees)
        #expect(Verdict(all: []) == .inconclusive)
        #expect(Verdict(all: [.agrees, .inconclusive]) == .inconclusive)
        #expect(Verdict(all: [.agrees, .disagrees, .inconclusive]) == .disagrees)
    }
}
