internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastStatistics
internal import HoldfastTables

/// Looks for rows by what names them, a unit or a key, in tables that an engine has.
struct EngineNames {
    let engine: any SQLEngine

    /// About so many names are joined by: they give a share of 0.01 to about ±0.001.
    private static let nameLimit = 50_000
    /// The most cells of rows that are brought here.
    private static let cellLimit = 1_000_000

    // MARK: - Units

    /// The units of two tables, each counted once.
    struct Units: Sendable {
        /// `nil` where a table has none, or no such column.
        var overlap: UnitOverlap?
        /// Of each table, train first: its rows without a unit, `nil` where it has no such column.
        var missing: [Int?]
    }

    /// Counts the units of train and eval.
    func units(_ train: EngineTable, _ eval: EngineTable, in unit: String) throws -> Units {
        let columns = [train.column(unit), eval.column(unit)]
        var units = Units(missing: columns.map { $0.map { _ in 0 } })
        guard let one = columns[0], let other = columns[1] else { return units }
        try engine.read(statement(train, one, eval, other)) { row throws(SQLError) in
            units.missing = [Int(row.integer(0)), Int(row.integer(1))]
            units.overlap = UnitOverlap(
                referenceCount: Int(row.integer(2)), candidateCount: Int(row.integer(3)),
                shared: Int(row.integer(4)))
        }
        return units
    }

    /// The rows of either table without a unit, and the units of train, of eval, and of both.
    func statement(
        _ train: EngineTable, _ one: EngineColumn, _ eval: EngineTable, _ other: EngineColumn
    ) -> SQL {
        let ours = train.named(by: one, [], engine.dialect)
        let theirs = eval.named(by: other, [], engine.dialect)
        return """
            SELECT SUM(CASE WHEN u IS NULL THEN one END), SUM(CASE WHEN u IS NULL THEN two END),
            COUNT(CASE WHEN u IS NOT NULL AND one > 0 THEN 1 END),
            COUNT(CASE WHEN u IS NOT NULL AND two > 0 THEN 1 END),
            COUNT(CASE WHEN u IS NOT NULL AND one > 0 AND two > 0 THEN 1 END)
            FROM (SELECT u, SUM(one) AS one, SUM(two) AS two FROM
            (SELECT hf_name AS u, 1 AS one, 0 AS two FROM (\(ours)) hf_train
            UNION ALL SELECT hf_name AS u, 0 AS one, 1 AS two FROM (\(theirs)) hf_eval) hf_units
            GROUP BY u) hf_unit
            """
    }

    // MARK: - Keys

    /// Rows of a table by key.
    struct Keyed {
        var rows: KeptRows
        /// The share of all keys among which they were looked for.
        var share: Double
        /// Rows without a key.
        var missing: Int
    }

    /// How many keys in 2³² are looked at, of tables of up to so many rows and columns. Of every
    /// table the same ones: what is in both is found in both.
    static func threshold(rows: Int, columns: Int, _ dialect: SQLDialect) -> UInt32? {
        let wanted = min(nameLimit, max(1_000, cellLimit / max(1, columns)))
        // SQLite has no hash of its own; its tables are not large.
        guard rows > wanted, dialect != .sqlite else { return nil }
        return UInt32(Double(wanted) / Double(rows) * 0x1p32)
    }

    /// Brings the rows here whose key's hash is below a threshold, one of each key; `nil` where the
    /// table has no such column.
    func keyed(
        _ table: EngineTable, _ columns: [EngineColumn], isCategory: [Int: Bool], plan: RowPlan,
        key: String, below threshold: UInt32?
    ) throws -> Keyed? {
        guard var own = table.column(key) else { return nil }
        var missing = 0
        var rows: [[SQLValue]] = []
        let query = statement(table, own, columns, isCategory, below: threshold)
        try engine.stream(query) { row throws(SQLError) in
            let times = Int(row.integer(columns.count + 1))
            guard !row.isNull(columns.count) else {
                missing = times
                return
            }
            let cells = (0...columns.count).map { row.isNull($0) ? SQLValue.null : row.value($0) }
            rows.append(cells)
            // That it is there more often is all that is asked of it.
            if times > 1 { rows.append(cells) }
        }
        var plan = plan
        (plan.key, plan.unit, plan.sampleLimit, plan.keepsHashes) = (key, nil, 0, false)
        var texts = isCategory
        texts[own.place] = true
        // As it was named, whatever it looks like.
        own.isForced = true
        let collector = try EngineSample.collect(
            rows, columns + [own], weight: nil, texts, plan, name: table.name)
        let share = threshold.map { Double($0) * 0x1p-32 } ?? 1
        guard let kept = collector.keyed else { return nil }
        try kept.checkKey(key, of: table.name)
        return Keyed(rows: kept, share: share, missing: missing)
    }

    /// Of each key the cells of one row, the key, and how many rows have it; and so of no key.
    func statement(
        _ table: EngineTable, _ key: EngineColumn, _ columns: [EngineColumn],
        _ isCategory: [Int: Bool], below threshold: UInt32?
    ) -> SQL {
        let cells = columns.map { column -> SQL in
            "\(table.cell(of: column, isCategory: isCategory, engine.dialect)) AS \(column.text)"
        }
        let first = columns.map { "MIN(\($0.text))" as SQL } + ["hf_name", "COUNT(*)"]
        var chosen: SQL = ""
        if let threshold {
            let digits = String(threshold, radix: 16)
            let bound = String(repeating: "0", count: 8 - digits.count) + digits
            chosen = "WHERE hf_name IS NULL OR substr(md5(hf_name), 1, 8) < \(bound) "
        }
        return """
            SELECT \(SQL.joined(first, by: ", "))
            FROM (\(table.named(by: key, cells, engine.dialect))) hf_keys
            \(chosen)GROUP BY hf_name
            """
    }
}

extension EngineTable {
    /// A column by its name, as one whose cells are names.
    func column(_ name: String) -> EngineColumn? {
        columns.firstIndex { sameBytes($0.name, name) }.map {
            EngineColumn(place: $0, name: name, form: columns[$0].form, isForced: false)
        }
    }

    /// The rows with what a column names, `hf_name`, and with other expressions.
    ///
    /// A name is a text, null where there is none: a number by its value as far as a double tells
    /// whole numbers apart, however it is written, and all else as it stands there.
    func named(by column: EngineColumn, _ others: [SQL], _ dialect: SQLDialect) -> SQL {
        let (number, text) = nameParts(of: column, dialect)
        let word = SQLType.text.name(in: dialect)
        // No number that is asked for is beyond an integer.
        let whole: SQL =
            dialect == .sqlite ? "CAST(hf_number AS INTEGER)" : "TRY_CAST(hf_number AS BIGINT)"
        let inner = SQL.joined(
            ["\(number) AS hf_number" as SQL, "\(text) AS hf_text"]
                + others, by: ", ")
        return """
            SELECT *, CASE WHEN abs(hf_number) < \(Double(Int64(1) << 53)) THEN
            CASE WHEN hf_number = \(whole) THEN CAST(\(whole) AS \(word)) ELSE CAST(hf_number AS \(word)) END
            WHEN hf_text <> '' THEN hf_text END AS hf_name
            FROM (SELECT \(inner) FROM \(name: source)) hf_parts
            """
    }
}
