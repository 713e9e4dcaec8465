import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Everything that a ledger can be asked, all at once: what the thread sanitizer looks at.
@Suite struct ConcurrencyTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog()
    }

    /// Facts of one task: some ids are its own, some every task uses, with the same content.
    private func batch(task: Int, turn: Int) throws -> [Fact] {
        let reader = harness.reader(catalog)
        let own: JSON = ["unit": "u", "name": "n", "value": 1, "id": .string("\(task)-\(turn)")]
        let shared: JSON = ["unit": "u", "name": "n", "value": 1, "id": .string("all-\(turn)")]
        let decision: JSON = ["experiment": "limits", "unit": .string("u-\(task)-\(turn)")]
        return [
            .outcome(try reader.outcome(own)), .outcome(try reader.outcome(shared)),
            .decision(try reader.decision(decision)),
        ]
    }

    private enum Answer: Sendable {
        case accepted(Int)
        case failed(LedgerError.Code)
    }

    private func append(to ledger: Ledger, task: Int, turns: Int) async throws -> [Answer] {
        var answers: [Answer] = []
        for turn in 0..<turns {
            let batch = try batch(task: task, turn: turn)
            do throws(LedgerError) {
                let receipts = try await ledger.append(batch)
                answers.append(.accepted(receipts.count { $0.word == "accepted" }))
            } catch {
                answers.append(.failed(error.code))
            }
        }
        return answers
    }

    @Test
    func `many tasks that append, ask and count at once lose nothing and count nothing twice`()
        async throws
    {
        let (tasks, turns) = (16, 20)
        let ledger = try await harness.ledger(catalog)
        let name = Name(literal: "limits")
        let answers = try await withThrowingTaskGroup(of: [Answer].self) { group in
            for task in 0..<tasks {
                group.addTask { try await append(to: ledger, task: task, turns: turns) }
                group.addTask {
                    for _ in 0..<turns {
                        try await ledger.checkWritable()
                        #expect(try await ledger.refusalCounts(of: name).isEmpty)
                    }
                    return []
                }
                group.addTask {
                    try await ledger.bringIntoForce(catalog, at: harness.clock.now)
                    #expect(try await ledger.knownArms(salt: catalog)[name]?.count == 2)
                    return []
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        var accepted = 0
        for case .accepted(let count) in answers { accepted += count }
        // Each task's own outcome and decision, and each shared outcome once.
        #expect(accepted == 2 * tasks * turns + turns)
        await ledger.close()
        #expect(try harness.count("outcomes") == .integer(Int64(tasks * turns + turns)))
        #expect(try harness.count("decisions") == .integer(Int64(tasks * turns)))
    }

    @Test
    func `a ledger closed under load has on disk what it acknowledged, and says it is closed`()
        async throws
    {
        let (tasks, turns) = (8, 30)
        let ledger = try await harness.ledger(catalog)
        let answers = try await withThrowingTaskGroup(of: [Answer].self) { group in
            for task in 0..<tasks {
                group.addTask { try await append(to: ledger, task: task, turns: turns) }
            }
            group.addTask {
                // Some are answered before; when all are, closing has nothing to interrupt.
                for _ in 0..<5 { try await ledger.checkWritable() }
                await ledger.close()
                return []
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.count == tasks * turns)
        var accepted = 0
        for answer in answers {
            switch answer {
            case .accepted(let count): accepted += count
            case .failed(let code): #expect(code == .closed)
            }
        }
        let closed = await ledgerError { try await ledger.checkWritable() }
        #expect(closed?.code == .closed)
        let rows = try harness.rows(
            "SELECT (SELECT count(*) FROM outcomes) + (SELECT count(*) FROM decisions)")
        #expect(rows == [[.integer(Int64(accepted))]])
    }
}
