internal import Foundation
internal import HoldfastTables

/// Units that come or go in Parquet, through the program `duckdb`.
extension RowAssigner {
    /// What is added, as Parquet has it; in the order of ``columns``.
    private static let types = [
        "VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN", "DOUBLE", "BIGINT", "VARCHAR",
    ]

    private static var added: [ParquetRows.Column] {
        precondition(columns.count == types.count, "each column has a type")
        return zip(columns, types).map { (name: $0, type: $1) }
    }

    /// Deals the units of a Parquet file. Written as Parquet, its own columns stay as they are.
    func assignParquet(
        _ path: String, to destination: String, _ format: RowFormat, by duckdb: String?
    ) throws {
        try RowFormat.refuseStream(path)
        let parquet = try ParquetRows(program: duckdb)
        var reader = try parquet.reader(of: path)
        guard format == .parquet else {
            return try writing(to: destination) { output in try assign(&reader, to: &output) }
        }
        try RowAssigner.refuseTaken(reader.columns, path)
        var answers = try FileWriter(path: parquet.text)
        try assign(&reader, to: &answers, keepingRows: false)
        try answers.close()
        try writing(to: destination) { output in
            try parquet.write(.beside(path), with: RowAssigner.added, to: &output)
        }
    }

    /// Deals the units of a CSV file, and writes Parquet, in which its columns are texts.
    func assignCSV(_ path: String, toParquet destination: String, by duckdb: String?) throws {
        var reader =
            path == "-"
            ? try CSVReader(descriptor: STDIN_FILENO, path: "standard input")
            : try CSVReader(path: path)
        try RowAssigner.refuseTaken(reader.columns, reader.path)
        let parquet = try ParquetRows(program: duckdb)
        var rows = try FileWriter(path: parquet.text)
        try assign(&reader, to: &rows)
        try rows.close()
        let columns = reader.columns
        try writing(to: destination) { output in
            try parquet.write(.behind(columns), with: RowAssigner.added, to: &output)
        }
    }

    /// To `duckdb` two names are one that differ in the case of letters only.
    private static func refuseTaken(_ names: [String], _ path: String) throws {
        guard let taken = names.first(where: { columns.contains($0.lowercased()) }) else { return }
        throw CommandError(
            "\(path): has a column \"\(taken)\" already, which is to be added",
            "rename it, or take the file as it was before it was dealt")
    }
}
