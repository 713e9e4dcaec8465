internal import Glibc

/// A batch that is filled cell by cell, with its own bytes.
final class TypedPiece {
    /// From so many bytes on a batch is full.
    static let textLimit = 1 << 18

    /// The cells.
    let store = CellStore()
    /// The names of the columns.
    private(set) var columns: [String] = []
    /// The complete rows.
    var rows = 0
    /// How many bytes the texts have so far.
    private(set) var used = 0
    private var capacity = 0
    private var text = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

    deinit { text.deallocate() }

    /// Whether the next row belongs to another batch.
    var isFull: Bool { rows == store.rowCapacity || used >= TypedPiece.textLimit }

    /// Empties it: every cell is missing.
    func begin(_ columns: [String], _ readings: [CellReading]) {
        self.columns = columns
        store.prepare(readings)
        store.kinds.update(repeating: .missing)
        store.places.update(repeating: CellPlace(start: 0, count: 0, flags: 0))
        rows = 0
        used = 0
        store.text = text
    }

    /// Puts a number into the row that is being filled.
    func put(_ number: Double, column: Int) {
        let cell = column * store.stride + rows
        store.numbers[cell] = number
        store.kinds[cell] =
            number.isFinite
            ? .number
            : number.isNaN ? .notANumber : number > 0 ? .positiveInfinity : .negativeInfinity
        store.places[cell] = CellPlace(start: 0, count: 0, flags: CellPlace.unwritten)
    }

    /// Puts a text into the row that is being filled.
    func put(_ bytes: some Collection<UInt8>, column: Int) {
        let count = bytes.count
        if used + count > capacity {
            capacity = max(2 * capacity, used + count)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            memcpy(larger, text, used)
            text.deallocate()
            text = larger
            store.text = larger
        }
        let room = UnsafeMutableBufferPointer(start: text + used, count: count)
        _ = room.update(fromContentsOf: bytes)
        let cell = column * store.stride + rows
        store.kinds[cell] = count == 0 ? .emptyText : .text
        store.places[cell] = CellPlace(start: used, count: count, flags: 0)
        used += count
    }
}

/// Hands batches on that are filled already.
final class TypedLane: PieceWorker {
    private let path: String
    private let sink: LaneSink

    init(path: String, sink: LaneSink) {
        self.path = path
        self.sink = sink
    }

    func work(on piece: TypedPiece, turn: PieceTurn<TypedPiece>) throws(PieceFault) -> Int {
        try sink.deliver(
            piece.store, rows: piece.rows, columns: piece.columns, piece: turn.number, before: 0,
            firstRow: turn.firstRow, path: path, line: { _ in nil })
        return piece.rows
    }
}
