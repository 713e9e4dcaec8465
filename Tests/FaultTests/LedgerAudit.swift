import HoldfastFormats
import HoldfastSQL
import Testing
import TestSupport

/// A ledger's file as it is, read beside whoever writes it.
struct LedgerAudit {
    /// What is found of each fact, as often as it is there: see ``SentFact/key``.
    let facts: [String]
    /// `source|sequence` of each numbered batch.
    let numbers: [String]
    /// The chain after each commit, in hexadecimal.
    let commits: [String]
    /// How many facts the last commit says that there are.
    let sealedCount: Int

    init(_ path: String) throws {
        let connection = try SQLiteConnection(path: path, mode: .read, busyMilliseconds: 60_000)
        var lists: [[String]] = []
        let statements: [SQL] = [
            """
            SELECT 'd|' || unit || '|' || CAST(score AS INTEGER) FROM decisions
            UNION ALL SELECT 'e|' || unit || '|' || arm FROM exposures
            UNION ALL SELECT 'o|' || unit || '|' || CAST(value AS INTEGER) FROM outcomes
            """,
            "SELECT source || '|' || sequence FROM batches",
            "SELECT lower(hex(chain)) FROM commits ORDER BY number",
            "SELECT max(decisions + exposures + outcomes) FROM commits",
        ]
        try connection.reading {
            for statement in statements {
                var texts: [String] = []
                try connection.query(statement) { row throws(SQLError) in
                    texts.append(row.text(0) ?? "")
                }
                lists.append(texts)
            }
        }
        (facts, numbers, commits) = (lists[0], lists[1], lists[2])
        sealedCount = lists[3].first.flatMap { Int($0) } ?? 0
    }

    /// The head of its chain, as `verify --head` takes it.
    var head: String { "\(commits.count):\(commits.last ?? String(repeating: "0", count: 64))" }

    /// What every fault must leave: each acknowledged fact and number once, and none that was never
    /// sent. Where everything was answered in the end, everything that was sent.
    func expect(
        _ entries: Books.Entries, everythingAnswered: Bool = false, _ words: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        func require(_ holds: Bool, _ law: String) {
            #expect(holds, "\(words): \(law)", sourceLocation: location)
        }
        let found = Set(facts)
        let lost = entries.acknowledged.subtracting(found)
        let strange = found.subtracting(entries.sent)
        require(facts.count == found.count, "a fact is there twice")
        require(lost.isEmpty, "lost though acknowledged: \(lost.sorted().prefix(5))")
        require(facts.count == sealedCount, "\(facts.count) facts, and \(sealedCount) are sealed")
        require(entries.accepted <= facts.count, "\(entries.accepted) were answered as taken")
        require(strange.isEmpty, "never sent: \(strange.sorted().prefix(5))")
        let foundNumbers = Set(numbers)
        require(numbers.count == foundNumbers.count, "a batch's number is there twice")
        require(
            entries.numbersAcknowledged.isSubset(of: foundNumbers),
            "a number is lost though acknowledged")
        require(foundNumbers.isSubset(of: entries.numbersSent), "a number was never sent")
        require(entries.complaints.isEmpty, "\(entries.complaints)")
        if everythingAnswered {
            require(entries.acknowledged == entries.sent, "something has no answer yet")
            require(entries.numbersAcknowledged == entries.numbersSent, "a number has no answer")
        }
    }
}

/// Runs `holdfast verify`, of which a sound ledger makes status 0.
func verify(
    _ ledger: String, catalog: String? = nil, head: String? = nil
) async throws -> Program.Run {
    try await Program.run(
        ["verify", "--ledger", ledger, "--format", "json"]
            + (catalog.map { ["--catalog", $0] } ?? []) + (head.map { ["--head", $0] } ?? []))
}

/// Holds a ledger against the producers' books, and lets `verify` look at it and deal every stored
/// arm again. Gives the head of its chain.
@discardableResult
func settleBooks(
    _ ledger: String, catalog: String, _ books: Books, head: String? = nil,
    everythingAnswered: Bool = false, _ words: String, _ location: SourceLocation = #_sourceLocation
) async throws -> String {
    let audit = try await blocking { try LedgerAudit(ledger) }
    audit.expect(books.entries, everythingAnswered: everythingAnswered, words, location)
    let run = try await verify(ledger, catalog: catalog, head: head)
    #expect(
        run.status == 0, "\(words): verify says \(run.output)\(run.errors)",
        sourceLocation: location)
    return audit.head
}
