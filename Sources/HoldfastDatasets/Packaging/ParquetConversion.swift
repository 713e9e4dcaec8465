internal import Glibc
internal import HoldfastAssignment
internal import HoldfastSQL
internal import HoldfastTables

/// Turns the parts of a retraining set from CSV to Parquet, by the program `duckdb`.
///
///     let conversion = ParquetConversion()
///     try conversion.check()                                  // 1.5.6
///     part = try conversion.convert(part, in: folder, columns: manifest.packagedColumns)
///     part.file                                               // train.parquet
///
/// Types are those of the columns: a time is a moment in UTC, in microseconds. One thread in the
/// order of the rows, so that the same rows give the same bytes by the same version of `duckdb`.
public struct ParquetConversion: Sendable {
    /// The program: a path, or a name that is looked for in PATH.
    public var program: String
    /// How long a part may take. A million rows take seconds.
    public var seconds: Int

    /// A conversion by the program at a path, else by `duckdb` in PATH.
    public init(program: String? = nil, seconds: Int = 3_600) {
        self.program = program ?? "duckdb"
        self.seconds = seconds
    }

    /// The rows of a row group: DuckDB's own number, said so that no later one changes our bytes.
    static let groupRows: Int64 = 122_880
    /// The longest row: a thousand features of a thousand bytes, each of them a quote.
    static let rowBytes: Int64 = 8_000_000

    /// The program's version, or an error that says how to get the program: to be asked before long
    /// work begins.
    @discardableResult
    public func check() throws -> String {
        let output = try run(["-version"], limit: 60, doing: "telling its version")
        // "v1.5.6 (Name) 0123456789"
        let word = output.split(whereSeparator: \.isWhitespace).first ?? ""
        guard word.first == "v", word.contains(".") else {
            throw ExportError(
                "\(program) is no duckdb: it says \"\(output.prefix(80))\"",
                "name the program that `duckdb` is")
        }
        return String(word.dropFirst())
    }

    /// Turns a part that stands in a folder, and gives the part as it is then. The CSV is removed.
    ///
    /// Throws `CancellationError` where the task is cancelled: the program is killed.
    func convert(
        _ part: Manifest.Part, in folder: String, columns: [PackagedColumn]
    ) throws -> Manifest.Part {
        precondition(part.format == .csv, "what is turned is CSV")
        var turned = part
        turned.file = "\(part.name).\(ExportRequest.FileFormat.parquet.rawValue)"
        let output = try run(
            ["-init", "/dev/null", "-batch", "-bail", "-list", "-noheader"],
            input: ParquetConversion.statements(from: part.file, to: turned.file, columns)
                .text(for: .duckdb),
            in: folder, limit: seconds, doing: "writing \(turned.file)")
        let rows = output.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
        guard rows == part.rows else {
            throw ExportError(
                "duckdb wrote \(rows.map(String.init) ?? "unknown") rows of \(part.rows) into "
                    + turned.file,
                "use --file-format csv, and report this with duckdb's version")
        }
        (turned.bytes, turned.sha256) = try ParquetConversion.digest("\(folder)/\(turned.file)")
        guard unlink("\(folder)/\(part.file)") == 0 else {
            throw ExportError(
                "\(part.file) cannot be removed: \(String(cString: strerror(errno)))",
                "check the folder and that you may write there")
        }
        return turned
    }

    // MARK: - The statements

    /// Names of files are those of parts, in which nothing is a pattern. Rows stream through, so
    /// that there is nothing to put aside: a folder for that would stand in the set.
    static func statements(from csv: String, to parquet: String, _ columns: [PackagedColumn]) -> SQL
    {
        let types = SQL.joined(
            columns.map { "\($0.name): \(ParquetConversion.type($0.kind))" }, by: ", ")
        return """
            SET threads = 1;
            SET preserve_insertion_order = true;
            SET temp_directory = '';
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            COPY (SELECT * FROM read_csv(\(csv), auto_detect = false, header = true,
              delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '',
              allow_quoted_nulls = false, strict_mode = true, parallel = false,
              max_line_size = \(rowBytes), columns = {\(types)}))
            TO \(parquet) (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE \(groupRows));
            SELECT COUNT(*) FROM read_parquet(\(parquet));

            """
    }

    private static func type(_ kind: ExportColumn.Kind) -> String {
        switch kind {
        case .text: "VARCHAR"
        case .number: "DOUBLE"
        case .integer: "BIGINT"
        case .boolean: "BOOLEAN"
        case .time: "TIMESTAMP WITH TIME ZONE"
        }
    }

    // MARK: - Running

    private func run(
        _ arguments: [String], input: String = "", in folder: String = ".", limit: Int,
        doing what: String
    ) throws -> String {
        let run: ChildProgram.Run
        do throws(ChildProgram.Failure) {
            run = try ChildProgram.run(
                program, arguments, input: input, in: folder, seconds: limit)
        } catch {
            throw failure(error, limit: limit, doing: what)
        }
        guard run.status == 0 else {
            // Not the row itself, which is somebody's.
            let said = run.errors.split(whereSeparator: \.isNewline)
                .filter { !$0.hasPrefix("Original Line:") }.joined(separator: " ")
            throw ExportError(
                "\(program), \(what), ended with status \(run.status): \(said.prefix(600))",
                "mend that, or use --file-format csv")
        }
        return run.output
    }

    private func failure(
        _ failure: ChildProgram.Failure, limit: Int, doing what: String
    ) -> any Error {
        switch failure {
        case .cancelled: CancellationError()
        case .missing:
            ExportError(
                "there is no program \(program), which writes Parquet",
                "get it by `pip install duckdb-cli`, or use --file-format csv")
        case .late:
            ExportError(
                "\(program), \(what), took more than \(limit) seconds and was killed",
                "allow it more, or use --file-format csv")
        case .system(let message):
            ExportError(
                "\(program) cannot be run: \(message)",
                "name a program that you may run, or use --file-format csv")
        }
    }

    /// A file's bytes and digest, when it is on the disk.
    private static func digest(_ path: String) throws(ExportError) -> (Int, String) {
        func failure() -> ExportError {
            ExportError(
                "\(path) cannot be read: \(String(cString: strerror(errno)))",
                "check the folder and its disk")
        }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure() }
        var hash = SHA256()
        var bytes = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count == 0 { return (bytes, hash.finish().hexadecimal) }
            if count > 0 {
                hash.update(Array(buffer[..<count]))
                bytes += count
            } else if errno != EINTR {
                throw failure()
            }
        }
    }
}
