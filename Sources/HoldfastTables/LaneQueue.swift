internal import Glibc

/// Pieces of a table on their way from the thread that makes them to the lanes, and back.
///
/// Piece number i goes to lane i % lanes, so that what a lane sees is the same on any machine.
/// There are so many pieces and no more: the maker waits until one is free, which bounds the
/// memory. Of several faults the one that is first in the table is kept; pieces behind it are
/// passed over.
///
/// `@unchecked Sendable`: every property is read and written under the mutex only, and a piece
/// belongs to the maker, to the queue or to one lane, never to two of them.
final class LaneQueue<Piece: AnyObject>: @unchecked Sendable {
    /// What a lane or the maker met, and where.
    struct Fault {
        /// The piece in which it was met; for the maker the one that it could not make.
        var number: Int
        /// The row of the piece, from 0, where it belongs to one.
        var row: Int?
        var error: any Error
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// One for each lane, then the maker's, then one for who awaits a turn.
    private let signals: UnsafeMutableBufferPointer<pthread_cond_t>
    private let lanes: Int
    private var free: [Piece]
    private var waiting: [[(number: Int, piece: Piece)]]
    private var submitted = 0
    private var isFinished = false
    private var fault: Fault?
    /// The rows of the pieces that are done, up to the first that is not, and of those behind it.
    private var prefix = (pieces: 0, rows: 0)
    private var behind: [Int: Int] = [:]
    /// The piece whose turn it is, and the rows before it.
    private var turn = (number: 0, rows: 0)

    init(lanes: Int, pieces: [Piece]) {
        precondition(lanes > 0 && !pieces.isEmpty, "there is a lane, and a piece to hand to it")
        self.lanes = lanes
        free = pieces
        waiting = Array(repeating: [], count: lanes)
        signals = .allocate(capacity: lanes + 2)
        pthread_mutex_init(mutex, nil)
        for index in signals.indices { pthread_cond_init(&signals[index], nil) }
    }

    deinit {
        for index in signals.indices { pthread_cond_destroy(&signals[index]) }
        pthread_mutex_destroy(mutex)
        signals.deallocate()
        mutex.deallocate()
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    // MARK: - The maker's side

    /// A piece to fill, or `nil` where a fault has made more of them useless.
    func take() -> Piece? {
        locked {
            while free.isEmpty && fault == nil { pthread_cond_wait(&signals[lanes], mutex) }
            return fault == nil ? free.removeLast() : nil
        }
    }

    /// Hands a piece to the lane whose turn it is.
    func submit(_ piece: Piece) {
        locked {
            let lane = submitted % lanes
            waiting[lane].append((submitted, piece))
            submitted += 1
            pthread_cond_signal(&signals[lane])
        }
    }

    /// Says that the maker met a fault where the next piece would be.
    func fail(_ error: any Error) {
        locked { keep(Fault(number: submitted, row: nil, error: error)) }
    }

    /// Says that there are no more pieces.
    func finish() {
        locked {
            isFinished = true
            for lane in 0..<lanes { pthread_cond_signal(&signals[lane]) }
        }
    }

    /// The rows of all pieces before the first that is not done.
    var rows: Int { locked { prefix.rows } }

    /// The first fault of the table, and the rows before its piece. Final when the lanes ended.
    var outcome: (fault: Fault?, rowsBefore: Int) { locked { (fault, prefix.rows) } }

    // MARK: - A lane's side

    /// The next piece of a lane, with the number of its first row where that is known; `nil` at
    /// the end.
    func next(_ lane: Int) -> (number: Int, piece: Piece, firstRow: Int?)? {
        locked {
            while true {
                if let (number, piece) = waiting[lane].first {
                    waiting[lane].removeFirst()
                    if let fault, fault.number < number {
                        give(back: piece)
                        continue
                    }
                    return (number, piece, number == prefix.pieces ? prefix.rows + 1 : nil)
                }
                if isFinished { return nil }
                pthread_cond_wait(&signals[lane], mutex)
            }
        }
    }

    /// Whether work on a piece is in vain, as a fault lies before it.
    func isUseless(_ number: Int) -> Bool { locked { (fault?.number ?? .max) < number } }

    /// Waits until every earlier piece has passed its turn; gives the rows before this piece, or
    /// `nil` where work on it is in vain.
    func awaitTurn(_ number: Int) -> Int? {
        locked {
            while turn.number != number {
                if let fault, fault.number < number { return nil }
                pthread_cond_wait(&signals[lanes + 1], mutex)
            }
            return turn.rows
        }
    }

    /// Lets the next piece have its turn.
    func passTurn(_ number: Int, rows: Int) {
        locked {
            precondition(turn.number == number, "a turn is passed once, by who has it")
            turn = (number + 1, turn.rows + rows)
            pthread_cond_broadcast(&signals[lanes + 1])
        }
    }

    /// Gives a piece back, with the number of its rows.
    func done(_ number: Int, _ piece: Piece, rows: Int) {
        locked {
            behind[number] = rows
            while let rows = behind.removeValue(forKey: prefix.pieces) {
                prefix.pieces += 1
                prefix.rows += rows
            }
            give(back: piece)
        }
    }

    /// Gives a piece back in which a fault was met.
    func fail(_ fault: Fault, _ piece: Piece) {
        locked {
            keep(fault)
            give(back: piece)
        }
    }

    private func give(back piece: Piece) {
        free.append(piece)
        pthread_cond_signal(&signals[lanes])
    }

    private func keep(_ new: Fault) {
        if let fault, fault.number <= new.number { return }
        fault = new
        pthread_cond_signal(&signals[lanes])
        pthread_cond_broadcast(&signals[lanes + 1])
    }
}
