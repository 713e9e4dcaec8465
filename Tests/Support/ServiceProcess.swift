import Foundation

/// A service in a process of its own, which a test may kill.
public final class ServiceProcess: Sendable {
    /// The port it listens on.
    public let port: Int
    /// What it said when it began to listen.
    public let announced: String
    private let child: ChildProcess
    private let output: FileHandle

    /// Starts `holdfast serve` on a free port and waits until it accepts connections. What it says
    /// on standard error goes to the file `errors`, if one is named.
    ///
    /// `launcher` are the words of a program that runs the service in its place, such as
    /// `["/usr/bin/setpriv", "--no-new-privs"]`.
    public static func start(
        catalog: String, ledger: String, arguments: [String] = [], errors: String? = nil,
        environment: [String: String] = [:], launcher: [String] = []
    ) async throws -> ServiceProcess {
        try await blocking {
            try ServiceProcess(
                ["serve", "--catalog", catalog, "--ledger", ledger, "--port", "0"] + arguments,
                errors: errors, environment: environment, launcher: launcher)
        }
    }

    /// Starts `holdfast relay` on a free port and waits until it accepts connections.
    public static func relay(
        to service: String, spool: String, arguments: [String] = [], errors: String? = nil
    ) async throws -> ServiceProcess {
        try await blocking {
            try ServiceProcess(
                ["relay", "--to", service, "--spool", spool, "--port", "0"] + arguments,
                errors: errors, environment: [:], launcher: [])
        }
    }

    private init(
        _ arguments: [String], errors: String?, environment: [String: String], launcher: [String]
    ) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ProgramError("no pipe: errno \(errno)") }
        output = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let words = launcher + [try Program.path] + arguments + ["--format", "json"]
        if let errors, !FileManager.default.createFile(atPath: errors, contents: nil) {
            throw ProgramError("\(errors) cannot be written")
        }
        do {
            // Here it is closed at once: an end left open would never say that the child is gone.
            defer { close(ends[1]) }
            child = try ChildProcess(
                words[0], Array(words.dropFirst()), environment: environment,
                output: .descriptor(ends[1]), errors: errors.map { .file($0) } ?? .inherited)
        }
        var text = Data()
        while !text.contains(UInt8(ascii: "}")) {
            let next = output.availableData
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

    /// The process's id, for what the system says of it.
    public var id: Int32 { child.id }

    /// Tells it to read its catalog again.
    public func hangUp() {
        child.signal(SIGHUP)
    }

    /// Sends it any signal, and does not wait.
    public func signal(_ number: Int32) {
        child.signal(number)
    }

    /// Ends it as a power failure would: without warning.
    public func kill() async throws {
        child.signal(SIGKILL)
        _ = try await ended()
    }

    /// Ends it as an operator would, and gives its status.
    public func terminate() async throws -> Int32 {
        child.signal(SIGTERM)
        return try await ended()
    }

    /// Waits for its end, whatever ends it, and gives its status.
    public func ended() async throws -> Int32 {
        try await blocking { self.child.wait() }
    }

    /// What it wrote on standard output after it had begun to listen, once it has ended.
    public var lastWords: String {
        get throws {
            String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self)
        }
    }
}
