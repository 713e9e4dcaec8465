package import HoldfastSQL

/// The program `duckdb`, run for a script that says little.
///
///     let output = try DuckDBProgram().run("SELECT 1;", seconds: 60, doing: "counting")   // 1
///
/// One script on standard input, so that nobody who lists processes sees what it asks for; no
/// file of its user's is read before, and the first statement that fails ends it.
package struct DuckDBProgram: Sendable {
    /// The program: a path, or a name that is looked for in PATH.
    package var program: String
    /// What can be done without it.
    private let otherwise: String

    /// The program at a path, else `duckdb` in PATH.
    package init(program: String? = nil, otherwise: String = "write JSON Lines") {
        self.program = program ?? "duckdb"
        self.otherwise = otherwise
    }

    /// What every script begins with: nothing is fetched, and rows keep their order.
    private static let preamble: SQL = """
        SET preserve_insertion_order = true;
        SET autoinstall_known_extensions = false;
        SET autoload_known_extensions = false;

        """

    /// Runs a script; gives what it printed, a row a line without a header.
    package func run(_ script: SQL, seconds: Int, doing what: String) throws -> String {
        let text: SQL = "\(DuckDBProgram.preamble)\(script)"
        let run: ChildProgram.Run
        do throws(ChildProgram.Failure) {
            run = try ChildProgram.run(
                program, ["-init", "/dev/null", "-batch", "-bail", "-list", "-noheader"],
                input: text.text(for: .duckdb), seconds: seconds)
        } catch {
            throw failure(error, seconds: seconds, doing: what)
        }
        guard run.status == 0 else {
            let said = run.errors.split(whereSeparator: \.isNewline).joined(separator: " ")
            throw TableError(
                path: program,
                message: "\(what), ended with status \(run.status): "
                    + said.prefix(600),
                hint: "mend that, or \(otherwise)")
        }
        return run.output
    }

    private func failure(
        _ failure: ChildProgram.Failure, seconds: Int, doing what: String
    ) -> any Error {
        switch failure {
        case .cancelled: CancellationError()
        case .missing:
            TableError(
                path: program, message: "there is no such program, which reads and writes Parquet",
                hint: "get it by `pip install duckdb-cli`, or \(otherwise)")
        case .late:
            TableError(
                path: program,
                message: "\(what), took more than \(seconds) seconds and was killed",
                hint: "try again with less to do, or \(otherwise)")
        case .system(let message):
            TableError(
                path: program, message: "cannot be run: \(message)",
                hint: "name a program that you may run, or \(otherwise)")
        }
    }
}
