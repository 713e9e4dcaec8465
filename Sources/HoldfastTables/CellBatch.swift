/// Some consecutive rows of a table, column by column.
///
///     for index in 0..<batch.columns.count {
///         batch.withColumn(index) { column in
///             for row in 0..<batch.rows where column.kinds[row] == .number {
///                 sums[index] += column.numbers[row]
///             }
///         }
///     }
///
/// The storage is used again for the next rows: nothing of a batch is valid behind the call that
/// it was given to.
package struct CellBatch: ~Copyable {
    /// The table's row, from 1, that is the first here; `nil` where it is not known yet, as rows
    /// before it are being read by another lane.
    package let firstRow: Int?
    /// The piece of the table, from 0, that these rows are of, and how many rows of it are before
    /// them: with the rows of all pieces, where a row is once all of them are read.
    package let piece: (number: Int, before: Int)
    /// How many rows there are, at least one.
    package let rows: Int
    /// The names of the table's columns, in order. Those of JSON Lines grow from batch to batch by
    /// appending, as keys come late: every earlier row then has the missing value there.
    package let columns: [String]
    let store: CellStore

    /// Calls `body` with a column. One that the options ignore has no cells to ask for.
    package func withColumn<Value, Failure: Error>(
        _ index: Int, _ body: (CellColumn) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(store.column(index, rows: rows))
    }

    /// How the cells of a column were read.
    package func reading(_ index: Int) -> CellReading { store.readings[index] }
}

/// One column of a batch. Row 0 is the batch's first.
package struct CellColumn {
    /// What each cell is.
    package let kinds: UnsafeBufferPointer<CellKind>
    /// The value of each cell that is a number; of any other there is no telling.
    package let numbers: UnsafeBufferPointer<Double>
    @usableFromInline let places: UnsafePointer<CellPlace>
    @usableFromInline let text: UnsafePointer<UInt8>
    private let store: CellStore

    init(
        kinds: UnsafeBufferPointer<CellKind>, numbers: UnsafeBufferPointer<Double>,
        places: UnsafePointer<CellPlace>, text: UnsafePointer<UInt8>, store: CellStore
    ) {
        self.kinds = kinds
        self.numbers = numbers
        self.places = places
        self.text = text
        self.store = store
    }

    /// The bytes of a cell, its quotes taken off: none for a missing one that is not a token.
    ///
    /// A number is as it was written; one from a source with types as this program writes it, and
    /// then the bytes are valid until the next call. They need not be UTF-8.
    @inlinable @inline(__always)
    package func bytes(_ row: Int) -> UnsafeBufferPointer<UInt8> {
        let place = places[row]
        if place.isUnwritten { return written(row) }
        return UnsafeBufferPointer(start: text + Int(place.start), count: place.count)
    }

    /// Whether the source has a cell's text, and not its number alone.
    package func isWritten(_ row: Int) -> Bool { !places[row].isUnwritten }

    /// A number that came without its text.
    @usableFromInline
    func written(_ row: Int) -> UnsafeBufferPointer<UInt8> {
        store.write(numbers[row])
    }
}

/// Where a cell's bytes are, and what was seen of them.
@usableFromInline
struct CellPlace {
    /// From the start of the bytes that the batch lies in.
    @usableFromInline var start: UInt32
    /// The number of bytes, and flags above it.
    @usableFromInline var bits: UInt32

    /// The cell was quoted.
    static let quoted: UInt32 = 1 << 31
    /// Quotes are doubled in it, and still to be made one.
    static let doubled: UInt32 = 1 << 30
    /// The cell is a number whose text was never written.
    @usableFromInline static let unwritten: UInt32 = 1 << 29
    @usableFromInline static let countMask: UInt32 = (1 << 29) - 1

    init(start: Int, count: Int, flags: UInt32) {
        self.start = UInt32(truncatingIfNeeded: start)
        bits = UInt32(truncatingIfNeeded: count) | flags
    }

    @inlinable var count: Int { Int(bits & CellPlace.countMask) }
    @inlinable var isUnwritten: Bool { bits & CellPlace.unwritten != 0 }
    var isQuoted: Bool { bits & CellPlace.quoted != 0 }
    var isDoubled: Bool { bits & CellPlace.doubled != 0 }
}
