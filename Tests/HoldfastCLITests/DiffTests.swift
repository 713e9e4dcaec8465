import HoldfastFormats
import Testing
import TestSupport

/// `holdfast diff`: what it says of a change, and its status.
@Suite struct DiffTests {
    /// A catalog of one experiment, `limits`, of these keys; `more` stands beside it.
    private static func text(
        _ keys: String = "arms: [{control: 5%}, {treatment: 95%}]", more: String = "",
        sections: String = "", salt: String = "diff-tests-salt-0001"
    ) -> String {
        """
        holdfast: 1
        salt: \(salt)
        \(sections)
        experiments:
          limits: {unit: customer, \(keys)}
          \(more)
        """
    }

    private struct Run {
        var json: JSON
        var status: Int32
        var errors: String
        /// What is said for people.
        var text: String

        var experiment: JSON? { json["experiments"]?.array?.first }
        var moves: [JSON] { experiment?["moves"]?.array ?? [] }
        var reasons: [String] { (experiment?["reasons"]?.array ?? []).compactMap(\.string) }
        var changes: [String] { (experiment?["changes"]?.array ?? []).compactMap(\.string) }

        /// The share or count of each move, by "from → to".
        func figures(_ list: String, _ figure: String) -> [String: Double] {
            var figures: [String: Double] = [:]
            for move in experiment?[list]?.array ?? [] {
                let key = "\(move["from"]?.string ?? "-") → \(move["to"]?.string ?? "-")"
                figures[key, default: 0] += move[figure]?.double ?? .nan
            }
            return figures
        }
    }

    /// Compares two catalogs in both formats; what is printed must fit the schema.
    private static func diff(
        _ old: String, _ new: String, _ more: [String] = [], units: String? = nil,
        name: String = "units.csv"
    ) async throws -> Run {
        let folder = try TemporaryFolder()
        var arguments = [
            "diff", try folder.write("old.yaml", old), try folder.write("new.yaml", new),
        ]
        arguments += more
        if let units { arguments += ["--units", try folder.write(name, units)] }
        let text = try await Program.run(arguments)
        let run = try await Program.run(arguments + ["--format", "json"])
        #expect(text.status == run.status && text.errors == run.errors)
        let json = try JSON.parse(Array(run.output.utf8))
        let faults = try JSONSchemaValidator("diff.schema.json").faults(json)
        #expect(faults == [], "\(run.output)")
        let isSafe = json["safe"] == true
        #expect(
            text.output.hasSuffix(isSafe ? ": safe\n" : "holdfast serve --accept-unsafe NAME\n"))
        return Run(json: json, status: run.status, errors: run.errors, text: text.output)
    }

    // MARK: - Safe or not

    @Test func `the same catalog moves nobody`() async throws {
        let run = try await DiffTests.diff(
            DiffTests.text(), DiffTests.text(), units: "unit\na\nb\n")
        #expect(run.status == 0)
        #expect(run.json["safe"] == true && run.json["experiments"] == [])
        #expect(run.json["old"] == run.json["new"])
        #expect(run.json["units"] == ["rows": 2, "not_taken": 0])
        #expect(run.text.contains("Every unit is dealt alike by r"))
        #expect(run.text.contains("\n2 units were dealt by both.\n"))
    }

    @Test(arguments: ["washout: 2d", "features: {x: number}", "agreement: {margin: 0.2}"])
    func `what deals nobody makes another revision, and is no difference`(key: String) async throws
    {
        let arms = "arms: [{control: 5%}, {treatment: 95%}]"
        let run = try await DiffTests.diff(
            DiffTests.text(), DiffTests.text(arms + ", " + key), units: "unit\na\nb\n")
        #expect(run.status == 0)
        #expect(run.json["safe"] == true && run.json["experiments"] == [])
        #expect(run.json["old"] != run.json["new"])
        #expect(run.text.contains("Every unit is dealt alike by r"))
    }

    @Test func `growing traffic is safe, and growing control is not`() async throws {
        let arms = "arms: [{control: 5%}, {treatment: 95%}]"
        let old = DiffTests.text(arms + ", traffic: 40%")
        let grown = try await DiffTests.diff(old, DiffTests.text(arms + ", traffic: 60%"))
        #expect(grown.status == 0 && grown.json["safe"] == true && grown.json["units"] == .null)
        #expect(grown.experiment?["units"] == .null)
        #expect(
            grown.figures("moves", "share") == [
                "not enrolled → control": 0.01, "not enrolled → treatment": 0.19,
            ])
        #expect(grown.changes == ["its traffic was 40% and is 60% now"] && grown.reasons == [])
        let shrunk = try await DiffTests.diff(DiffTests.text(arms + ", traffic: 60%"), old)
        #expect(shrunk.status == 1 && shrunk.experiment?["safe"] == false)
        let more = try await DiffTests.diff(
            DiffTests.text(), DiffTests.text("arms: [{control: 7.5%}, {treatment: 92.5%}]"))
        #expect(more.status == 1 && more.json["safe"] == false)
        #expect(more.figures("moves", "share") == ["treatment → control": 0.025])
        #expect(more.reasons == ["2.5% of all units would move from treatment to control"])
        #expect(more.text.contains("experiment limits: NOT SAFE\n  its arms were control 5%"))
        #expect(more.text.contains("\n  treatment → control: 2.5% of all units\n"))
    }

    @Test func `what has not begun, has ended or ends may change, and what is removed may not`()
        async throws
    {
        let at = ["--at", "2026-06-01T00:00:00Z"]
        let plain = DiffTests.text()
        let other = "arms: [{control: 50%}, {treatment: 50%}]"
        for (old, new, status, words) in [
            ("starts: 2026-07-01T00:00:00Z", "starts: 2026-07-01T00:00:00Z", 0, "it does not run"),
            ("ends: 2026-06-01T00:00:00Z", "ends: 2026-06-01T00:00:00Z", 0, "it does not run"),
            ("ends: 2026-06-01T00:00:01Z", "ends: 2026-06-01T00:00:01Z", 1, "NOT SAFE"),
            ("starts: 2026-06-01T00:00:00Z", "starts: 2026-06-01T00:00:00Z", 1, "NOT SAFE"),
            ("traffic: 100%", "ends: 2026-06-01T00:00:00Z", 0, "it ends"),
            ("traffic: 100%", "starts: 2026-06-01T00:00:01Z", 1, "NOT SAFE"),
        ] as [(String, String, Int32, String)] {
            let run = try await DiffTests.diff(
                DiffTests.text("arms: [{control: 5%}, {treatment: 95%}], \(old)"),
                DiffTests.text("\(other), \(new)"), at)
            #expect(run.status == status, "\(old), \(new): \(run.text)")
            #expect(run.text.contains(words), "\(words) is not in \(run.text)")
        }
        let both = DiffTests.text(more: "offers: {unit: customer, arms: [{control: 100%}]}")
        let added = try await DiffTests.diff(plain, both, at)
        #expect(added.status == 0 && added.changes == ["it is new"])
        let removed = try await DiffTests.diff(both, plain, at)
        #expect(removed.status == 1 && removed.changes == ["it is removed"])
        #expect(removed.experiment?["name"] == "offers")
        #expect(
            removed.figures("moves", "share") == ["control → not in the experiment": 1])
    }

    @Test func `another salt deals everybody anew`() async throws {
        let run = try await DiffTests.diff(
            DiffTests.text(), DiffTests.text(salt: "diff-tests-salt-0002"))
        #expect(run.status == 1)
        #expect(
            run.figures("moves", "share") == [
                "control → treatment": 0.0475, "treatment → control": 0.0475,
            ])
        #expect(run.changes == ["the salt is another, so that every unit is dealt anew"])
        #expect(!run.text.contains("salt-000"))
        // Another system's hash has no salt of ours.
        let rule = "arms: [control, treatment], compatible: {with: flagd, weights: [1, 2]}"
        let peer = try await DiffTests.diff(
            DiffTests.text(rule), DiffTests.text(rule, salt: "diff-tests-salt-0002"))
        #expect(peer.status == 0 && peer.moves.isEmpty)
    }

    @Test func `another system's rule that is changed moves whom its ranges say`() async throws {
        func rule(_ more: String) -> String {
            DiffTests.text(
                "arms: [control, treatment], compatible: {with: growthbook, hashVersion: 2, \(more)}"
            )
        }
        let units = "unit\n" + (0..<4_000).map { "customer-\($0)\n" }.joined()
        let old = rule("seed: a, coverage: 0.5, weights: [0.5, 0.5]")
        let grown = try await DiffTests.diff(
            old, rule("seed: a, coverage: 0.8, weights: [0.5, 0.5]"), units: units)
        #expect(grown.status == 0, "\(grown.text)")
        #expect(
            grown.figures("moves", "share") == [
                "not enrolled → control": 0.15, "not enrolled → treatment": 0.15,
            ])
        expectFit(grown, of: 4_000)
        let seeded = try await DiffTests.diff(
            old, rule("seed: b, coverage: 0.5, weights: [0.5, 0.5]"), units: units)
        #expect(seeded.status == 1)
        #expect(seeded.figures("moves", "share")["control → treatment"] == 0.0625)
        #expect(seeded.figures("moves", "share").count == 6)
        expectFit(seeded, of: 4_000)
        #expect(seeded.changes.contains("its rule of growthbook is another"))
    }

    @Test func `ranges that overlap, leave gaps or come out of order are told apart`() async throws
    {
        func rule(_ ranges: String) -> String {
            DiffTests.text("arms: [control, treatment], compatible: {with: \(ranges)}")
        }
        func splits(_ end: Int) -> String {
            """
            eppo, totalShards: 10000, splits: [
            {variationKey: treatment, shards: [{salt: a, ranges: [{start: 6000, end: 9000}]}]},
            {variationKey: control, shards: [{salt: a, ranges: [{start: 1000, end: \(end)}]}]},
            {variationKey: treatment, shards: [{salt: a, ranges: [{start: 2000, end: 3000}]}]}]
            """
        }
        let units = "unit\n" + (0..<4_000).map { "customer-\($0)\n" }.joined()
        // The third split lies within the second; the first within the second that has grown.
        let grown = try await DiffTests.diff(rule(splits(5_000)), rule(splits(9_500)), units: units)
        #expect(grown.status == 0, "\(grown.text)")
        #expect(grown.figures("moves", "share") == ["not enrolled → control": 0.15])
        expectFit(grown, of: 4_000)
        let shrunk = try await DiffTests.diff(
            rule(splits(5_000)), rule(splits(1_500)), units: units)
        #expect(shrunk.status == 1)
        #expect(
            shrunk.figures("moves", "share") == [
                "control → not enrolled": 0.25, "control → treatment": 0.1,
            ])
        expectFit(shrunk, of: 4_000)
        let ranged = "growthbook, hashVersion: 2, key: r, ranges: "
        let swapped = try await DiffTests.diff(
            rule(ranged + "[[0.5, 0.8], [0.1, 0.4]]"), rule(ranged + "[[0.5, 0.9], [0, 0.4]]"),
            units: units)
        #expect(swapped.status == 0, "\(swapped.text)")
        #expect(
            swapped.figures("moves", "share") == [
                "not enrolled → control": 0.1, "not enrolled → treatment": 0.1,
            ])
        expectFit(swapped, of: 4_000)
    }

    // MARK: - Units

    /// Whether what was counted is what the ranges foretell, within 4.5 standard deviations.
    private func expectFit(_ run: Run, of count: Int) {
        let shares = run.figures("moves", "share")
        let counts = run.figures("units", "count")
        #expect(Set(counts.keys).isSubset(of: shares.keys), "\(counts) \(shares)")
        for (move, share) in shares {
            let expected = share * Double(count)
            let limit = 4.5 * (expected * (1 - share)).squareRoot() + 1
            #expect(abs((counts[move] ?? 0) - expected) <= limit, "\(move): \(counts) \(shares)")
        }
    }

    @Test func `the units counted are those foretold, in every format and from a stream`()
        async throws
    {
        let sections = """
            holdouts: {program: {unit: customer, share: SHARE, covers: all}}
            layers: {lending: {unit: customer}}
            """
        let keys = "layer: {name: lending, from: 0%, to: 60%}, "
        let old = DiffTests.text(
            keys + "arms: [{control: 20%}, {low: 30%}, {high: 50%}], traffic: 70%",
            sections: sections.replacing("SHARE", with: "4%"))
        let new = DiffTests.text(
            keys.replacing("60%", with: "55%")
                + "arms: [{control: 30%}, {low: 30%}, {high: 40%}], traffic: 90%",
            sections: sections.replacing("SHARE", with: "6%"))
        let ids = (0..<4_000).map { "customer-\($0)" }
        let csv = "n,id\n" + ids.map { "1,\($0)\n" }.joined()
        let lines = ids.map { "{\"n\":1,\"id\":\"\($0)\"}\n" }.joined()
        let column = ["--unit-column", "id"]
        let run = try await DiffTests.diff(old, new, column, units: csv)
        #expect(run.status == 1 && run.errors == "" && run.moves.count > 8)
        expectFit(run, of: 4_000)
        let other = try await DiffTests.diff(old, new, column, units: lines, name: "u.jsonl")
        #expect(other.json == run.json && other.text == run.text)
        let folder = try TemporaryFolder()
        let paths = [try folder.write("a.yaml", old), try folder.write("b.yaml", new)]
        for (input, format) in [(csv, "csv"), (lines, "jsonl")] {
            let stream = try await Program.run(
                ["diff"] + paths + column
                    + ["--units", "-", "--file-format", format, "--format", "json"],
                input: input)
            #expect(stream.status == 1)
            #expect(try JSON.parse(Array(stream.output.utf8)) == run.json)
        }
    }

    @Test func `a bad row is named and counted, and the others are dealt`() async throws {
        let grown = DiffTests.text("arms: [{control: 5%}, {treatment: 95%}], traffic: 100%")
        let old = DiffTests.text("arms: [{control: 5%}, {treatment: 95%}], traffic: 50%")
        let long = String(repeating: "x", count: 1_025)
        let csv = try await DiffTests.diff(
            old, grown, units: "unit,n\na,1\n,2\nb,3,4\n\(long),5\nc,6\n")
        // The change is safe; that not every unit could be asked is not.
        #expect(csv.status == 1 && csv.json["safe"] == true)
        #expect(csv.json["units"] == ["rows": 5, "not_taken": 3])
        #expect(csv.errors.contains("row 2 (line 3): has no unit of 1 to 1024 bytes in \"unit\""))
        #expect(csv.errors.contains("row 3 (line 4)") && csv.errors.contains("row 4 (line 5)"))
        #expect(csv.text.contains("\n2 units were dealt by both, and 3 could not be taken.\n"))
        let lines = try await DiffTests.diff(
            old, grown, units: "{\"unit\":\"a\"}\n[1]\n{\"unit\":3}\n{bad\n{\"unit\":\"b\"}\n",
            name: "units.jsonl")
        #expect(lines.status == 1 && lines.json["units"] == ["rows": 5, "not_taken": 3])
        for words in ["line 2: is no object", "line 3: has no unit", "line 4: column 2: expected"] {
            #expect(lines.errors.contains(words), "\(words) is not in \(lines.errors)")
        }
    }

    @Test func `a unit that lacks what the new catalog needs cannot be dealt`() async throws {
        let new = "explore: [{below: 0.5, control: 5%}, {control: 5%}]"
        let run = try await DiffTests.diff(
            DiffTests.text(), DiffTests.text(new), units: "unit,score\na,0.1\nb,\nc,high\n")
        #expect(run.status == 1)
        let counts = run.figures("units", "count")
        #expect(counts.filter { $0.key.hasSuffix("→ cannot be dealt") }.values.reduce(0, +) == 2)
    }

    // MARK: - Bad input

    @Test func `a broken catalog is named with file and line`() async throws {
        let folder = try TemporaryFolder()
        let good = try folder.write("good.yaml", DiffTests.text())
        let bad = try folder.write(
            "bad.yaml", DiffTests.text("arms: [{control: 5%}, {treatment: 96%}]"))
        for paths in [[good, bad], [bad, good]] {
            let run = try await Program.run(["diff"] + paths)
            #expect(run.status == 2 && run.output == "")
            #expect(run.errors.contains("bad.yaml:5:") && run.errors.contains("add up to 101"))
        }
        let none = try await Program.run(["diff", good, folder.file("none.yaml")])
        #expect(none.status == 2 && none.errors.contains("there is no catalog at"))
        let units = try await Program.run(["diff", good, good, "--units", good])
        #expect(units.status == 2 && units.errors.contains("has no column \"unit\"; name another"))
        #expect(try await Program.run(["diff", good]).status == 64)
        #expect(try await Program.run(["diff", good, good, "--at", "today"]).status == 64)
    }
}
