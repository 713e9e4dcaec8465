internal import HoldfastTables

/// The rows of a table with the smallest hashes, so many as may be kept.
///
/// What is kept depends on the rows and their hashes alone, not on their order nor on how they
/// came to be split: a bottom-k sample (E. Cohen and H. Kaplan, "Summarizing data using bottom-k
/// sketches", 2007). Where hashes are those of places it is a simple random sample; where they are
/// those of keys, every table keeps the same keys.
///
/// Memory: 9 bytes a cell, 17 a row, and where texts are asked for these and 4 bytes for each in a
/// column that has some; for at most 1.5 times the limits and a batch. Each lane has its own until
/// they are merged.
package struct KeptRows: Sendable {
    /// How many rows and texts are kept.
    struct Limits: Sendable {
        var rows: Int
        /// Of all columns together.
        var cells: Int
        /// Of all texts together; 0 where they are not kept.
        var textBytes: Int
        /// Whether two rows of one hash are one name that occurs twice.
        var isByName: Bool
    }

    /// Each row's hash, ascending behind ``finish()``.
    package private(set) var hashes: [UInt64] = []
    /// Whether a name of this hash occurs more than once; only by name, and then the cells are of
    /// one of its rows.
    package private(set) var isRepeated: [Bool] = []
    /// What each row counts for; empty without weights.
    package private(set) var weights: [Double] = []
    /// Each row's name; only by name.
    private(set) var names = KeptTexts()
    /// The cells.
    private(set) var columns: [KeptColumn] = []
    private var columnNames = ColumnNames([])
    /// Every row of the table whose hash is below is here, and no other.
    package private(set) var bound = UInt64.max
    private var limits: Limits

    init(_ limits: Limits) { self.limits = limits }

    /// The share of the hashes that is below the bound: of the names that were kept.
    package var share: Double { bound == .max ? 1 : Double(bound) / 0x1p64 }

    /// The rows that are kept now.
    package var count: Int { hashes.count }

    /// Refuses a key of which every value is there more than once: most likely a column of the
    /// wrong name.
    func checkKey(_ key: String, of table: String) throws(CheckError) {
        guard count > 0, isRepeated.allSatisfy(\.self) else { return }
        throw CheckError(
            "\(table): column \"\(key)\" is no key: it holds no value that only one row has",
            hint: "give --key the column that names a row, or leave it out")
    }

    /// A column, by the bytes of its name.
    func column(_ name: String) -> KeptColumn? {
        columnNames.place(of: name).map { columns[$0] }
    }

    /// Whether a row of this hash is to be kept as far as is known now.
    @inline(__always)
    func isKept(_ hash: UInt64) -> Bool { hash < bound }

    /// Makes room for a column, of which the rows so far have no value.
    mutating func addColumn(_ name: String) {
        columnNames.append(name)
        columns.append(KeptColumn(name: name, missing: count))
    }

    /// Takes rows of a batch. `uses` and `places` are of the batch: its columns, and the place here
    /// of those that are kept.
    mutating func append(
        _ rows: ArraySlice<Int>, hashes new: ArraySlice<UInt64>, of batch: borrowing CellBatch,
        uses: [ColumnUse], places: [Int?], key: Int? = nil,
        weights given: UnsafeBufferPointer<Double>? = nil
    ) {
        if let given {
            weights.append(contentsOf: repeatElement(1, count: count - weights.count))
            for row in rows { weights.append(given[row]) }
        } else if !weights.isEmpty {
            weights.append(contentsOf: repeatElement(1, count: rows.count))
        }
        hashes.append(contentsOf: new)
        isRepeated.append(contentsOf: repeatElement(false, count: limits.isByName ? rows.count : 0))
        let keepsTexts = limits.textBytes > 0
        for (index, place) in places.enumerated() {
            guard let place else { continue }
            batch.withColumn(index) { column in
                columns[place].append(
                    column, rows, uses[index], keepsTexts: keepsTexts)
            }
        }
        if let key {
            batch.withColumn(key) { column in
                for row in rows { names.append(column.bytes(row)) }
            }
        }
        trimIfLarge()
    }

    private mutating func trimIfLarge() {
        let limit = rowLimit
        if count > limit + limit / 2 || textBytes > limits.textBytes / 2 * 3 { trim() }
    }

    /// Adds what another part of the table has.
    mutating func merge(_ other: consuming KeptRows) {
        var other = other
        for column in other.columns where self.column(column.name) == nil { addColumn(column.name) }
        if !weights.isEmpty || !other.weights.isEmpty {
            weights.append(contentsOf: repeatElement(1, count: count - weights.count))
            let lacking = other.count - other.weights.count
            other.weights.append(contentsOf: repeatElement(1, count: lacking))
        }
        for index in columns.indices {
            if let theirs = other.column(columns[index].name) {
                columns[index].append(theirs)
            } else {
                columns[index].appendMissing(other.count)
            }
        }
        names.append(other.names, rows: other.count, behind: count)
        hashes.append(contentsOf: other.hashes)
        isRepeated.append(contentsOf: other.isRepeated)
        weights.append(contentsOf: other.weights)
        bound = min(bound, other.bound)
        trimIfLarge()
    }

    /// Drops rows of the parts of a table that are not among the `limit` of the whole which are
    /// kept, before they are moved: most rows of a small table.
    static func narrow(_ parts: inout [KeptRows], rows limit: Int) {
        let limit = parts.reduce(limit) { min($0, $1.rowLimit) }
        var hashes = parts.flatMap(\.hashes)
        guard hashes.count > limit else { return }
        HashOrder.sort(&hashes)
        for index in parts.indices {
            parts[index].bound = min(parts[index].bound, hashes[limit])
            parts[index].trim()
        }
    }

    /// Drops what is too many, and sorts; to be called behind the last row. Fewer rows can be asked
    /// for than were kept.
    mutating func finish(rows limit: Int = .max) {
        limits.rows = min(limits.rows, limit)
        trim()
    }

    private var rowLimit: Int { min(limits.rows, max(1, limits.cells / max(1, columns.count))) }

    private var textBytes: Int {
        columns.reduce(names.byteCount) { $0 + $1.texts.byteCount }
    }

    /// Keeps the rows below the bound in order of their hashes, and lowers the bound where they or
    /// their texts are too many.
    private mutating func trim() {
        var order = hashes.indices.filter { hashes[$0] < bound }.map { (hashes[$0], Int32($0)) }
        order.sort { $0 < $1 }
        var (rows, repeated): ([Int32], [Bool]) = ([], [])
        var bytes = 0
        var sizes = [Int32](repeating: 0, count: count)
        names.addSizes(to: &sizes)
        for column in columns { column.texts.addSizes(to: &sizes) }
        let limit = rowLimit
        for (hash, row) in order {
            let isSame = limits.isByName && rows.last.map { hashes[Int($0)] == hash } ?? false
            if isSame {
                repeated[rows.count - 1] = true
                continue
            }
            bytes += Int(sizes[Int(row)])
            if rows.count == limit || bytes > limits.textBytes {
                bound = hash
                break
            }
            rows.append(row)
            if limits.isByName { repeated.append(isRepeated[Int(row)]) }
        }
        hashes = rows.map { hashes[Int($0)] }
        isRepeated = repeated
        if !weights.isEmpty {
            weights = rows.map { $0 < weights.count ? weights[Int($0)] : 1 }
        }
        names = names.picking(rows)
        for index in columns.indices { columns[index] = columns[index].picking(rows) }
    }
}
