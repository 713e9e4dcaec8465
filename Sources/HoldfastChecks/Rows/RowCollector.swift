internal import HoldfastStatistics
package import HoldfastTables

/// What is kept of whole rows while a table is read: one for each lane, merged afterwards.
///
///     let plan = RowPlan(options)
///     let read = try TableReader.read(
///         source, lanes: 4, makeLane: { RowCollector(plan, lane: $0, lanes: 4) },
///         each: { rows, batch in rows.add(batch, weights: nil) })
///     var rows = read.lanes[0]
///     for lane in read.lanes.dropFirst() { rows.merge(lane) }
///     rows.finish()
///     rows.sample.count      // 5000
///
/// The figures are those of the table, whatever the lanes and the machine: a row is in the sample
/// by a hash of its place, and joined by a hash of its key. Its place is the number of its batch in
/// the table, k for the batch that is number k / lanes of lane k % lanes, and its row there; where
/// a lane gets several batches at once the number of lanes matters, but the machine still does not.
///
/// Memory of a lane, and of the table when all are merged: ``sample`` 14 MiB at most, row hashes
/// and units 32 MiB each, keyed rows 54 MiB of cells and 48 MiB of texts; for a moment three times
/// that of the part that is being sorted.
package struct RowCollector: Sendable {
    /// What is kept.
    package let plan: RowPlan
    /// The rows seen.
    package private(set) var rows = 0
    /// The compared columns, in the order in which they came.
    package var columns: [String] { names.all }
    private var names = ColumnNames([])
    /// Rows chosen at random, with their cells.
    package private(set) var sample: KeptRows
    /// A hash of each row, over the compared columns.
    package private(set) var rowHashes: HashSample?
    /// A hash of each unit.
    package private(set) var units: HashSample?
    /// Rows by key.
    package private(set) var keyed: KeptRows?
    /// Rows without a key.
    package private(set) var missingKeys = 0
    /// Rows without a unit.
    package private(set) var missingUnits = 0
    /// The compared columns that are part of a row's hash.
    private(set) var hashedColumns: Set<[UInt8]> = []
    private(set) var hasKey = false
    private(set) var hasUnit = false
    /// The share of all keys from which ``keyed`` was chosen: below 1 only by an engine.
    private(set) var keyedShare = 1.0
    /// The units of train and eval, where an engine counted them.
    private(set) var countedUnits: EngineNames.Units?

    private let lane: Int
    private let lanes: Int
    private var batches = 0
    /// By column of a batch.
    private var uses: [ColumnUse] = []
    /// By column of a batch, its place among the columns of the sample.
    private var places: [Int?] = []
    /// Room that is used again for each batch.
    private var scratch: [UInt64] = []
    private var picked: [Int] = []

    /// Nothing seen yet.
    package init(_ plan: RowPlan, lane: Int = 0, lanes: Int = 1) {
        self.init(plan, lane: lane, lanes: lanes, keyedLimits: plan.keyedLimits)
    }

    /// The same with other limits of the keyed rows, for tests.
    init(_ plan: RowPlan, lane: Int, lanes: Int, keyedLimits: KeptRows.Limits) {
        precondition(lane >= 0 && lane < lanes, "a lane is one of the lanes")
        self.plan = plan
        self.lane = lane
        self.lanes = lanes
        sample = KeptRows(plan.sampleLimits)
        if plan.keepsHashes { rowHashes = HashSample(limit: plan.hashLimit, isSet: false) }
        if plan.unit != nil { units = HashSample(limit: plan.hashLimit, isSet: true) }
        if plan.key != nil { keyed = KeptRows(keyedLimits) }
    }

    /// Takes a batch, with what each row of it counts for: a row of weight 0 is in no sample.
    package mutating func add(
        _ batch: borrowing CellBatch, weights: UnsafeBufferPointer<Double>? = nil
    ) {
        if batch.columns.count > uses.count { extend(batch) }
        if plan.sampleLimit > 0 { addSample(batch, weights) }
        if rowHashes != nil { addHashes(batch) }
        for (index, use) in uses.enumerated() {
            if use.isKey && keyed != nil { addKeyed(batch, index) }
            if use.isUnit && units != nil { addUnits(batch, index) }
        }
        rows += batch.rows
        batches += 1
    }

    /// Adds what another lane has seen.
    package mutating func merge(_ other: consuming RowCollector) {
        let other = other
        rows += other.rows
        missingKeys += other.missingKeys
        missingUnits += other.missingUnits
        hasKey = hasKey || other.hasKey
        hasUnit = hasUnit || other.hasUnit
        hashedColumns.formUnion(other.hashedColumns)
        for column in other.columns where !names.contain(column) { names.append(column) }
        sample.merge(other.sample)
        if let theirs = other.rowHashes { rowHashes?.merge(theirs) }
        if let theirs = other.units { units?.merge(theirs) }
        if let theirs = other.keyed { keyed?.merge(theirs) }
    }

    /// Takes what an engine gave of rows by key; `nil` where the table has no such column.
    mutating func take(_ found: EngineNames.Keyed?) {
        keyed = found?.rows ?? KeptRows(plan.keyedLimits)
        hasKey = found != nil
        missingKeys = found?.missing ?? 0
        keyedShare = found?.share ?? 1
    }

    /// Takes what an engine counted of units, of which `missing` rows here have none; `nil` where
    /// the table has no such column.
    mutating func take(_ counted: EngineNames.Units, missing: Int?) {
        countedUnits = counted
        hasUnit = missing != nil
        missingUnits = missing ?? 0
    }

    /// Drops what will not be in the sample of the table that these are all parts of.
    static func narrow(_ parts: inout [RowCollector]) {
        var samples = parts.map(\.sample)
        for index in parts.indices {
            parts[index].sample = KeptRows(parts[index].plan.sampleLimits)
        }
        KeptRows.narrow(&samples, rows: sampleLimit(of: parts.reduce(0) { $0 + $1.rows }))
        for index in parts.indices { parts[index].sample = samples[index] }
    }

    /// The most rows of the sample of a table of so many.
    private static func sampleLimit(of rows: Int) -> Int {
        rows < RowPlan.largeTable ? RowPlan.smallSampleLimit : .max
    }

    /// Makes ready for comparing; to be called once, behind the last row and the last lane.
    package mutating func finish() {
        sample.finish(rows: Self.sampleLimit(of: rows))
        rowHashes?.finish()
        units?.finish()
        keyed?.finish()
        (scratch, picked) = ([], [])
    }

    /// Finds out what the columns that came with this batch are for.
    private mutating func extend(_ batch: borrowing CellBatch) {
        for index in uses.count..<batch.columns.count {
            var use = plan.use(of: batch.columns[index])
            if batch.reading(index) == .ignored {
                (use.isCompared, use.isHashed, use.isKey, use.isUnit) = (false, false, false, false)
            }
            uses.append(use)
            hasKey = hasKey || use.isKey
            hasUnit = hasUnit || use.isUnit
            if use.isHashed { hashedColumns.insert(Array(use.name.utf8)) }
            guard use.isCompared else {
                places.append(nil)
                continue
            }
            places.append(names.count)
            names.append(use.name)
            sample.addColumn(use.name)
            keyed?.addColumn(use.name)
        }
    }

    private mutating func addSample(
        _ batch: borrowing CellBatch, _ weights: UnsafeBufferPointer<Double>?
    ) {
        picked.removeAll(keepingCapacity: true)
        scratch.removeAll(keepingCapacity: true)
        let start =
            UInt64(batches * lanes + lane) &<< 32 ^ SplitMix64.mix(plan.seed ^ Self.placeSalt)
        for row in 0..<batch.rows {
            let hash = SplitMix64.mix(start &+ UInt64(row))
            guard sample.isKept(hash), weights.map({ $0[row] > 0 }) ?? true else { continue }
            picked.append(row)
            scratch.append(hash)
        }
        guard !picked.isEmpty else { return }
        sample.append(
            picked[...], hashes: scratch[...], of: batch, uses: uses, places: places,
            weights: weights)
    }

    private mutating func addHashes(_ batch: borrowing CellBatch) {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: repeatElement(0, count: batch.rows))
        scratch.withUnsafeMutableBufferPointer { sums in
            for (index, use) in uses.enumerated() where use.isHashed {
                batch.withColumn(index) { CellHash.add($0, use, to: sums) }
            }
        }
        scratch.withUnsafeBufferPointer { rowHashes?.append($0) }
    }

    private mutating func addUnits(_ batch: borrowing CellBatch, _ index: Int) {
        scratch.removeAll(keepingCapacity: true)
        let seed = SplitMix64.mix(plan.seed ^ Self.unitSalt)
        batch.withColumn(index) { column in
            for row in 0..<batch.rows {
                if let hash = CellHash.name(column, row, seed: seed) { scratch.append(hash) }
            }
        }
        missingUnits += batch.rows - scratch.count
        scratch.withUnsafeBufferPointer { units?.append($0) }
    }

    private mutating func addKeyed(_ batch: borrowing CellBatch, _ index: Int) {
        guard var keyed else { return }
        // Taken out while it changes, or its cells would be copied.
        self.keyed = nil
        picked.removeAll(keepingCapacity: true)
        scratch.removeAll(keepingCapacity: true)
        let seed = SplitMix64.mix(plan.seed ^ Self.keySalt)
        batch.withColumn(index) { column in
            for row in 0..<batch.rows {
                guard let hash = CellHash.name(column, row, seed: seed) else {
                    missingKeys += 1
                    continue
                }
                guard keyed.isKept(hash) else { continue }
                picked.append(row)
                scratch.append(hash)
            }
        }
        if !picked.isEmpty {
            keyed.append(
                picked[...], hashes: scratch[...], of: batch, uses: uses, places: places,
                key: index)
        }
        self.keyed = keyed
    }

    // Any three that differ: a key that is also the unit has two unlike hashes.
    private static let placeSalt: UInt64 = 0x706C_6163_6573
    private static let keySalt: UInt64 = 0x6B65_7973
    private static let unitSalt: UInt64 = 0x756E_6974_73
}
