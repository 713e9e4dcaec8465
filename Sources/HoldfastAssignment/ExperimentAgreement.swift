extension Experiment {
    /// How far an experiment's tables may differ and still agree, as far as that is declared.
    ///
    ///     let agreement = catalog[experiment: "trial"]?.agreement
    ///     agreement?.margin              // 0.1, of agreement: {margin: 0.1, ignore: [decided_at]}
    ///     agreement?.missing             // nil: not declared, so that the default holds
    ///     agreement?.ignored             // ["decided_at"]
    ///
    /// The gates `train-eval` and `control-serve` of an export ask by it. It deals nobody: a change
    /// of it makes another revision of the catalog, and moves no unit. What the figures are that a
    /// margin is held against is the check's to say, and not the catalog's.
    public struct Agreement: Sendable, Hashable {
        /// The largest distance between distributions, above 0 and below 1; `nil` for the default.
        public var margin: Double?
        /// The largest difference between shares of missing cells, above 0 and below 1; `nil` for
        /// the default.
        public var missing: Double?
        /// The columns with margins of their own, in declared order, each once.
        public var columns: [Column]
        /// Columns that are categories though they look like numbers: codes, identifiers of shops.
        public var categories: [String]
        /// Columns left out. None of them is among ``columns`` or ``categories``.
        public var ignored: [String]

        /// The margins of one column.
        public struct Column: Sendable, Hashable {
            /// The column's name, of 1 to ``byteLimit`` bytes.
            public var name: String
            /// Its margin for distributions; `nil` for that of every column.
            public var margin: Double?
            /// Its margin for missing cells; `nil` for that of every column.
            public var missing: Double?

            /// The most bytes of a column's name.
            package static let byteLimit = 256
        }

        /// Nothing is declared.
        package static let undeclared = Agreement(
            margin: nil, missing: nil, columns: [], categories: [], ignored: [])

        /// The most columns with margins of their own, and the most of either list.
        package static let columnLimit = 1_000
    }
}
