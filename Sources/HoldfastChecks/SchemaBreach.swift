/// What a table holds against the schema that was given.
public struct SchemaBreach: Sendable, Equatable {
    /// Which table.
    public var role: TableRole
    /// Which column.
    public var column: String
    /// Which rule.
    public var rule: Rule
    /// What was found and what was asked, one sentence.
    public var message: String
    /// How many cells break it, where it is broken by cells.
    public var count: Int?
    /// A few of them, as text with the row they stand in where it is known.
    public var examples: [String]

    /// What a schema can ask of a column.
    public enum Rule: String, Sendable, Equatable, CaseIterable {
        /// It must be there.
        case presence
        /// No other column may be there.
        case unexpected
        /// Numbers, whole numbers or categories.
        case type
        /// From a least to a greatest value.
        case range
        /// One of the named categories, but for a tolerated share.
        case categories
        /// At most a share of missing cells.
        case missingShare = "missing_share"
        /// No value twice.
        case unique
    }
}

/// The outcome of `check --schema`.
public struct SchemaResult: Sendable, Equatable {
    /// The schema's file, as its user named it.
    public var name: String
    /// The columns it has rules for.
    public var columns: Int
    /// What breaks it; none where all tables keep it.
    public var breaches: [SchemaBreach]

    /// Disagrees where something breaks it.
    public var verdict: Verdict { breaches.isEmpty ? .agrees : .disagrees }
}
