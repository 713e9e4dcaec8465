internal import HoldfastStatistics
internal import HoldfastTables

/// What a cell says, in 64 bits.
///
/// A number is its value's bits, so that `1`, `1.0` and `+1` are one; a text is a hash of its
/// bytes. A missing cell, NaN and an empty text are one: they are what writers of tables disagree
/// about. Two texts are taken for one with a chance of 2⁻⁶⁴; nobody may choose the texts against
/// it, as the hash is no secret.
struct CellContent: Equatable {
    /// A number, a text, either infinity, or no value.
    var kind: CellKind
    /// The bits of a number, or the hash of a text; 0 for what has no value.
    var bits: UInt64

    /// No value, of whatever kind.
    static func none(_ kind: CellKind) -> CellContent { CellContent(kind: kind, bits: 0) }

    /// The cell of a column, as the column says it. In one whose cells are categories by their
    /// bytes, everything with a value is a text.
    @inline(__always)
    init(_ column: CellColumn, _ row: Int, isForced: Bool) {
        let kind = column.kinds[row]
        switch kind {
        case .number where !isForced:
            self.init(kind: kind, bits: CellHash.bits(column.numbers[row]))
        case .missing, .notANumber: self.init(kind: kind, bits: 0)
        case .emptyText:
            self.init(kind: isForced ? .text : kind, bits: isForced ? CellHash.empty : 0)
        case .positiveInfinity where !isForced, .negativeInfinity where !isForced:
            self.init(kind: kind, bits: 0)
        case .text, .number, .positiveInfinity, .negativeInfinity:
            self.init(kind: .text, bits: CellHash.of(column.bytes(row)))
        }
    }

    init(kind: CellKind, bits: UInt64) {
        self.kind = kind
        self.bits = bits
    }
}

/// Hashes of cells, of names and of places.
enum CellHash {
    /// The hash of no bytes.
    static let empty = of(UnsafeBufferPointer(start: nil, count: 0))

    /// The bits of a number: of 0 and −0, which are equal, the same.
    @inline(__always)
    static func bits(_ number: Double) -> UInt64 { (number + 0).bitPattern }

    /// A hash of bytes, eight at a time; each step folds a product of 128 bits (after Wang Yi,
    /// "wyhash", 2019).
    @inline(__always)
    static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        let count = raw.count
        // Over all bits, or a change of the first byte could undo one of the length.
        var hash = first ^ UInt64(truncatingIfNeeded: count) &* second
        if count >= 8 {
            var place = 0
            while place &+ 8 < count {
                hash = fold(hash ^ load(raw, place), second)
                place &+= 8
            }
            // The last word may overlap the one before: the count is in the hash already.
            return fold(hash ^ load(raw, count &- 8), third)
        }
        var word: UInt64 = 0
        for byte in raw { word = word &<< 8 | UInt64(byte) }
        return fold(hash ^ word, third)
    }

    /// The hash of a text's bytes.
    static func of(_ text: String) -> UInt64 {
        Array(text.utf8).withUnsafeBufferPointer { of($0) }
    }

    /// What the cells of a column are mixed with: the same for the same name in each table.
    static func salt(of column: String, seed: UInt64) -> UInt64 {
        SplitMix64.mix(of(column) ^ SplitMix64.mix(seed &+ first))
    }

    /// Adds a hash of each cell of a column to the sum of its row. What has no value adds nothing,
    /// just as a column that is not there.
    static func add(
        _ column: CellColumn, _ use: ColumnUse, to sums: UnsafeMutableBufferPointer<UInt64>
    ) {
        let (kinds, numbers) = (column.kinds, column.numbers)
        let (isForced, salt) = (use.isForced, use.salt)
        let textSalt = SplitMix64.mix(salt ^ second)
        for row in sums.indices {
            if kinds[row] == .number && !isForced {
                sums[row] &+= SplitMix64.mix(bits(numbers[row]) ^ salt)
                continue
            }
            switch kinds[row] {
            case .missing, .notANumber, .emptyText: break
            case .positiveInfinity where !isForced:
                sums[row] &+= SplitMix64.mix(Double.infinity.bitPattern ^ salt)
            case .negativeInfinity where !isForced:
                sums[row] &+= SplitMix64.mix((-Double.infinity).bitPattern ^ salt)
            case .text, .number, .positiveInfinity, .negativeInfinity:
                let text = column.bytes(row)
                if !isForced, let number = number(text) {
                    sums[row] &+= SplitMix64.mix(bits(number) ^ salt)
                } else {
                    sums[row] &+= SplitMix64.mix(of(text) ^ textSalt)
                }
            }
        }
    }

    /// The hash of a name of something, a key or a unit, or `nil` where it has none: by value while
    /// a double tells whole numbers apart, else by its bytes.
    @inline(__always)
    static func name(_ column: CellColumn, _ row: Int, seed: UInt64) -> UInt64? {
        let number: Double?
        switch column.kinds[row] {
        case .missing, .notANumber, .emptyText: return nil
        case .number: number = column.numbers[row]
        case .text: number = self.number(column.bytes(row))
        case .positiveInfinity, .negativeInfinity: number = nil
        }
        if let number, abs(number) < 0x1p53 { return SplitMix64.mix(bits(number) ^ seed) }
        return SplitMix64.mix(of(column.bytes(row)) ^ SplitMix64.mix(seed ^ second))
    }

    /// The number that a text would be in a file without types, in which a text is never one: a
    /// code that one writer calls a text and another a number is the same code.
    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let byte = text.first,
            byte &- 0x30 < 10 || byte == 0x2D || byte == 0x2B || byte == 0x2E
        else { return nil }
        if case .number(let number) = CellValue(bytes: text, isQuoted: true) { return number }
        return nil
    }

    @inline(__always)
    private static func fold(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }

    @inline(__always)
    private static func load(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    // Odd numbers without a pattern: what SplitMix64 gives first from the seeds 1, 3 and 7.
    private static let first: UInt64 = 0x910A_2DEC_8902_5CC1
    private static let second: UInt64 = 0x1D0B_14E4_DB01_8FED
    private static let third: UInt64 = 0x63CB_E1E4_5932_0DD7
}
