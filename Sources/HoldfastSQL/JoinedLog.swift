internal import CSQLite
internal import Glibc

/// A file system layer of SQLite's that writes a commit into the write-ahead log in few calls.
///
/// SQLite writes each page of a commit in two calls: 24 bytes, and the page. Many small calls cost
/// more than their bytes: 33 pages of 8 KiB took 14 µs of CPU each so, and 3 µs in one call. What
/// is written to the log is gathered here, and handed to the system where SQLite flushes the log,
/// which under `synchronous=FULL` is the end of each commit, before any reader is told of it; only
/// for connections that flush so. What was gathered for a transaction that is rolled back is
/// dropped when the right to write is given up: another process may then write there. A commit
/// that was torn half-way is found by SQLite's checksums, as ever.
///
/// https://www.sqlite.org/vfs.html, section 2.1: a shim; https://www.sqlite.org/walformat.html,
/// section 2.3: the locks.
enum JoinedLog {
    /// The name by which a connection asks for it.
    static let name = "holdfast-joined-log"

    /// Registers it with SQLite, once in a process; what it returns says how that went.
    static let registration: Int32 = {
        guard let base = sqlite3_vfs_find("unix") else { return SQLITE_ERROR }
        precondition(MemoryLayout<Head>.offset(of: \.methods) == 0, "SQLite looks there")
        let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        // The functions other than `xOpen` are those of the system's layer, which does not ask
        // them which layer it is.
        layer.initialize(to: base.pointee)
        layer.pointee.pNext = nil
        layer.pointee.zName = UnsafePointer(strdup(name))
        layer.pointee.szOsFile = Int32(MemoryLayout<Head>.stride) + base.pointee.szOsFile
        layer.pointee.pAppData = UnsafeMutableRawPointer(base)
        layer.pointee.xOpen = { layer, path, file, flags, outFlags in
            guard let file, let data = layer?.pointee.pAppData else { return SQLITE_MISUSE }
            return JoinedLog.open(
                data.assumingMemoryBound(to: sqlite3_vfs.self), path, file, flags, outFlags)
        }
        return sqlite3_vfs_register(layer, 0)
    }()

    private typealias File = UnsafeMutablePointer<sqlite3_file>

    /// The most bytes that are gathered, as many as the system's layer can write in one call: a
    /// commit of more goes in several.
    private static let capacity = (1 << 17) - 1

    /// What stands before the system's own file in the memory that SQLite gives for one.
    private struct Head {
        /// Where SQLite looks for it.
        let methods: UnsafePointer<sqlite3_io_methods>
        /// Of a database its log, while that is open, and of a log its database.
        var partner: UnsafeMutablePointer<Head>?
        /// What is gathered of a log, `count` bytes that belong at `start`; allocated by the first
        /// write.
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        var start: sqlite3_int64 = 0
    }

    private static func head(_ file: File) -> UnsafeMutablePointer<Head> {
        UnsafeMutableRawPointer(file).assumingMemoryBound(to: Head.self)
    }

    /// The system's own file.
    private static func inner(_ file: File) -> File {
        (UnsafeMutableRawPointer(file) + MemoryLayout<Head>.stride)
            .assumingMemoryBound(to: sqlite3_file.self)
    }

    /// Opens a database or a log; any other file is opened as without this layer. So is a log of a
    /// database whose sectors may be damaged by writing beside them: SQLite flushes it, and writes
    /// on.
    private static func open(
        _ base: UnsafeMutablePointer<sqlite3_vfs>, _ path: UnsafePointer<CChar>?, _ file: File,
        _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        let isLog = flags & SQLITE_OPEN_WAL != 0
        guard isLog || flags & SQLITE_OPEN_MAIN_DB != 0 else {
            return base.pointee.xOpen(base, path, file, flags, outFlags)
        }
        let database = isLog ? path.flatMap { sqlite3_database_file_object($0) } : nil
        if isLog {
            let traits = ask(database) { $1.xDeviceCharacteristics($0) }
            guard database != nil, traits & SQLITE_IOCAP_POWERSAFE_OVERWRITE != 0 else {
                return base.pointee.xOpen(base, path, file, flags, outFlags)
            }
        }
        // SQLite closes only what has methods.
        file.pointee.pMethods = nil
        let code = base.pointee.xOpen(base, path, inner(file), flags, outFlags)
        guard code == SQLITE_OK else { return code }
        head(file).initialize(to: Head(methods: isLog ? logMethods : databaseMethods))
        if let database {
            head(file).pointee.partner = head(database)
            head(database).pointee.partner = head(file)
        }
        return SQLITE_OK
    }

    /// Calls the system's own file.
    private static func ask(
        _ file: File?, _ call: (File, sqlite3_io_methods) -> Int32
    ) -> Int32 {
        guard let file else { return SQLITE_MISUSE }
        return call(inner(file), inner(file).pointee.pMethods.pointee)
    }

    // MARK: - The log

    /// Calls the system's own file, after what was gathered is handed to it.
    private static func pass(
        _ file: File?, _ call: (File, sqlite3_io_methods) -> Int32
    ) -> Int32 {
        guard let file else { return SQLITE_MISUSE }
        let code = handOver(file)
        return code == SQLITE_OK ? ask(file, call) : code
    }

    /// Hands over what was gathered. What the system refuses is dropped: SQLite is told, and rolls
    /// the transaction back that it was part of, as it does after any error in writing. It does not
    /// after each error in reading: ``read(_:_:_:at:)`` writes nothing.
    private static func handOver(_ file: File) -> Int32 {
        let head = head(file)
        let count = head.pointee.count
        guard count > 0 else { return SQLITE_OK }
        head.pointee.count = 0
        return ask(file) { $1.xWrite($0, head.pointee.bytes, Int32(count), head.pointee.start) }
    }

    /// Gathers what follows what is gathered already; anything else is handed over before.
    private static func gather(
        _ file: File, _ bytes: UnsafeRawPointer, _ count: Int, at offset: sqlite3_int64
    ) -> Int32 {
        let head = head(file)
        let gathered = head.pointee.count
        if offset != head.pointee.start + sqlite3_int64(gathered) || gathered + count > capacity {
            let code = handOver(file)
            guard code == SQLITE_OK else { return code }
        }
        if head.pointee.bytes == nil { head.pointee.bytes = malloc(capacity) }
        guard let buffer = head.pointee.bytes, count <= capacity else {
            return ask(file) { $1.xWrite($0, bytes, Int32(count), offset) }
        }
        if head.pointee.count == 0 { head.pointee.start = offset }
        memcpy(buffer + head.pointee.count, bytes, count)
        head.pointee.count += count
        return SQLITE_OK
    }

    /// Reads from what is gathered, or from the system's own file. SQLite reads heads and pages as
    /// it has written them; it reads across the border of what is gathered only where it writes
    /// checksums again, at the end of a commit.
    private static func read(
        _ file: File, _ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: sqlite3_int64
    ) -> Int32 {
        let head = head(file)
        let first = Int(offset - head.pointee.start)
        let gathered = head.pointee.count
        if gathered > 0, first < gathered, first + count > 0 {
            if let bytes = head.pointee.bytes, first >= 0, first + count <= gathered {
                memcpy(buffer, bytes + first, count)
                return SQLITE_OK
            }
            let code = handOver(file)
            guard code == SQLITE_OK else { return code }
        }
        return ask(file) { $1.xRead($0, buffer, Int32(count), offset) }
    }

    /// Those of the first version: what came later is for databases.
    private nonisolated(unsafe) static let logMethods: UnsafePointer<sqlite3_io_methods> = {
        var own = sqlite3_io_methods()
        own.iVersion = 1
        own.xClose = { file in
            guard let file else { return SQLITE_MISUSE }
            // What is gathered still was never committed.
            let head = JoinedLog.head(file)
            head.pointee.partner?.pointee.partner = nil
            free(head.pointee.bytes)
            return JoinedLog.ask(file) { $1.xClose($0) }
        }
        own.xRead = { file, buffer, count, offset in
            guard let file, let buffer else { return SQLITE_MISUSE }
            return JoinedLog.read(file, buffer, Int(count), at: offset)
        }
        own.xWrite = { file, bytes, count, offset in
            guard let file, let bytes else { return SQLITE_MISUSE }
            return JoinedLog.gather(file, bytes, Int(count), at: offset)
        }
        own.xTruncate = { file, size in JoinedLog.pass(file) { $1.xTruncate($0, size) } }
        own.xSync = { file, flags in JoinedLog.pass(file) { $1.xSync($0, flags) } }
        own.xFileSize = { file, size in JoinedLog.pass(file) { $1.xFileSize($0, size) } }
        JoinedLog.addQuestions(to: &own)
        return JoinedLog.kept(own)
    }()

    // MARK: - The database

    private nonisolated(unsafe) static let databaseMethods: UnsafePointer<sqlite3_io_methods> = {
        var own = sqlite3_io_methods()
        own.iVersion = 3
        own.xClose = { file in JoinedLog.ask(file) { $1.xClose($0) } }
        own.xRead = { file, buffer, count, offset in
            JoinedLog.ask(file) { $1.xRead($0, buffer, count, offset) }
        }
        own.xWrite = { file, bytes, count, offset in
            JoinedLog.ask(file) { $1.xWrite($0, bytes, count, offset) }
        }
        own.xTruncate = { file, size in JoinedLog.ask(file) { $1.xTruncate($0, size) } }
        own.xSync = { file, flags in JoinedLog.ask(file) { $1.xSync($0, flags) } }
        own.xFileSize = { file, size in JoinedLog.ask(file) { $1.xFileSize($0, size) } }
        JoinedLog.addQuestions(to: &own)
        own.xShmMap = { file, region, size, isExtended, memory in
            JoinedLog.ask(file) { $1.xShmMap($0, region, size, isExtended, memory) }
        }
        own.xShmLock = { file, first, count, flags in
            // Lock 0 is the right to write, and is given up after what is committed was flushed. A
            // shared lock is taken where reading begins: what is gathered then is of a transaction
            // that was rolled back while the locks were kept (`locking_mode=EXCLUSIVE`).
            let isWritingOver = first == 0 && flags & SQLITE_SHM_UNLOCK != 0
            if let file, isWritingOver || flags == SQLITE_SHM_LOCK | SQLITE_SHM_SHARED {
                JoinedLog.head(file).pointee.partner?.pointee.count = 0
            }
            return JoinedLog.ask(file) { $1.xShmLock($0, first, count, flags) }
        }
        own.xShmBarrier = { file in
            guard let file else { return }
            let inner = JoinedLog.inner(file)
            inner.pointee.pMethods.pointee.xShmBarrier(inner)
        }
        own.xShmUnmap = { file, isDeleted in
            JoinedLog.ask(file) { $1.xShmUnmap($0, isDeleted) }
        }
        own.xFetch = { file, offset, count, page in
            JoinedLog.ask(file) { $1.xFetch($0, offset, count, page) }
        }
        own.xUnfetch = { file, offset, page in
            JoinedLog.ask(file) { $1.xUnfetch($0, offset, page) }
        }
        return JoinedLog.kept(own)
    }()

    /// What both are asked that has nothing to do with what is in them.
    private static func addQuestions(to own: inout sqlite3_io_methods) {
        own.xLock = { file, level in JoinedLog.ask(file) { $1.xLock($0, level) } }
        own.xUnlock = { file, level in JoinedLog.ask(file) { $1.xUnlock($0, level) } }
        own.xCheckReservedLock = { file, isReserved in
            JoinedLog.ask(file) { $1.xCheckReservedLock($0, isReserved) }
        }
        own.xFileControl = { file, operation, argument in
            JoinedLog.ask(file) { $1.xFileControl($0, operation, argument) }
        }
        own.xSectorSize = { file in JoinedLog.ask(file) { $1.xSectorSize($0) } }
        own.xDeviceCharacteristics = { file in
            JoinedLog.ask(file) { $1.xDeviceCharacteristics($0) }
        }
    }

    /// For as long as the process lives.
    private static func kept(_ methods: sqlite3_io_methods) -> UnsafePointer<sqlite3_io_methods> {
        let pointer = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        pointer.initialize(to: methods)
        return UnsafePointer(pointer)
    }
}
