import Foundation
public import HoldfastFormats

/// A client on a connection of its own that stays open: HTTP/1.1 by hand, as light as can be, so
/// that many of them load a service and not the tests. It blocks, and belongs to one thread.
///
///     let client = try WireClient(port: 8080)
///     try client.post("/v1/outcomes", body).status   // 200
public final class WireClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// What the service answered.
    public struct Answer: Sendable {
        public var status: Int
        /// By their names in lower case.
        public var headers: [String: String]
        public var body: [UInt8]

        /// The body as JSON; a test that asks for it needs it to be.
        public var json: JSON {
            get throws { try JSON.parse(body) }
        }
    }

    /// Connects to a port of this machine. An answer is waited for for so many seconds.
    public init(port: Int, patience seconds: Int = 120) throws {
        let closeOnExec: Int32 = 0o2000000
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | closeOnExec, 0)
        guard descriptor >= 0 else { throw ProgramError("no socket: errno \(errno)") }
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, length)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, length)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw ProgramError("no connection to port \(port): errno \(code)")
        }
    }

    deinit { close(descriptor) }

    public func get(_ path: String) throws -> Answer {
        try send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        return try answer()
    }

    /// Posts JSON. Throws where the connection ends before the whole answer is there.
    public func post(
        _ path: String, _ body: String, headers: [(String, String)] = []
    ) throws -> Answer {
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        try send(
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return try answer()
    }

    private func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ProgramError("the connection ended: errno \(errno)") }
            sent += count
        }
    }

    private func answer() throws -> Answer {
        let end = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            headEnd = received.firstRange(of: end)?.upperBound
            if headEnd == nil { try receive() }
        }
        let head = String(decoding: received[..<(headEnd ?? 0)], as: UTF8.self)
        received.removeFirst(headEnd ?? 0)
        var lines = head.split(separator: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else {
            throw ProgramError("no answer of HTTP: \(head)")
        }
        var headers: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.last?.trimmingCharacters(in: .whitespaces)
        }
        guard let length = headers["content-length"].flatMap(Int.init) else {
            throw ProgramError("an answer without its length: \(head)")
        }
        while received.count < length { try receive() }
        let body = Array(received[..<length])
        received.removeFirst(length)
        return Answer(status: status, headers: headers, body: body)
    }

    private func receive() throws {
        var part = [UInt8](repeating: 0, count: 1 << 14)
        let count = recv(descriptor, &part, part.count, 0)
        if count < 0, errno == EINTR { return }
        guard count > 0 else { throw ProgramError("no whole answer: errno \(errno)") }
        received += part[..<count]
    }
}

/// Does something so many times at once, each on a thread of its own, and waits for all: what
/// blocks for long must not take the few threads that tests share.
public func concurrently(
    _ count: Int, _ body: @escaping @Sendable (Int) -> Void
) async {
    await withCheckedContinuation { continuation in
        let group = DispatchGroup()
        for number in 0..<count {
            group.enter()
            let thread = Thread {
                body(number)
                group.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        group.notify(queue: .global()) { continuation.resume() }
    }
}
