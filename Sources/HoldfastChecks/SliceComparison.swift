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

extension SliceComparison {
    /// The candidate's slices against the reference, or `nil` where none were asked for.
    ///
    /// Slices of time are held against the whole reference; those of a value against the rows of
    /// the reference with that value.
    init?(_ reference: TableSummary, _ candidate: TableSummary, _ options: CheckOptions) {
        guard let rule = options.slices, let lane = candidate.slices else { return nil }
        column = rule.column
        period = rule.seconds == nil ? nil : rule.periodText
        unplaced = lane.unplaced
        let order = lane.keys.indices.sorted { one, other in
            switch (lane.keys[one], lane.keys[other]) {
            case (.start(let a), .start(let b)): return a < b
            case (.value(let a), .value(let b)):
                return lane.rows[one] != lane.rows[other]
                    ? lane.rows[one] > lane.rows[other] : a.lexicographicallyPrecedes(b)
            case (.start, .value): return true
            case (.value, .start): return false
            }
        }
        let isTime = rule.seconds != nil
        slices = concurrently(order) { place in
            let key = lane.keys[place]
            let twin = isTime ? nil : reference.slices?.keys.firstIndex(of: key)
            let columns: [Column] = lane.columns.compactMap { summaries in
                guard let own = summaries?[place] else { return nil }
                let other =
                    isTime
                    ? reference.column(own.name)
                    : twin.flatMap { reference.slices?.summary(of: own.name, slice: $0) }
                guard let other else { return nil }
                let found = ColumnComparison(
                    other, own, roles: (reference.role, candidate.role),
                    rows: (
                        isTime
                            ? reference.effectiveRows
                            : twin.flatMap { reference.slices?.effectiveRows($0) },
                        lane.effectiveRows(place)
                    ),
                    margins: options.margins(of: own.name), level: options.level)
                return Column(column: own.name, findings: found.findings)
            }
            let referenceRows =
                isTime ? reference.rows : twin.map { reference.slices?.rows[$0] ?? 0 }
            return Slice(
                name: key.name, rows: lane.rows[place], referenceRows: referenceRows ?? 0,
                columns: columns)
        }
    }
}
