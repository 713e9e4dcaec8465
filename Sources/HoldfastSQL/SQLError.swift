internal import CSQLite

/// What SQLite answered in place of a result.
package struct SQLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What can be done depends on the kind.
    package enum Kind: Sendable, Equatable {
        /// No space is left on the disk.
        case full
        /// The file or its disk cannot be read or written.
        case io
        /// The file is not an SQLite database, or is damaged.
        case notDatabase
        /// The file may not be written.
        case readOnly
        /// Another process holds the file.
        case busy
        /// The file cannot be opened.
        case cannotOpen
        /// A constraint does not hold.
        case constraint
        /// The task was cancelled while it ran.
        case cancelled
        /// Anything else: a statement that is wrong.
        case other
    }

    /// The kind of error.
    package var kind: Kind
    /// SQLite's extended code.
    package var code: Int32
    /// SQLite's words.
    package var message: String
    /// The statement, without its values: those may be personal.
    package var statement: String?

    /// The engine whose words these are.
    private var engine = "SQLite"

    /// What another engine answered, by its name.
    package init(_ kind: Kind, engine: String, message: String, statement: String? = nil) {
        self.kind = kind
        self.engine = engine
        self.message = message
        self.statement = statement
        code = 0
    }

    init(code: Int32, message: String, statement: String? = nil) {
        kind =
            switch code & 0xFF {
            case SQLITE_FULL: .full
            case SQLITE_IOERR: .io
            case SQLITE_NOTADB, SQLITE_CORRUPT: .notDatabase
            case SQLITE_READONLY, SQLITE_PERM: .readOnly
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CANTOPEN: .cannotOpen
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_INTERRUPT: .cancelled
            default: .other
            }
        self.code = code
        self.message = message
        self.statement = statement
    }

    /// What the engine said, without the statement.
    package var words: String { "\(engine): \(message)" }

    package var description: String {
        words + (code == 0 ? "" : " (code \(code))")
            + (statement.map { " in: \($0.prefix(400))" } ?? "")
    }
}

extension SQLError {
    /// The file system or another process keeps SQLite from the mode that durability rests on.
    package static func notDurable(journal: String, synchronous: String) -> SQLError {
        SQLError(
            code: SQLITE_IOERR,
            message: "journal mode is \(journal) and synchronous \(synchronous), not WAL and FULL")
    }
}

extension SQLError {
    /// A revision in the ledger that is no catalog any more.
    package static func damagedRevision(_ message: String) -> SQLError {
        SQLError(code: SQLITE_ERROR, message: "a kept revision cannot be read: \(message)")
    }

    /// A value for a column that no catalog in force has declared.
    package static func noColumn(_ name: String) -> SQLError {
        SQLError(code: SQLITE_CONSTRAINT, message: "no catalog in force declares \"\(name)\"")
    }
}

extension SQLError {
    /// A spool without the row that says what it is.
    package static let emptySpool = SQLError(
        code: SQLITE_ERROR, message: "the table spool has no row")
}
