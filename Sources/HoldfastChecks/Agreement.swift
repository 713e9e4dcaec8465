internal import Dispatch
internal import HoldfastFormats
internal import HoldfastStatistics
package import HoldfastTables

/// Whether train, eval and serve data agree.
///
///     let report = try Agreement.check(train: .file("train.csv"), serve: .file("serve.csv"))
///     report.verdict      // .disagrees
///
/// Each pair of tables is compared column by column: an effect with its confidence interval is
/// held against a margin, so that neither few rows nor many decide, but the size of the
/// difference. p-values are reported beside it, corrected over the whole family.
///
/// Each table is read once, on several threads. Numbers are kept, 8 bytes each; categories by their
/// counts; of whole rows a sample and a hash each, for what only shows across columns.
public enum Agreement {
    /// Compares train with eval, with serve, or with both and these two with each other.
    ///
    /// A column that is not ignored and that one table lacks disagrees. Throws ``CheckError``
    /// where there is nothing to compare with, a table has no row, or an option names no column;
    /// and the error of the reader where a file is no table.
    public static func check(
        train: TableInput, eval: TableInput? = nil, serve: TableInput? = nil,
        options: CheckOptions = CheckOptions()
    ) throws -> CheckReport {
        try check(train: train, eval: eval, serve: serve, options: options, progress: nil)
    }

    /// The same, telling how far the reading of each table has come.
    package static func check(
        train: TableInput, eval: TableInput?, serve: TableInput?, options: CheckOptions,
        progress: (@Sendable (TableRole, TableProgress) -> Void)?
    ) throws -> CheckReport {
        try options.validate()
        guard eval != nil || serve != nil else {
            throw CheckError("only train was given", hint: "name an eval or a serve table as well")
        }
        let inputs = [(TableRole.train, train), (.eval, eval), (.serve, serve)]
            .compactMap { role, input in input.map { (role, $0) } }
        // Before one of them is read, which may take minutes.
        for (_, input) in inputs { try input.source.checkIsReadable() }
        let named = options
        let options = try options.declared()
        let plan = ReadPlan(options, inputs.map(\.0))
        let tables = try inputs.map { role, input in
            let tell = progress.map { progress in
                { @Sendable (state: TableProgress) in progress(role, state) }
            }
            return try TableSummary(input, as: role, plan: plan, progress: tell)
        }
        try checkNames(named, tables)
        guard tables.contains(where: { !$0.columns.isEmpty }) else {
            throw CheckError(
                "every column is left out, so that nothing is compared",
                hint: "ignore fewer of them")
        }
        return report(tables, options)
    }

    /// An option that names no column of any table is a slip of the pen, and would go unseen.
    static func checkNames(
        _ options: CheckOptions, _ tables: [TableSummary]
    ) throws(CheckError) {
        for name in options.namedColumns
        where !options.unneeded.contains(where: { sameBytes($0, name) })
            && !tables.contains(where: { $0.names.contain(name) })
        {
            throw CheckError(
                "no table has a column \"\(name)\", which the options name",
                hint: "check its spelling")
        }
    }

    /// Compares what is known of the tables, without reading them again.
    package static func report(_ tables: [TableSummary], _ options: CheckOptions) -> CheckReport {
        var pairs: [PairComparison] = []
        for (place, reference) in tables.enumerated() {
            for candidate in tables[(place + 1)...] {
                var pair = compare(reference, candidate, options)
                pair.slices = SliceComparison(reference, candidate, options)
                pair.across = across(reference, candidate, pair.columns, options)
                pairs.append(pair)
            }
        }
        let family = correct(&pairs)
        var report = CheckReport(
            tables: tables.map {
                TableFacts(
                    role: $0.role, name: $0.name, rows: $0.rows, columns: $0.width,
                    effectiveRows: $0.effectiveRows)
            },
            pairs: pairs, options: options, family: family)
        report.pictures = pictures(of: tables, pairs)
        report.schema = options.schema.map { SchemaCheck.result($0, tables, options) }
        return report
    }

    private static func compare(
        _ reference: TableSummary, _ candidate: TableSummary, _ options: CheckOptions
    ) -> PairComparison {
        let ignored = ColumnNames(options.ignored)
        let shared = reference.columns.filter { column in
            !ignored.contain(column.name)
                && (candidate.column(column.name) != nil || !options.mayLack(column.name))
        }
        let lonely = candidate.columns.filter { column in
            !ignored.contain(column.name) && reference.column(column.name) == nil
                && !options.mayLack(column.name)
        }
        var columns = concurrently(shared) { column in
            guard let other = candidate.column(column.name) else {
                return ColumnComparison(
                    column.name, only: ColumnFacts(column), in: reference.role,
                    not: candidate.role)
            }
            return ColumnComparison(
                column, other, roles: (reference.role, candidate.role),
                rows: (reference.effectiveRows, candidate.effectiveRows),
                margins: options.margins(of: column.name), level: options.level)
        }
        columns += lonely.map { column in
            ColumnComparison(
                column.name, only: ColumnFacts(column), in: candidate.role, not: reference.role)
        }
        for index in columns.indices {
            columns[index].part = options.part(of: columns[index].column)
        }
        return PairComparison(
            reference: reference.role, candidate: candidate.role, columns: columns)
    }

    /// What the rows show that no column shows alone.
    private static func across(
        _ reference: TableSummary, _ candidate: TableSummary, _ columns: [ColumnComparison],
        _ options: CheckOptions
    ) -> AcrossColumns {
        guard let one = reference.collector, let other = candidate.collector else {
            return AcrossColumns()
        }
        var shared: [(name: String, isCategory: Bool)] = []
        for column in columns {
            guard let own = column.reference, let theirs = column.candidate else { continue }
            shared.append(
                (column.column, own.kind == .category || theirs.kind == .category))
        }
        return AcrossColumns.compare(
            reference: one, candidate: other, columns: shared,
            roles: (reference.role, candidate.role), options: options)
    }

    private static func pictures(
        of tables: [TableSummary], _ pairs: [PairComparison]
    ) -> [ColumnPicture] {
        var seen: Set<[UInt8]> = []
        let names = pairs.flatMap(\.columns).map(\.column).filter {
            seen.insert(Array($0.utf8)).inserted
        }
        return concurrently(names) { name in
            ColumnPicture(
                name,
                tables.compactMap { table in
                    table.column(name).map { (role: table.role, column: $0) }
                })
        }.compactMap { $0 }
    }

    /// Corrects every p-value of the report for all the others; how many there were.
    private static func correct(_ pairs: inout [PairComparison]) -> Int {
        let values = pairs.flatMap { pair in
            (pair.columns.flatMap(\.findings) + pair.across.findings).map(\.pValue)
        }
        var adjusted = zip(Holm.adjusted(values), BenjaminiHochberg.adjusted(values)).makeIterator()
        func correct(_ finding: inout Finding) {
            guard let (holm, rate) = adjusted.next() else { return }
            finding.adjustedPValue = holm
            finding.falseDiscoveryRate = rate
        }
        for pair in pairs.indices {
            for column in pairs[pair].columns.indices {
                for finding in pairs[pair].columns[column].findings.indices {
                    correct(&pairs[pair].columns[column].findings[finding])
                }
            }
            for finding in pairs[pair].across.findings.indices {
                correct(&pairs[pair].across.findings[finding])
            }
        }
        return values.count { $0 != nil }
    }
}

/// What `body` makes of each item, in their order, on all processors.
package func concurrently<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) -> Result
) -> [Result] {
    [Result](unsafeUninitializedCapacity: items.count) { buffer, count in
        // Each turn writes a place of its own.
        nonisolated(unsafe) let results = buffer
        DispatchQueue.concurrentPerform(iterations: items.count) { place in
            results.initializeElement(at: place, to: body(items[place]))
        }
        count = items.count
    }
}
