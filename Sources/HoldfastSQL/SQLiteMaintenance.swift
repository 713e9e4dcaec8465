internal import CSQLite

extension SQLiteConnection {
    /// Copies the whole database, as it is at one moment, into another file while others write it.
    ///
    /// The pages are read within one transaction: what is committed meanwhile is not in the copy.
    /// `progress` is told how many of how many pages are copied.
    package func backup(
        to copy: SQLiteConnection, progress: (Int, Int) -> Void
    ) throws(SQLError) {
        try run("BEGIN")
        // A read transaction begins with the first read.
        _ = try value("SELECT count(*) FROM sqlite_master")
        // Nothing was written here; a failure on its way is the one to report.
        defer { try? run("COMMIT") }
        guard let backup = sqlite3_backup_init(copy.handle, "main", handle, "main") else {
            throw copy.failure(sqlite3_errcode(copy.handle))
        }
        var code = SQLITE_OK
        repeat {
            code = sqlite3_backup_step(backup, 1_024)
            let pages = Int(sqlite3_backup_pagecount(backup))
            progress(pages - Int(sqlite3_backup_remaining(backup)), pages)
            if Task.isCancelled { code = SQLITE_INTERRUPT }
        } while code == SQLITE_OK
        sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE else {
            throw SQLError(code: code, message: String(cString: sqlite3_errstr(code)))
        }
    }

    /// Keeps every other connection out until this one is closed. Throws `busy` where another has
    /// the file open.
    ///
    /// To be asked before anything is read: a WAL database is locked when it is first looked at.
    package func keepOthersOut() throws(SQLError) {
        try run("PRAGMA locking_mode = EXCLUSIVE")
        try run("BEGIN IMMEDIATE")
        try run("COMMIT")
    }

    /// Copies what is in the write-ahead log into the database file, and leaves the log empty.
    /// False where a reader is in the way.
    package func emptyLog() throws(SQLError) -> Bool {
        var log: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
            handle, nil, SQLITE_CHECKPOINT_TRUNCATE, &log, &copied)
        if code == SQLITE_BUSY { return false }
        guard code == SQLITE_OK else { throw failure(code) }
        return true
    }

    /// What SQLite finds wrong with pages and indexes: nothing, or at most so many lines.
    package func integrityFaults(limit: Int) throws(SQLError) -> [String] {
        var lines: [String] = []
        try query(SQL(stringLiteral: "PRAGMA integrity_check(\(limit))")) { row throws(SQLError) in
            lines.append(row.text(0) ?? "")
        }
        return lines == ["ok"] ? [] : lines
    }
}
