import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A ledger in a folder of its own, with a clock that stands still.
final class Harness: Sendable {
    let folder: TemporaryFolder
    let clock: ManualClock
    let path: String

    static let salt = "ledger-tests-salt-0001"
    static let start = "2026-03-01T00:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        clock = try ManualClock(Harness.start)
        path = folder.file("ledger.db")
    }

    func ledger() throws -> Ledger {
        try Ledger(path: path, now: { [clock] in clock.now })
    }

    /// A ledger with this catalog in force.
    func ledger(_ catalog: Catalog) async throws -> Ledger {
        let ledger = try ledger()
        try await ledger.bringIntoForce(catalog, at: clock.now)
        return ledger
    }

    func reader(_ catalog: Catalog, knownArms: [Name: Set<Name>] = [:]) -> FactReader {
        FactReader(catalog: catalog, knownArms: knownArms, now: clock.now)
    }

    /// Every row of a query, as the file has it.
    func rows(_ sql: SQL) throws -> [[SQLValue]] {
        let connection = try SQLiteConnection(path: path, mode: .write)
        var rows: [[SQLValue]] = []
        try connection.query(sql) { row throws(SQLError) in
            rows.append((0..<row.columnCount).map { row.value($0) })
        }
        return rows
    }

    /// The chain of commits calculated anew.
    func audit(noted: ChainHead? = nil) throws -> ChainAudit {
        var audit = ChainAudit(try SQLiteConnection(path: path, mode: .write))
        try audit.run(noted: noted) { _ in }
        return audit
    }

    func count(_ table: String) throws -> SQLValue {
        try rows("SELECT count(*) FROM \(name: table)")[0][0]
    }

    /// A catalog of one experiment, `limits`; `more` is put among its keys.
    static func catalog(
        _ more: String = "", arms: String = "[{control: 50%}, {treatment: 50%}]",
        others: String = "", salt: String = Harness.salt
    ) throws -> Catalog {
        try Catalog(
            files: [
                (
                    "catalog.yaml",
                    """
                    holdfast: 1
                    salt: \(salt)
                    experiments:
                      limits: {unit: customer, arms: \(arms)\(more.isEmpty ? "" : ", " + more)}
                    \(others)
                    """
                )
            ],
            salt: { _ in nil })
    }
}

func time(_ text: String) throws -> Timestamp { try Timestamp(rfc3339: text) }

extension Receipt {
    /// The receipt in a word: `accepted`, `duplicate`, or the code of its refusal.
    var word: String {
        switch self {
        case .accepted: "accepted"
        case .duplicate: "duplicate"
        case .refused(let refusal): refusal.code
        }
    }

    var id: String? {
        switch self {
        case .accepted(let id), .duplicate(let id, _): id
        case .refused: nil
        }
    }

    var dealt: Dealt? {
        guard case .duplicate(_, let dealt) = self else { return nil }
        return dealt
    }
}

/// The error of a ledger that a piece of work throws.
func ledgerError(
    _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> LedgerError? {
    do {
        try await body()
        Issue.record("no error", sourceLocation: location)
        return nil
    } catch let error as LedgerError {
        return error
    } catch {
        Issue.record("another error: \(error)", sourceLocation: location)
        return nil
    }
}
