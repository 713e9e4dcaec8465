import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks

/// Tables as a whole: weights, bounded memory, what a table may lack.
@Suite struct SummaryTests {
    private func rows(_ count: Int, seed: UInt64, shift: Int = 0) -> String {
        var chance = SeededGenerator(seed: seed)
        return (0..<count).map { _ in "\(chance.below(1_000_000) + shift),c\(chance.below(40))\n" }
            .joined()
    }

    @Test func `a bound on memory widens the interval by what it may be off, and no more`() throws {
        let one = table("x,c\n" + rows(60_000, seed: 1), "train.csv")
        let two = table("x,c\n" + rows(60_000, seed: 2, shift: 60_000), "serve.csv")
        var options = CheckOptions()
        options.isAcross = false
        let exact = try Agreement.check(train: one, serve: two, options: options)
        options.byteLimit = 64 << 20
        // Of 64 MiB two columns of two tables can have all that they need.
        let roomy = try Agreement.check(train: one, serve: two, options: options)
        #expect(roomy.pairs.first?.columns == exact.pairs.first?.columns)
        options.byteLimit = CheckOptions.leastBytes
        let plan = ReadPlan(options, [.train, .serve])
        #expect(plan.byteLimit(columns: 2, lanes: 3) == 2 << 20)
        let names = (0..<60).map { "e\($0)" }.joined(separator: ",")
        let wide = "x,c,\(names)\n"
        let commas = String(repeating: ",", count: 60)
        func widened(_ table: String) -> String {
            table.split(separator: "\n").map { "\($0)\(commas)\n" }.joined()
        }
        let bounded = try Agreement.check(
            train: table(wide + widened(rows(60_000, seed: 1))),
            serve: table(wide + widened(rows(60_000, seed: 2, shift: 60_000))), options: options)
        let (sure, rough) = (
            try #require(exact.pairs.first?.columns.first),
            try #require(bounded.pairs.first?.columns.first)
        )
        let error = try #require(rough.reference?.rankError) + (rough.candidate?.rankError ?? 0)
        #expect(error > 0 && error < 0.05 && sure.reference?.rankError == 0)
        let (a, b) = (try #require(sure.findings.first), try #require(rough.findings.first))
        #expect(abs(a.effect - b.effect) <= error)
        #expect(b.interval.lower <= a.interval.lower && b.interval.upper >= a.interval.upper)
        // Categories are few and stay exact.
        #expect(bounded.pairs.first?.columns[1] == exact.pairs.first?.columns[1])
    }

    @Test func `weights make a table that was sampled unevenly what it was`() throws {
        var (whole, sampled) = ("x,w\n", "x,w\n")
        for row in 0..<20_000 {
            whole += "\(row % 100),1\n"
            // Of the upper half one in four was kept, and weighs four.
            if row % 100 < 50 { sampled += "\(row % 100),1\n" }
            if row % 100 >= 50 && row / 100 % 4 == 0 { sampled += "\(row % 100),4\n" }
        }
        var options = CheckOptions()
        options.isAcross = false
        options.weight = "w"
        let report = try Agreement.check(
            train: table(whole), serve: table(sampled), options: options)
        let weighted = try #require(report.pairs.first?.columns.first)
        #expect(weighted.column == "x" && report.pairs.first?.columns.count == 1)
        #expect((weighted.findings.first?.effect ?? 1) < 1e-9)
        options.weight = nil
        options.ignored = ["w"]
        let plain = try Agreement.check(
            train: table(whole), serve: table(sampled), options: options)
        #expect(abs((plain.pairs.first?.columns.first?.findings.first?.effect ?? 0) - 0.3) < 1e-9)
    }

    @Test func `a weight that is none is an error with its place`() throws {
        var options = CheckOptions()
        options.weight = "w"
        for text in ["-1", "", "many", "inf", "nan"] {
            let error = #expect(throws: (any Error).self) {
                try Agreement.check(
                    train: table("x,w\n1,1\n"), serve: table("x,w\n1,1\n2,\(text)\n", "s.csv"),
                    options: options)
            }
            let said = error.map { "\($0)" } ?? ""
            #expect(said.hasPrefix("s.csv: row 2 (line 3): column \"w\": is no weight"), "\(said)")
        }
        // A row of weight 0 is there and counts for nothing.
        let report = try Agreement.check(
            train: table("x,w\n1,1\n"), serve: table("x,w\n1,1\n9,0\n"), options: options)
        #expect(report.pairs.first?.columns.first?.findings.first?.effect == 0)
        #expect(report.tables[1].rows == 2 && report.tables[1].effectiveRows == 1)
    }

    @Test func `serve may lack the label, and train the prediction`() throws {
        var options = CheckOptions()
        (options.label, options.prediction) = ("y", "p")
        let report = try Agreement.check(
            train: table("x,y\n1,0\n"), eval: table("x,y,p\n1,0,0.5\n"),
            serve: table("x,p\n1,0.5\n"), options: options)
        let columns = report.pairs.map { $0.columns.map { "\($0.column) \($0.part.rawValue)" } }
        #expect(
            columns == [
                ["x feature", "y label"], ["x feature"], ["x feature", "p prediction"],
            ])
        options.label = nil
        let strict = try Agreement.check(
            train: table("x,y\n1,0\n"), serve: table("x,p\n1,0.5\n"), options: options)
        #expect(strict.pairs.first?.columns.map(\.verdict) == [.inconclusive, .disagrees])
    }

    @Test func `a name that the catalog declares need not be in any table`() throws {
        var options = CheckOptions()
        options.categories = ["elsewhere"]
        #expect(throws: CheckError.self) {
            try Agreement.check(train: table("x\n1\n"), serve: table("x\n1\n"), options: options)
        }
        options.unneeded = ["elsewhere"]
        #expect(throws: Never.self) {
            try Agreement.check(train: table("x\n1\n"), serve: table("x\n1\n"), options: options)
        }
    }
}
