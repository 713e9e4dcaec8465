internal import HoldfastFormats
internal import HoldfastStatistics

/// Whether served features are still like the reference, block of decisions after block.
///
/// The shares of a block's rows in the reference's bins are bet on (``ToleranceBets``), and the
/// evidence is the mean over the bins of a feature and over the features. While every bin's share
/// stays within its tolerance, the first alarm comes after ``HealthRules/averageRunLength`` blocks
/// or more on average. Rows of one unit may hang together: a block weighs as many rows as its units
/// are worth (``effectiveUnits(_:)``).
struct DriftEvidence: Sendable, Equatable {
    let reference: DriftReference
    /// Blocks that were closed.
    private(set) var blocks = 0
    private var bets: [ToleranceBets]
    private var open: Block

    /// Rows that are not bet on yet.
    private struct Block: Sendable, Equatable {
        var start: Int64?
        var rows = 0
        /// The rows of each of the first ``HealthRules/blockBets`` units, by their marks.
        var units: [Int64: Int] = [:]
        var counts: [[Int]]
    }

    init(_ reference: DriftReference) {
        self.reference = reference
        bets = reference.features.map { feature in
            guard let bets = DriftEvidence.bets(feature, reference) else {
                preconditionFailure("shares have tolerances")
            }
            return bets
        }
        open = DriftEvidence.block(of: reference)
    }

    private static func block(of reference: DriftReference) -> Block {
        Block(counts: reference.features.map { [Int](repeating: 0, count: $0.shares.count) })
    }

    private static func bets(
        _ feature: DriftReference.Feature, _ reference: DriftReference, state: [Double]? = nil
    ) -> ToleranceBets? {
        let tolerances = feature.tolerances(rows: reference.rows)
        guard let state else {
            return ToleranceBets(
                within: tolerances, averageRunLength: HealthRules.averageRunLength)
        }
        return ToleranceBets(
            within: tolerances, averageRunLength: HealthRules.averageRunLength, state: state)
    }

    /// Begins a row of a unit, by its mark, that was decided then: true where it closed the block
    /// before it.
    mutating func beginRow(of unit: Int64, decidedAt: Int64) -> Bool {
        var isClosed = false
        if let start = open.start, open.rows >= HealthRules.blockRows,
            decidedAt >= start, decidedAt - start >= HealthRules.blockSpan
        {
            close()
            isClosed = true
        }
        if open.start == nil { open.start = decidedAt }
        open.rows += 1
        if open.units[unit] != nil || open.units.count < Int(HealthRules.blockBets) {
            open.units[unit, default: 0] += 1
        }
        return isClosed
    }

    /// How many independent rows the rows of some units are worth, from how many each has: the
    /// square of their sum by the sum of their squares (L. Kish, "Survey Sampling", 1965).
    ///
    ///     DriftEvidence.effectiveUnits([40, 40, 40, 40, 40])   // 5
    ///     DriftEvidence.effectiveUnits([150, 1, 1])            // 1.026…
    static func effectiveUnits(_ rows: some Sequence<Int>) -> Double {
        var (sum, squares) = (0.0, 0.0)
        for count in rows {
            sum += Double(count)
            squares += Double(count) * Double(count)
        }
        return squares > 0 ? sum * sum / squares : 0
    }

    /// Puts the row's value of a feature, by its place in the reference, into a bin.
    mutating func add(_ feature: Int, bin: Int) { open.counts[feature][bin] += 1 }

    private mutating func close() {
        let rows = Double(open.rows)
        let units = min(
            DriftEvidence.effectiveUnits(open.units.values), HealthRules.blockBets)
        for (place, counts) in open.counts.enumerated() {
            // A feature that was not logged at all in the block has nothing to say.
            guard counts.contains(where: { $0 > 0 }) else { continue }
            bets[place].add(counts.map { Double($0) / rows }, rows: units)
        }
        blocks += 1
        open = DriftEvidence.block(of: reference)
    }

    /// The logarithm of the evidence; `nil` where nothing is known: no block is closed.
    var logEvidence: Double? {
        guard blocks > 0 else { return nil }
        let value = LogMean.of(bets.map(\.logValue))
        return value.isFinite ? value : nil
    }

    /// The evidence of each feature, the most first.
    var features: [(name: String, logEvidence: Double)] {
        zip(reference.features, bets)
            .map { ($0.name, $1.logValue.isFinite ? $1.logValue : 0) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    // MARK: - As it is kept

    /// What changes when a block is closed.
    var json: JSON {
        [
            "reference": reference.json, "blocks": .integer(Int64(blocks)),
            "bets": .array(bets.map { .array($0.state.map(JSON.number)) }),
        ]
    }

    /// What changes with each row.
    var openJSON: JSON {
        [
            "start": open.start.map(JSON.integer) ?? .null, "rows": .integer(Int64(open.rows)),
            "units": .array(
                open.units.sorted { $0.key < $1.key }.map {
                    [.integer($0.key), .integer(Int64($0.value))]
                }),
            "counts": .array(
                open.counts.map { .array($0.map { .integer(Int64($0)) }) }),
        ]
    }

    init?(_ json: JSON?, open kept: JSON?) {
        guard let reference = DriftReference(json?["reference"]),
            let blocks = json?["blocks"]?.count, let states = json?["bets"]?.array,
            states.count == reference.features.count, let rows = kept?["rows"]?.count,
            let units = kept?["units"]?.array,
            let counts = kept?["counts"]?.array?.map({ $0.array?.compactMap(\.count) ?? [] }),
            counts.map(\.count) == reference.features.map(\.shares.count)
        else { return nil }
        self.init(reference)
        self.blocks = blocks
        bets = []
        for (feature, state) in zip(reference.features, states) {
            guard let state = state.array?.compactMap(\.double),
                let restored = DriftEvidence.bets(feature, reference, state: state)
            else { return nil }
            bets.append(restored)
        }
        open = Block(start: kept?["start"]?.integer, rows: rows, counts: counts)
        for unit in units {
            guard let pair = unit.array, pair.count == 2, let mark = pair[0].integer,
                let rows = pair[1].count
            else { return nil }
            open.units[mark] = rows
        }
    }
}
