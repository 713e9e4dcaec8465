internal import Glibc

/// A file that has no name any more: a pipe that nobody empties would block the child.
struct Scratch: ~Copyable {
    /// The file, open for reading and writing.
    let descriptor: Int32

    /// A new file, empty.
    init() throws(ChildProgram.Failure) {
        descriptor = try Scratch.open()
    }

    private static func open() throws(ChildProgram.Failure) -> Int32 {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let blanks = String(repeating: "X", count: 6)
        var path = Array("\(folder)/holdfast.\(blanks)".utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else {
            throw .system("no file in \(folder): \(String(cString: strerror(errno)))")
        }
        unlink(path)
        // Not among the numbers that the child's streams will have, where ours were closed.
        let descriptor = fcntl(file, F_DUPFD_CLOEXEC, 3)
        let number = errno
        close(file)
        guard descriptor >= 0 else { throw .system(String(cString: strerror(number))) }
        return descriptor
    }

    deinit { close(descriptor) }

    /// Writes a text, and goes back to its start.
    func write(_ text: String) throws(ChildProgram.Failure) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { throw .system(String(cString: strerror(errno))) }
            rest = rest.dropFirst(max(count, 0))
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    /// What was written, from its start.
    func read() throws(ChildProgram.Failure) -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(text.count))
            }
            if count == 0 { return String(decoding: text, as: UTF8.self) }
            if count > 0 {
                text += buffer[..<count]
            } else if errno != EINTR {
                throw .system(String(cString: strerror(errno)))
            }
        }
    }
}
