import HoldfastStatistics
import Testing
import TestSupport

@testable import HoldfastChecks

@Suite struct RowComparisonTests {
    /// Rows of continuous columns, of which `y` goes with `x` as strongly as told.
    private func continuous(_ seed: UInt64, rows: Int, follows: Double = 0.5) -> [String] {
        var chance = SeededGenerator(seed: seed)
        return (0..<rows).map { _ in
            let x = chance.decimal()
            let y = follows * x + (1 - follows) * chance.decimal()
            return "\(x),\(y),\(chance.decimal()),\(chance.pick(["a", "b", "c"]))"
        }
    }

    private func table(_ rows: [String]) -> String {
        "x,y,z,city\n" + rows.joined(separator: "\n") + "\n"
    }

    private let columns = ["x", "y", "z", "city"]

    @Test func `rows of one world agree in all that is looked at`() throws {
        for seed in UInt64(1)...5 {
            let found = try across(
                table(continuous(seed, rows: 4_000)), table(continuous(seed + 100, rows: 3_000)),
                columns)
            #expect(found.findings.map(\.measure) == [.classifier, .correlation, .duplicateRows])
            #expect(found.findings.allSatisfy { $0.verdict == .agrees }, "seed \(seed): \(found)")
            #expect(found.verdict == .agrees && found.notes.isEmpty, "seed \(seed): \(found.notes)")
            // Of a table below 100,000 rows so many are enough.
            #expect(found.classifier?.referenceRows == 2_000)
            #expect(found.classifier?.candidateRows == 2_000)
            #expect(found.correlations.count == 3)
        }
    }

    @Test func `columns that go together otherwise are found, though each alone agrees`() throws {
        for seed in UInt64(1)...3 {
            let one = table(continuous(seed, rows: 4_000, follows: 0.5))
            var chance = SeededGenerator(seed: seed + 50)
            // The same distributions, y on the other side of its middle.
            let two = table(
                continuous(seed + 100, rows: 4_000, follows: 0.5).map { row in
                    var cells = row.split(separator: ",").map(String.init)
                    if chance.below(10) < 8 { cells[1] = "\(1 - (Double(cells[1]) ?? 0))" }
                    return cells.joined(separator: ",")
                })
            let found = try across(one, two, columns)
            let correlation = try #require(found.finding(.correlation))
            #expect(correlation.verdict == .disagrees && correlation.effect > 0.5, "seed \(seed)")
            #expect(found.correlations.first?.one == "x" && found.correlations.first?.other == "y")
            #expect(found.finding(.classifier)?.verdict == .disagrees, "seed \(seed)")
            let named = try #require(found.classifier?.columns.prefix(2).map(\.column))
            #expect(Set(named) == ["x", "y"], "seed \(seed)")
        }
    }

    @Test func `label, prediction, key, unit and time give no table away`() throws {
        var options = CheckOptions()
        (options.label, options.prediction, options.key) = ("l", "p", "k")
        (options.unit, options.weight) = ("u", "w")
        options.slices = SliceRule(column: "t", seconds: 86_400)
        func table(_ shift: Int) -> String {
            var chance = SeededGenerator(seed: UInt64(shift))
            return csv("l,p,k,u,w,t,x,z", 600) { row in
                "\(shift),\(shift),\(shift + row),u\(shift),\(shift),\(shift),"
                    + "\(chance.decimal()),\(chance.decimal())"
            }
        }
        let found = try across(
            table(1), table(9_000), ["l", "p", "k", "u", "w", "t", "x", "z"],
            roles: (.train, .eval), options: options)
        #expect(try #require(found.finding(.classifier)).effect < 0.1)
        options.label = nil
        let labelled = try across(
            table(1), table(9_000), ["l", "x"], roles: (.train, .eval), options: options)
        #expect(labelled.finding(.classifier)?.verdict == .disagrees)
        #expect(labelled.classifier?.columns.first?.column == "l")
    }

    @Test func `a column of numbers here and of texts there is one of categories, by value`() throws
    {
        var chance = SeededGenerator(seed: 4)
        func rows(_ values: [String]) -> String {
            csv("x,y", 3_000) { _ in chance.pick(values) + ",1" }
        }
        let found = try across(rows(["1", "2", "3"]), rows(["1.0", "2", "three"]), ["x", "y"])
        #expect(found.finding(.classifier)?.verdict == .disagrees)
        // By value 1 and 1.0 are one: by bytes the best area would be 0.94, and is 0.78 so.
        #expect(try #require(found.classifier).area < 0.82)
        #expect(found.correlations.isEmpty)
    }

    @Test func `few rows are a note and no finding`() throws {
        let (few, enough) = (
            table(continuous(1, rows: 19)), table(continuous(2, rows: 20))
        )
        let found = try across(few, enough, columns, roles: (.train, .serve))
        #expect(found.findings.isEmpty && found.verdict == nil)
        #expect(found.notes.count == 1 && found.notes[0].contains("train has only 19 rows"))
        let more = try across(enough, table(continuous(3, rows: 20)), columns)
        #expect(more.classifier != nil)
    }

    @Test func `no column in common is a note`() throws {
        let found = try across(
            csv("a", 50) { "\($0)" }, csv("b", 50) { "\($0)" }, ["a", "b"], roles: (.train, .serve))
        #expect(found.findings.isEmpty && found.notes.count == 1)
        #expect(found.notes[0].contains("no column with a value is in both"))
    }

    @Test func `without a look across columns nothing is found`() throws {
        var options = CheckOptions()
        options.isAcross = false
        let rows = table(continuous(1, rows: 100))
        #expect(try across(rows, rows, columns, options: options) == AcrossColumns())
    }

    @Test func `an inconclusive finding says how many rows it would take`() throws {
        let found = try across(
            table(continuous(1, rows: 60)), table(continuous(2, rows: 60)), columns)
        let classifier = try #require(found.finding(.classifier))
        #expect(classifier.verdict == .inconclusive)
        #expect(try #require(classifier.rowsNeeded) > 60)
    }

    @Test func `the pair that decides is one that disagrees, then one that cannot tell`() {
        let (clear, clearer) = (
            Interval(lower: 0.3, upper: 0.6), Interval(lower: 0.35, upper: 0.5)
        )
        let (open, closed) = (Interval(lower: 0, upper: 0.9), Interval(lower: 0, upper: 0.1))
        #expect(RowComparison.worst([open, clear, clearer, closed], margin: 0.2) == 2)
        #expect(RowComparison.worst([closed, open], margin: 0.2) == 1)
        #expect(RowComparison.worst([closed, closed], margin: 0.2) == 0)
        #expect(RowComparison.worst([], margin: 0.2) == nil)
    }

    // MARK: - Leaks

    @Test func `three in a hundred rows of train in eval are a leak`() throws {
        for seed in UInt64(1)...5 {
            let train = continuous(seed, rows: 5_000)
            var eval = continuous(seed + 100, rows: 2_000)
            for row in 0..<60 { eval[row * 33] = train[row * 71] }
            let found = try across(table(train), table(eval), columns)
            #expect(found.duplicates == .init(shared: 60, rows: 2_000, expectedShare: 0))
            let finding = try #require(found.finding(.duplicateRows))
            #expect(finding.effect == 0.03 && finding.verdict == .disagrees, "seed \(seed)")
            #expect(found.verdict == .disagrees)
            let serve = try across(table(train), table(eval), columns, roles: (.train, .serve))
            #expect(serve.duplicates == nil && serve.finding(.duplicateRows) == nil)
        }
    }

    @Test func `rows that are alike by chance are no leak`() throws {
        for seed in UInt64(1)...4 {
            for values in [3, 12, 80] {
                var chance = SeededGenerator(seed: seed)
                func discrete(_ rows: Int) -> String {
                    csv("a,b", rows) { _ in "\(chance.below(values)),c\(chance.below(values))" }
                }
                let found = try across(discrete(3_000), discrete(1_000), ["a", "b"])
                let duplicates = try #require(found.duplicates)
                #expect(duplicates.shared > 250, "seed \(seed), \(values) values")
                let finding = try #require(found.finding(.duplicateRows))
                #expect(finding.verdict != .disagrees, "seed \(seed), \(values): \(finding)")
                #expect(found.notes.contains { $0.contains("by chance") } == (values < 80))
            }
        }
    }

    @Test func `tables of other columns are not searched for duplicates, and that is said`() throws
    {
        let one = csv("a,b", 100) { "\($0),\($0)" }
        let found = try across(one, csv("a,c", 100) { "\($0),\($0)" }, ["a", "b", "c"])
        #expect(found.duplicates == nil && found.finding(.duplicateRows) == nil)
        #expect(found.notes.contains { $0.contains("do not have the same columns") })
    }

    @Test func `the order of rows and columns hides no leak`() throws {
        let train = csv("a,b", 500) { "\($0),t\($0)" }
        let eval = csv("b,a", 500) { "\"t\(499 - $0)\",\(499 - $0).0" }
        #expect(try across(train, eval, ["a", "b"]).duplicates?.shared == 500)
    }

    @Test func `a bound on hashes leaves a share that is near the truth`() throws {
        var plan = RowPlan(CheckOptions())
        plan.hashLimit = 2_000
        let train = csv("a", 20_000) { "\($0)" }
        let eval = csv("a", 20_000) { "\($0 % 4 == 0 ? $0 : $0 + 50_000)" }
        let found = try across(train, eval, ["a"], plan: plan)
        let duplicates = try #require(found.duplicates)
        #expect(duplicates.rows <= 2_000 && duplicates.rows > 800)
        #expect(abs(Double(duplicates.shared) / Double(duplicates.rows) - 0.25) < 0.05)
        #expect(found.notes.contains { $0.contains("one in 16 of the rows") })
    }

    @Test func `units of both tables are counted, where a unit is named`() throws {
        var options = CheckOptions()
        let train = csv("u,x", 3_000) { "u\($0 / 3),\($0)" }
        let eval = csv("u,x", 900) { "\($0 == 899 ? "" : "u\(950 + $0 / 3)"),\($0 + 5_000)" }
        #expect(try across(train, eval, ["u", "x"]).units == nil)
        options.unit = "u"
        let found = try across(train, eval, ["u", "x"], options: options)
        #expect(found.units == .init(column: "u", reference: 1_000, candidate: 300, shared: 50))
        #expect(found.finding(.sharedUnits)?.verdict == .disagrees)
        #expect(found.notes.contains { $0.hasPrefix("1 row of eval have") } == false)
        #expect(found.notes.contains { $0.hasPrefix("1 row of eval has no unit") })
        #expect(
            try across(train, eval, ["u"], roles: (.train, .serve), options: options).units == nil)
        options.unit = "v"
        let without = try across(train, eval, ["u", "x"], options: options)
        #expect(without.units == nil)
        #expect(without.notes.contains { $0.contains("train has no column \"v\"") })
    }
}
