/// The candidate cut into slices, by time or by the values of a column, each held against the
/// reference: where, or since when, tables disagree.
///
/// Slices are read by eye: their intervals are each at the report's level, so that among many some
/// stray. They do not change the verdict on the tables.
public struct SliceComparison: Sendable, Equatable {
    /// The column that slices.
    public var column: String
    /// The length of a slice as it was asked for, such as "1d"; `nil` for the values of a column.
    public var period: String?
    /// Rows of the candidate in no slice, because that cell is missing or no time.
    public var unplaced: Int
    /// The slices: by time ascending, by value the one with most rows first.
    public var slices: [Slice]

    /// The most slices.
    public static let limit = 400

    /// One slice.
    public struct Slice: Sendable, Equatable {
        /// Its first instant, RFC 3339, or the value.
        public var name: String
        /// The candidate's rows in it.
        public var rows: Int
        /// The reference's rows that they are held against.
        public var referenceRows: Int
        /// The columns that both have, with what was found; their names in the reference's order.
        public var columns: [Column]
    }

    /// One column in one slice.
    public struct Column: Sendable, Equatable {
        /// Its name.
        public var column: String
        /// As for whole tables.
        public var findings: [Finding]

        /// The worst finding's.
        public var verdict: Verdict { Verdict(all: findings.map(\.verdict)) }
    }
}
