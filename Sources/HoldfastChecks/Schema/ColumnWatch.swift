internal import HoldfastStatistics
internal import HoldfastTables

/// What a schema asks of a column that its summary does not tell: where the first cells stand that
/// do not fit its type, and how often values repeat.
///
/// Merges. Values are told apart by 64-bit hashes, 8 bytes a cell, of a column that is declared
/// unique and of no other: two values are taken for one with a chance of n²/2⁶⁵, which is 3·10⁻⁸
/// for a million. From ``hashLimit`` cells on a sample of the values is kept, chosen by the hash,
/// so that all cells of a value are in it or none; then ``repeats`` is a least number.
struct ColumnWatch: Sendable {
    /// A cell that does not fit.
    struct Misfit: Sendable, Equatable {
        /// The row of the table, from 1, once all rows are read.
        var row: Int?
        /// Its text, cut.
        var text: String
        fileprivate var piece: Int
        fileprivate var place: Int
    }

    /// How many misfits are located.
    static let misfitLimit = 3
    /// The most hashes of a column: 2²⁴ of 8 bytes, 128 MiB.
    static let hashLimit = 1 << 24
    /// The fewest, whatever the bound on memory.
    private static let leastHashes = 1 << 10

    /// The first misfits, in the order of the table once all of it is merged.
    private(set) var misfits: [Misfit] = []
    /// The cells that repeat a value that was there before; `nil` where nobody asked.
    private(set) var repeats: Int?
    /// One of so many values was looked at.
    private(set) var sampled = 1
    private let locates: Bool
    private var seenTexts = 0
    private var hashes: HashSample?
    private let salt: UInt64
    private var scratch: [UInt64] = []

    /// What that rule asks, or `nil` where it asks nothing more.
    init?(_ rule: TableSchema.Column, byteLimit: Int?) {
        locates = rule.type.isNumber
        salt = CellHash.salt(of: rule.name, seed: 0)
        if rule.isUnique {
            let limit = byteLimit.map { max($0 / 8, Self.leastHashes) } ?? Self.hashLimit
            hashes = HashSample(limit: min(limit, Self.hashLimit), isSet: false)
        }
        guard locates || hashes != nil else { return nil }
    }

    /// Looks at the cells of a batch, in whose column there have been so many texts with these.
    mutating func add(_ column: CellColumn, of piece: (number: Int, before: Int), texts: Int) {
        if locates && texts > seenTexts && misfits.count < Self.misfitLimit {
            locate(column, piece)
        }
        seenTexts = texts
        guard hashes != nil else { return }
        scratch.removeAll(keepingCapacity: true)
        for row in column.kinds.indices {
            if let hash = hash(column, row) { scratch.append(hash) }
        }
        scratch.withUnsafeBufferPointer { hashes?.append($0) }
    }

    /// The hash of a value: a number's by its value, a text's by its bytes.
    private func hash(_ column: CellColumn, _ row: Int) -> UInt64? {
        switch column.kinds[row] {
        case .missing, .notANumber: nil
        case .number where locates: CellHash.name(column, row, seed: salt)
        case .text, .emptyText, .positiveInfinity, .negativeInfinity, .number:
            locates ? nil : SplitMix64.mix(CellHash.of(column.bytes(row)) ^ salt)
        }
    }

    private mutating func locate(_ column: CellColumn, _ piece: (number: Int, before: Int)) {
        for row in column.kinds.indices where column.kinds[row] == .text {
            let text = String(decoding: column.bytes(row), as: UTF8.self)
            misfits.append(
                Misfit(
                    text: CategoryList.cut(text), piece: piece.number, place: piece.before + row))
            if misfits.count == Self.misfitLimit { return }
        }
    }

    /// Adds what another part of the table has.
    mutating func merge(_ other: consuming ColumnWatch) {
        misfits = (misfits + other.misfits).sorted { ($0.piece, $0.place) < ($1.piece, $1.place) }
        misfits.removeLast(max(0, misfits.count - Self.misfitLimit))
        seenTexts += other.seenTexts
        if let theirs = other.hashes { hashes?.merge(theirs) }
    }

    /// Says where the misfits stand, by the rows that come before each piece.
    mutating func locate(_ starts: [Int: Int]) {
        for index in misfits.indices {
            misfits[index].row =
                starts[misfits[index].piece].map { $0 + misfits[index].place + 1 }
        }
    }

    /// Counts; to be called once, behind the last cell. The hashes are gone then.
    mutating func finish() {
        guard var sample = hashes else { return }
        hashes = nil
        scratch = []
        sample.finish()
        sampled = 1 << sample.halvings
        let sorted = sample.hashes
        repeats = sorted.indices.dropFirst().count { sorted[$0] == sorted[$0 - 1] }
    }
}
