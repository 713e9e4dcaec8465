internal import HoldfastTables

/// The cells of one column in the rows that are kept.
struct KeptColumn: Sendable {
    /// The column's name.
    let name: String
    /// What each cell is.
    private(set) var kinds: [CellKind]
    /// The bits of a number or the hash of a text.
    private(set) var bits: [UInt64]
    /// The texts, where they are kept.
    private(set) var texts = KeptTexts()
    /// Whether some cell is a text.
    private(set) var hasText = false

    /// A column of which the rows so far have no value.
    init(name: String, missing: Int) {
        self.name = name
        kinds = Array(repeating: .missing, count: missing)
        bits = Array(repeating: 0, count: missing)
    }

    /// The rows.
    var count: Int { kinds.count }

    /// What a cell says.
    @inline(__always)
    func content(_ row: Int) -> CellContent { CellContent(kind: kinds[row], bits: bits[row]) }

    /// A cell among numbers: its value, or NaN where it has none.
    func number(_ row: Int) -> Double {
        switch kinds[row] {
        case .number: Double(bitPattern: bits[row])
        case .positiveInfinity: .infinity
        case .negativeInfinity: -.infinity
        case .missing, .notANumber, .emptyText, .text: .nan
        }
    }

    /// A cell among categories: the hash of its text, a number being one by its value, or `nil`
    /// where it has none.
    func category(_ row: Int) -> UInt64? {
        switch kinds[row] {
        case .text: bits[row]
        case .emptyText: CellHash.empty
        case .number, .positiveInfinity, .negativeInfinity:
            CellHash.of(CellValue.text(of: number(row)))
        case .missing, .notANumber: nil
        }
    }

    /// A cell as a reader is to see it, or `nil` where it has no value. A text is cut, and is there
    /// only where texts are kept.
    func shown(_ row: Int, isCategory: Bool) -> String? {
        switch kinds[row] {
        case .text: texts.text(row)
        case .number, .positiveInfinity, .negativeInfinity: CellValue.text(of: number(row))
        case .emptyText: isCategory ? "" : nil
        case .missing, .notANumber: nil
        }
    }

    /// Takes cells of a batch's column. A text in one that was declared numbers has no value.
    mutating func append(
        _ column: CellColumn, _ rows: ArraySlice<Int>, _ use: ColumnUse, keepsTexts: Bool
    ) {
        let start = count
        appendMissing(rows.count)
        // Taken out while the others change.
        var texts = KeptTexts()
        swap(&texts, &self.texts)
        var hasText = hasText
        kinds.withUnsafeMutableBufferPointer { kinds in
            bits.withUnsafeMutableBufferPointer { bits in
                for (place, row) in zip(start..., rows) {
                    var content = CellContent(column, row, isForced: use.isForced)
                    if use.isNumber && content.kind == .text { content = .none(.missing) }
                    if content.kind == .text {
                        hasText = true
                        if keepsTexts { texts.append(column.bytes(row), row: place) }
                    }
                    kinds[place] = content.kind
                    bits[place] = content.bits
                }
            }
        }
        swap(&texts, &self.texts)
        self.hasText = hasText
    }

    /// Takes the cells of the same column of other rows.
    mutating func append(_ other: KeptColumn) {
        texts.append(other.texts, rows: other.count, behind: count)
        kinds.append(contentsOf: other.kinds)
        bits.append(contentsOf: other.bits)
        hasText = hasText || other.hasText
    }

    /// Takes rows without a value.
    mutating func appendMissing(_ rows: Int) {
        kinds.append(contentsOf: repeatElement(.missing, count: rows))
        bits.append(contentsOf: repeatElement(0, count: rows))
    }

    /// The cells of some rows, in their order.
    func picking(_ rows: [Int32]) -> KeptColumn {
        var picked = KeptColumn(name: name, missing: 0)
        picked.kinds = rows.map { kinds[Int($0)] }
        picked.bits = rows.map { bits[Int($0)] }
        picked.texts = texts.picking(rows)
        picked.hasText = hasText && picked.kinds.contains(.text)
        return picked
    }
}

/// Texts of rows, cut, one behind the other. Rows without a text cost nothing in a column that has
/// none, and 4 bytes in one that has.
struct KeptTexts: Sendable {
    /// The most bytes that are kept of one text; what is longer ends in "…".
    static let limit = 60

    private var bytes: [UInt8] = []
    /// Where the text of each row ends; rows behind the last have no text.
    private var ends: [UInt32] = []

    /// The bytes of all of them.
    var byteCount: Int { bytes.count }

    /// Adds what each row's text takes.
    func addSizes(to sizes: inout [Int32]) {
        var start: UInt32 = 0
        for (row, end) in ends.enumerated() {
            sizes[row] += Int32(truncatingIfNeeded: end - start)
            start = end
        }
    }

    /// A row's text, "" where it has none.
    func text(_ row: Int) -> String { String(decoding: bytes[range(row)], as: UTF8.self) }

    /// Adds the text of the next row.
    mutating func append(_ text: UnsafeBufferPointer<UInt8>) { append(text, row: ends.count) }

    /// Adds the text of a row, behind those that have one.
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, row: Int) {
        fill(row)
        if text.count > Self.limit {
            var end = Self.limit - 3
            // A character of several bytes is kept whole or not at all.
            while end > 0 && text[end] & 0xC0 == 0x80 { end -= 1 }
            bytes.append(contentsOf: text[..<end])
            bytes.append(contentsOf: "…".utf8)
        } else {
            bytes.append(contentsOf: text)
        }
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
    }

    /// Adds the texts of other rows behind so many.
    mutating func append(_ other: KeptTexts, rows: Int, behind count: Int) {
        guard !other.ends.isEmpty else { return }
        fill(count)
        let start = UInt32(truncatingIfNeeded: bytes.count)
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.map { start + $0 })
    }

    /// The texts of some rows.
    func picking(_ rows: [Int32]) -> KeptTexts {
        var picked = KeptTexts()
        guard !ends.isEmpty else { return picked }
        picked.ends.reserveCapacity(rows.count)
        let size = rows.reduce(0) { $0 + range(Int($1)).count }
        picked.bytes = Array(unsafeUninitializedCapacity: size) { target, count in
            bytes.withUnsafeBufferPointer { bytes in
                for row in rows {
                    for place in range(Int(row)) {
                        target[count] = bytes[place]
                        count += 1
                    }
                    picked.ends.append(UInt32(truncatingIfNeeded: count))
                }
            }
        }
        return picked
    }

    private mutating func fill(_ rows: Int) {
        let end = ends.last ?? 0
        if ends.count < rows {
            ends.append(contentsOf: repeatElement(end, count: rows - ends.count))
        }
    }

    private func range(_ row: Int) -> Range<Int> {
        guard row < ends.count else { return 0..<0 }
        return (row > 0 ? Int(ends[row - 1]) : 0)..<Int(ends[row])
    }
}
