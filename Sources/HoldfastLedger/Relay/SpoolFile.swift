internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The file of a spool, open for writing and locked. Belongs to one thread at a time.
///
/// Items are numbered by the transaction that writes them, in the order of their commits, and a
/// batch is a range of numbers within one kind. So nothing can come to lie in a range that was cut.
final class SpoolFile {
    private let connection: SQLiteConnection
    private let path: String
    /// What the file says of itself, as of the last commit.
    private(set) var state: State

    /// The one row of the table `spool`.
    struct State {
        var source: String
        var nextItem: Int64 = 1
        var waitingItems: Int64 = 0
        var waitingBytes: Int64 = 0
        var forwarded: Int64 = 0
        var accepted: Int64 = 0
        var duplicates: Int64 = 0
        var dealtOtherwise: Int64 = 0
    }

    /// Opens a spool; makes one where there is none, unless it `mustExist`. `chance` names a source
    /// that nobody named.
    init(
        path: String, source: Name?, mustExist: Bool, chance: () -> UInt64
    ) throws(SpoolError) {
        self.path = path
        do throws(SQLError) {
            connection = try SQLiteConnection(
                path: path, mode: mustExist ? .write : .create, busyMilliseconds: 2_000,
                joinsLog: true)
            // Before the first look at the file: then the lock is held for as long as it is open.
            try connection.run("PRAGMA locking_mode = EXCLUSIVE")
        } catch {
            throw SpoolError(error, path: path, tried: "opening it")
        }
        let isNew = try SpoolFile.checkFormat(connection, path: path)
        do throws(SQLError) {
            try SpoolFile.prepare(connection, isNew: isNew)
            if isNew {
                state = State(source: source?.text ?? "relay-" + hexadecimal(chance()))
                try SpoolFile.make(connection, state)
            } else {
                state = try SpoolFile.state(connection)
            }
            // Takes the lock for good, and finds out now that the disk takes nothing.
            try SpoolFile.touch(connection)
        } catch {
            throw SpoolError(error, path: path, tried: "opening it")
        }
        if let source, !sameBytes(source.text, state.source) {
            throw SpoolError(
                .otherSource, path: path,
                "its batches are numbered for the source \(state.source), not \(source)",
                "leave --source out, or give --spool a file of its own: numbers that change their "
                    + "source would look like lost batches")
        }
    }

    private static func checkFormat(
        _ connection: SQLiteConnection, path: String
    ) throws(SpoolError) -> Bool {
        let application: SQLValue
        let format: SQLValue
        let tables: SQLValue
        do throws(SQLError) {
            application = try connection.value("PRAGMA application_id")
            format = try connection.value("PRAGMA user_version")
            tables = try connection.value("SELECT count(*) FROM sqlite_master")
        } catch {
            throw SpoolError(error, path: path, tried: "opening it")
        }
        if application == .integer(0), format == .integer(0), tables == .integer(0) { return true }
        guard application == .integer(SpoolSchema.applicationID) else {
            throw SpoolError(
                .notASpool, path: path, "the file is an SQLite database of something else",
                "give the path of a spool, or of a file that does not exist yet")
        }
        guard format == .integer(SpoolSchema.format) else {
            throw SpoolError(
                .newerFormat, path: path,
                "its format is \(format.literalText), and this program knows \(SpoolSchema.format)",
                "use the program that wrote it, or a newer one; nothing was changed")
        }
        return false
    }

    /// Sets what durability rests on, and looks whether it holds.
    private static func prepare(
        _ connection: SQLiteConnection, isNew: Bool
    ) throws(SQLError) {
        // Only a file without a table takes it: free pages can be given back to the disk.
        if isNew { try connection.run("PRAGMA auto_vacuum = INCREMENTAL") }
        try connection.run("PRAGMA synchronous = FULL")
        _ = try connection.value("PRAGMA journal_mode = WAL")
        // What was delivered is about people, and is not to stay behind in free pages.
        try connection.run("PRAGMA secure_delete = ON")
        try connection.run("PRAGMA journal_size_limit = 8388608")
        _ = try connection.checkedDurability()
    }

    private static func make(
        _ connection: SQLiteConnection, _ state: State
    ) throws(SQLError) {
        try connection.transaction { () throws(SQLError) in
            for statement in SpoolSchema.tables { try connection.run(statement) }
            try connection.run("INSERT INTO spool (one, source) VALUES (1, \(state.source))")
            for kind in Fact.Kind.allCases {
                try connection.run("INSERT INTO numbers VALUES (\(kind.rawValue), 1)")
            }
            // A pragma takes no bound value; both are constants of ours.
            try connection.run(SQL(stringLiteral: "PRAGMA user_version = \(SpoolSchema.format)"))
            try connection.run(
                SQL(stringLiteral: "PRAGMA application_id = \(SpoolSchema.applicationID)"))
        }
    }

    private static func touch(_ connection: SQLiteConnection) throws(SQLError) {
        try connection.transaction { () throws(SQLError) in
            try connection.run("UPDATE spool SET source = source")
        }
    }

    /// Whether the disk takes a write now: writes what is there already.
    func checkWritable() throws(SQLError) { try SpoolFile.touch(connection) }

    // MARK: - In

    /// Writes the items of posts in one transaction; the ids of each post's items, in order.
    func append(
        _ posts: [[SpoolItem]], at now: Timestamp
    ) throws(SQLError) -> [[String]] {
        var next = state
        let ids = try connection.transaction { () throws(SQLError) -> [[String]] in
            let insert = try connection.prepared(SpoolSchema.insertItem)
            var ids: [[String]] = []
            for post in posts {
                var given: [String] = []
                given.reserveCapacity(post.count)
                for item in post {
                    let id = item.id ?? "\(next.source)-\(next.nextItem)"
                    let content = item.id == nil ? item.content(id: id) : item.content
                    try insert.run([
                        .text(item.kind.rawValue), .integer(next.nextItem),
                        .integer(now.microseconds), .blob(content), SQLValue(item.arm),
                    ])
                    next.nextItem += 1
                    next.waitingItems += 1
                    next.waitingBytes += Int64(content.count)
                    given.append(id)
                }
                ids.append(given)
            }
            try write(next)
            return ids
        }
        state = next
        return ids
    }

    // MARK: - Out

    /// The batch to be sent next: the one that was cut already, or one that is cut now and is on
    /// disk when this returns; `nil` when nothing waits.
    func nextBatch(_ limits: SpoolLimits) throws(SQLError) -> Result<SpoolBatch?, SpoolError> {
        if let cut = try oldestCut() { return try read(cut).map { $0 } }
        guard let kind = try oldestKind() else { return .success(nil) }
        let cut = try connection.transaction { () throws(SQLError) -> Cut in
            let range = try rangeToCut(kind, limits)
            try connection.run(
                """
                INSERT INTO batches (kind, number, first, last, items)
                SELECT kind, next, \(range.items.lowerBound), \(range.items.upperBound),
                       \(range.count)
                FROM numbers WHERE kind = \(kind.rawValue)
                """)
            try connection.run("UPDATE numbers SET next = next + 1 WHERE kind = \(kind.rawValue)")
            guard let cut = try oldestCut() else { throw SQLError.emptySpool }
            return cut
        }
        return try read(cut).map { $0 }
    }

    private struct Cut {
        var number: Int64
        var kind: Fact.Kind
        var range: ClosedRange<Int64>
    }

    /// The batch that was cut and is not complete. There is one at most.
    private func oldestCut() throws(SQLError) -> Cut? {
        var cut: Cut?
        let query: SQL = "SELECT number, kind, first, last FROM batches LIMIT 1"
        try connection.query(query) { row throws(SQLError) in
            guard let kind = row.text(1).flatMap(Fact.Kind.init(rawValue:)) else { return }
            cut = Cut(
                number: row.integer(0), kind: kind,
                range: row.integer(2)...max(row.integer(2), row.integer(3)))
        }
        return cut
    }

    /// The kind of the item that has waited longest: no kind is starved by another.
    private func oldestKind() throws(SQLError) -> Fact.Kind? {
        try oldest()?.kind
    }

    private func oldest() throws(SQLError) -> (kind: Fact.Kind, item: Int64, at: Timestamp)? {
        var found: (kind: Fact.Kind, item: Int64, at: Timestamp)?
        for kind in Fact.Kind.allCases {
            let query: SQL = """
                SELECT item, received_at FROM items WHERE kind = \(kind.rawValue)
                ORDER BY item LIMIT 1
                """
            try connection.query(query) { row throws(SQLError) in
                guard row.integer(0) < found?.item ?? .max else { return }
                found = (kind, row.integer(0), Timestamp(microseconds: row.integer(1)))
            }
        }
        return found
    }

    private func rangeToCut(
        _ kind: Fact.Kind, _ limits: SpoolLimits
    ) throws(SQLError) -> (items: ClosedRange<Int64>, count: Int64) {
        var first: Int64?
        var last: Int64 = 0
        var count = 0
        var bytes = 0
        let statement = try connection.prepared(SpoolSchema.selectLengths)
        try statement.bind([.text(kind.rawValue), .integer(Int64(limits.batchItems))])
        while try statement.step() {
            let length = Int(statement.integer(1)) + 1
            guard count == 0 || bytes + length <= limits.batchBytes else { break }
            first = first ?? statement.integer(0)
            last = statement.integer(0)
            count += 1
            bytes += length
        }
        statement.reset()
        let start = first ?? last
        return (start...max(start, last), Int64(count))
    }

    private func read(_ cut: Cut) throws(SQLError) -> Result<SpoolBatch, SpoolError> {
        var batch = SpoolBatch(number: cut.number, kind: cut.kind, contents: [], arms: [])
        let statement = try connection.prepared(SpoolSchema.selectContents)
        try statement.bind([
            .text(cut.kind.rawValue), .integer(cut.range.lowerBound),
            .integer(cut.range.upperBound),
        ])
        while try statement.step() {
            guard case .blob(let content) = statement.value(0) else { continue }
            batch.contents.append(content)
            batch.arms.append(statement.text(1))
        }
        let items = try connection.value(
            """
            SELECT items FROM batches
            WHERE kind = \(cut.kind.rawValue) AND number = \(cut.number)
            """)
        // A retry must be the batch that was sent first, or its number would lie.
        guard items == .integer(Int64(batch.contents.count)) else {
            return .failure(
                SpoolError(
                    .damaged, path: path,
                    "batch \(cut.number) of \(cut.kind.rawValue)s was cut with \(items.literalText) items and has "
                        + "\(batch.contents.count)",
                    "something else changed the spool; keep the file and begin a new one"))
        }
        return .success(batch)
    }

    /// Forgets a batch that the service has answered for, with its items, and counts what it said.
    func complete(
        _ number: Int64, of kind: Fact.Kind, _ counts: DeliveryCounts
    ) throws(SQLError) {
        guard let cut = try oldestCut(), cut.kind == kind, cut.number == number else { return }
        var next = state
        try connection.transaction { () throws(SQLError) in
            let bytes = try connection.value(
                """
                SELECT coalesce(sum(length(content)), 0) FROM items
                WHERE kind = \(cut.kind.rawValue)
                  AND item BETWEEN \(cut.range.lowerBound) AND \(cut.range.upperBound)
                """)
            try connection.run(
                """
                DELETE FROM items WHERE kind = \(cut.kind.rawValue)
                  AND item BETWEEN \(cut.range.lowerBound) AND \(cut.range.upperBound)
                """)
            let deleted = Int64(connection.changes)
            try connection.run(
                "DELETE FROM batches WHERE kind = \(kind.rawValue) AND number = \(number)")
            next.waitingItems -= deleted
            if case .integer(let bytes) = bytes { next.waitingBytes -= bytes }
            next.forwarded += deleted
            next.accepted += counts.accepted
            next.duplicates += counts.duplicates
            next.dealtOtherwise += counts.dealtOtherwise
            for (code, count) in counts.refused {
                try connection.run(
                    """
                    INSERT INTO refusals (code, items) VALUES (\(code), \(count))
                    ON CONFLICT (code) DO UPDATE SET items = items + excluded.items
                    """)
            }
            try write(next)
        }
        state = next
    }

    /// Gives some free pages back to the disk; false when there are too few to be worth it.
    ///
    /// Free pages are used again first. Only what a backlog left behind goes: more than 4 MiB of
    /// them, and more than half of the file.
    func shrink() throws(SQLError) -> Bool {
        guard case .integer(let free) = try connection.value("PRAGMA freelist_count"),
            case .integer(let pages) = try connection.value("PRAGMA page_count"),
            free > 1_024, free * 2 > pages
        else { return false }
        // 16 MiB at once, so that posts do not wait for the whole.
        try connection.run("PRAGMA incremental_vacuum(4096)")
        try connection.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return true
    }

    // MARK: - State

    func status() throws(SQLError) -> SpoolStatus {
        var counts = DeliveryCounts()
        counts.accepted = state.accepted
        counts.duplicates = state.duplicates
        counts.dealtOtherwise = state.dealtOtherwise
        try connection.query("SELECT code, items FROM refusals ORDER BY code") {
            row throws(SQLError) in
            counts.refused[row.text(0) ?? ""] = row.integer(1)
        }
        var nextNumbers: [Fact.Kind: Int64] = [:]
        try connection.query("SELECT kind, next FROM numbers") { row throws(SQLError) in
            guard let kind = row.text(0).flatMap(Fact.Kind.init(rawValue:)) else { return }
            nextNumbers[kind] = row.integer(1)
        }
        return SpoolStatus(
            source: state.source, nextNumbers: nextNumbers,
            spooled: state.waitingItems + state.forwarded, forwarded: state.forwarded,
            counts: counts, waitingItems: state.waitingItems, waitingBytes: state.waitingBytes,
            oldest: try oldest()?.at)
    }

    private static func state(_ connection: SQLiteConnection) throws(SQLError) -> State {
        var state: State?
        try connection.query(SpoolSchema.selectState) { row throws(SQLError) in
            state = State(
                source: row.text(0) ?? "", nextItem: row.integer(1),
                waitingItems: row.integer(2), waitingBytes: row.integer(3),
                forwarded: row.integer(4), accepted: row.integer(5), duplicates: row.integer(6),
                dealtOtherwise: row.integer(7))
        }
        guard let state else { throw SQLError.emptySpool }
        return state
    }

    private func write(_ state: State) throws(SQLError) {
        try connection.prepared(SpoolSchema.updateState).run([
            .integer(state.nextItem), .integer(state.waitingItems), .integer(state.waitingBytes),
            .integer(state.forwarded), .integer(state.accepted),
            .integer(state.duplicates), .integer(state.dealtOtherwise),
        ])
    }
}

/// 16 hexadecimal digits.
private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
