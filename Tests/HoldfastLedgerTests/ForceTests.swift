import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Which catalogs come into force over one that is, and where their features go.
@Suite struct ForceTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
    }

    /// The error of bringing one catalog into force after another; `nil` where it is taken.
    private func change(_ old: Catalog, _ new: Catalog) async throws -> LedgerError? {
        let ledger = try await harness.ledger(old)
        do {
            try await ledger.bringIntoForce(new, at: harness.clock.now)
            let last = try harness.rows(
                "SELECT revision FROM in_force ORDER BY sequence DESC LIMIT 1")
            #expect(last == [[.text(new.revision)]])
            return nil
        } catch let error as LedgerError {
            let last = try harness.rows(
                "SELECT revision FROM in_force ORDER BY sequence DESC LIMIT 1")
            #expect(last == [[.text(old.revision)]], "a refused catalog came into force")
            #expect(try harness.count("revisions") == .integer(1))
            return error
        }
    }

    private static let changed = "[{control: 40%}, {treatment: 60%}]"

    @Test func `changed shares of a running experiment are refused`() async throws {
        for running in ["", "starts: 2026-02-01T00:00:00Z", "starts: \(Harness.start)"] {
            let harness = try Harness()
            let ledger = try await harness.ledger(try Harness.catalog(running))
            let new = try Harness.catalog(running, arms: ForceTests.changed)
            let error = await ledgerError {
                try await ledger.bringIntoForce(new, at: harness.clock.now)
            }
            #expect(error?.code == .unsafeChange)
            #expect(error?.message.contains("limits") == true)
            #expect(error?.message.contains("control 50%, treatment 50%") == true)
            #expect(error?.message.contains("control 40%, treatment 60%") == true)
            #expect(error?.hint.contains("new name") == true)
            #expect(try harness.count("revisions") == .integer(1))
        }
    }

    @Test(arguments: ["starts: 2026-03-01T00:00:00.000001Z", "ends: 2026-03-01T00:00:00Z"])
    func `changed shares of an experiment that does not run are taken`(when: String) async throws {
        let error = try await change(
            try Harness.catalog(when), try Harness.catalog(when, arms: ForceTests.changed))
        #expect(error == nil)
    }

    @Test(arguments: [
        "cluster: household", "traffic: 99%", "unit: shop",
        "layer: {name: l, from: 0%, to: 50%}", "holdout", "salt",
    ])
    func `what else moves units of a running experiment is refused`(what: String) async throws {
        let layers = "layers: {l: {unit: customer}}"
        let new =
            switch what {
            case "unit: shop":
                try Catalog(
                    files: [
                        (
                            "c.yaml",
                            """
                            {holdfast: 1, salt: \(Harness.salt), experiments: {limits: {unit: shop,
                            arms: [{control: 50%}, {treatment: 50%}]}}}
                            """
                        )
                    ], salt: { _ in nil })
            case "holdout":
                try Harness.catalog(others: "holdouts: {h: {unit: customer, share: 1%}}")
            case "salt": try Harness.catalog(salt: Harness.salt + "x")
            default: try Harness.catalog(what, others: layers)
            }
        #expect(try await change(try Harness.catalog(), new)?.code == .unsafeChange)
    }

    @Test func `growing traffic, new experiments and descriptions are taken`() async throws {
        let old = try Harness.catalog("traffic: 10%")
        let new = try Harness.catalog(
            "traffic: 20%, description: more of them, features: {x: number}",
            others: "  more: {unit: customer, arms: [{control: 1%}, {treatment: 99%}]}")
        #expect(try await change(old, new) == nil)
    }

    @Test func `the same catalog again is in force once`() async throws {
        let catalog = try Harness.catalog()
        _ = try await harness.ledger(catalog)
        _ = try await harness.ledger(catalog)
        #expect(try harness.count("in_force") == .integer(1))
    }

    @Test func `every arm that there ever was is known`() async throws {
        let ended = "ends: 2026-03-01T00:00:00Z"
        let ledger = try await harness.ledger(try Harness.catalog(ended))
        let new = try Harness.catalog(ended, arms: "[{control: 10%}, {other: 90%}]")
        try await ledger.bringIntoForce(new, at: harness.clock.now)
        let arms = try await ledger.knownArms(salt: new)
        let known = arms[Name(literal: "limits")].map { $0.map(\.text).sorted() }
        #expect(known == ["control", "other", "treatment"])
    }

    // MARK: - Features

    private func record(_ ledger: Ledger, _ catalog: Catalog, _ features: JSON, _ id: String)
        async throws
    {
        let fact = try harness.reader(catalog).decision([
            "id": .string(id), "experiment": "limits", "unit": .string(id), "features": features,
        ])
        #expect(try await ledger.append([.decision(fact)]).map(\.word) == ["accepted"])
    }

    private func table() throws -> String {
        let number = try harness.rows(
            "SELECT number FROM feature_tables WHERE experiment = 'limits'")
        guard case .integer(let number)? = number.first?.first else { return "" }
        return "features_\(number)"
    }

    @Test func `features are kept in typed columns, and a missing one is null`() async throws {
        let catalog = try Harness.catalog(
            "features: {a: number, b: integer, c: category, d: boolean, select: number}")
        let ledger = try await harness.ledger(catalog)
        try await record(
            ledger, catalog,
            ["a": 3, "b": 9_007_199_254_740_993, "c": "é\u{0}", "d": true, "select": 0.5], "one")
        try await record(ledger, catalog, ["a": nil, "d": false, "c": ""], "two")
        try await record(ledger, catalog, [:], "three")
        let rows = try harness.rows(
            """
            SELECT d.id, f.a, f.b, f.c, f.d, f.\(name: "select") FROM decisions AS d
            LEFT JOIN \(name: try table()) AS f ON f.decision = d.decision ORDER BY d.decision
            """)
        #expect(
            rows == [
                [
                    .text("one"), .real(3), .integer(9_007_199_254_740_993), .text("é\u{0}"),
                    .integer(1), .real(0.5),
                ],
                [.text("two"), .null, .null, .text(""), .integer(0), .null],
                [.text("three"), .null, .null, .null, .null, .null],
            ])
    }

    @Test func `a feature that comes later gets a column, and one that goes keeps its own`()
        async throws
    {
        let first = try Harness.catalog("features: {a: number}")
        let ledger = try await harness.ledger(first)
        try await record(ledger, first, ["a": 1], "one")
        let second = try Harness.catalog("features: {b: category}")
        try await ledger.bringIntoForce(second, at: harness.clock.now)
        try await record(ledger, second, ["b": "x"], "two")
        try await ledger.bringIntoForce(first, at: harness.clock.now)
        try await record(ledger, first, ["a": 2], "three")
        await ledger.close()
        let again = try await harness.ledger(first)
        try await record(again, first, ["a": 3], "four")
        let rows = try harness.rows("SELECT a, b FROM \(name: try table()) ORDER BY decision")
        #expect(
            rows == [
                [.real(1), .null], [.null, .text("x")], [.real(2), .null], [.real(3), .null],
            ])
    }

    @Test(arguments: [
        ("number", "category"), ("number", "integer"), ("integer", "number"),
        ("integer", "boolean"), ("boolean", "category"), ("category", "number"),
    ])
    func `a feature whose type changes is refused with both types and a remedy`(
        old: String, new: String
    ) async throws {
        for ended in ["", ", ends: 2026-01-01T00:00:00Z"] {
            let harness = try Harness()
            let ledger = try await harness.ledger(
                try Harness.catalog("features: {a: \(old)}\(ended)"))
            let changed = try Harness.catalog("features: {a: \(new)}\(ended)")
            let error = await ledgerError {
                try await ledger.bringIntoForce(changed, at: harness.clock.now)
            }
            #expect(error?.code == .unsafeChange)
            for word in ["limits", "\"a\"", old, new] {
                #expect(error?.message.contains(word) == true, "\(word)")
            }
            #expect(error?.hint.contains("new name") == true)
            #expect(try harness.count("revisions") == .integer(1))
            // What was in force still records.
            let fact = try harness.reader(try Harness.catalog("features: {a: \(old)}\(ended)"))
                .decision(["experiment": "limits", "unit": "u"])
            #expect(try await ledger.append([.decision(fact)]).map(\.word) == ["accepted"])
        }
    }

    @Test func `a feature that has the name of a column but for its case is refused`() async throws
    {
        for (old, new) in [("a", "A"), ("Income", "income")] {
            let harness = try Harness()
            let ledger = try await harness.ledger(try Harness.catalog("features: {\(old): number}"))
            let changed = try Harness.catalog("features: {\(new): number}")
            let error = await ledgerError {
                try await ledger.bringIntoForce(changed, at: harness.clock.now)
            }
            #expect(error?.code == .unsafeChange, "\(new)")
            #expect(error?.message.contains("\"\(new)\"") == true)
            #expect(try harness.count("revisions") == .integer(1))
        }
    }
    @Test func `an experiment taken out and put back with other shares is refused`() async throws {
        let harness = try Harness()
        let ledger = try await harness.ledger(try Harness.catalog(""))
        let without = try Catalog(
            files: [
                (
                    name: "catalog.yaml",
                    text: """
                    holdfast: 1
                    salt: \(Harness.salt)
                    experiments:
                      other: {unit: customer, arms: [{control: 50%}, {treatment: 50%}]}
                    """
                )
            ], salt: { _ in nil })
        try await ledger.bringIntoForce(
            without, at: harness.clock.now, accepting: [Name(literal: "limits")])
        let changed = try Harness.catalog("traffic: 1%")
        let taken: Set<Name> = [Name(literal: "other")]
        let error = await ledgerError {
            try await ledger.bringIntoForce(changed, at: harness.clock.now, accepting: taken)
        }
        #expect(error?.code == .unsafeChange)
        #expect(error?.message.contains("traffic") == true)
        try await ledger.bringIntoForce(
            try Harness.catalog(""), at: harness.clock.now, accepting: taken)
    }

    /// The ways round: each is a list of catalogs in turn, of which only the last is refused.
    @Test(
        arguments: [
            ["ends: 2020-01-01T00:00:00Z", ""],
            ["ends: 2020-01-01T00:00:00Z", "ends: 2020-01-02T00:00:00Z", ""],
            ["ends: 2020-01-01T00:00:00Z", "starts: 2199-01-01T00:00:00Z"],
        ])
    func `an experiment that is ended and opened again deals as it did`(
        turns: [String]
    ) async throws {
        let other = "[{control: 30%}, {treatment: 70%}]"
        let harness = try Harness()
        let ledger = try await harness.ledger(try Harness.catalog(""))
        for (index, turn) in turns.enumerated() {
            // The arms are changed as soon as it has ended, and stay so.
            let catalog = try Harness.catalog(turn, arms: index > 0 ? other : halves)
            guard index == turns.count - 1 else {
                try await ledger.bringIntoForce(catalog, at: harness.clock.now)
                continue
            }
            let error = await ledgerError {
                try await ledger.bringIntoForce(catalog, at: harness.clock.now)
            }
            #expect(error?.code == .unsafeChange, "\(turns)")
            #expect(error?.message.contains("from treatment to") == false, "\(turns)")
            #expect(error?.message.contains("20% of all units") == true, "\(turns)")
            // As it was it may be opened again.
            try await ledger.bringIntoForce(
                try Harness.catalog(turn), at: harness.clock.now)
        }
    }

    private var halves: String { "[{control: 50%}, {treatment: 50%}]" }
}
