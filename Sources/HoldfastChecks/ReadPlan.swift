internal import HoldfastFormats

/// What is made of a table's columns, by the options of a check.
struct ReadPlan: Sendable {
    let options: CheckOptions
    private let tables: Int
    private let hasEval: Bool
    private let hasServe: Bool
    /// The columns that are read and not compared: those that say which row, which unit, when, or
    /// how much a row weighs.
    private let services: ColumnNames
    private let ignored: ColumnNames
    private let categories: ColumnNames
    private let rules: [[UInt8]: TableSchema.Column]

    /// A plan for the tables of these roles.
    init(_ options: CheckOptions, _ roles: [TableRole]) {
        self.options = options
        tables = roles.count
        hasEval = roles.contains(.eval)
        hasServe = roles.contains(.serve)
        let time = options.slices.flatMap { $0.seconds == nil ? nil : $0.column }
        services = ColumnNames(
            [options.weight, options.key, options.unit, time].compactMap { $0 })
        ignored = ColumnNames(options.ignored)
        categories = ColumnNames(options.categories)
        rules = options.schema?.byName ?? [:]
    }

    /// Whether a schema was given.
    var hasSchema: Bool { options.schema != nil }

    /// Whether a column is compared.
    func isCompared(_ column: String) -> Bool {
        !ignored.contain(column) && !services.contain(column)
    }

    /// Whether a column is summarised: it is compared, or a schema has rules for it.
    func isSummarised(_ column: String) -> Bool {
        isCompared(column) || rules[Array(column.utf8)] != nil
    }

    /// An empty summary of such a column, which may take so many bytes.
    func summary(of column: String, byteLimit: Int?) -> ColumnSummary {
        let rule = rules[Array(column.utf8)]
        var summary = ColumnSummary(
            name: column, isCategory: isCategory(column),
            isNumber: rule?.type.isNumber ?? false, byteLimit: byteLimit)
        summary.watch = rule.flatMap { ColumnWatch($0, byteLimit: byteLimit) }
        return summary
    }

    /// Whether the schema declares a column numbers.
    func isNumber(_ column: String) -> Bool { rules[Array(column.utf8)]?.type.isNumber ?? false }

    /// Whether a column's cells are looked at.
    func isRead(_ column: String) -> Bool {
        isSummarised(column) || services.contain(column)
            || options.slices.map { sameBytes($0.column, column) } ?? false
    }

    /// Whether the caller or a schema called a column a category.
    func isCategory(_ column: String) -> Bool { categories.contain(column) }

    /// The bytes that one column of one lane may take, of a table of so many columns: all lanes of
    /// one table are there at once, and each table before it as one.
    func byteLimit(columns: Int, lanes: Int) -> Int? {
        options.byteLimit.map { $0 / (max(1, columns) * (lanes + tables - 1)) }
    }

    /// What is kept of whole rows of a table, `nil` where nothing is. Only train and eval are
    /// looked through for rows and units that both hold.
    func rowPlan(of role: TableRole) -> RowPlan? {
        guard options.isAcross else { return nil }
        var plan = RowPlan(options)
        if role == .serve || !hasEval {
            plan.keepsHashes = false
            plan.unit = nil
        }
        if !hasServe { plan.key = nil }
        return plan
    }
}
