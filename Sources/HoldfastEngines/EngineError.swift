internal import HoldfastSQL
internal import HoldfastTables

/// Why an engine's program could not be started.
///
///     spark-sql: there is no program spark-sql. Get it by `pip install pyspark` with Java 17, …
package struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What can be done depends on the kind.
    package enum Kind: Sendable, Equatable {
        /// There is no such program.
        case missing
        /// It is there and does not start.
        case refused
        /// It does not answer.
        case late
        /// Our task was cancelled.
        case cancelled
    }

    /// The kind of error.
    package var kind: Kind
    /// The program as it was named.
    package var program: String
    /// What was met.
    package var message: String
    /// What can be done.
    package var hint: String

    package var description: String { "\(program): \(message). \(hint)" }
}

/// A program that an engine is: how it is found, and what to do where it is not.
struct EngineProgram {
    /// How long a program may take to its first answer, in seconds. Spark on a busy machine takes
    /// one; a cluster may have to make room first.
    static let startSeconds = 180

    /// Its name in PATH.
    var name: String
    /// How to come by it.
    var remedy: String

    static let duckdb = EngineProgram(
        name: "duckdb",
        remedy: "Get it by `pip install duckdb-cli`, or name the program by --duckdb PATH")
    static let spark = EngineProgram(
        name: "spark-sql",
        remedy:
            "Get it by `pip install pyspark` with Java 17, or name the program by --spark-sql PATH")

    /// The error for what a session met at its start.
    func error(_ failure: ChildProgram.Failure, _ path: String) -> EngineError {
        switch failure {
        case .missing:
            EngineError(
                kind: .missing, program: name, message: "there is no program \(path)",
                hint: remedy)
        case .system(let message):
            EngineError(
                kind: .refused, program: name, message: "\(path) cannot be run: \(message)",
                hint: remedy)
        case .late:
            EngineError(
                kind: .late, program: name,
                message: "\(path) gave no answer within \(EngineProgram.startSeconds) seconds",
                hint: "Try it by hand; where it waits for a cluster, see to that first")
        case .cancelled:
            EngineError(
                kind: .cancelled, program: name, message: "its start was cancelled", hint: "")
        }
    }

    /// The error for a program whose first statement failed.
    func error(_ failure: SessionFailure, _ path: String) -> EngineError {
        switch failure {
        case .child(let failure): error(failure, path)
        case .refused(let words), .ended(let words, _):
            EngineError(
                kind: .refused, program: name,
                message: "\(path) does not start: "
                    + (words.isEmpty ? "it says nothing" : String(words.prefix(600))),
                hint: remedy)
        }
    }
}

/// Why a statement has no result.
enum SessionFailure: Error {
    /// The program could not be talked with.
    case child(ChildProgram.Failure)
    /// The engine refused it, in these words, and goes on.
    case refused(String)
    /// The program ended, with these words and this status.
    case ended(String, status: Int32?)
}

extension SessionFailure {
    /// What whoever ran the statement is told. The statement is shown without its values.
    func error(of engine: String, _ sql: SQL) -> SQLError {
        switch self {
        case .child(.cancelled):
            SQLError(.cancelled, engine: engine, message: "it was cancelled")
        case .child(.system(let message)):
            SQLError(.io, engine: engine, message: "its program cannot be talked with: \(message)")
        case .child(.late), .child(.missing):
            SQLError(
                .other, engine: engine,
                message: "its program gave no answer in the time that it may take")
        case .refused(let words):
            SQLError(
                EngineWords.kind(words), engine: engine,
                message: words.isEmpty ? "it refused, and says nothing" : words,
                statement: sql.rendered.text)
        case .ended(let words, let status) where words.isEmpty:
            SQLError(
                .other, engine: engine,
                message: "its program has ended in the middle"
                    + (status.map { ", with status \($0)" } ?? ""),
                statement: sql.rendered.text)
        case .ended(let words, _):
            SQLError(
                EngineWords.kind(words), engine: engine, message: words,
                statement: sql.rendered.text)
        }
    }
}

extension SQLError {
    /// A line of an answer that cannot be read as a row.
    static func noRow(of engine: String, _ sql: SQL) -> SQLError {
        SQLError(
            .other, engine: engine, message: "a row of its answer cannot be read",
            statement: sql.rendered.text)
    }
}
