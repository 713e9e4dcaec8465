internal import HoldfastLedger
internal import HoldfastSQL

/// The files of a lake as an engine reads them: the one place that knows how each does.
struct LakeSource {
    let lake: Lake
    let kind: ShippedKind
    let engine: any SQLEngine

    /// The rows of some parts that stand in one format, as what follows FROM: with the columns
    /// `key`, those that are asked for, that of the partition's name, `day` and `node`.
    ///
    /// A file that lacks a column has nulls in it. What is open at one time has different words.
    func open(
        _ parts: [LakePart], _ format: LakeFileFormat, columns: [LakeColumn], as word: String
    ) throws(SQLError) -> SQL {
        let columns = [LakeColumn.integer("key")] + columns
        let folders = Set(parts.filter { $0.has(format) }.map(\.root)).sorted()
        switch engine.dialect {
        case .spark: return try openInSpark(folders, format, columns, as: word)
        case .duckdb, .sqlite, .postgresql: return openInDuckDB(folders, format, columns)
        }
    }

    /// Columns of the path, behind those of a file.
    private var partitions: [String] { [kind.nameColumn, "day", "node"].compactMap { $0 } }

    private func openInDuckDB(
        _ folders: [String], _ format: LakeFileFormat, _ columns: [LakeColumn]
    ) -> SQL {
        let patterns = folders.map { folder -> SQL in
            let root = SQLDialect.duckdb.pattern(naming: lake.folder.absolute(folder))
            return "\("\(root)/*/*/*\(format.suffix)")"
        }
        let list: SQL = "[\(SQL.joined(patterns, by: ", "))]"
        let typed = columns.map { column -> SQL in
            "\(column.name): '\(column.type.name(in: .duckdb))'"
        }
        switch format {
        case .jsonl:
            return """
                read_json(\(list), format = 'newline_delimited', columns = {\(SQL.joined(typed, by: ", "))},
                  hive_partitioning = true, hive_types_autocast = false)
                """
        case .parquet:
            // A column that no file has yet is still one of the table's.
            let empty = columns.map { column -> SQL in
                "CAST(NULL AS \(column.type.name(in: .duckdb))) AS \(name: column.name)"
            }
            let names = partitions.map { "'' AS \(name: $0)" as SQL }
            return """
                (SELECT \(SQL.joined(empty + names, by: ", ")) WHERE 1 = 0
                UNION ALL BY NAME
                SELECT * FROM read_parquet(\(list), union_by_name = true, hive_partitioning = true,
                  hive_types_autocast = false))
                """
        }
    }

    private func openInSpark(
        _ folders: [String], _ format: LakeFileFormat, _ columns: [LakeColumn], as word: String
    ) throws(SQLError) -> SQL {
        let typed =
            columns.map { "\(name: $0.name) \($0.type.name(in: .spark))" as SQL }
            + partitions.map { "\(name: $0) STRING" }
        let view = SQL.name("hf_lake_\(kind)_\(format)_\(word)")
        // One folder of a partition, or all of the kind's, of which the engine leaves out those
        // that are not asked for.
        let root = folders.count == 1 ? folders[0] : kind.rawValue
        let reader: SQL = format == .jsonl ? "json" : "parquet"
        let strict: SQL = format == .jsonl ? ", mode 'FAILFAST'" : ""
        try engine.run(
            """
            CREATE OR REPLACE TEMPORARY VIEW \(view) (\(SQL.joined(typed, by: ", "))) USING \(reader)
            OPTIONS (path \(lake.folder.absolute(root)), basePath \(lake.folder.absolute(kind.rawValue)),
              pathGlobFilter \("*\(format.suffix)")\(strict))
            """)
        guard folders.count > 1, let name = kind.nameColumn else { return view }
        let names = folders.map { SQL.value(.text(LakePart.name(ofRoot: $0))) }
        return
            "(SELECT * FROM \(view) AS hf_view WHERE \(name: name) IN (\(SQL.joined(names, by: ", "))))"
    }
}

/// The files of one node in one partition.
struct LakePart {
    /// The folder of all days: `decisions/experiment=limits`.
    var root: String
    /// The partition's name; empty of batches.
    var name: String
    var node: String
    /// Its day, as 2026-01-31.
    var day: String
    var files: [LakeFile]

    func has(_ format: LakeFileFormat) -> Bool { files.contains { $0.format == format } }

    /// Whether rows stand in two of its files.
    var overlaps: Bool {
        zip(files, files.dropFirst()).contains { $0.keys.upperBound >= $1.keys.lowerBound }
    }

    static func name(ofRoot root: String) -> String {
        root.split(separator: "=", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
    }

    /// Every part of a kind that has rows.
    static func all(of kind: ShippedKind, in lake: Lake) throws(LakeError) -> [LakePart] {
        var parts: [LakePart] = []
        for folder in try lake.nodeFolders(of: kind) {
            let files = try lake.files(in: folder.path)
            guard !files.isEmpty else { continue }
            let steps = folder.path.split(separator: "/").map(String.init)
            let root = steps.dropLast(2).joined(separator: "/")
            parts.append(
                LakePart(
                    root: root, name: name(ofRoot: root),
                    node: String((steps.last ?? "").dropFirst("node=".utf8.count)), day: folder.day,
                    files: files))
        }
        return parts
    }
}
