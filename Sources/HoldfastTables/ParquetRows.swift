internal import Glibc
internal import HoldfastSQL

/// Rows of a Parquet file for who reads them one by one, and such a file made of rows.
///
///     let parquet = try ParquetRows(program: nil)
///     var reader = try parquet.reader(of: "units.parquet")
///     try reader.next()                       // true
///     try reader.text(0)                      // 2026-02-01T00:00:00.000000Z, of a timestamp
///
/// The program `duckdb` turns a file as a whole, into a folder in TMPDIR that is gone with this: of
/// a damaged file not one row is seen. A moment is RFC 3339 in UTC, and so is one that says no time
/// zone. An empty text comes in quotes, and a missing value as nothing.
package final class ParquetRows {
    /// A column that is written, by its name and DuckDB's type.
    package typealias Column = (name: String, type: String)

    /// Where the rows are that are written.
    package enum Rows {
        /// In a Parquet file. The text has the number of a row, from 1, and the columns that come
        /// beside it.
        case beside(String)
        /// In the text, all of them, first these columns.
        case behind([String])
    }

    /// How long one call may take, in seconds: a million rows take a few.
    private static let seconds = 3_600
    /// The rows of a row group: DuckDB's own number, said so that no later one changes our bytes.
    private static let groupRows: Int64 = 122_880
    /// How much is copied at once, in bytes.
    private static let blockSize = 1 << 18

    private let program: DuckDBProgram
    private let folder: ScratchFolder

    /// Makes the folder; the program is at a path, else `duckdb` in PATH.
    package init(program: String?) throws(TableError) {
        self.program = DuckDBProgram(program: program, otherwise: "use CSV")
        folder = try ScratchFolder(in: getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
    }

    private var columns: String { folder.file("columns.csv") }
    private var rows: String { folder.file("rows.csv") }
    private var made: String { folder.file("made.parquet") }
    /// Where the text is to be put that ``write(_:with:to:)`` takes: CSV with a header.
    package var text: String { folder.file("text.csv") }

    /// Turns a file, and reads what became of it.
    package func reader(of path: String) throws -> CSVReader {
        // Says why it cannot be read, before the program does.
        _ = try ByteSource(path: path)
        let file = ParquetRows.file(path)
        let types = try types(of: path)
        let cells = types.map { column -> SQL in
            let name = SQL.name(column.name)
            return "\(ParquetRows.value(name, column.type)) AS \(name)"
        }
        let texts = types.filter { $0.type == "VARCHAR" }.map { SQL.name($0.name) }
        let quoted: SQL = texts.isEmpty ? "" : ", FORCE_QUOTE (\(SQL.joined(texts, by: ", ")))"
        _ = try program.run(
            """
            COPY (SELECT \(SQL.joined(cells, by: ", ")) FROM \(file)) TO \(rows)
            (FORMAT csv, HEADER true, NULLSTR ''\(quoted));
            """, seconds: ParquetRows.seconds, doing: "reading \(path)")
        return try CSVReader(path: rows, called: path)
    }

    private func types(of path: String) throws -> [Column] {
        _ = try program.run(
            """
            COPY (SELECT column_name, column_type FROM
              (DESCRIBE SELECT * FROM \(ParquetRows.file(path)))) TO \(columns)
            (FORMAT csv, HEADER true, FORCE_QUOTE *);
            """, seconds: ParquetRows.seconds, doing: "reading \(path)")
        var reader = try CSVReader(path: columns)
        var types: [Column] = []
        while try reader.next() { types.append((try reader.text(0), try reader.text(1))) }
        return types
    }

    /// A moment of whatever precision as text, by no library of time zones.
    private static func value(_ column: SQL, _ type: String) -> SQL {
        let moment: SQL
        switch type {
        case "TIMESTAMP WITH TIME ZONE": moment = "make_timestamp(epoch_us(\(column)))"
        case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
            moment = "CAST(\(column) AS TIMESTAMP)"
        default: return column
        }
        return "strftime(\(moment), '%Y-%m-%dT%H:%M:%S.%fZ')"
    }

    /// Writes a Parquet file of rows and these columns, once all of it was made.
    ///
    /// One thread in the order of the rows, so that the same rows give the same bytes.
    package func write(
        _ rows: Rows, with added: [Column], to output: inout FileWriter
    ) throws {
        let select: SQL
        switch rows {
        case .beside(let path):
            // The first of them holds the numbers against each other, row by row.
            let answers = added.enumerated().map { place, column -> SQL in
                let name = SQL.name(column.name)
                let value: SQL = "hf_text.\(name)"
                guard place == 0 else { return value }
                return """
                    CASE WHEN hf_rows.file_row_number + 1 = hf_text.hf_row THEN \(value)
                    ELSE error('rows and answers are out of step') END AS \(name)
                    """
            }
            select = """
                SELECT hf_rows.* EXCLUDE (file_row_number), \(SQL.joined(answers, by: ", "))
                FROM \(ParquetRows.file(path, ", file_row_number = true" as SQL)) AS hf_rows
                POSITIONAL JOIN \(cells([(name: "hf_row", type: "BIGINT")] + added)) AS hf_text
                """
        case .behind(let kept):
            select = "SELECT * FROM \(cells(kept.map { (name: $0, type: "VARCHAR") } + added))"
        }
        _ = try program.run(
            """
            SET threads = 1;
            COPY (\(select)) TO \(made)
            (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE \(ParquetRows.groupRows));
            """, seconds: ParquetRows.seconds, doing: "writing \(output.path)")
        var source = try ByteSource(path: made)
        var block = [UInt8](repeating: 0, count: ParquetRows.blockSize)
        while true {
            let count = try block.withUnsafeMutableBytes { try source.fill($0) }
            if count == 0 { return }
            try output.write(block[..<count])
        }
    }

    private func cells(_ columns: [Column]) -> SQL {
        let types = SQL.joined(columns.map { "\($0.name): \($0.type)" }, by: ", ")
        return """
            read_csv(\(text), auto_detect = false, header = true, delim = ',', quote = '"',
              escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false,
              strict_mode = true, parallel = false,
              max_line_size = \(Int64(2 * CSVReader.recordLimit)), columns = {\(types)})
            """
    }

    /// A file as it is, whatever the folders are called that it lies in.
    private static func file(_ path: String, _ more: SQL = "") -> SQL {
        "read_parquet(\(SQLDialect.duckdb.pattern(naming: path)), hive_partitioning = false\(more))"
    }
}
