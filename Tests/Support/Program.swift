import Dispatch
import Foundation

/// Does something that blocks on a thread of its own: tests share few threads, and a service under
/// test needs them.
public func blocking<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(with: Swift.Result { try body() })
        }
    }
}

/// A program in a process of its own, run to its end.
public enum Program {
    /// What a run gave.
    public struct Run: Sendable {
        public var status: Int32
        public var output: String
        public var errors: String
    }

    /// The executable `holdfast` that was built beside the running tests.
    public static var path: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let path = URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/holdfast"
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw ProgramError("there is no program at \(path): build it first")
            }
            return path
        }
    }

    /// Runs `holdfast`.
    public static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Run {
        try await run(try path, arguments, input: input, environment: environment)
    }

    /// Starts `holdfast`, for what happens while it runs; what it says goes to files in a folder.
    public static func start(
        _ arguments: [String], output: String, errors: String
    ) throws -> ChildProcess {
        for path in [output, errors] {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw ProgramError("\(path) cannot be written")
            }
        }
        return try ChildProcess(
            try path, arguments, output: .file(output), errors: .file(errors))
    }

    /// Starts any program, which says what it has to say where the tests do.
    public static func start(_ executable: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(executable, arguments)
    }

    /// What a statement gives, by SQLite's own shell: columns by "|", a row a line.
    public static func sqlite(_ file: String, _ statement: String) async throws -> String {
        let run = try await run("/usr/bin/sqlite3", [file, statement])
        guard run.status == 0 else { throw ProgramError("sqlite3: \(run.errors)") }
        return run.output.trimmingCharacters(in: .newlines)
    }

    /// Runs any program.
    public static func run(
        _ executable: String, _ arguments: [String], input: String = "",
        environment: [String: String] = [:]
    ) async throws -> Run {
        try await blocking {
            let folder = try TemporaryFolder()
            // Files, not pipes: a pipe that nobody empties would block the program.
            let child = try ChildProcess(
                executable, arguments, environment: environment,
                input: .file(try folder.write("in", input)),
                output: .file(try folder.write("out", "")),
                errors: .file(try folder.write("err", "")))
            let status = child.wait()
            return Run(
                status: status,
                output: String(decoding: try folder.read("out"), as: UTF8.self),
                errors: String(decoding: try folder.read("err"), as: UTF8.self))
        }
    }
}

/// Why a test could not be run.
public struct ProgramError: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
