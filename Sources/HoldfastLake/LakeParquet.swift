internal import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastTables

/// What the program `duckdb` does for a lake.
struct LakeParquet {
    let lake: Lake
    let program: DuckDBProgram

    /// How long one call may take, in seconds: a file of a million rows takes a few.
    private static let seconds = 3_600
    /// How many files one call turns: starting the program takes as long as a small file.
    static let filesPerCall = 32
    /// The rows of a row group: DuckDB's own number, said so that no later one changes our bytes.
    private static let groupRows: Int64 = 122_880

    /// A file to be turned, and what it holds.
    struct Turn {
        var from: String
        var to: String
        var columns: [LakeColumn]
        var rows: Int
    }

    /// Turns compressed JSON Lines to Parquet, and holds the rows that were written against those
    /// that were to be.
    func turn(_ files: [Turn]) throws {
        for start in stride(from: 0, to: files.count, by: LakeParquet.filesPerCall) {
            let part = files[start..<min(start + LakeParquet.filesPerCall, files.count)]
            let statements = part.map { file -> SQL in
                """
                COPY (SELECT * FROM \(lines(file.from, file.columns))) TO \(path(file.to)) \(options);
                SELECT COUNT(*) FROM \(parquet(file.to));

                """
            }
            let counts = try run(statements, doing: "writing Parquet")
            guard counts == part.map(\.rows) else {
                throw LakeError(
                    lake.path, "duckdb wrote \(counts) rows of \(part.map(\.rows))",
                    "use --file-format jsonl, and report this with duckdb's version")
            }
            for file in part { try lake.folder.syncFile(file.to) }
        }
    }

    /// Merges files of either format into one, in the order of their keys; gives its rows.
    func merge(_ files: [LakeFile], _ columns: [LakeColumn], to target: String) throws -> Int {
        let parts = files.map { file -> SQL in
            switch file.format {
            case .jsonl: "SELECT * FROM \(lines(file.path, columns))"
            case .parquet: "SELECT * FROM \(parquet(file.path))"
            }
        }
        let all = SQL.joined(parts, by: " UNION ALL BY NAME ")
        let counts = try run(
            [
                """
                SELECT COUNT(*) FROM (\(all));
                COPY (SELECT * FROM (\(all)) ORDER BY key) TO \(path(target)) \(options);
                SELECT COUNT(*) FROM \(parquet(target));

                """
            ], doing: "merging \(files.count) files")
        guard counts.count == 2, counts[0] == counts[1] else {
            throw LakeError(
                lake.path, "duckdb wrote \(counts) rows", "report this with duckdb's version")
        }
        try lake.folder.syncFile(target)
        return counts[1]
    }

    /// How many rows of each file are of one of these units, or of a cluster of that id.
    func count(_ units: [String], isClustered: Bool, in files: [LakeFile]) throws -> [Int] {
        var counts: [Int] = []
        for start in stride(from: 0, to: files.count, by: LakeParquet.filesPerCall) {
            let part = files[start..<min(start + LakeParquet.filesPerCall, files.count)]
            counts += try run(
                part.map {
                    """
                    SELECT COUNT(*) FROM \(parquet($0.path))
                    WHERE \(LakeParquet.isOf(units, isClustered: isClustered));

                    """
                }, doing: "looking for a unit")
        }
        guard counts.count == files.count else {
            throw LakeError(
                lake.path, "duckdb gave \(counts.count) counts of \(files.count) files",
                "report this with duckdb's version; nothing was changed in them")
        }
        return counts
    }

    /// Writes a file without the rows of units; gives how many are left.
    func copy(
        _ file: LakeFile, without units: [String], isClustered: Bool, to target: String
    ) throws -> Int {
        let counts = try run(
            [
                """
                COPY (SELECT * FROM \(parquet(file.path))
                  WHERE NOT (\(LakeParquet.isOf(units, isClustered: isClustered))))
                TO \(path(target)) \(options);
                SELECT COUNT(*) FROM \(parquet(target));

                """
            ], doing: "erasing a unit")
        guard let rows = counts.first else {
            throw LakeError(
                lake.path, "duckdb does not say what it wrote", "report this with its version")
        }
        try lake.folder.syncFile(target)
        return rows
    }

    private static func isOf(_ units: [String], isClustered: Bool) -> SQL {
        let list = SQL.joined(units.map { .value(.text($0)) }, by: ", ")
        return isClustered
            ? "unit IN (\(list)) OR COALESCE(cluster IN (\(list)), false)" : "unit IN (\(list))"
    }

    private var options: SQL {
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE \(LakeParquet.groupRows))"
    }

    /// A path that is written to. Where one is read, DuckDB sees patterns, which ours has none of.
    private func path(_ relative: String) -> SQL { "\(lake.folder.absolute(relative))" }

    private func pattern(_ relative: String) -> SQL {
        "\(SQLDialect.duckdb.pattern(naming: lake.folder.absolute(relative)))"
    }

    /// Without the columns of the path: they stand in the path only.
    private func parquet(_ relative: String) -> SQL {
        "read_parquet(\(pattern(relative)), hive_partitioning = false)"
    }

    private func lines(_ relative: String, _ columns: [LakeColumn]) -> SQL {
        let types = SQL.joined(
            columns.map { "\($0.name): '\($0.type.name(in: .duckdb))'" }, by: ", ")
        return """
            read_json(\(pattern(relative)), format = 'newline_delimited', compression = 'gzip',
              hive_partitioning = false, maximum_object_size = \(Int64(GzipLines.lineLimit)),
              columns = {\(types)})
            """
    }

    private func run(_ statements: [SQL], doing what: String) throws -> [Int] {
        let script: SQL = "SET threads = 2; SET temp_directory = \(scratch);\n"
        let output = try program.run(
            SQL.joined([script] + statements, by: ""), seconds: LakeParquet.seconds, doing: what)
        return output.split(whereSeparator: \.isNewline).compactMap { Int($0) }
    }

    private var scratch: SQL { path("\(Lake.scratch)/duckdb") }
}
