/// What is known of a column of numbers: counts, moments, and the values themselves.
///
///     var summary = NumberSummary()
///     for value in [1.0, 2.0, 4.0] { summary.add(value) }
///     summary.addMissing()
///     summary.count          // 3
///     summary.mean           // 2.3333333333333335
///     summary.variance       // 2.333333333333333
///
/// Two summaries of parts ``merge(_:)`` into that of the whole. The moments are updated by
/// B. P. Welford, "Note on a method for calculating corrected sums of squares and products"
/// (1962), and merged by T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a
/// pairwise algorithm for computing sample variances" (1982). The values are kept, 8 bytes each,
/// so that any further statistic needs no second pass over the table.
public struct NumberSummary: Sendable {
    /// The finite values seen.
    public private(set) var count = 0
    /// The missing values.
    public private(set) var missing = 0
    /// The values that are not a number.
    public private(set) var nan = 0
    /// The values that are infinite, of either sign.
    public private(set) var infinite = 0
    /// The smallest finite value, `nil` where there is none.
    public private(set) var minimum: Double?
    /// The largest finite value, `nil` where there is none.
    public private(set) var maximum: Double?
    /// The finite values, in order once ``sort()`` was called.
    package private(set) var values: [Double] = []
    private var runningMean = 0.0
    private var squares = 0.0
    private var isSorted = true

    /// A summary of nothing.
    public init() {}

    /// Adds a value. One that is not finite is counted apart and enters no statistic.
    public mutating func add(_ value: Double) {
        guard value.isFinite else {
            if value.isNaN { nan += 1 } else { infinite += 1 }
            return
        }
        if let last = values.last, value < last { isSorted = false }
        values.append(value)
        count += 1
        let distance = value - runningMean
        runningMean += distance / Double(count)
        squares += distance * (value - runningMean)
        minimum = minimum.map { min($0, value) } ?? value
        maximum = maximum.map { max($0, value) } ?? value
    }

    /// Adds missing values.
    public mutating func addMissing(_ count: Int = 1) { missing += count }

    /// Adds all that another summary has seen.
    public mutating func merge(_ other: NumberSummary) {
        missing += other.missing
        nan += other.nan
        infinite += other.infinite
        guard other.count > 0 else { return }
        let total = Double(count + other.count)
        let distance = other.runningMean - runningMean
        squares += other.squares + distance * distance * Double(count) * Double(other.count) / total
        runningMean += distance * Double(other.count) / total
        count += other.count
        minimum = [minimum, other.minimum].compactMap { $0 }.min()
        maximum = [maximum, other.maximum].compactMap { $0 }.max()
        values += other.values
        isSorted = false
    }

    /// Puts the values in order, which the distances between two samples need.
    public mutating func sort() {
        guard !isSorted else { return }
        values.sort()
        isSorted = true
    }

    /// The values in order.
    package var sorted: [Double] { isSorted ? values : values.sorted() }

    /// All cells seen, of whatever kind.
    public var rows: Int { count + missing + nan + infinite }

    /// The cells without a finite value: missing, not a number, or infinite.
    public var absent: Int { rows - count }

    /// The mean, or `nil` without a value or where the sum is beyond a double.
    public var mean: Double? { count == 0 || !runningMean.isFinite ? nil : runningMean }

    /// The sample variance, or `nil` for fewer than two values: none is defined there. `nil` also
    /// where the squares are beyond a double.
    public var variance: Double? {
        count < 2 || !squares.isFinite ? nil : squares / Double(count - 1)
    }
}
