/// What is made of a table's columns, by the options of a check.
struct ReadPlan: Sendable {
    let options: CheckOptions
    private let tables: Int
    private let hasEval: Bool
    private let hasServe: Bool
    private let ignored: Set<[UInt8]>
    private let categories: Set<[UInt8]>
    private let rules: [[UInt8]: TableSchema.Column]

    /// A plan for the tables of these roles.
    init(_ options: CheckOptions, _ roles: [TableRole]) {
        self.options = options
        tables = roles.count
        hasEval = roles.contains(.eval)
        hasServe = roles.contains(.serve)
        ignored = Set(options.ignored.map { Array($0.utf8) })
        categories = Set(options.categories.map { Array($0.utf8) })
        rules = options.schema?.byName ?? [:]
    }

    /// Whether a schema was given.
    var hasSchema: Bool { options.schema != nil }

    /// Whether a column is compared. Those that say which row, which unit, when, or how much a row
    /// weighs are not.
    func isCompared(_ column: String) -> Bool {
        let services = [
            options.weight, options.key, options.unit,
            options.slices.flatMap { $0.seconds == nil ? nil : $0.column },
        ]
        return !ignored.contains(Array(column.utf8))
            && !services.contains { $0.map { $0.utf8.elementsEqual(column.utf8) } ?? false }
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
        isSummarised(column)
            || [options.weight, options.key, options.unit, options.slices?.column].contains {
                $0.map { $0.utf8.elementsEqual(column.utf8) } ?? false
            }
    }

    /// Whether the caller or a schema called a column a category.
    func isCategory(_ column: String) -> Bool { categories.contains(Array(column.utf8)) }

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
