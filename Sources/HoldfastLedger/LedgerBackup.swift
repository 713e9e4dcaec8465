internal import Glibc
package import HoldfastFormats
internal import HoldfastSQL

/// Copies of a ledger: made while it is written, and put back where nobody uses it.
package enum LedgerBackup {
    /// What a copy holds.
    package struct Summary: Sendable, Equatable {
        /// The head of its chain.
        package let head: ChainHead
        /// When its last commit was received; `nil` of one without commits.
        package let received: Timestamp?
        /// Bytes of the file.
        package let byteCount: Int64
    }

    /// Copies a ledger that may be in use into a file of its own: it appears whole or not at all.
    ///
    /// Every fact that was acknowledged before it began is in the copy. Throws where something is
    /// at `copy` already: nothing is written over.
    package static func make(
        of path: String, to copy: String, progress: (String) -> Void
    ) throws(LedgerError) -> Summary {
        guard access(copy, F_OK) != 0 else {
            throw LedgerError(
                .unavailable, path: path, "there is something at \(copy) already",
                "name a file that is not there yet; nothing was written")
        }
        let source = try existing(path, .write)
        let slash = copy.lastIndex(of: "/")
        let folder = slash.map { String(copy[...$0]) } ?? "./"
        let name = slash.map { String(copy[copy.index(after: $0)...]) } ?? copy
        let temporary = "\(folder).\(name).\(getpid()).tmp"
        // After the rename there is nothing there; before it a failure is on its way.
        defer { unlink(temporary) }
        do throws(SQLError) {
            let target = try SQLiteConnection(path: temporary, mode: .create)
            try target.run("PRAGMA synchronous = FULL")
            try source.backup(to: target) { done, all in
                progress("backing up: \(done) of \(all) pages")
            }
            // One file that can be read where nothing can be written.
            try target.run("PRAGMA journal_mode = DELETE")
        } catch {
            throw LedgerError(error, path: path, tried: "backing it up to \(copy)")
        }
        let summary = try summary(of: try existing(temporary, .read), path: path)
        guard rename(temporary, copy) == 0, flush(folder) else {
            throw LedgerError(
                .unavailable, path: path,
                "the backup cannot be put at \(copy): \(String(cString: strerror(errno)))",
                "check the folder, and back up again")
        }
        return summary
    }

    /// A rename is kept over a power failure only when the folder is on the disk too.
    private static func flush(_ folder: String) -> Bool {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder and say EINVAL: then there is nothing to wait for.
        return fsync(descriptor) == 0 || errno == EINVAL
    }

    /// Puts a copy in the place of a ledger, or where none is yet.
    ///
    /// Throws where anything has the ledger open: a service would go on with what is not there any
    /// more. Nobody gets in meanwhile, and a crash on the way leaves the ledger as it was: SQLite
    /// writes the pages in one transaction. A ledger that holds anything is replaced only when that
    /// is said: what it holds and the copy does not is lost.
    package static func restore(
        _ copy: String, to path: String, replacing: Bool, progress: (String) -> Void
    ) throws(LedgerError) -> Summary {
        // A connection that may only read leaves files of its own beside one in WAL mode.
        let source = try existing(copy, .write)
        let wasThere = access(path, F_OK) == 0
        var isRestored = false
        // Opening makes an empty file; nobody must find it where a ledger was to be.
        defer { if !wasThere, !isRestored { unlink(path) } }
        let target = try alone(path)
        guard try LedgerFile.checkFormat(target, path: path) == 0 || replacing else {
            throw LedgerError(
                .unavailable, path: path, "there is a ledger already",
                "what it holds and the backup does not would be lost: say --replace if it shall be")
        }
        do throws(SQLError) {
            try target.run("PRAGMA synchronous = FULL")
            try source.backup(to: target) { done, all in
                progress("restoring: \(done) of \(all) pages")
            }
        } catch {
            throw LedgerError(error, path: path, tried: "restoring it from \(copy)")
        }
        isRestored = true
        return try summary(of: target, path: path)
    }

    /// The only connection to a file that may be there already.
    private static func alone(_ path: String) throws(LedgerError) -> SQLiteConnection {
        do throws(SQLError) {
            let connection = try SQLiteConnection(path: path, mode: .create, busyMilliseconds: 0)
            try connection.keepOthersOut()
            return connection
        } catch {
            guard error.kind == .busy else {
                throw LedgerError(error, path: path, tried: "opening it")
            }
            throw LedgerError(
                .unavailable, path: path, "it is in use",
                "stop the service and whatever else has it open, and restore again; nothing was changed"
            )
        }
    }

    /// A ledger that is there and of a format that is known.
    private static func existing(
        _ path: String, _ mode: SQLiteConnection.Mode
    ) throws(LedgerError) -> SQLiteConnection {
        let connection: SQLiteConnection
        do throws(SQLError) {
            connection = try SQLiteConnection(path: path, mode: mode)
            try connection.run("PRAGMA query_only = ON")
        } catch {
            throw LedgerError(error, path: path, tried: "opening it")
        }
        guard try LedgerFile.checkFormat(connection, path: path) > 0 else {
            throw LedgerError(.notALedger, path: path, "the file is empty", "give a ledger's path")
        }
        return connection
    }

    private static func summary(
        of connection: SQLiteConnection, path: String
    ) throws(LedgerError) -> Summary {
        do throws(SQLError) {
            let commit = try connection.hasCommits() ? connection.lastCommit() : .origin
            return Summary(
                head: commit.head, received: commit.number == 0 ? nil : commit.received,
                byteCount: try connection.byteCount())
        } catch {
            throw LedgerError(error, path: path, tried: "reading what was copied")
        }
    }
}

extension SQLiteConnection {
    /// Bytes of the database, without its log.
    func byteCount() throws(SQLError) -> Int64 {
        guard case .integer(let pages) = try value("PRAGMA page_count"),
            case .integer(let size) = try value("PRAGMA page_size")
        else { preconditionFailure("both are integers") }
        return pages * size
    }

    /// Whether the file has a chain of commits: one of an older format has none.
    func hasCommits() throws(SQLError) -> Bool {
        try value("SELECT 1 FROM sqlite_master WHERE name = 'commits'") == .integer(1)
    }
}
