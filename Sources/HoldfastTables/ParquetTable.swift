internal import HoldfastSQL

/// A Parquet file, which the program `duckdb` turns into CSV beside us.
///
/// Texts come quoted and numbers bare, so that a text of digits stays a text, an empty text is none
/// that is missing, and `nan` and `inf` are numbers.
struct ParquetTable {
    /// What such a file begins with.
    static let magic = Array("PAR1".utf8)
    /// How long reading the names of the columns may take, in seconds.
    private static let headerSeconds = 60

    /// The program: a path, or a name that is looked for in PATH.
    var program: String
    var path: String

    /// The columns whose values are no numbers.
    func textColumns() throws -> [String] {
        let query: SQL =
            """
            COPY (SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(rows)))
            TO '/dev/stdout' (FORMAT csv, HEADER true, FORCE_QUOTE *);

            """
        let run: ChildProgram.Run
        do throws(ChildProgram.Failure) {
            run = try ChildProgram.run(
                program, ParquetTable.arguments, input: query.text(for: .duckdb),
                seconds: ParquetTable.headerSeconds)
        } catch {
            throw failure(error)
        }
        guard run.status == 0 else { throw ended(run.status, run.errors) }
        var reader = try CSVReader(bytes: Array(run.output.utf8), path: path)
        var names: [String] = []
        while try reader.next() {
            if !SQLType.isNumber(named: try reader.text(1)) { names.append(try reader.text(0)) }
        }
        return names
    }

    /// Starts to write the rows as CSV.
    func stream(texts: [String]) throws -> ChildStream {
        let quoted =
            texts.isEmpty
            ? "" as SQL : ", FORCE_QUOTE (\(SQL.joined(texts.map(SQL.name), by: ", ")))" as SQL
        let statement: SQL =
            """
            SET preserve_insertion_order = true;
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            COPY (SELECT * FROM \(rows))
            TO '/dev/stdout' (FORMAT csv, HEADER true, NULLSTR ''\(quoted));

            """
        do throws(ChildProgram.Failure) {
            let input = try Scratch()
            try input.write(statement.text(for: .duckdb))
            return try ChildStream(
                program, ParquetTable.arguments, input: input.descriptor)
        } catch {
            throw failure(error)
        }
    }

    /// To be called when all output was read: throws where it is not all that there is.
    func finish(_ child: ChildStream) throws {
        let end: (status: Int32, errors: String)
        do throws(ChildProgram.Failure) { end = try child.finish() } catch { throw failure(error) }
        guard end.status == 0 else { throw ended(end.status, end.errors) }
    }

    private static let arguments = ["-init", "/dev/null", "-batch", "-bail"]

    private var rows: SQL { "read_parquet(\(SQLDialect.duckdb.pattern(naming: path)))" }

    private func ended(_ status: Int32, _ errors: String) -> TableError {
        let said = errors.split(whereSeparator: \.isNewline).joined(separator: " ")
        return TableError(
            path: path, message: "\(program) ended with status \(status): \(said.prefix(600))",
            hint: "check the file, or write it as CSV")
    }

    private func failure(_ failure: ChildProgram.Failure) -> any Error {
        switch failure {
        case .cancelled: CancellationError()
        case .missing:
            TableError(
                path: path, message: "there is no program \(program), which reads Parquet",
                hint: "get it by `pip install duckdb-cli`, or write the file as CSV")
        case .late:
            TableError(
                path: path, message: "\(program) does not end, and was killed",
                hint: "write the file as CSV")
        case .system(let message):
            TableError(
                path: path, message: "\(program) cannot be run: \(message)",
                hint: "name a program that you may run, or write the file as CSV")
        }
    }
}
