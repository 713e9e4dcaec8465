internal import Glibc
package import HoldfastSQL
internal import HoldfastTables

/// Spark as an engine: the program `spark-sql` beside us, told one statement after another.
///
///     let engine = try SparkEngine(master: "local[2]", scratch: folder, salt: salt)
///     try engine.stream("SELECT unit FROM hf_clean ORDER BY unit") { row in … }
///
/// It takes some ten seconds to start, and the better part of one for a statement. Tables are
/// Parquet in a folder of its own in `scratch`, which the cluster's machines must see under the
/// same path; rows are read from there too, as its driver would hold them all in memory. A
/// statement that fails leaves the session as it was.
package final class SparkEngine: SQLEngine {
    package let dialect = SQLDialect.spark
    package private(set) var version = ""

    private static let name = "Spark"
    /// How long it may take to end by itself, in seconds; it is killed then.
    private static let endSeconds = 20
    /// What Java and Spark are told by our environment.
    private static let variables = [
        "JAVA_HOME", "SPARK_HOME", "SPARK_CONF_DIR", "SPARK_LOCAL_DIRS", "SPARK_LOCAL_IP",
        "PYSPARK_PYTHON", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "KUBECONFIG",
    ]

    private let session: ChildSession
    private let scratch: EngineScratch
    private let row = JSONRow()
    private var statements = 0
    /// How long it may be silent within a statement, in seconds; `nil` for any time.
    private let patience: Int?
    private var hasEnded = false
    /// What makes its tables and views as if they had never been.
    private var stored: [SQL] = []

    /// Starts the program: a path, or a name in PATH, where nothing is said `spark-sql`. What is
    /// in `conf` is told Spark first, and what answers depend on then.
    package init(
        program: String? = nil, master: String = "local[*]",
        conf: [(name: String, value: String)] = [], scratch: String, salt: String? = nil,
        patience: Int? = nil
    ) throws(EngineError) {
        self.patience = patience
        let program = program ?? EngineProgram.spark.name
        self.scratch = try EngineScratch(in: scratch, for: .spark)
        let settings = conf + SparkEngine.settings(self.scratch)
        do throws(ChildProgram.Failure) {
            session = try ChildSession(
                program,
                ["--master", master] + settings.flatMap { ["--conf", "\($0.name)=\($0.value)"] },
                in: self.scratch.path, passing: SparkEngine.variables,
                setting: SparkEngine.environment(of: program))
        } catch {
            throw EngineProgram.spark.error(error, program)
        }
        do throws(SessionFailure) {
            try query("SELECT version() AS version", seconds: EngineProgram.startSeconds) { line in
                if row.take(line) { version = row.text(0) ?? "" }
            }
            version = version.split(separator: " ").first.map(String.init) ?? version
            if let salt {
                let variable: SQL = "DECLARE VARIABLE holdfast_salt STRING DEFAULT \(salt)"
                do throws(SessionFailure) { try perform(variable.text(for: .spark)) } catch {
                    // Its words may show the statement, and that has the salt.
                    if case .refused = error { throw .refused("it cannot be told the salt") }
                    throw error
                }
            }
        } catch {
            throw EngineProgram.spark.error(error, program)
        }
    }

    deinit {
        if !hasEnded { session.finish(seconds: SparkEngine.endSeconds) }
    }

    private static func settings(
        _ scratch: EngineScratch
    ) -> [(name: String, value: String)] {
        [
            ("spark.ui.enabled", "false"),
            ("spark.log.level", "ERROR"),
            // Or it writes a `metastore_db` where it runs.
            ("spark.sql.catalogImplementation", "in-memory"),
            ("spark.sql.warehouse.dir", "file://\(scratch.file("warehouse"))"),
            ("spark.sql.session.timeZone", "UTC"),
            ("spark.sql.jsonGenerator.ignoreNullFields", "false"),
            // An overflow is an error, and is no other number.
            ("spark.sql.ansi.enabled", "true"),
            // A text may hold `${…}` and a backslash's escapes.
            ("spark.sql.variable.substitute", "false"),
            ("spark.sql.parser.escapedStringLiterals", "false"),
        ]
    }

    /// What the program is to find: its own `python3`, by which it finds its home, and files of
    /// statements as UTF-8.
    private static func environment(of program: String) -> [(name: String, value: String)] {
        var values = [(name: "LC_ALL", value: "C.UTF-8")]
        if let slash = program.lastIndex(of: "/"),
            let real = realpath(String(program[..<slash]), nil)
        {
            let path = getenv("PATH").map { ":" + String(cString: $0) } ?? ""
            values.append(("PATH", String(cString: real) + path))
            free(real)
        }
        return values
    }

    package func run(_ sql: SQL) throws(SQLError) {
        try perform(sql.text(for: .spark), of: sql)
    }

    package func read(
        _ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        row.begin()
        var refusal: SQLError?
        do throws(SessionFailure) {
            try query(sql.text(for: .spark)) { line in
                // The rest is read to the end: there are few.
                if refusal == nil { refusal = hand(line, of: sql, to: each) }
            }
        } catch {
            throw error.error(of: SparkEngine.name, sql)
        }
        if let refusal { throw refusal }
    }

    package func stream(_ sql: SQL, each: (any SQLRow) throws -> Void) throws {
        let folder = "rows-\(statements)"
        defer { scratch.remove(folder) }
        let path: SQL = "\("file://\(scratch.file(folder))")"
        try perform(
            """
            INSERT OVERWRITE DIRECTORY USING text
            OPTIONS (path \(path.text(for: .spark)), compression 'none', lineSep '\\n')
            SELECT to_json(struct(*)) FROM (
            \(sql.text(for: .spark))
            )
            """, of: sql)
        row.begin()
        // Each task wrote a part, numbered by its place in the order of the rows.
        for part in scratch.parts(of: folder) {
            try read("\(folder)/\(part)", of: sql, each: each)
            scratch.remove("\(folder)/\(part)")
        }
    }

    private func read(
        _ part: String, of sql: SQL, each: (any SQLRow) throws -> Void
    ) throws {
        func failure() -> SQLError {
            SQLError(
                .io, engine: SparkEngine.name,
                message: "\(part) of its rows cannot be read: \(String(cString: strerror(errno)))")
        }
        let file = open(scratch.file(part), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        let lines = LineBuffer()
        while true {
            while let line = lines.next() {
                guard row.take(line) else { throw SQLError.noRow(of: SparkEngine.name, sql) }
                try each(row)
            }
            if Task.isCancelled {
                throw SessionFailure.child(.cancelled).error(of: SparkEngine.name, sql)
            }
            let count = lines.fill(from: file)
            if count == 0 { break }
            if count < 0 && errno != EINTR { throw failure() }
        }
        // Each line is ended, so that one which is not was cut off.
        guard lines.rest().isEmpty else { throw SQLError.noRow(of: SparkEngine.name, sql) }
    }

    /// Hands over a row; gives what stands against it.
    private func hand(
        _ line: UnsafeBufferPointer<UInt8>, of sql: SQL,
        to each: (any SQLRow) throws(SQLError) -> Void
    ) -> SQLError? {
        guard row.take(line) else { return SQLError.noRow(of: SparkEngine.name, sql) }
        do throws(SQLError) { try each(row) } catch { return error }
        return nil
    }

    package func store(_ query: SQL, as table: SQLTable) throws(SQLError) {
        for statement in dialect.statements(storing: query, as: table) { try run(statement) }
        stored.append("DROP TABLE \(name: table.name)")
    }

    package func load(
        _ table: SQLTable, rows: (([SQLValue]) throws -> Void) throws -> Void
    ) throws {
        let number = statements
        let file = "load-\(number).json"
        defer { scratch.remove(file) }
        var loaded = try LoadedRows(table, to: scratch.file(file), engine: SparkEngine.name)
        try rows { try loaded.write($0) }
        try loaded.close()
        let view = SQL.name("hf_load_\(number)")
        let columns = table.columns.enumerated().map { place, column -> SQL in
            "\(name: "c\(place)") \(column.type.name(in: dialect))"
        }
        try run(
            """
            CREATE TEMPORARY VIEW \(view) (\(SQL.joined(columns, by: ", "))) USING json
            OPTIONS (path \("file://\(scratch.file(file))"), mode 'FAILFAST', encoding 'UTF-8',
            lineSep '\\n')
            """)
        let values = table.columns.enumerated().map { place, column -> SQL in
            "\(name: "c\(place)") AS \(name: column.name)"
        }
        try run(
            """
            CREATE TABLE \(name: table.name) USING parquet AS
            SELECT \(SQL.joined(values, by: ", ")) FROM \(view)
            """)
        try run("DROP VIEW \(view)")
        stored.append("DROP TABLE \(name: table.name)")
    }

    package func view(_ name: String, as query: SQL) throws(SQLError) {
        try run("CREATE TEMPORARY VIEW \(name: name) AS \(query)")
        stored.append("DROP VIEW \(name: name)")
    }

    package func clear() throws(SQLError) {
        for drop in stored.reversed() { try run(drop) }
        stored = []
    }

    // MARK: - Statements

    private func perform(_ text: String, of sql: SQL) throws(SQLError) {
        do throws(SessionFailure) { try perform(text) } catch {
            throw error.error(of: SparkEngine.name, sql)
        }
    }

    private func query(
        _ text: String, seconds: Int? = nil, each: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(SessionFailure) {
        let mark = mark(statements + 1)
        try perform(
            "SELECT concat('\(mark)', to_json(struct(*))) FROM (\n\(text)\n)", seconds: seconds,
            each: each)
    }

    /// What each line of a statement's answer begins with. No echo of what it reads does.
    private func mark(_ number: Int) -> String { "\(scratch.mark)-\(number):" }

    /// Runs a statement and hands over each row of its answer.
    ///
    /// The statement goes by a file: on its standard input the program would echo it, and break
    /// its lines. The file ends with a word of its own, and behind the file comes another: where
    /// that comes alone, the file was left at an error.
    private func perform(
        _ text: String, seconds: Int? = nil,
        each: (UnsafeBufferPointer<UInt8>) -> Void = { _ in }
    ) throws(SessionFailure) {
        guard !hasEnded else { throw .ended("its program has ended before", status: nil) }
        statements += 1
        let file = "hf-\(statements).sql"
        let mark = mark(statements)
        do throws(TableError) {
            try scratch.write(file, "\(text)\n;\nSELECT '\(mark)done';\n")
        } catch {
            throw .child(.system(error.message))
        }
        defer { scratch.remove(file) }
        // Before the first one, it may have said why it does not start.
        if statements > 1 { session.forgetErrors() }
        session.send("source \(scratch.file(file));\nSELECT '\(mark)after';\n")
        let start = Array(mark.utf8)
        var isDone = false
        var isOver = false
        do throws(ChildProgram.Failure) {
            while !isOver, let line = try session.nextLine(seconds: seconds ?? patience) {
                guard line.count > start.count, line[..<start.count].elementsEqual(start) else {
                    continue
                }
                let said = UnsafeBufferPointer(rebasing: line[start.count...])
                if said.first == UInt8(ascii: "{") {
                    each(said)
                } else if said.elementsEqual("done".utf8) {
                    isDone = true
                } else {
                    isOver = true
                }
            }
        } catch {
            hasEnded = true
            session.end()
            throw .child(error)
        }
        if isOver {
            if isDone { return }
            throw .refused(EngineWords.spark(session.errors))
        }
        hasEnded = true
        let status = session.finish(seconds: SparkEngine.endSeconds)
        throw .ended(EngineWords.spark(session.errors), status: status)
    }
}
