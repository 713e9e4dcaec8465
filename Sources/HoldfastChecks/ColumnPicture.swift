/// What a picture of one column shows: how the values of every table spread.
///
/// Numbers are counted in bins between quantiles of the earliest table that has any, so that its
/// own bars are about level and a difference stands out, whatever the tails.
public struct ColumnPicture: Sendable, Equatable {
    /// The column's name.
    public var column: String
    /// What its cells are.
    public var kind: ColumnKind
    /// For numbers, the edges between bins: one fewer than bins, the outer bins have no end. For
    /// bin k: above `edges[k - 1]`, up to and with `edges[k]`. Empty for categories.
    public var edges: [Double]
    /// For categories the names, the most frequent first and "all others" last where some are
    /// left; empty for numbers.
    public var categories: [String]
    /// For numbers, ascending values at which the cumulative shares are given: those that matter,
    /// from the 1st to the 99th percentile of all tables together. Empty for categories.
    public var values: [Double]
    /// The tables that have the column, train first.
    public var series: [Series]

    /// One table's shares.
    public struct Series: Sendable, Equatable {
        /// Which table.
        public var role: TableRole
        /// The share of its values in each bin or category; they sum to 1, or all are 0.
        public var shares: [Double]
        /// The cumulative share at each of ``values``.
        public var cumulative: [Double]
        /// The share of its cells that are missing or have no finite value.
        public var absentShare: Double
    }
}
