import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastChecks

/// Tables cut into slices, each held against the reference.
@Suite struct SliceTests {
    /// Two weeks of serving, three rows an hour; from the tenth day on income is 40 higher.
    private func served(_ extra: String = "") -> TableInput {
        var chance = SeededGenerator(seed: 3)
        var text = "at,income,region\n"
        for hour in 0..<(14 * 24) {
            let day = Timestamp(microseconds: Int64(hour) * 3_600_000_000 + 1_767_225_600_000_000)
            for turn in 0..<30 {
                let income = chance.below(100) + (hour >= 10 * 24 ? 40 : 0)
                text += "\(day),\(income),\(["kanto", "kansai"][turn % 2])\n"
            }
        }
        return table(text + extra, "serve.csv")
    }

    private var train: TableInput {
        var chance = SeededGenerator(seed: 4)
        let rows = (0..<8_000).map { "\(chance.below(100)),\(["kanto", "kansai"][$0 % 2])\n" }
        return table("income,region\n" + rows.joined(), "train.csv")
    }

    @Test func `a change shows in the days since it began, and in no day before`() throws {
        var options = CheckOptions()
        options.slices = try SliceRule("at:1d")
        let report = try Agreement.check(train: train, serve: served(), options: options)
        let slices = try #require(report.pairs.first?.slices)
        #expect(slices.column == "at" && slices.period == "1d" && slices.unplaced == 0)
        #expect(slices.slices.count == 14)
        #expect(slices.slices.first?.name == "2026-01-01T00:00:00Z")
        for (day, slice) in slices.slices.enumerated() {
            let income = try #require(slice.columns.first { $0.column == "income" })
            #expect(slice.rows == 720 && slice.referenceRows == 8_000, "day \(day)")
            #expect((income.verdict == .disagrees) == (day >= 10), "day \(day): \(income)")
        }
        // The time itself is no feature: train has none, and nothing is held against that.
        #expect(report.pairs.first?.columns.map(\.column) == ["income", "region"])
    }

    @Test func `slices by value are held against the rows of the same value`() throws {
        var options = CheckOptions()
        options.slices = try SliceRule("region")
        options.ignored = ["at"]
        let report = try Agreement.check(
            train: train, serve: served("2026-01-01T00:00:00Z,5,\n"), options: options)
        let slices = try #require(report.pairs.first?.slices)
        #expect(slices.period == nil && slices.unplaced == 1)
        #expect(slices.slices.map(\.name) == ["kansai", "kanto"])
        #expect(slices.slices.map(\.referenceRows) == [4_000, 4_000])
        #expect(slices.slices.map(\.rows) == [5_040, 5_040])
    }

    @Test func `times are read as they are written, and what is none is counted`() throws {
        var options = CheckOptions()
        options.slices = try SliceRule("at:12h")
        let rows = [
            "2026-01-01T13:00:00+09:00", "2026-01-01", "2026-01-01 11:59:59", "1767225600",
            "soon", "", "2026-01-01T12:00:00Z",
        ]
        let serve = table("at,x\n" + rows.map { "\($0),1\n" }.joined())
        let report = try Agreement.check(train: table("x\n1\n"), serve: serve, options: options)
        let slices = try #require(report.pairs.first?.slices)
        #expect(slices.unplaced == 2)
        #expect(slices.slices.map(\.name) == ["2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z"])
        #expect(slices.slices.map(\.rows) == [4, 1])
    }

    @Test func `weights count in a slice as in the whole`() throws {
        var options = CheckOptions()
        options.slices = try SliceRule("region")
        options.weight = "w"
        options.isAcross = false
        let train = table("region,x,w\n" + String(repeating: "a,1,1\na,2,3\n", count: 500))
        let serve = table("region,x,w\n" + String(repeating: "a,1,3\na,2,1\n", count: 500))
        let report = try Agreement.check(train: train, serve: serve, options: options)
        let whole = try #require(report.pairs.first?.columns.first { $0.column == "x" })
        let slice = try #require(report.pairs.first?.slices?.slices.first)
        let x = try #require(slice.columns.first { $0.column == "x" })
        #expect(abs((whole.findings.first?.effect ?? 0) - 0.5) < 1e-12)
        #expect(x.findings.map(\.effect) == whole.findings.map(\.effect))
        #expect(x.findings.map(\.interval) == whole.findings.map(\.interval))
        // 1,000 rows of weights 1 and 3 are worth (Σw)²/Σw² = 800.
        #expect(report.tables.map(\.effectiveRows) == [800, 800])
    }

    @Test func `slices have a limit, and one more is refused`() throws {
        var options = CheckOptions()
        options.slices = try SliceRule("x")
        func serve(_ count: Int) -> TableInput {
            table("x\n" + (0..<count).map { "v\($0)\n" }.joined(), "serve.csv")
        }
        let limit = SliceComparison.limit
        let report = try Agreement.check(
            train: table("x\nv1\n"), serve: serve(limit), options: options)
        #expect(report.pairs.first?.slices?.slices.count == limit)
        let error = #expect(throws: (any Error).self) {
            try Agreement.check(
                train: table("x\nv1\n"), serve: serve(limit + 1), options: options)
        }
        #expect(error.map { "\($0)" }?.contains("more than \(limit) slices") == true)
    }

    @Test func `a rule is read as it is written`() throws {
        #expect(try SliceRule("region") == SliceRule(column: "region"))
        #expect(try SliceRule("at:12h") == SliceRule(column: "at", seconds: 43_200))
        #expect(try SliceRule("a:b:2w") == SliceRule(column: "a:b", seconds: 1_209_600))
        #expect(try SliceRule("a:b") == SliceRule(column: "a:b"))
        #expect(try SliceRule("at:90min").text == "at:90min")
        #expect(try SliceRule("at:24h").text == "at:1d")
        for text in ["", ":1d", "at:0d", "at:1000001d"] {
            #expect(throws: CheckError.self, "\(text)") { try SliceRule(text) }
        }
    }
}
