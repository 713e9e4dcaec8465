package import HoldfastSQL

/// Files that an engine reads itself: one by its path, or several by a pattern.
///
///     let files = EngineFiles("/data/train/*.parquet", format: .parquet, isPattern: true)
///     let table = try files.table("hf_train", named: "train/*.parquet", on: engine)
///
/// Parquet is read anew by each statement, which takes what columns it needs. Text is read once,
/// and kept by the engine: it would be parsed again for each.
package struct EngineFiles: Sendable {
    /// What is in the files.
    package enum Format: String, Sendable, CaseIterable {
        case parquet
        case csv
        case json
    }

    private let path: String
    private let format: Format
    private let isPattern: Bool

    /// Files by an absolute path, in which `*`, `?` and `[…]` stand for others where it is a
    /// pattern.
    package init(_ path: String, format: Format, isPattern: Bool) {
        self.path = path
        self.format = format
        self.isPattern = isPattern
    }

    /// The format that a file's name says, `nil` where it says none that engines read.
    package static func format(of name: String) -> Format? {
        let name = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        if name.hasSuffix(".parquet") { return .parquet }
        if name.hasSuffix(".csv") { return .csv }
        return [".jsonl", ".ndjson", ".json"].contains(where: name.hasSuffix) ? .json : nil
    }

    /// The rows as a table of the engine of this name.
    package func table(
        _ source: String, named name: String, on engine: any SQLEngine
    ) throws -> EngineTable {
        precondition(engine.dialect != .sqlite, "SQLite reads no files of these")
        let files = format == .parquet ? source : "\(source)_files"
        if engine.dialect == .spark && format == .csv {
            try engine.run(sparkCSV(files))
        } else {
            try engine.view(files, as: "SELECT * FROM \(rows(engine.dialect))")
        }
        if format != .parquet {
            let columns = try EngineTable.columns(of: files, on: engine).map {
                (name: $0.name, type: SQLType.isNumber(named: $0.type) ? SQLType.real : .text)
            }
            let cells = columns.map { column -> SQL in
                let type = column.type.name(in: engine.dialect)
                return "CAST(\(name: column.name) AS \(type)) AS \(name: column.name)"
            }
            let table = SQLTable(source, columns.map { .optional($0.name, $0.type) })
            try engine.store(
                "SELECT \(SQL.joined(cells, by: ", ")) FROM \(name: files)", as: table)
        }
        return try EngineTable(source, named: name, on: engine, isWritten: format == .csv)
    }

    /// What stands behind FROM.
    func rows(_ dialect: SQLDialect) -> SQL {
        switch (dialect, format) {
        case (.spark, .parquet): "parquet.\(name: pattern(dialect))"
        case (.spark, .json), (.spark, .csv): "json.\(name: pattern(dialect))"
        case (_, .parquet): "read_parquet(\(pattern(dialect)))"
        case (_, .csv):
            """
            read_csv(\(pattern(dialect)), all_varchar = true, header = true, delim = ',',
            quote = '"', escape = '"', allow_quoted_nulls = false)
            """
        case (_, .json):
            """
            read_json(\(pattern(dialect)), format = 'newline_delimited', sample_size = -1)
            """
        }
    }

    /// Cells may hold line ends, so that no file is cut; quotes are doubled, as we write them.
    func sparkCSV(_ name: String) -> SQL {
        """
        CREATE TEMPORARY VIEW \(name: name) USING csv OPTIONS (path \(pattern(.spark)),
        header 'true', multiLine 'true', quote '"', escape '"', mode 'FAILFAST')
        """
    }

    /// The path as the engine's own pattern: where it is none of ours, nothing in it is one.
    private func pattern(_ dialect: SQLDialect) -> String {
        // A cluster's usual files may be elsewhere than on this machine.
        let isLocal = dialect == .spark && path.hasPrefix("/")
        return (isLocal ? "file://" : "") + (isPattern ? path : dialect.pattern(naming: path))
    }
}
