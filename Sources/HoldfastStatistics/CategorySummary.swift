/// How often each category of a column occurs, categories told apart by their bytes.
///
///     var summary = CategorySummary()
///     for name in ["JP", "KR", "JP"] { summary.add(name) }
///     summary.count                          // 3
///     summary.counts.map(\.count)            // [2, 1], in the order of first occurrence
///
/// Bytes and not `String`, because Swift holds the two ways to write é equal and engines do not.
/// Two summaries of parts ``merge(_:)`` into that of the whole. A category is stored once, in one
/// run of bytes; adding a known one allocates nothing.
///
/// Rows can have weights: each category then has a mass beside its count. Without a weight the
/// mass is the count, and nothing is stored for it.
///
/// With a `byteLimit` it is exact until its categories take more memory than that. From then on
/// it keeps the frequent ones only, by the summary of J. Misra and D. Gries ("Finding repeated
/// elements", 1982), which merges (P. K. Agarwal et al., "Mergeable summaries", 2012): the
/// (k + 1)-th largest mass is taken off each, and what is left of at most k remains. What was
/// taken off is counted in ``unattributed``, so that the masses kept and that add up to all. A
/// category lacks at most unattributed / (k + 1), k the fewest ever kept.
public struct CategorySummary: Sendable {
    /// The values seen, the missing ones not among them.
    public private(set) var count = 0
    /// The missing values.
    public private(set) var missing = 0
    /// Of ``total``, the mass in no category: 0 as long as the summary is exact.
    public private(set) var unattributed = 0.0
    /// Of ``count``, the rows in no category.
    package private(set) var unattributedCount = 0
    /// The most bytes of memory that categories take, or `nil` for as many as they need.
    package let byteLimit: Int?
    private var table = CategoryTable()
    /// The mass of each category, or nothing as long as every weight was 1.
    private var masses: [Double] = []
    private var massTotal = 0.0
    private var massSquares = 0.0
    /// Whether a weight other than 1 was added.
    public private(set) var isWeighted = false

    /// A summary of nothing.
    public init() { byteLimit = nil }

    /// A summary of nothing that will take about `byteLimit` bytes of memory at most, 4,096 or
    /// more: arrays keep up to as much again in reserve.
    package init(byteLimit: Int?) {
        precondition(byteLimit ?? 4_096 >= 4_096, "a limit is 4,096 bytes or more")
        self.byteLimit = byteLimit
    }

    /// The number of different categories that are kept.
    public var categories: Int { table.entries.count }

    /// All cells seen.
    public var rows: Int { count + missing }

    /// The mass of the values: the sum of their weights, and ``count`` where there are none.
    public var total: Double { isWeighted ? massTotal : Double(count) }

    /// (Σw)²/Σw²: how many rows of equal weight tell as much (L. Kish, "Survey Sampling", 1965);
    /// ``count`` where there are no weights. It assumes that weights have nothing to do with the
    /// categories.
    public var effectiveCount: Double {
        guard isWeighted else { return Double(count) }
        return massSquares > 0 ? massTotal * massTotal / massSquares : 0
    }

    /// Adds missing values.
    public mutating func addMissing(_ count: Int = 1) { missing += count }

    /// Adds a category, `times` times.
    public mutating func add(_ name: String, times: Int = 1) {
        add(name, times: times, mass: nil)
    }

    /// Adds rows of a category together, with what they weigh where rows have weights.
    package mutating func add(_ name: String, times: Int, mass: CountedMass?) {
        var name = name
        name.withUTF8 { add(bytes: $0, times: times, mass: mass) }
    }

    /// Adds one row of a category, of a finite weight that is not negative. One of weight 0 counts
    /// as a row and has no mass.
    public mutating func add(_ name: String, weight: Double) {
        var name = name
        name.withUTF8 { add(bytes: $0, weight: weight) }
    }

    /// Adds a category given by its bytes, `times` times.
    package mutating func add(bytes name: UnsafeBufferPointer<UInt8>, times: Int = 1) {
        guard times > 0 else { return }
        let known = table.entries.count
        let place = place(adding: name, times: times)
        if place == known { shrinkIfNeeded() }
    }

    /// Adds one row of a category given by its bytes, of a finite weight that is not negative.
    package mutating func add(bytes name: UnsafeBufferPointer<UInt8>, weight: Double) {
        precondition(weight >= 0 && weight.isFinite, "a weight is a finite number, 0 or more")
        if weight == 1 && !isWeighted { return add(bytes: name) }
        becomeWeighted()
        count += 1
        massTotal += weight
        massSquares += weight * weight
        deposit(name, rows: 1, mass: weight)
    }

    /// Adds rows of a category together, given by its bytes, with what they weigh where rows have
    /// weights.
    package mutating func add(
        bytes name: UnsafeBufferPointer<UInt8>, times: Int, mass: CountedMass?
    ) {
        guard let mass, isWeighted || !mass.isOfRows(times) else {
            return add(bytes: name, times: times)
        }
        guard times > 0 else { return }
        becomeWeighted()
        count += times
        massTotal += mass.sum
        massSquares += mass.squares
        deposit(name, rows: times, mass: mass.sum)
    }

    /// Adds a category, `times` times, which is above 0, and answers its place in ``counts``. The
    /// places of a summary with a limit change.
    package mutating func place(adding name: UnsafeBufferPointer<UInt8>, times: Int) -> Int {
        count += times
        let place = table.place(adding: name, rows: times)
        if isWeighted {
            massTotal += Double(times)
            massSquares += Double(times)
            if place == masses.count { masses.append(0) }
            masses[place] += Double(times)
        }
        return place
    }

    /// Adds values of which no category is known: so many, with their mass where rows have
    /// weights.
    package mutating func addUnattributed(_ rows: Int, mass: CountedMass? = nil) {
        precondition(rows >= 0 && (mass != nil || !isWeighted), "so many rows, and their weights")
        if let mass, isWeighted || !mass.isOfRows(rows) {
            becomeWeighted()
            massTotal += mass.sum
            massSquares += mass.squares
        }
        count += rows
        unattributedCount += rows
        unattributed += mass?.sum ?? Double(rows)
    }

    /// Adds all that another summary has seen.
    public mutating func merge(_ other: CategorySummary) {
        if other.isWeighted { becomeWeighted() }
        if isWeighted {
            massTotal += other.total
            massSquares += other.isWeighted ? other.massSquares : Double(other.count)
        }
        count += other.count
        missing += other.missing
        unattributed += other.unattributed
        unattributedCount += other.unattributedCount
        other.table.each { place, name in
            deposit(name, rows: other.table.entries[place].count, mass: other.mass(at: place))
        }
    }
}

// MARK: - What was seen

extension CategorySummary {
    /// The categories as bytes with their counts, in the order of first occurrence.
    public var counts: [(category: [UInt8], count: Int)] {
        table.entries.indices.map { (table.name(at: $0), table.entries[$0].count) }
    }

    /// The same, the most frequent first; of equally frequent ones by their bytes.
    package var ranked: [(category: [UInt8], count: Int)] {
        counts.sorted { one, other in
            one.count != other.count
                ? one.count > other.count
                : one.category.lexicographicallyPrecedes(other.category)
        }
    }

    /// How often a category occurs: 0 where it was not seen.
    package func tally(of name: UnsafeBufferPointer<UInt8>) -> Int {
        table.place(of: name).map { table.entries[$0].count } ?? 0
    }

    /// The mass of a category: 0 where it was not seen.
    package func mass(of name: UnsafeBufferPointer<UInt8>) -> Double {
        table.place(of: name).map(mass(at:)) ?? 0
    }

    /// Calls `body` with each category and its count, in the order of first occurrence.
    package func eachCategory(_ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
        table.each { place, name in body(name, table.entries[place].count) }
    }

    /// Calls `body` with each category and its mass, in the order of first occurrence.
    package func eachMass(_ body: (UnsafeBufferPointer<UInt8>, Double) -> Void) {
        table.each { place, name in body(name, mass(at: place)) }
    }

    private func mass(at place: Int) -> Double {
        isWeighted ? masses[place] : Double(table.entries[place].count)
    }
}

// MARK: - Weights and the limit

extension CategorySummary {
    private mutating func becomeWeighted() {
        guard !isWeighted else { return }
        masses = table.entries.map { Double($0.count) }
        massTotal = Double(count)
        massSquares = Double(count)
        isWeighted = true
    }

    /// Adds to a category what the totals have already.
    private mutating func deposit(
        _ name: UnsafeBufferPointer<UInt8>, rows: Int, mass: Double
    ) {
        let known = table.entries.count
        let place = table.place(adding: name, rows: rows)
        if isWeighted {
            if place == masses.count { masses.append(mass) } else { masses[place] += mass }
        }
        if place == known { shrinkIfNeeded() }
    }

    private var usedBytes: Int { table.usedBytes + masses.count * MemoryLayout<Double>.stride }

    private mutating func shrinkIfNeeded() {
        guard let byteLimit, usedBytes > byteLimit else { return }
        // To half of the limit, so that the next time is many new categories away.
        while usedBytes > byteLimit / 2 && categories > 0 { keepHalf() }
    }

    /// Takes the mass at the middle off each category, and forgets those that have none left.
    private mutating func keepHalf() {
        let before = table.entries.indices.map(mass(at:))
        let cut = before.sorted(by: >)[before.count / 2]
        var kept = CategoryTable()
        var keptMasses: [Double] = []
        var keptRows = 0
        table.each { place, name in
            let mass = before[place]
            guard mass > cut else { return }
            let all = table.entries[place].count
            // Of weighted rows those go that the mass stood for, to the next whole one.
            let rows = isWeighted ? max(1, Int(Double(all) * (1 - cut / mass))) : all - Int(cut)
            _ = kept.place(adding: name, rows: rows)
            keptRows += rows
            keptMasses.append(mass - cut)
        }
        unattributed += before.reduce(0, +) - keptMasses.reduce(0, +)
        unattributedCount += table.entries.reduce(0) { $0 + $1.count } - keptRows
        table = kept
        masses = isWeighted ? keptMasses : []
    }
}
