internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// Where the chain of commits stands.
public struct ChainHead: Sendable, Hashable, CustomStringConvertible {
    /// The number of its last commit; 0 where there is none.
    public var number: Int64
    /// SHA-256 over all that was committed, in hexadecimal.
    public var chain: String

    /// As `stats` shows it and `verify --head` takes it: `17:9f86d081…`.
    public var description: String { "\(number):\(chain)" }

    public init(number: Int64, chain: String) {
        self.number = number
        self.chain = chain
    }

    /// Reads what ``description`` wrote; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]), number >= 0,
            parts[1].utf8.count == 2 * Leaf.byteCount,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.init(number: number, chain: String(parts[1]))
    }
}

extension Commit {
    var head: ChainHead { ChainHead(number: number, chain: chain.hexadecimal) }
}

/// Calculates the whole chain anew from the rows that are in the file, and says where it differs
/// from what was sealed.
///
/// One scan of each table, side by side: memory does not grow with the ledger.
struct ChainAudit {
    private let connection: SQLiteConnection
    private(set) var faults: [LedgerFault] = []
    private(set) var faultCount = 0
    private(set) var head = Commit.origin
    /// Whether the head that somebody noted was met on the way.
    private(set) var isNotedHeadMet = false
    private(set) var rowCounts = [Int64](repeating: 0, count: SealedTable.allCases.count)

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    mutating func run(
        noted: ChainHead?, progress: (String) -> Void
    ) throws(SQLError) {
        var tables: [SealedRows] = []
        for table in SealedTable.allCases {
            tables.append(try SealedRows(table, on: connection))
        }
        isNotedHeadMet = noted.map { $0 == Commit.origin.head } ?? true
        let commits = try connection.statement("\(Commit.selection) ORDER BY number")
        while try commits.step() {
            let commit = Commit(commits)
            try check(commit, &tables)
            if let noted, noted == commit.head { isNotedHeadMet = true }
            // What follows is held against what is there, so that one fault is told once.
            head = commit
            if commit.number % 10_000 == 0 { progress("commit \(commit.number)") }
        }
        if let noted, !isNotedHeadMet {
            report(
                .chain,
                "the chain does not pass through \(noted): what was committed up to there is not what it was"
            )
        }
        for index in tables.indices {
            let table = SealedTable.allCases[index]
            guard let row = tables[index].peek else { continue }
            report(.chain, "\(table.name): the row \(row.key) belongs to no commit")
        }
    }

    private mutating func check(
        _ commit: Commit, _ tables: inout [SealedRows]
    ) throws(SQLError) {
        var content = ContentHash()
        var isInTime = true
        for table in SealedTable.allCases {
            let last = commit.lastKeys[table.rawValue]
            while let row = tables[table.rawValue].peek, row.key <= last {
                _ = try tables[table.rawValue].next()
                content.add(row.leaf)
                rowCounts[table.rawValue] += 1
                if let received = row.received {
                    isInTime =
                        isInTime && received <= commit.received
                        && (received > head.received || head.number == 0)
                }
            }
            content.endTable()
        }
        let sealed = Commit(
            after: head, received: commit.received, lastKeys: commit.lastKeys,
            content: content.finish())
        if sealed.number != commit.number {
            report(.chain, "commit \(commit.number) follows commit \(head.number)")
        }
        if commit.received <= head.received, head.number > 0 {
            report(.chain, "commit \(commit.number) was received before the one before it")
        }
        if sealed.content != commit.content {
            report(
                .chain, "\(describe(commit)): its rows are not what was sealed (edited or removed)")
        } else if !isInTime {
            report(.chain, "\(describe(commit)): a row's received_at is not its commit's")
        } else if sealed.chain != commit.chain, sealed.number == commit.number {
            report(.chain, "\(describe(commit)): its link does not follow from the one before it")
        }
    }

    /// A commit and which rows it holds.
    private func describe(_ commit: Commit) -> String {
        let ranges = SealedTable.allCases.compactMap { table -> String? in
            let first = head.lastKeys[table.rawValue] + 1
            let last = commit.lastKeys[table.rawValue]
            return first > last ? nil : "\(table.name) \(first)–\(last)"
        }
        return "commit \(commit.number) of \(commit.received) (\(ranges.joined(separator: ", ")))"
    }

    private mutating func report(_ check: LedgerFault.Check, _ detail: String) {
        faultCount += 1
        if faults.count < LedgerFault.limit {
            faults.append(LedgerFault(check: check, detail: detail))
        }
    }
}

/// Something in a ledger that is not as it was written.
public struct LedgerFault: Sendable, Hashable {
    /// What was looked at.
    public enum Check: String, Sendable, CaseIterable {
        /// SQLite's own look at pages and indexes.
        case integrity
        /// What rows refer to is there.
        case references
        /// The chain of commits.
        case chain
        /// Stored arms are what their revisions deal.
        case arms
    }

    public var check: Check
    /// What is wrong, and where. It names rows by their keys and no unit.
    public var detail: String

    /// The most faults that are told in words; the rest is counted.
    public static let limit = 100

    public init(check: Check, detail: String) {
        self.check = check
        self.detail = detail
    }
}
