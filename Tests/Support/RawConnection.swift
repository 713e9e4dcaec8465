import Foundation

/// A connection to this machine whose bytes a test sends itself: half of them, or one a minute.
public final class RawConnection: Sendable {
    private let descriptor: Int32

    /// Connects to a port; a small window makes a client that takes little of an answer.
    public init(port: Int, receiveBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2000000, 0)  // close on exec
        guard descriptor >= 0 else { throw ProgramError("no socket: errno \(errno)") }
        if var receiveBytes {
            let size = socklen_t(MemoryLayout<Int32>.size)
            _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, size)
        }
        var patience = timeval(tv_sec: 180, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
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

    /// Sends bytes; false where the other end takes no more.
    @discardableResult
    public func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Says that nothing more is sent, and goes on listening.
    public func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Whether the other end of this machine has closed the connection, which needs nothing to be
    /// taken first: an end that is not read is told of no end. From the system's own table.
    public var isClosedByOther: Bool {
        get throws {
            var (own, other) = (sockaddr_in(), sockaddr_in())
            func port(
                _ name: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) ->
                    Int32, _ address: inout sockaddr_in
            ) -> Int {
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                let result = withUnsafeMutablePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        name(descriptor, $0, &size)
                    }
                }
                return result == 0 ? Int(in_port_t(bigEndian: address.sin_port)) : 0
            }
            let ends = [port(getpeername, &other), port(getsockname, &own)]
            // Reset, it has no other end any more.
            guard !ends.contains(0) else { return true }
            let table = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
            let places = ends.map { ":" + String(format: "%04X", $0) }
            let established = "01"
            return !table.split(separator: "\n").contains { line in
                let columns = line.split(separator: " ")
                return columns.count > 3 && columns[1].hasSuffix(places[0])
                    && columns[2].hasSuffix(places[1]) && columns[3] == established
            }
        }
    }

    /// All that comes until the other end closes; throws where it does not within a minute.
    public func everything() throws -> String {
        var bytes: [UInt8] = []
        while let part = try receive() { bytes += part }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What comes until `words` have; throws where the other end closes before.
    public func answer(until words: String) throws -> String {
        var text = ""
        while !text.contains(words) {
            guard let part = try receive() else {
                throw ProgramError("closed before \(words), after: \(text)")
            }
            text += String(decoding: part, as: UTF8.self)
        }
        return text
    }

    /// Some bytes; `nil` when the other end has closed.
    private func receive() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
            throw ProgramError("nothing came for a minute, and the connection is still open")
        }
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}
