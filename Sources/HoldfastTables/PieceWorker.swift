/// What a lane does with each piece that comes to it.
///
/// A worker belongs to the thread of one lane.
protocol PieceWorker: AnyObject, SendableMetatype {
    associatedtype Piece: AnyObject, SendableMetatype

    /// Works on a piece, hands each batch of it on, and gives the number of its rows.
    func work(on piece: Piece, turn: PieceTurn<Piece>) throws(PieceFault) -> Int
}

/// A piece's place among the others.
struct PieceTurn<Piece: AnyObject> {
    /// The piece's number, from 0.
    let number: Int
    /// The number of its first row, from 1, where it is known.
    let firstRow: Int?
    /// Where the piece came from.
    let queue: LaneQueue<Piece>
}

/// Why work on a piece ended.
struct PieceFault: Error {
    /// The row of the piece, from 0, where it belongs to one.
    var row: Int?
    var error: any Error
}

/// Where a lane's batches go.
struct LaneSink {
    /// The lane's number.
    let lane: Int
    let take: @Sendable (Int, borrowing CellBatch) throws -> Void

    /// Hands the rows of a store on. `before` are the rows of the piece before these, `line` says
    /// on which line a row of the batch begins.
    func deliver(
        _ store: CellStore, rows: Int, columns: [String], piece: Int, before: Int, firstRow: Int?,
        path: String, line: (Int) -> Int?
    ) throws(PieceFault) {
        let batch = CellBatch(
            firstRow: firstRow.map { $0 + before }, piece: (piece, before), rows: rows,
            columns: columns, store: store)
        do {
            try take(lane, batch)
        } catch let fault as CellFault {
            let error = TableError(
                path: path, row: 0, line: line(fault.row), column: fault.column.map { columns[$0] },
                message: fault.message, hint: fault.hint)
            throw PieceFault(row: before + fault.row, error: error)
        } catch {
            throw PieceFault(row: nil, error: error)
        }
    }
}

/// One reading of a table: its name, how it is read, and who is told how far it is.
struct TablePass {
    /// What errors call the table.
    let path: String
    let options: TableReadOptions
    let lanes: Int
    let take: @Sendable (Int, borrowing CellBatch) throws -> Void
    let progress: (@Sendable (TableProgress) -> Void)?

    /// Lets the workers take what `make` makes; gives the number of rows, or throws the first fault
    /// of the table.
    func run<Worker: PieceWorker>(
        _ makeWorker: (LaneSink) -> Worker, pieces: [Worker.Piece],
        make: (LaneQueue<Worker.Piece>) throws -> Void
    ) throws -> Int {
        let queue = LaneQueue(lanes: lanes, pieces: pieces)
        let bodies = (0..<lanes).map { lane in
            let handed = HandedOver(makeWorker(LaneSink(lane: lane, take: take)))
            let body: @Sendable () -> Void = { TablePass.work(handed.value, lane, queue) }
            return body
        }
        do throws(LaneThreadError) {
            try LaneThreads.run(
                bodies,
                make: {
                    do { try make(queue) } catch { queue.fail(error) }
                }, finish: queue.finish)
        } catch {
            throw TableError(
                path: path, message: "no thread to read it with: \(systemMessage(error.number))",
                hint: "allow the process more threads")
        }
        let (fault, rows) = queue.outcome
        guard let fault else { return rows }
        if var error = fault.error as? TableError, let row = fault.row {
            error.row = rows + row + 1
            throw error
        }
        throw fault.error
    }

    private static func work<Worker: PieceWorker>(
        _ worker: Worker, _ lane: Int, _ queue: LaneQueue<Worker.Piece>
    ) {
        while let (number, piece, firstRow) = queue.next(lane) {
            let turn = PieceTurn(number: number, firstRow: firstRow, queue: queue)
            do throws(PieceFault) {
                queue.done(number, piece, rows: try worker.work(on: piece, turn: turn))
            } catch {
                queue.fail(.init(number: number, row: error.row, error: error.error), piece)
            }
        }
    }
}

/// A value that is made on one thread and then used on another alone.
///
/// `@unchecked Sendable`: nobody keeps the value where it was made.
private struct HandedOver<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
