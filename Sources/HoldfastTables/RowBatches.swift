/// Rows that are made elsewhere, for ``TableReader``: a ledger's, say.
///
///     try TableReader.read(.rows(name: "ledger") { rows in
///         try rows.begin(columns: ["unit", "income"])
///         for customer in customers {
///             try rows.beginRow()
///             try rows.add(text: customer.id)
///             try rows.add(customer.income)         // nil is the missing value
///         }
///     }) …
///
/// The cells of a row come in the order of the columns; what a row lacks at its end is missing.
/// A text is a text, whatever it says. Full batches go to the lanes, so that memory stays bounded.
package struct RowBatches: ~Copyable {
    /// The most bytes of texts in one row: 1 MiB, as in a record of CSV.
    package static let rowLimit = CSVReader.recordLimit

    /// The names of the columns; none before ``begin(columns:)``.
    package private(set) var columns: [String] = []
    private let pass: TablePass
    private let queue: LaneQueue<TypedPiece>
    private var readings: [CellReading] = []
    private var piece: TypedPiece?
    /// The column of the next cell; `nil` outside of a row.
    private var column: Int?
    private var rows = 0
    private var rowStart = 0

    init(_ pass: TablePass, _ queue: LaneQueue<TypedPiece>) {
        self.pass = pass
        self.queue = queue
    }

    /// Says which columns there are, once and before the first row. Names that are there twice and
    /// more than ``CSVReader/columnLimit`` are errors.
    package mutating func begin(columns: [String]) throws {
        precondition(self.columns.isEmpty && rows == 0, "columns are said once")
        if columns.count > CSVReader.columnLimit {
            throw TableError(
                path: pass.path, message: "has more than \(CSVReader.columnLimit) columns",
                hint: "choose fewer of them")
        }
        var names: Set<[UInt8]> = []
        for name in columns where !names.insert(Array(name.utf8)).inserted {
            throw TableError(
                path: pass.path, message: "two columns are named \"\(name)\"",
                hint: "rename one of them")
        }
        self.columns = columns
        readings = columns.map { pass.options.reading($0) }
    }

    /// Begins a row; the one before is complete.
    package mutating func beginRow() throws {
        endRow()
        if let piece, piece.isFull { try flush() }
        if piece == nil {
            guard let free = queue.take() else { throw ReadingStopped() }
            free.begin(columns, readings)
            piece = free
        }
        rowStart = piece?.used ?? 0
        column = 0
    }

    /// Adds a number; one that is none or is infinite counts as such. `nil` is the missing value.
    package mutating func add(_ number: Double?) throws {
        guard let number else { return addMissing() }
        let index = nextColumn()
        if readings[index] == .asText, number.isFinite {
            return try put(CellValue.text(of: number).utf8, at: index)
        }
        piece?.put(number, column: index)
    }

    /// Adds a text by its bytes.
    package mutating func add(text: UnsafeBufferPointer<UInt8>) throws {
        try put(text, at: nextColumn())
    }

    /// Adds a text. `nil` is the missing value.
    package mutating func add(text: String?) throws {
        guard let text else { return addMissing() }
        try put(text.utf8, at: nextColumn())
    }

    /// Adds a missing value.
    package mutating func addMissing() { _ = nextColumn() }

    /// Hands over what is left.
    mutating func finish() throws {
        endRow()
        if let piece, piece.rows > 0 { try flush() }
    }

    private mutating func nextColumn() -> Int {
        guard let index = column, index < columns.count else {
            preconditionFailure("a row begins, and has no more cells than there are columns")
        }
        column = index + 1
        return index
    }

    private mutating func put(_ text: some Collection<UInt8>, at index: Int) throws {
        guard readings[index] != .ignored else { return }
        guard let piece, piece.used - rowStart + text.count <= RowBatches.rowLimit else {
            throw TableError(
                path: pass.path, row: rows + 1, column: columns[index],
                message: "the row is longer than \(RowBatches.rowLimit) bytes",
                hint: "leave the column out")
        }
        piece.put(text, column: index)
    }

    private mutating func endRow() {
        guard column != nil else { return }
        column = nil
        rows += 1
        piece?.rows += 1
    }

    private mutating func flush() throws {
        try Task.checkCancellation()
        if let full = piece { queue.submit(full) }
        piece = nil
        pass.progress?(TableProgress(bytes: 0, totalBytes: nil, rows: queue.rows))
    }
}

/// No more rows are wanted, as a fault was met in those that were made. Never seen outside.
struct ReadingStopped: Error {}
