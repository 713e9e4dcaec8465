import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Many producers, one writer: each gets its own receipts, and what is refused is kept.
@Suite struct AppendTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog()
    }

    private func outcomes(_ ids: some Sequence<String>) throws -> [Fact] {
        let reader = harness.reader(catalog)
        return try ids.map {
            .outcome(
                try reader.outcome(["id": .string($0), "unit": "u", "name": "n", "value": 1]))
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `200 appends at once end with each producer's own receipts`(seed: UInt64) async throws {
        let ledger = try await harness.ledger(catalog)
        var chance = SeededGenerator(seed: seed)
        let batches = (0..<200).map { batch in
            (0..<(1 + chance.below(40))).map { "b\(batch)-\($0)" }
        }
        let facts = try batches.map { try outcomes($0) }
        let receipts = try await withThrowingTaskGroup(of: (Int, [Receipt]).self) { group in
            for index in batches.indices {
                group.addTask { (index, try await ledger.append(facts[index])) }
            }
            return try await group.reduce(into: [Int: [Receipt]]()) { $0[$1.0] = $1.1 }
        }
        for (index, ids) in batches.enumerated() {
            let expected = ids.map { Receipt.accepted(id: $0) }
            #expect(receipts[index] == expected, "seed \(seed), batch \(index)")
        }
        let total = batches.reduce(0) { $0 + $1.count }
        #expect(try harness.count("outcomes") == .integer(Int64(total)), "seed \(seed)")
    }

    @Test func `one id sent by many at once is accepted once`() async throws {
        let ledger = try await harness.ledger(catalog)
        let fact = try outcomes(["one"])
        let words = try await withThrowingTaskGroup(of: [Receipt].self) { group in
            for _ in 0..<50 { group.addTask { try await ledger.append(fact) } }
            return try await group.reduce(into: [String]()) { $0 += $1.map(\.word) }
        }
        #expect(words.count { $0 == "accepted" } == 1)
        #expect(words.count { $0 == "duplicate" } == 49)
    }

    @Test func `facts beyond the queue's limit are answered busy, and none is recorded`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let fact = try outcomes(["one"])[0]
        let beyond = Array(repeating: fact, count: Ledger.queueLimit + 1)
        let error = await ledgerError { _ = try await ledger.append(beyond) }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("100000") == true)
        // To retry it would not help.
        #expect(error?.hint.contains("smaller ones") == true)
        #expect(try harness.count("outcomes") == .integer(0))
        // The ledger goes on.
        #expect(try await ledger.append([fact]).map(\.word) == ["accepted"])
        #expect(try await ledger.append([]).isEmpty)
    }

    @Test func `after it was closed a ledger says so, and what waited is recorded`() async throws {
        let ledger = try await harness.ledger(catalog)
        let facts = try outcomes((0..<500).map { "o\($0)" })
        async let receipts = ledger.append(facts)
        _ = try await receipts
        await ledger.close()
        #expect(try harness.count("outcomes") == .integer(500))
        let catalog = catalog
        let now = harness.clock.now
        for (name, work) in [
            ("append", { _ = try await ledger.append(facts) }),
            ("force", { try await ledger.bringIntoForce(catalog, at: now) }),
            ("writable", { try await ledger.checkWritable() }),
            ("arms", { _ = try await ledger.knownArms(salt: catalog) }),
        ] as [(String, () async throws -> Void)] {
            let error = await ledgerError { try await work() }
            #expect(error?.code == .closed, "\(name)")
        }
        await ledger.close()
    }

    @Test
    func `a refused item is kept as it came, with its code, and the rest of the batch is taken`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let source = #"{"unit":"","name":"n"#
        let refusal = Refusal(code: "bad_length", detail: "a detail", hint: "a hint")
        let item = RefusedItem(kind: .outcome, source: Array(source.utf8), refusal: refusal)
        let facts = try outcomes(["a", "b"])
        let receipts = try await ledger.append([facts[0], .refused(item), facts[1]])
        #expect(receipts == [.accepted(id: "a"), .refused(refusal), .accepted(id: "b")])
        #expect(
            try harness.rows("SELECT kind, source, code, detail, received_at FROM refusals") == [
                [
                    .text("outcome"), .text(source), .text("bad_length"), .text("a detail"),
                    // A commit is later than the one before it, though the clock stands still.
                    .integer(try time(Harness.start).microseconds + 1),
                ]
            ])
    }

    @Test func `of a refused item no more than the limit is kept, whatever its bytes are`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let limit = RefusedItem.sourceByteLimit
        #expect(limit == 65_536)
        let refusal = Refusal(code: "c", detail: "d", hint: "h")
        let sources: [[UInt8]] = [
            Array(repeating: 0x61, count: limit), Array(repeating: 0x61, count: limit + 1),
            [0x61] + Array(String(repeating: "é", count: limit).utf8),
            Array(repeating: 0xFF, count: limit * 2), [],
        ]
        let items = sources.map { RefusedItem(kind: .decision, source: $0, refusal: refusal) }
        _ = try await ledger.append(items.map { .refused($0) })
        let lengths = try harness.rows(
            "SELECT length(CAST(source AS BLOB)) FROM refusals ORDER BY refusal"
        ).map { $0[0] }
        #expect(lengths[0] == .integer(65_536))
        #expect(lengths[1] == .integer(65_536))
        #expect(lengths[4] == .integer(0))
        for case .integer(let length) in lengths { #expect(length <= 65_536) }
        #expect(items[2].source.hasPrefix("aéé"))
    }

    @Test func `a decision of a revision that the ledger does not keep is not recorded`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let other = try Harness.catalog("description: other")
        let fact = try harness.reader(other).decision(["experiment": "limits", "unit": "u"])
        let error = await ledgerError { _ = try await ledger.append([.decision(fact)]) }
        #expect(error?.code == .damaged)
        #expect(try harness.count("decisions") == .integer(0))
    }

    @Test
    func `a batch that cannot be recorded takes none of those that were sent beside it with it`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let other = try Harness.catalog("description: other")
        let unknown = Fact.decision(
            try harness.reader(other).decision(["experiment": "limits", "unit": "u"]))
        let good = try (0..<60).map { try outcomes(["g\($0)a", "g\($0)b"]) }
        let words = await withTaskGroup(of: String.self) { group in
            for (index, facts) in good.enumerated() {
                let batch = index % 20 == 10 ? facts + [unknown] : facts
                group.addTask {
                    do {
                        return Set(try await ledger.append(batch).map(\.word)).sorted().joined()
                    } catch {
                        return (error as? LedgerError)?.code.rawValue ?? "\(error)"
                    }
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(words == ["accepted": 57, "damaged": 3])
        // All of a batch or nothing of it.
        #expect(try harness.count("outcomes") == .integer(57 * 2))
        #expect(try harness.count("decisions") == .integer(0))
    }

    @Test func `NFC and NFD of one name are two units`() async throws {
        let ledger = try await harness.ledger(catalog)
        let reader = harness.reader(catalog)
        let units = ["é", "e\u{301}"]
        let facts = try units.map {
            Fact.decision(
                try reader.decision([
                    "experiment": "limits", "unit": .string($0), "at": "2026-02-01T00:00:00Z",
                ]))
        }
        let receipts = try await ledger.append(facts)
        #expect(receipts.map(\.word) == ["accepted", "accepted"])
        #expect(receipts[0].id != receipts[1].id)
        let rows = try harness.rows(
            "SELECT count(DISTINCT unit), count(DISTINCT bucket) FROM decisions")
        #expect(rows == [[.integer(2), .integer(2)]])
        #expect(
            try harness.rows("SELECT hex(unit) FROM decisions ORDER BY decision") == [
                [.text("C3A9")], [.text("65CC81")],
            ])
        // As an id they are two as well.
        let ids = try await ledger.append(try outcomes(units))
        #expect(ids.map(\.word) == ["accepted", "accepted"])
    }

    @Test func `a number that is not finite is refused by itself`() async throws {
        let ledger = try await harness.ledger(catalog)
        let facts = try [Double.nan, .infinity, 1].map { value in
            Fact.outcome(
                OutcomeFact(
                    id: "o-\(value)", unit: try #require(UnitID("u")), name: .control, value: value,
                    at: harness.clock.now, isTimeStated: true))
        }
        let receipts = try await ledger.append(facts)
        #expect(receipts.map(\.word) == ["not_finite", "not_finite", "accepted"])
        #expect(try harness.count("outcomes") == .integer(1))
    }
}
