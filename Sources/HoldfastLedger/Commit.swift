internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// One committed transaction, as a link of the chain: it covers the rows that it added and the link
/// before it, so that a row that is edited or removed later breaks the chain there.
///
/// Whoever may write the file may also calculate the chain anew. The chain proves something only to
/// those who noted its head elsewhere: a backup, a report, a colleague.
struct Commit: Equatable {
    /// Commits are numbered from 1 without a gap.
    var number: Int64
    /// When its rows were received; each commit is later than the one before, whatever the clock.
    var received: Timestamp
    /// The greatest key of each table after it, by `SealedTable.rawValue`.
    var lastKeys: [Int64]
    /// SHA-256 of the leaves of its rows: see ``ContentHash``.
    var content: [UInt8]
    /// SHA-256 of the chain before, and of all the above: the head of the chain after it.
    var chain: [UInt8]

    /// What is before the first commit.
    static let origin = Commit(
        number: 0, received: Timestamp(microseconds: .min),
        lastKeys: [Int64](repeating: 0, count: SealedTable.allCases.count),
        content: [], chain: [UInt8](repeating: 0, count: Leaf.byteCount))

    /// The link that follows from the one before.
    init(after previous: Commit, received: Timestamp, lastKeys: [Int64], content: [UInt8]) {
        let number = previous.number + 1
        var hash = SHA256()
        hash.update(previous.chain)
        for integer in [number, received.microseconds] + lastKeys {
            withUnsafeBytes(of: integer.littleEndian) { hash.update($0) }
        }
        hash.update(content)
        self.init(
            number: number, received: received, lastKeys: lastKeys, content: content,
            chain: hash.finish())
    }

    init(
        number: Int64, received: Timestamp, lastKeys: [Int64], content: [UInt8], chain: [UInt8]
    ) {
        self.number = number
        self.received = received
        self.lastKeys = lastKeys
        self.content = content
        self.chain = chain
    }
}

/// A commit in the making: it gives new rows their keys and gathers their leaves.
struct CommitBuilder {
    let previous: Commit
    private(set) var lastKeys: [Int64]
    private var leaves: [[[UInt8]]]

    init(after previous: Commit) {
        self.previous = previous
        lastKeys = previous.lastKeys
        leaves = [[[UInt8]]](repeating: [], count: SealedTable.allCases.count)
    }

    /// Whether no row was added.
    var isEmpty: Bool { lastKeys == previous.lastKeys }

    /// The key of the next row of a table.
    func nextKey(_ table: SealedTable) -> Int64 { lastKeys[table.rawValue] + 1 }

    /// A row was inserted under the next key.
    mutating func add(_ leaf: [UInt8], to table: SealedTable) {
        assert(leaf.count == Leaf.byteCount)
        lastKeys[table.rawValue] += 1
        leaves[table.rawValue].append(leaf)
    }

    /// The commit of all that was added.
    func commit(received: Timestamp) -> Commit {
        var content = ContentHash()
        for leaves in leaves {
            for leaf in leaves { content.add(leaf) }
            content.endTable()
        }
        return Commit(
            after: previous, received: received, lastKeys: lastKeys, content: content.finish())
    }
}

/// The content of a commit, calculated as it goes: of each table the leaves of its rows in the
/// order of their keys, and then their number.
struct ContentHash {
    private var hash = SHA256()
    private var count: Int64 = 0

    mutating func add(_ leaf: [UInt8]) {
        hash.update(leaf)
        count += 1
    }

    /// The rows of one table are all there, and those of the next come.
    mutating func endTable() {
        withUnsafeBytes(of: count.littleEndian) { hash.update($0) }
        count = 0
    }

    mutating func finish() -> [UInt8] { hash.finish() }
}

extension LedgerFile {
    /// Does all or nothing, and seals the rows that were added as one commit.
    ///
    /// The moment handed over is that at which they are received: later than any before it, also
    /// where the clock was turned back. It is taken behind the lock: what waits for another process
    /// is received when it is read.
    func sealing<Result>(
        _ body: (inout CommitBuilder, Timestamp) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        var commit: Commit?
        // A failure leaves it open whether the file is as this process knows it.
        defer { if commit == nil { isTipKnown = false } }
        let result = try connection.transaction { () throws(SQLError) -> Result in
            try refresh()
            var builder = CommitBuilder(after: tip)
            let received = max(now(), Timestamp(microseconds: tip.received.microseconds + 1))
            let result = try body(&builder, received)
            if builder.isEmpty {
                commit = tip
            } else {
                let sealed = builder.commit(received: received)
                try insert(sealed)
                commit = sealed
            }
            return result
        }
        if let commit { tip = commit }
        return result
    }

    /// Reads again what another process may have changed since the last transaction.
    private func refresh() throws(SQLError) {
        let version = try connection.dataVersion()
        guard !isTipKnown || version != dataVersion else { return }
        tip = try connection.lastCommit()
        try readFeatureTables()
        try readForgotten()
        clusterRuns = nil
        dataVersion = version
        isTipKnown = true
    }

    func insert(_ commit: Commit) throws(SQLError) {
        try connection.prepared(Commit.insertion).run(
            [
                .integer(commit.number), .integer(commit.received.microseconds),
                .blob(commit.content), .blob(commit.chain),
            ] + commit.lastKeys.map { .integer($0) })
    }
}

extension SQLiteConnection {
    /// The last commit, or what is before the first.
    func lastCommit() throws(SQLError) -> Commit {
        var last = Commit.origin
        try query("\(Commit.selection) ORDER BY number DESC LIMIT 1") { row throws(SQLError) in
            last = Commit(row)
        }
        return last
    }
}

extension Commit {
    /// Inserts a commit: number, time, content, chain, and the greatest key of each table.
    fileprivate static let insertion: String = {
        let names = SealedTable.allCases.map { "\($0)" }
        let places = names.indices.map { "?\($0 + 5)" }.joined(separator: ", ")
        return """
            INSERT INTO commits (number, received_at, content, chain, \(names.joined(separator: ", ")))
            VALUES (?1, ?2, ?3, ?4, \(places))
            """
    }()

    /// The columns of a commit, to be followed by which.
    static var selection: SQL {
        let columns = SealedTable.allCases.map { SQL(stringLiteral: "\($0)") }
        return """
            SELECT number, received_at, content, chain, \(SQL.joined(columns, by: ", ")) FROM commits
            """
    }

    /// A row of ``selection``.
    init(_ row: SQLiteStatement) {
        self.init(
            number: row.integer(0), received: Timestamp(microseconds: row.integer(1)),
            lastKeys: SealedTable.allCases.indices.map { row.integer(4 + $0) },
            content: row.blob(2), chain: row.blob(3))
    }
}
