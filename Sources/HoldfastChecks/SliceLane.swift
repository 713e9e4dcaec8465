internal import HoldfastFormats
internal import HoldfastStatistics
internal import HoldfastTables

/// Where a row belongs when a table is cut into slices.
enum SliceKey: Hashable, Sendable {
    /// The slice that begins that many seconds after 1970.
    case start(Int64)
    /// The rows with that value, by its bytes.
    case value([UInt8])

    /// What a report calls it.
    var name: String {
        switch self {
        case .start(let seconds): Timestamp(microseconds: seconds * 1_000_000).description
        case .value(let bytes): CategoryList.cut(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The slice of a cell, or `nil` where it is missing or no time by ``CellTime``.
    init?(_ column: CellColumn, _ row: Int, seconds: Int?) {
        guard let seconds else {
            switch column.kinds[row] {
            case .missing, .notANumber: return nil
            case .number: self = .value(Array(CellValue.text(of: column.numbers[row]).utf8))
            case .text, .emptyText, .positiveInfinity, .negativeInfinity:
                self = .value(Array(column.bytes(row)))
            }
            return
        }
        guard let moment = CellTime.seconds(column, row) else { return nil }
        let length = Int64(seconds)
        let rest = moment % length
        self = .start(moment - (rest < 0 ? rest + length : rest))
    }
}

/// The slices that one lane of the reader has met.
struct SliceLane: Sendable {
    let rule: SliceRule
    private let byteLimit: Int?
    private(set) var unplaced = 0
    /// The slices in the order of first occurrence.
    private(set) var keys: [SliceKey] = []
    private(set) var rows: [Int] = []
    /// Of the rows' weights, a summary a slice; none where rows have no weights.
    private var weights: [WeightSummary] = []
    /// For each compared column a summary of each slice.
    private(set) var columns: [[ColumnSummary]?] = []
    private var places: [SliceKey: Int] = [:]
    private var place: Int?
    private var names = ColumnNames([])
    private let isNumber: @Sendable (String) -> Bool

    /// `isNumber` says of a column whether it was declared numbers.
    init(_ rule: SliceRule, byteLimit: Int?, isNumber: @escaping @Sendable (String) -> Bool) {
        self.rule = rule
        self.byteLimit = byteLimit
        self.isNumber = isNumber
    }

    /// Takes up columns; those that are not compared are `nil` in what is added later.
    mutating func meet(_ all: [String], rows seen: Int) {
        for name in all.dropFirst(names.count) {
            if sameBytes(name, rule.column) { place = names.count }
            names.append(name)
            columns.append(nil)
        }
        if place == nil && seen > unplaced { unplaced = seen }
    }

    /// Adds a batch. `compared` has the names of the columns that are compared, in their places.
    mutating func add(
        _ batch: borrowing CellBatch, _ compared: [String?],
        weights: UnsafeBufferPointer<Double>?
    ) throws {
        guard let place else {
            unplaced += batch.rows
            return
        }
        let slices = try batch.withColumn(place) { column in
            try column.kinds.indices.map { try slice(column, $0) }
        }
        if let weights {
            while self.weights.count < keys.count { self.weights.append(WeightSummary()) }
            for (row, slice) in slices.enumerated() where slice >= 0 && weights[row] > 0 {
                self.weights[slice].add(weights[row])
            }
        }
        for index in compared.indices {
            guard let name = compared[index] else { continue }
            if columns[index] == nil { columns[index] = [] }
            batch.withColumn(index) { column in
                for row in slices.indices where slices[row] >= 0 {
                    fill(index, name, to: slices[row])
                    columns[index]?[slices[row]].add(column, row, weight: weights?[row])
                }
            }
        }
    }

    /// The place of a row's slice, or -1.
    private mutating func slice(_ column: CellColumn, _ row: Int) throws -> Int {
        guard let key = SliceKey(column, row, seconds: rule.seconds) else {
            unplaced += 1
            return -1
        }
        let slice = place(of: key)
        if keys.count > SliceComparison.limit {
            throw CellFault(row: row, column: place, message: Self.tooMany, hint: Self.remedy)
        }
        rows[slice] += 1
        return slice
    }

    static let tooMany = "makes more than \(SliceComparison.limit) slices"
    static let remedy = "take longer ones, or a column of fewer values"

    private mutating func place(of key: SliceKey) -> Int {
        if let known = places[key] { return known }
        places[key] = keys.count
        keys.append(key)
        rows.append(0)
        return keys.count - 1
    }

    /// Makes summaries up to that slice.
    private mutating func fill(_ index: Int, _ name: String, to slice: Int) {
        while let count = columns[index]?.count, count <= slice {
            columns[index]?.append(
                ColumnSummary(name: name, isNumber: isNumber(name), byteLimit: byteLimit))
        }
    }

    /// Adds what another lane has met. `names` are those of all columns.
    mutating func merge(_ other: consuming SliceLane, names all: [String]) {
        meet(all, rows: 0)
        unplaced += other.unplaced
        let theirs = other.keys.map { place(of: $0) }
        for (slice, own) in theirs.enumerated() {
            rows[own] += other.rows[slice]
            guard slice < other.weights.count else { continue }
            while weights.count < keys.count { weights.append(WeightSummary()) }
            weights[own].merge(other.weights[slice])
        }
        for (index, name) in other.names.all.enumerated() {
            guard let summaries = other.columns[index], let own = names.place(of: name) else {
                continue
            }
            if columns[own] == nil { columns[own] = [] }
            for (slice, summary) in summaries.enumerated() {
                fill(own, name, to: theirs[slice])
                columns[own]?[theirs[slice]].merge(summary)
            }
        }
    }

    /// The summary of one column in one slice.
    func summary(of column: String, slice: Int) -> ColumnSummary? {
        names.place(of: column).flatMap { columns[$0]?[slice] }
    }

    /// What a slice's rows are worth where they have weights, else `nil`.
    func effectiveRows(_ slice: Int) -> Double? {
        slice < weights.count ? weights[slice].effectiveSampleSize ?? 0 : nil
    }

    /// Makes ready for comparing.
    mutating func finish() {
        for index in columns.indices {
            guard columns[index] != nil else { continue }
            for slice in keys.indices {
                fill(index, names.all[index], to: slice)
                // A column that came late has no cell in earlier rows.
                let lacking = rows[slice] - (columns[index]?[slice].rows ?? 0)
                if lacking > 0 { columns[index]?[slice].addMissing(lacking) }
                columns[index]?[slice].finish()
            }
        }
    }
}
