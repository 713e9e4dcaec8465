internal import Glibc
package import HoldfastSQL
internal import HoldfastTables

/// DuckDB as an engine: the program `duckdb` beside us, told one statement after another.
///
///     let engine = try DuckDBEngine(scratch: folder, salt: salt, memoryMegabytes: 4_000)
///     try engine.read("SELECT 1") { row in row.integer(0) }
///
/// Tables and views are temporary ones of its session; what does not fit its memory goes to a
/// folder of its own in `scratch`. Rows come by its `COPY … (FORMAT json)`, which holds none of
/// them back. Its program ends at the first error, and every statement after that fails. It looks
/// at a statement anew with each line of it: one of a million bytes should have few.
package final class DuckDBEngine: SQLEngine {
    package let dialect = SQLDialect.duckdb
    package private(set) var version = ""

    private static let name = "DuckDB"
    /// How long it may take to end by itself, in seconds; it is killed then.
    private static let endSeconds = 5
    /// What is read to the end for nothing where rows are not wanted any more, in bytes.
    private static let unwantedLimit = 4 << 20

    private let session: ChildSession
    private let scratch: EngineScratch
    private let row = JSONRow()
    private var statements = 0
    /// How long it may be silent within a statement, in seconds; `nil` for any time.
    private let patience: Int?
    private var hasEnded = false
    /// What makes its tables and views as if they had never been.
    private var stored: [SQL] = []

    /// Starts the program: a path, or a name in PATH, where nothing is said `duckdb`.
    package init(
        program: String? = nil, scratch: String, salt: String? = nil,
        memoryMegabytes: Int? = nil, threads: Int? = nil, patience: Int? = nil
    ) throws(EngineError) {
        self.patience = patience
        let program = program ?? EngineProgram.duckdb.name
        self.scratch = try EngineScratch(in: scratch, for: .duckdb)
        do throws(ChildProgram.Failure) {
            session = try ChildSession(
                program, ["-init", "/dev/null", "-batch", "-bail", "-jsonlines"],
                in: self.scratch.path)
        } catch {
            throw EngineProgram.duckdb.error(error, program)
        }
        do throws(SessionFailure) {
            try perform("SELECT version()", seconds: EngineProgram.startSeconds) { line in
                if row.take(line) { version = row.text(0) ?? "" }
                return true
            }
            if version.hasPrefix("v") { version.removeFirst() }
            var settings: [SQL] = [
                "SET autoinstall_known_extensions = false",
                "SET autoload_known_extensions = false",
                "SET temp_directory = \(self.scratch.file("spilt"))",
                "SET preserve_insertion_order = true",
                // As SQLite and Spark order them.
                "SET default_null_order = 'nulls_first'",
            ]
            if let memoryMegabytes {
                settings.append("SET memory_limit = \("\(memoryMegabytes)MB")")
            }
            if let threads { settings.append("SET threads = \(Int64(threads))") }
            if let salt { settings.append("SET VARIABLE holdfast_salt = \(salt)") }
            for setting in settings {
                try perform(setting.text(for: .duckdb)) { _ in true }
            }
        } catch {
            throw EngineProgram.duckdb.error(error, program)
        }
    }

    deinit {
        if !hasEnded { session.finish(seconds: DuckDBEngine.endSeconds) }
    }

    package func run(_ sql: SQL) throws(SQLError) {
        try perform(sql.text(for: .duckdb), of: sql) { _ throws(SQLError) in }
    }

    package func read(
        _ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        try answer(sql) { row throws(SQLError) in try each(row) }
    }

    package func stream(_ sql: SQL, each: (any SQLRow) throws -> Void) throws {
        // An error of the reader's own goes through as it is.
        var refusal: (any Error)?
        do throws(SQLError) {
            try answer(sql) { row throws(SQLError) in
                do { try each(row) } catch {
                    refusal = error
                    throw SQLError(.cancelled, engine: DuckDBEngine.name, message: "not wanted")
                }
            }
        } catch {
            throw refusal ?? error
        }
    }

    private func answer(
        _ sql: SQL, _ each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        let query = sql.text(for: .duckdb)
        var columns = 0
        try perform("DESCRIBE \(query)", of: sql) { _ throws(SQLError) in columns += 1 }
        // Two columns may have one name, and JSON would not; and short names are read faster.
        let names = (0..<columns).map { "c\($0)" }.joined(separator: ", ")
        row.begin()
        try perform(
            """
            COPY (SELECT * FROM (
            \(query)
            ) AS hf_rows(\(names))) TO '/dev/stdout' (FORMAT json)
            """, of: sql
        ) { line throws(SQLError) in
            guard row.take(line), row.count == columns else {
                throw SQLError.noRow(of: DuckDBEngine.name, sql)
            }
            try each(row)
        }
    }

    package func store(_ query: SQL, as table: SQLTable) throws(SQLError) {
        for statement in dialect.statements(storing: query, as: table) { try run(statement) }
        stored.append("DROP TABLE \(name: table.name)")
    }

    package func load(
        _ table: SQLTable, rows: (([SQLValue]) throws -> Void) throws -> Void
    ) throws {
        try run(table.created(in: dialect))
        stored.append("DROP TABLE \(name: table.name)")
        // By its name in the folder where the program runs: a path would be read as a pattern.
        let file = "load-\(statements).json"
        defer { scratch.remove(file) }
        var loaded = try LoadedRows(table, to: scratch.file(file), engine: DuckDBEngine.name)
        try rows { try loaded.write($0) }
        try loaded.close()
        let types = table.columns.enumerated().map { place, column -> SQL in
            "\(name: "c\(place)"): '\(column.type.name(in: dialect))'"
        }
        // No smaller than its own default.
        let longest = max(Int64(loaded.longest) + 1, 16 << 20)
        try run(
            """
            INSERT INTO \(name: table.name) SELECT * FROM read_json(\(file),
            format = 'newline_delimited', columns = {\(SQL.joined(types, by: ", "))},
            maximum_object_size = \(longest))
            """)
    }

    package func view(_ name: String, as query: SQL) throws(SQLError) {
        try run("CREATE TEMP VIEW \(name: name) AS \(query)")
        stored.append("DROP VIEW \(name: name)")
    }

    package func clear() throws(SQLError) {
        for drop in stored.reversed() { try run(drop) }
        stored = []
    }

    // MARK: - Statements

    private typealias Line = UnsafeBufferPointer<UInt8>

    private func perform(
        _ text: String, of sql: SQL, each: (Line) throws(SQLError) -> Void
    ) throws(SQLError) {
        var refusal: SQLError?
        do throws(SessionFailure) {
            try perform(text) { line in
                do throws(SQLError) { try each(line) } catch { refusal = error }
                return refusal == nil
            }
        } catch {
            throw error.error(of: DuckDBEngine.name, sql)
        }
        if let refusal { throw refusal }
    }

    /// Runs a statement and hands over each line of its answer, until they are not wanted.
    private func perform(
        _ text: String, seconds: Int? = nil, each: (Line) -> Bool
    ) throws(SessionFailure) {
        guard !hasEnded else { throw .ended("its program has ended before", status: nil) }
        statements += 1
        let mark = "\(scratch.mark)-\(statements)"
        let end = Array("{\"hf_end\":\"\(mark)\"}".utf8)
        // Before the first one, it may have said why it does not start.
        if statements > 1 { session.forgetErrors() }
        session.send("\(text)\n;\nSELECT '\(mark)' AS hf_end;\n")
        var isWanted = true
        var unwanted = 0
        do throws(ChildProgram.Failure) {
            while let line = try session.nextLine(seconds: seconds ?? patience) {
                if line.count == end.count, line.elementsEqual(end) { return }
                if isWanted {
                    isWanted = each(line)
                } else {
                    unwanted += line.count
                    if unwanted > DuckDBEngine.unwantedLimit { return close() }
                }
            }
        } catch {
            close()
            throw .child(error)
        }
        hasEnded = true
        let status = session.finish(seconds: DuckDBEngine.endSeconds)
        throw .ended(EngineWords.duckdb(session.errors), status: status)
    }

    private func close() {
        hasEnded = true
        session.end()
    }
}
