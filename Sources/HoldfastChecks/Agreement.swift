internal import HoldfastStatistics

/// Whether train, eval and serve data agree.
///
///     let report = try Agreement.check(train: .file("train.csv"), serve: .file("serve.csv"))
///     report.verdict      // .disagrees
///
/// Each pair of tables is compared column by column: an effect with its confidence interval is
/// held against a margin, so that neither few rows nor many decide, but the size of the
/// difference. p-values are reported beside it, corrected over the whole family.
///
/// Each table is read once. Numbers are kept, 8 bytes each; categories by their counts.
/// It compares columns one at a time: tables that differ only in how columns go together agree.
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
        try options.validate()
        guard eval != nil || serve != nil else {
            throw CheckError("only train was given", hint: "name an eval or a serve table as well")
        }
        var tables: [TableSummary] = []
        for (role, input) in [(TableRole.train, train), (.eval, eval), (.serve, serve)] {
            guard let input else { continue }
            tables.append(try TableSummary(input, as: role, categories: options.categories))
        }
        try checkNames(options, tables)
        return report(tables, options)
    }

    /// An option that names no column of any table is a slip of the pen, and would go unseen.
    private static func checkNames(
        _ options: CheckOptions, _ tables: [TableSummary]
    ) throws(CheckError) {
        let named = options.categories + options.ignored + options.columnMargins.keys.sorted()
        for name in named where !tables.contains(where: { $0.column(name) != nil }) {
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
                pairs.append(compare(reference, candidate, options))
            }
        }
        let family = correct(&pairs)
        return CheckReport(
            tables: tables.map {
                TableFacts(role: $0.role, name: $0.name, rows: $0.rows, columns: $0.columns.count)
            },
            pairs: pairs, options: options, family: family)
    }

    private static func compare(
        _ reference: TableSummary, _ candidate: TableSummary, _ options: CheckOptions
    ) -> PairComparison {
        let ignored = Set(options.ignored.map { Array($0.utf8) })
        // By name once, and not by a search for each: tables may have thousands of columns.
        var others: [[UInt8]: ColumnSummary] = [:]
        for column in candidate.columns { others[Array(column.name.utf8)] = column }
        var seen = ignored
        var columns: [ColumnComparison] = []
        for column in reference.columns where seen.insert(Array(column.name.utf8)).inserted {
            if let other = others[Array(column.name.utf8)] {
                columns.append(
                    ColumnComparison(
                        column, other, roles: (reference.role, candidate.role),
                        margins: options.margins(of: column.name), level: options.level))
            } else {
                columns.append(
                    ColumnComparison(
                        column.name, only: ColumnFacts(column), in: reference.role,
                        not: candidate.role))
            }
        }
        for column in candidate.columns where !seen.contains(Array(column.name.utf8)) {
            columns.append(
                ColumnComparison(
                    column.name, only: ColumnFacts(column), in: candidate.role,
                    not: reference.role))
        }
        return PairComparison(
            reference: reference.role, candidate: candidate.role, columns: columns)
    }

    /// Corrects every p-value of the report for all the others; how many there were.
    private static func correct(_ pairs: inout [PairComparison]) -> Int {
        let values = pairs.flatMap { $0.columns.flatMap { $0.findings.map(\.pValue) } }
        var adjusted = Holm.adjusted(values)[...]
        for pair in pairs.indices {
            for column in pairs[pair].columns.indices {
                for finding in pairs[pair].columns[column].findings.indices {
                    pairs[pair].columns[column].findings[finding].adjustedPValue =
                        adjusted.removeFirst()
                }
            }
        }
        return values.count { $0 != nil }
    }
}
