/// How much weight lies on each category of a column, categories told apart by their bytes.
///
///     var summary = WeightedCategorySummary()
///     for (name, weight) in [("JP", 20.0), ("KR", 1), ("KR", 1)] {
///         summary.add(name, weight: weight)
///     }
///     summary.shares().map(\.share)     // [0.9090…, 0.0909…], in the order of first occurrence
///
/// Two summaries of parts ``merge(_:)`` into that of the whole.
public struct WeightedCategorySummary: Sendable {
    /// How often each category occurs, whatever its weight.
    public private(set) var categories = CategorySummary()
    /// The weights of the rows with a category. Where one was refused, every share is `nil`.
    public private(set) var weights = WeightSummary()
    /// The weights of the rows without one.
    public private(set) var absent = WeightSummary()
    /// The weight of each category, in the order of `categories`.
    private var sums: [Double] = []

    /// A summary of nothing.
    public init() {}

    /// Adds a row's category.
    public mutating func add(_ name: String, weight: Double = 1) {
        var name = name
        name.withUTF8 { add(bytes: $0, weight: weight) }
    }

    /// Adds a row's category, given by its bytes.
    package mutating func add(bytes name: UnsafeBufferPointer<UInt8>, weight: Double = 1) {
        guard weights.add(weight) else { return }
        add(weight, to: name, times: 1)
    }

    private mutating func add(
        _ weight: Double, to name: UnsafeBufferPointer<UInt8>, times: Int
    ) {
        let place = categories.place(adding: name, times: times)
        if place == sums.count { sums.append(weight) } else { sums[place] += weight }
    }

    /// Adds a row without a category.
    public mutating func addMissing(weight: Double = 1) {
        absent.add(weight)
        categories.addMissing()
    }

    /// Adds all that another summary has seen.
    public mutating func merge(_ other: WeightedCategorySummary) {
        weights.merge(other.weights)
        absent.merge(other.absent)
        categories.addMissing(other.categories.missing)
        var place = 0
        other.categories.eachCategory { name, count in
            add(other.sums[place], to: name, times: count)
            place += 1
        }
    }

    /// The share of the weight that lies on rows without a category, or `nil` without a row.
    package var absentShare: WeightedShare? { WeightedShare(of: absent, in: [weights]) }

    /// The categories as bytes with their shares of the weight, in the order of first occurrence;
    /// none where a weight was refused.
    public func shares() -> [(category: [UInt8], share: Double)] {
        guard let sum = weights.sum else { return [] }
        return zip(categories.counts, sums).map { ($0.category, min(1, $1 / sum)) }
    }
}
