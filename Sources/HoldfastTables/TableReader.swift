internal import Glibc

/// Where a table comes from.
package enum TableSource: Sendable {
    /// A file by its path: CSV, JSON Lines, either of them compressed by gzip, Parquet, or an
    /// SQLite database as `features.db:table`.
    case file(String)
    /// What can be read from a descriptor, such as 0 for standard input; it stays open.
    case descriptor(Int32, name: String)
    /// Bytes in memory.
    case bytes([UInt8], name: String)
    /// Rows that are made elsewhere, put one by one into ``RowBatches`` by the closure.
    case rows(name: String, @Sendable (inout RowBatches) throws -> Void)

    /// What errors call it.
    package var name: String {
        switch self {
        case .file(let path): path
        case .descriptor(_, let name), .bytes(_, let name), .rows(let name, _): name
        }
    }

    /// Throws where a file is not there or may not be read, as reading it would. Opens nothing: a
    /// pipe can be opened once only.
    package func checkIsReadable() throws(TableError) {
        guard case .file(let path) = self, access(path, R_OK) != 0 else { return }
        let number = errno
        if access(path, F_OK) != 0 && SQLiteTable.named(path) != nil { return }
        throw ByteSource.cannotOpen(path, number)
    }
}

/// How a table is read.
package struct TableReadOptions: Sendable {
    /// The columns, by name, whose cells are not even looked at.
    package var ignored: @Sendable (String) -> Bool
    /// The columns, by name, whose cells are never read as numbers.
    package var texts: @Sendable (String) -> Bool
    /// The program that reads Parquet: a path, or a name that is looked for in PATH.
    package var duckdb: String
    /// How many bytes are read at once; other sizes are for tests.
    package var blockSize: Int

    /// The block's size in bytes that is usual: 256 KiB, so that those of all lanes stay in a
    /// processor's caches.
    package static let usualBlockSize = 1 << 18

    package init(
        ignored: @escaping @Sendable (String) -> Bool = { _ in false },
        texts: @escaping @Sendable (String) -> Bool = { _ in false },
        duckdb: String = "duckdb", blockSize: Int = TableReadOptions.usualBlockSize
    ) {
        precondition(blockSize > 0, "a block has bytes")
        self.ignored = ignored
        self.texts = texts
        self.duckdb = duckdb
        self.blockSize = blockSize
    }

    func reading(_ column: String, isTyped: Bool = false) -> CellReading {
        if ignored(column) { return .ignored }
        return isTyped || texts(column) ? .asText : .byContent
    }
}

/// How far reading has come.
package struct TableProgress: Sendable, Equatable {
    /// The bytes that were read of the file itself, compressed ones as such.
    package var bytes: Int
    /// The file's size in bytes, where it is known.
    package var totalBytes: Int?
    /// The rows that the lanes have seen.
    package var rows: Int
}

/// A table that was read.
package struct TableRead<Lane: Sendable>: Sendable {
    /// What each lane made, in their order.
    package var lanes: [Lane]
    /// The names of the columns, in order.
    package var columns: [String]
    /// The rows; a header is none.
    package var rows: Int
}

/// What a lane may throw about one cell or row of its batch: the reader adds file, row and line,
/// and throws it as a ``TableError`` where no fault lies before it.
package struct CellFault: Error {
    /// The row of the batch, from 0.
    package var row: Int
    /// The column's place, where the fault is one cell's.
    package var column: Int?
    /// What was found, and what was expected.
    package var message: String
    /// What the reader of the message can do.
    package var hint: String

    package init(row: Int, column: Int? = nil, message: String, hint: String) {
        self.row = row
        self.column = column
        self.message = message
        self.hint = hint
    }
}

/// Reads a table once, column by column, on several threads and in bounded memory.
///
///     let read = try TableReader.read(.file("train.csv"), lanes: 4) { _ in 0 } each: { rows, batch in
///         rows += batch.rows
///     }
///     read.lanes      // [1_000, 1_000, 1_000, 250]
///     read.columns    // ["unit", "income"]
///     read.rows       // 3_250
///
/// The calling thread reads; it cuts the bytes where records end, and hands piece i to lane i %
/// `lanes`. A lane takes its pieces in order, so that what it sees depends on the bytes and the
/// number of lanes, never on the machine. A piece may be more than one batch.
///
/// A fault is that of the row readers (``CSVReader``), and always the first of the file. Reading
/// ends with `CancellationError` when the task of the caller is cancelled; the lanes are no tasks.
package enum TableReader {
    /// The usual number of lanes.
    package static let usualLanes = 4
    /// The most lanes.
    package static let laneLimit = 64

    /// Reads the table. `each` is called on the threads of the lanes, `progress` on the caller's.
    package static func read<Lane: Sendable>(
        _ source: TableSource, options: TableReadOptions = TableReadOptions(),
        lanes: Int = TableReader.usualLanes, makeLane: (Int) -> Lane,
        each: @escaping @Sendable (inout Lane, borrowing CellBatch) throws -> Void,
        progress: (@Sendable (TableProgress) -> Void)? = nil
    ) throws -> TableRead<Lane> {
        precondition((1...laneLimit).contains(lanes), "there are 1 to \(laneLimit) lanes")
        let states = LaneStates((0..<lanes).map(makeLane), each: each)
        let pass = TablePass(
            path: source.name, options: options, lanes: lanes,
            take: { lane, batch in try states.take(batch, lane: lane) }, progress: progress)
        let (columns, rows) = try pass.read(source)
        return TableRead(lanes: states.values, columns: columns, rows: rows)
    }
}

/// The states of the lanes, and what is done with them.
///
/// `@unchecked Sendable`: lane i's state is touched by lane i's thread alone while the threads run,
/// and by the caller's alone before and after.
final class LaneStates<Lane: Sendable>: @unchecked Sendable {
    private let states: UnsafeMutableBufferPointer<Lane>
    private let each: @Sendable (inout Lane, borrowing CellBatch) throws -> Void

    init(
        _ lanes: [Lane],
        each: @escaping @Sendable (inout Lane, borrowing CellBatch) throws -> Void
    ) {
        states = .allocate(capacity: lanes.count)
        _ = states.initialize(fromContentsOf: lanes)
        self.each = each
    }

    deinit {
        states.deinitialize()
        states.deallocate()
    }

    var count: Int { states.count }
    var values: [Lane] { Array(states) }

    /// Hands a batch to a lane.
    func take(_ batch: borrowing CellBatch, lane: Int) throws {
        try each(&states[lane], batch)
    }
}
