internal import Glibc
public import HoldfastFormats
internal import Logging
internal import Synchronization

/// What a service says of itself, a line an event.
///
///     let log = ServiceLog(.json, now: { .now })
///     log.notice("catalog reloaded: revision r1 before, r2 now")
///     // {"time":"2026-01-01T00:00:00Z","level":"notice","label":"holdfast","message":"catalog …"}
///
/// No unit's id, feature, body, path, query or token is ever written, at any level: of a request
/// its method, the route's template, the status and the time it took.
public struct ServiceLog: Sendable {
    /// What a line looks like.
    public enum Format: String, CaseIterable, Sendable {
        /// `TIME LEVEL holdfast: MESSAGE key=value`.
        case text
        /// A JSON object.
        case json
    }

    /// How much an event matters, least first.
    public enum Level: String, CaseIterable, Sendable {
        case trace
        case debug
        /// A line for each request begins here.
        case info
        /// What an operator did. The level unless another is asked for.
        case notice
        case warning
        case error
        case critical
    }

    let logger: Logger

    /// A log of events of this level and above.
    ///
    /// `now` gives the time that a line says. Lines go to standard error, or else to `write`, which
    /// is given one whole line with its end at a time, from any thread.
    public init(
        _ format: Format = .text, level: Level = .notice, now: @escaping @Sendable () -> Timestamp,
        write: (@Sendable ([UInt8]) -> Void)? = nil
    ) {
        var logger = Logger(label: "holdfast") { label in
            LineHandler(
                label: label, format: format, now: now, write: write ?? StandardError.write)
        }
        logger.logLevel = level.loggerLevel
        self.logger = logger
    }

    /// Says what an operator did.
    public func notice(_ message: String) { logger.notice("\(message)") }

    /// Says what an operator should look at.
    public func warning(_ message: String) { logger.warning("\(message)") }

    /// Says what went wrong.
    public func error(_ message: String) { logger.error("\(message)") }
}

extension ServiceLog.Level {
    fileprivate var loggerLevel: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

/// Standard error, a whole line at a time.
private enum StandardError {
    private static let lock = Mutex(())

    @Sendable static func write(_ line: [UInt8]) {
        lock.withLock { _ in
            var rest = line[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
                }
                if count < 0, errno == EINTR { continue }
                // There is nobody left to tell.
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// Renders what is logged, here and by the libraries beneath.
private struct LineHandler: LogHandler {
    let label: String
    let format: ServiceLog.Format
    let now: @Sendable () -> Timestamp
    let write: @Sendable ([UInt8]) -> Void
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var facts = metadata
        facts.merge(metadataProvider?.get() ?? [:]) { $1 }
        facts.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { facts["error"] = "\(error)" }
        var line: [UInt8] = []
        switch format {
        case .text: writeText(event, facts, to: &line)
        case .json: json(event, facts).write(to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        write(line)
    }

    private func writeText(_ event: LogEvent, _ facts: Logger.Metadata, to line: inout [UInt8]) {
        var text = "\(now()) \(event.level.rawValue) \(label): \(event.message)"
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
        // One line an event, whatever it holds.
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): line.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\r"): line.append(contentsOf: #"\r"#.utf8)
            default: line.append(byte)
            }
        }
    }

    /// Beside the message stands what joins lines of several services: the trace and the span.
    private func json(_ event: LogEvent, _ facts: Logger.Metadata) -> JSON {
        var object = JSONObject([
            ("time", .string(now().description)), ("level", .string(event.level.rawValue)),
            ("label", .string(label)), ("message", .string(event.message.description)),
        ])
        for key in LogKey.trace {
            if let value = facts[key] { object.append(key, JSON(value)) }
        }
        let rest = facts.filter { !LogKey.trace.contains($0.key) }.sorted { $0.key < $1.key }
        if !rest.isEmpty {
            object.append("metadata", .object(JSONObject(rest.map { ($0.key, JSON($0.value)) })))
        }
        return .object(object)
    }
}

/// Keys of what stands beside a message.
enum LogKey {
    static let traceID = "trace_id"
    static let spanID = "span_id"
    static let trace = [traceID, spanID]
}

extension JSON {
    /// Numbers stay numbers; what JSON has no word for is its description.
    fileprivate init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let value as Int): self = .integer(Int64(value))
        case .stringConvertible(let value as Double) where value.isFinite: self = .number(value)
        case .stringConvertible(let value): self = .string(value.description)
        case .array(let values): self = .array(values.map { JSON($0) })
        case .dictionary(let values):
            let members = values.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) }
            self = .object(JSONObject(members))
        }
    }
}
