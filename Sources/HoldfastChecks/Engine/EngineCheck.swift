internal import HoldfastFormats
package import HoldfastSQL
internal import HoldfastStatistics

extension Agreement {
    /// Compares tables that an engine counts: train first, then eval, serve or both.
    ///
    ///     let report = try Agreement.check(
    ///         [(.train, train), (.serve, serve)], on: engine, options: CheckOptions())
    ///
    /// The engine counts, and all that is concluded is concluded here. Numbers are counted at edges
    /// that a sample of each table gives: the counts are exact, and what lies between two
    /// edges widens the intervals (``ColumnFacts/rankError``). Of categories the most frequent
    /// 10,000 are counted, and the others together. With `isExact` every value is counted by
    /// itself; then the figures are those of the same table read here.
    ///
    /// What is found across columns is found on a sample of rows. Rows in both tables are not
    /// looked for. Units are counted, and rows of one key are compared, of large tables those of
    /// about 50,000 keys. Slices and schemas are not honoured: ``unsupported(_:)`` says so.
    package static func check(
        _ tables: [(role: TableRole, table: EngineTable)], on engine: any SQLEngine,
        options: CheckOptions, isExact: Bool = false,
        progress: ((TableRole, String) -> Void)? = nil
    ) throws -> CheckReport {
        try options.validate()
        if let reason = unsupported(options) {
            throw CheckError(reason.message, hint: reason.hint)
        }
        let tables = tables.sorted { $0.role < $1.role }
        guard tables.count > 1, tables.first?.role == .train else {
            throw CheckError("only train was given", hint: "name an eval or a serve table as well")
        }
        var pass = EnginePass(tables, on: engine, options: options, isExact: isExact)
        pass.progress = progress
        let summaries = try pass.summaries()
        try checkNames(options, summaries)
        guard summaries.contains(where: { !$0.columns.isEmpty }) else {
            throw CheckError(
                "every column is left out, so that nothing is compared",
                hint: "ignore fewer of them")
        }
        var report = report(summaries, options)
        if options.isAcross {
            for place in report.pairs.indices where report.pairs[place].candidate == .eval {
                report.pairs[place].across.notes.append(
                    "Rows of eval that train holds too were not looked for: an engine counts "
                        + "columns.")
            }
        }
        return report
    }

    /// What an engine is not asked, of what these options ask for: `nil` where there is nothing.
    package static func unsupported(_ options: CheckOptions) -> (message: String, hint: String)? {
        let asked = [
            ("slices", options.slices != nil), ("a schema", options.schema != nil),
            ("a bound on memory", options.byteLimit != nil),
        ].filter(\.1).map(\.0)
        guard let first = asked.first else { return nil }
        return (
            "an engine counts columns, and cannot go with \(first)",
            "leave it out, or check a sample of the rows without an engine"
        )
    }
}

/// One check's way through the tables.
struct EnginePass {
    private let tables: [(role: TableRole, table: EngineTable)]
    private let engine: any SQLEngine
    private let options: CheckOptions
    private let isExact: Bool
    private let plan: ReadPlan
    var progress: ((TableRole, String) -> Void)?

    init(
        _ tables: [(role: TableRole, table: EngineTable)], on engine: any SQLEngine,
        options: CheckOptions, isExact: Bool
    ) {
        self.tables = tables.map { ($0.role, $0.table.weighted(by: options.weight)) }
        self.engine = engine
        self.options = options
        self.isExact = isExact
        plan = ReadPlan(options, tables.map(\.role))
    }

    /// What is known of each table in the end.
    func summaries() throws -> [TableSummary] {
        var facts: [EngineFacts] = []
        for (role, table) in tables {
            try Task.checkCancellation()
            progress?(role, "looking at \(role.rawValue)")
            let found = try EngineFacts(table, columns(of: table), on: engine)
            guard found.rows > 0 else {
                throw CheckError(
                    "\(table.name): has no rows", hint: "check what wrote it; a header is no row")
            }
            facts.append(found)
        }
        // A column that is a category anywhere is counted by its values everywhere.
        let categories = ColumnNames(
            facts.flatMap(\.columns).filter(\.isCategory).map(\.column.name))
        var samples: [EngineSample] = []
        for ((role, table), facts) in zip(tables, facts) where options.isAcross || !isExact {
            try Task.checkCancellation()
            progress?(role, "sampling \(role.rawValue)")
            samples.append(
                try EngineSample(
                    table, facts, isCategory: isCategory(facts, categories),
                    plan: rowPlan(of: role), on: engine))
        }
        try lookForNames(facts, categories, &samples)
        let edges = isExact ? EngineEdges() : EngineEdges(facts, samples)
        // Spark joins by no order, and is told them with each statement.
        if !edges.lists.isEmpty && engine.dialect != .spark { try edges.load(into: engine) }
        return try tables.indices.map { place in
            try Task.checkCancellation()
            let (role, table) = tables[place]
            progress?(role, "counting \(role.rawValue)")
            return TableSummary(
                try columns(table, facts[place], categories, edges), rows: facts[place].rows,
                name: table.name, as: role, all: table.columns.map(\.name),
                effectiveRows: facts[place].effectiveRows,
                collector: samples.isEmpty ? nil : samples[place].collector)
        }
    }

    private func columns(of table: EngineTable) -> [EngineColumn] {
        table.columns.enumerated().filter { plan.isCompared($1.name) }.map { place, column in
            EngineColumn(
                place: place, name: column.name, form: column.form,
                isForced: plan.isCategory(column.name))
        }
    }

    private func rowPlan(of role: TableRole) -> RowPlan? {
        var rows = plan.rowPlan(of: role)
        rows?.keepsHashes = false
        // The engine looks for what is named, among all rows.
        rows?.key = nil
        rows?.unit = nil
        return rows
    }

    /// Looks for units that train and eval share, and for rows of one key.
    private func lookForNames(
        _ facts: [EngineFacts], _ categories: ColumnNames, _ samples: inout [EngineSample]
    ) throws {
        guard options.isAcross else { return }
        let names = EngineNames(engine: engine)
        let roles = tables.map(\.role)
        if let unit = options.unit, let eval = roles.firstIndex(of: .eval) {
            try Task.checkCancellation()
            progress?(.eval, "counting units")
            let units = try names.units(tables[0].table, tables[eval].table, in: unit)
            for (place, missing) in zip([0, eval], units.missing) {
                samples[place].collector?.take(units, missing: missing)
            }
        }
        guard let key = options.key, roles.contains(.serve) else { return }
        let threshold = EngineNames.threshold(
            rows: facts.map(\.rows).max() ?? 0, columns: facts.map(\.columns.count).max() ?? 0,
            engine.dialect)
        for (place, (role, table)) in tables.enumerated() {
            guard let plan = plan.rowPlan(of: role) else { continue }
            try Task.checkCancellation()
            progress?(role, "looking for keys in \(role.rawValue)")
            let columns = facts[place].columns.map(\.column)
            samples[place].collector?.take(
                try names.keyed(
                    table, columns, isCategory: isCategory(facts[place], categories), plan: plan,
                    key: key, below: threshold))
        }
    }

    /// Whether each column is compared as categories, by its place.
    private func isCategory(_ facts: EngineFacts, _ categories: ColumnNames) -> [Int: Bool] {
        Dictionary(
            uniqueKeysWithValues: facts.columns.map {
                ($0.column.place, categories.contain($0.column.name))
            })
    }

    private func columns(
        _ table: EngineTable, _ facts: EngineFacts, _ categories: ColumnNames, _ edges: EngineEdges
    ) throws -> [ColumnSummary] {
        let counts = EngineCounts(table: table, engine: engine, isExact: isExact)
        var numbers: [Int: OrderedSample] = [:]
        var ranged: [EngineFacts.Column] = []
        for fact in facts.columns where fact.range != nil && !fact.isCategory {
            // What is compared as categories is counted by its values, if these are not too many.
            if categories.contain(fact.column.name), let sample = try counts.few(fact) {
                numbers[fact.column.place] = sample
            } else {
                ranged.append(fact)
            }
        }
        numbers.merge(try counts.numbers(ranged, edges: edges)) { one, _ in one }
        return try facts.columns.map { fact in
            ColumnSummary(
                name: fact.column.name, isCategory: fact.isCategory, cells: fact.cells,
                numbers: numbers[fact.column.place],
                categories: fact.isCategory
                    ? try counts.categories(fact) : CategorySummary(byteLimit: nil))
        }
    }
}

/// At which numbers each column is counted: one list for the columns of one name.
struct EngineEdges {
    private var names = ColumnNames([])
    private(set) var lists: [[Double]] = []

    /// None.
    init() {}

    /// Those of one column.
    init(of column: String, _ edges: [Double]) {
        names.append(column)
        lists.append(edges)
    }

    /// Those of every table that has any number there: the candidate's too, as else all of it that
    /// lies beyond the reference's range would be in one.
    init(_ facts: [EngineFacts], _ samples: [EngineSample]) {
        for (facts, sample) in zip(facts, samples) {
            for fact in facts.columns {
                guard let range = fact.range, let numbers = sample.numbers[fact.column.place]
                else { continue }
                let edges = CountedNumbers.edges(
                    sample: numbers, weights: sample.weights[fact.column.place], range: range,
                    parts: EngineCounts.ranges)
                if let list = names.place(of: fact.column.name) {
                    lists[list] = Set(lists[list]).union(edges).sorted()
                } else {
                    names.append(fact.column.name)
                    lists.append(edges)
                }
            }
        }
    }

    /// The number of a column's list, where it has one.
    func list(of column: String) -> Int? { names.place(of: column) }

    /// Gives them to an engine, which finds a number's range by them.
    func load(into engine: any SQLEngine) throws {
        let table = SQLTable(
            EngineCounts.edgeTable, key: ["list", "lo"],
            [.required("list", .integer), .required("b", .integer), .required("lo", .real)])
        try engine.run("DROP TABLE IF EXISTS \(name: EngineCounts.edgeTable)")
        try engine.load(table) { add in
            for (list, edges) in lists.enumerated() {
                for (place, edge) in edges.enumerated() {
                    try add([.integer(Int64(list)), .integer(Int64(place)), .real(edge)])
                }
            }
        }
    }
}
