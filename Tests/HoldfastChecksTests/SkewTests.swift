import Testing
import TestSupport

@testable import HoldfastChecks

@Suite struct SkewTests {
    private func options() -> CheckOptions {
        var options = CheckOptions()
        options.key = "id"
        return options
    }

    private func skew(
        _ train: String, _ serve: String, _ columns: [String], _ options: CheckOptions? = nil,
        plan: RowPlan? = nil
    ) throws -> AcrossColumns {
        try across(
            train, serve, columns, roles: (.train, .serve), options: options ?? self.options(),
            plan: plan)
    }

    @Test func `each row of a key is compared with its own`() throws {
        let train = "id,x,city\na,1,Bonn\nb,2,Köln\nc,3,Köln\nd,4,Ulm\ne,5,Ulm\n"
        let serve = "id,city,x\ne,Ulm,5.0\nd,ULM,4\nc,,2.5\nb,Köln,2\nz,Ulm,1\n"
        let facts = try #require(try skew(train, serve, ["x", "city"]).skew)
        #expect(facts.key == "id" && facts.joined == 4 && facts.differing == 2)
        #expect(facts.referenceOnly == 1 && facts.candidateOnly == 1 && facts.repeated == 0)
        #expect(facts.sampledShare == 1)
        #expect(facts.columns.map(\.column) == ["city", "x"])
        let (city, x) = (facts.columns[0], facts.columns[1])
        #expect(city.differing == 2 && city.missingOnOneSide == 1 && city.meanShift == nil)
        #expect(
            city.examples.sorted { $0.key < $1.key } == [
                .init(key: "c", reference: "Köln", candidate: nil),
                .init(key: "d", reference: "Ulm", candidate: "ULM"),
            ])
        #expect(x.differing == 1 && x.missingOnOneSide == 0 && x.largest == 0.5)
        #expect(x.meanShift == -0.125)
        #expect(x.examples == [.init(key: "c", reference: "3", candidate: "2.5")])
    }

    @Test func `another writer's digits are no skew, another number is`() throws {
        let train = "id,x\na,0.30000000000000004\nb,1e300\nc,1\nd,1000000\n"
        let serve = "id,x\na,0.3\nb,1.0000000000001e300\nc,1.00000001\nd,1000000.01\n"
        let x = try #require(try skew(train, serve, ["x"]).skew?.columns.first)
        #expect(x.differing == 2 && Set(x.examples.map(\.key)) == ["c", "d"])
    }

    @Test func `what has no value on both sides is equal, infinite values are themselves`() throws {
        let train = "id,x,t\na,NA,NA\nb,inf,u\nc,inf,\"\"\nd,1,v\ne,,w\n"
        let serve = "id,x,t\na,nan,\nb,inf,u\nc,-inf,NA\nd,NA,v\ne,\"\",w\n"
        let facts = try #require(try skew(train, serve, ["x", "t"]).skew)
        let x = try #require(facts.columns.first { $0.column == "x" })
        #expect(x.differing == 2 && x.missingOnOneSide == 1)
        #expect(
            x.examples.sorted { $0.key < $1.key } == [
                .init(key: "c", reference: "inf", candidate: "-inf"),
                .init(key: "d", reference: "1", candidate: nil),
            ])
        // Among texts an empty one is a text.
        let t = try #require(facts.columns.first { $0.column == "t" })
        #expect(t.differing == 1 && t.missingOnOneSide == 1)
        #expect(t.examples == [.init(key: "c", reference: "", candidate: nil)])
    }

    @Test func `keys that occur twice or are missing are left out and said`() throws {
        let train = "id,x\na,1\na,2\nb,1\n,9\nNA,9\nc,1\n"
        let serve = "id,x\na,1\nb,1\nc,1\nc,1\n,9\n"
        let found = try skew(train, serve, ["x"])
        let facts = try #require(found.skew)
        #expect(facts.joined == 1 && facts.repeated == 2 && facts.differing == 0)
        #expect(facts.referenceOnly == 0 && facts.candidateOnly == 0)
        let notes = found.notes.filter { $0.contains("no key in") }
        #expect(notes.count == 2 && notes[0].hasPrefix("2 rows of train have"))
        #expect(notes[1].hasPrefix("1 row of serve has"))
    }

    @Test func `a column of which every value repeats is no key`() throws {
        let once = table("id,x\na,1\nb,2\n", "train.csv")
        let twice = table("id,x\na,1\nb,2\na,1\nb,2\n", "serve.csv")
        var options = CheckOptions()
        options.key = "id"
        for (train, serve) in [(once, twice), (table("id,x\na,1\n", "train.csv"), twice)] {
            let error = #expect(throws: CheckError.self) {
                _ = try Agreement.check(train: train, serve: serve, options: options)
            }
            #expect(error?.message.hasPrefix("serve.csv: column \"id\" is no key") == true)
        }
        let some = table("id,x\na,1\nb,2\na,1\n", "serve.csv")
        let report = try Agreement.check(train: once, serve: some, options: options)
        #expect(report.pairs[0].across.skew?.repeated == 1)
    }

    @Test func `a number and a text that writes it are one where texts are among them`() throws {
        let train = "id,x\na,1\nb,2.5\nc,x\n"
        let serve = "id,x\na,1.0\nb,2.50\nc,y\n"
        let facts = try #require(try skew(train, serve, ["x"]).skew)
        #expect(facts.differing == 1 && facts.columns[0].examples.map(\.key) == ["c"])
    }

    @Test func `long cells are cut between characters, and still compared whole`() throws {
        let long = String(repeating: "ä", count: 50)
        let found = try skew(
            "id,x\na,\(long)1\nb,\(long)2\n", "id,x\na,\(long)1\nb,\(long)3\n", ["x"])
        let x = try #require(found.skew?.columns.first)
        #expect(x.differing == 1)
        let shown = String(repeating: "ä", count: 28) + "…"
        #expect(x.examples == [.init(key: "b", reference: shown, candidate: shown)])
    }

    @Test func `at most five rows are shown of a column`() throws {
        let found = try skew(
            csv("id,x", 100) { "\($0),\($0)" }, csv("id,x", 100) { "\($0),\($0 + 1)" }, ["x"])
        let x = try #require(found.skew?.columns.first)
        #expect(x.differing == 100 && x.examples.count == 5 && x.meanShift == 1)
        #expect(found.finding(.skew)?.verdict == .disagrees)
    }

    @Test func `a sample of keys is the same in both tables, and tells about the truth`() throws {
        for seed in UInt64(1)...4 {
            var plan = RowPlan(options())
            plan.keyedLimit = 2_000
            plan.seed = seed
            let train = csv("id,x", 20_000) { "key-\($0),\($0)" }
            // Other rows besides, in another order; each twentieth differs.
            let serve = csv("id,x", 24_000) { row in
                let place = 24_000 - row
                return "key-\(place),\(place % 20 == 0 ? 0 : place)"
            }
            let found = try skew(train, serve, ["x"], plan: plan)
            let facts = try #require(found.skew)
            #expect(facts.sampledShare < 0.1 && facts.sampledShare > 0.07, "seed \(seed)")
            let kept = Double(facts.joined) / facts.sampledShare
            #expect(abs(kept - 20_000) < 2_500, "seed \(seed): \(kept)")
            #expect(Double(facts.candidateOnly) / facts.sampledShare > 2_500, "seed \(seed)")
            #expect(facts.referenceOnly <= 1, "seed \(seed)")
            let finding = try #require(found.finding(.skew))
            // 0.0053 is the standard error.
            #expect(abs(finding.effect - 0.05) < 0.022, "seed \(seed): \(finding.effect)")
            #expect(finding.verdict == .disagrees)
            #expect(found.notes.contains { $0.contains("of the keys, chosen by a hash") })
        }
    }

    @Test func `clean joins agree, and only with serve`() throws {
        let rows = csv("id,x", 2_000) { "\($0),\($0 * 7 % 101)" }
        let found = try skew(rows, rows, ["x"])
        #expect(found.finding(.skew)?.verdict == .agrees && found.skew?.joined == 2_000)
        let eval = try across(rows, rows, ["x"], roles: (.eval, .serve), options: options())
        #expect(eval.finding(.skew)?.verdict == .agrees)
        let trained = try across(rows, rows, ["x"], roles: (.train, .eval), options: options())
        #expect(trained.skew == nil && trained.finding(.skew) == nil)
    }

    @Test func `a label that comes later is no skew, a prediction is one`() throws {
        var options = options()
        (options.label, options.prediction) = ("y", "p")
        let found = try skew(
            csv("id,y,p", 30) { "\($0),1,2" }, csv("id,y,p", 30) { "\($0),,3" }, ["y", "p"],
            options)
        #expect(found.skew?.columns.map(\.column) == ["p"] && found.skew?.differing == 30)
    }

    @Test func `no key in a table, none in both and nothing else in both are notes`() throws {
        let rows = csv("id,x", 30) { "\($0),1" }
        let cases = [
            (csv("x", 30) { _ in "1" }, "serve has no column \"id\""),
            (csv("id,x", 30) { "other\($0),1" }, "no key occurs once in both"),
            (csv("id,z", 30) { "\($0),1" }, "share no other column"),
        ]
        for (serve, says) in cases {
            let found = try skew(rows, serve, ["x", "z"])
            #expect(found.finding(.skew) == nil)
            #expect(found.notes.contains { $0.contains(says) }, "\(says): \(found.notes)")
        }
    }
}
