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
            let process = process(executable, arguments, environment: environment)
            // Files, not pipes: a pipe that nobody empties would block the program.
            process.standardInput = FileHandle(forReadingAtPath: try folder.write("in", input))
            process.standardOutput = FileHandle(forWritingAtPath: try folder.write("out", ""))
            process.standardError = FileHandle(forWritingAtPath: try folder.write("err", ""))
            try runToItsEnd(process)
            return Run(
                status: process.terminationStatus,
                output: String(decoding: try folder.read("out"), as: UTF8.self),
                errors: String(decoding: try folder.read("err"), as: UTF8.self))
        }
    }

    /// Waits on a semaphore: `waitUntilExit` runs a loop that eats the processor.
    private static func runToItsEnd(_ process: Process) throws {
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        ended.wait()
    }

    static func process(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:]
    ) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        return process
    }
}

/// Why a test could not be run.
public struct ProgramError: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A service in a process of its own, which a test may kill.
///
/// Sendable: the process is only started, signalled and waited for, which its own locks cover.
public final class ServiceProcess: @unchecked Sendable {
    /// The port it listens on.
    public let port: Int
    private let process: Process
    private let ended: DispatchSemaphore
    private let output: Pipe
    /// What it said when it began to listen.
    public let announced: String

    /// The process's id, for what the system says of it.
    public var id: Int32 { process.processIdentifier }

    /// What it wrote on standard output after it had begun to listen, once it has ended.
    public var lastWords: String {
        get throws {
            String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        }
    }

    /// Starts `holdfast serve` on a free port and waits until it accepts connections. What it says
    /// on standard error goes to the file `errors`, if one is named.
    ///
    /// `launcher` are the words of a program that runs the service in its place, such as
    /// `["/usr/bin/setpriv", "--no-new-privs"]`.
    public static func start(
        catalog: String, ledger: String, arguments: [String] = [], errors: String? = nil,
        launcher: [String] = []
    ) async throws -> ServiceProcess {
        try await blocking {
            try ServiceProcess(
                ["serve", "--catalog", catalog, "--ledger", ledger, "--port", "0"] + arguments,
                errors: errors, launcher: launcher)
        }
    }

    /// Starts `holdfast relay` on a free port and waits until it accepts connections.
    public static func relay(
        to service: String, spool: String, arguments: [String] = [], errors: String? = nil
    ) async throws -> ServiceProcess {
        try await blocking {
            try ServiceProcess(
                ["relay", "--to", service, "--spool", spool, "--port", "0"] + arguments,
                errors: errors, launcher: [])
        }
    }

    private init(_ arguments: [String], errors: String?, launcher: [String]) throws {
        let words = launcher + [try Program.path] + arguments + ["--format", "json"]
        process = Program.process(words[0], Array(words.dropFirst()))
        let output = Pipe()
        self.output = output
        process.standardOutput = output
        if let errors {
            guard FileManager.default.createFile(atPath: errors, contents: nil),
                let file = FileHandle(forWritingAtPath: errors)
            else { throw ProgramError("\(errors) cannot be written") }
            process.standardError = file
        }
        let ended = DispatchSemaphore(value: 0)
        self.ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        var text = Data()
        while !text.contains(UInt8(ascii: "}")) {
            let next = output.fileHandleForReading.availableData
            guard !next.isEmpty else { throw ProgramError("the service ended before it listened") }
            text.append(next)
        }
        let answer = try JSONSerialization.jsonObject(with: text) as? [String: Any]
        guard let address = answer?["listening"] as? String, let url = URL(string: address),
            let port = url.port
        else { throw ProgramError("the service said \(String(decoding: text, as: UTF8.self))") }
        self.port = port
        announced = String(decoding: text, as: UTF8.self)
    }

    /// Tells it to read its catalog again.
    public func hangUp() {
        Foundation.kill(process.processIdentifier, SIGHUP)
    }

    /// Ends it as a power failure would: without warning.
    public func kill() async throws {
        Foundation.kill(process.processIdentifier, SIGKILL)
        try await blocking { self.ended.wait() }
    }

    /// Ends it as an operator would, and gives its status.
    public func terminate() async throws -> Int32 {
        process.terminate()
        try await blocking { self.ended.wait() }
        return process.terminationStatus
    }
}
