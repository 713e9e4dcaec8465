internal import Glibc

/// A file that `gzip` compresses beside us as it is written.
///
///     let file = try GzipFile(path: "rows.jsonl.gz")
///     try file.write(Array("{\"key\": 1}\n".utf8))
///     try file.finish()               // compressed, whole, and on the disk
///
/// The same bytes give the same file by the same gzip: it has no name and no time in it. A file
/// that was not finished is not to be trusted, and is its maker's to remove.
package final class GzipFile {
    /// The file as its user named it.
    package let path: String
    private let file: Int32
    private var feed: Int32
    private let child: pid_t
    private let errors: Scratch
    private var buffer: [UInt8] = []
    private var hasEnded = false

    /// How long gzip may take from its last byte to its own end, in seconds.
    private static let endSeconds = 600
    private static let bufferSize = 1 << 16

    /// Makes the file, which must not be there yet.
    package init(path: String) throws {
        self.path = path
        do throws(ChildProgram.Failure) {
            errors = try Scratch()
        } catch {
            throw GzipFile.failure(error, path)
        }
        (file, feed, child) = try GzipFile.begin(path, errors: errors.descriptor)
        buffer.reserveCapacity(2 * GzipFile.bufferSize)
    }

    private static func begin(
        _ path: String, errors: Int32
    ) throws -> (file: Int32, feed: Int32, child: pid_t) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw cannotWrite(path, errno) }
        var ends: [Int32] = [-1, -1]
        // Not a pipe: a child that has gone would end us by a signal.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            let number = errno
            close(file)
            throw cannotWrite(path, number)
        }
        defer { close(ends[0]) }
        do throws(ChildProgram.Failure) {
            let child = try ChildProgram.spawn(
                "gzip", ["-nc"], in: ".", streams: [ends[0], file, errors])
            return (file, ends[1], child)
        } catch {
            close(ends[1])
            close(file)
            throw failure(error, path)
        }
    }

    deinit {
        if feed >= 0 { close(feed) }
        if !hasEnded { ChildProgram.end(child) }
        close(file)
    }

    /// Writes bytes, through a buffer.
    package func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= GzipFile.bufferSize { try flush() }
    }

    private func flush() throws {
        var done = 0
        let count = buffer.count
        while done < count {
            let sent = buffer.withUnsafeBytes {
                send(
                    feed, $0.baseAddress.map { $0 + done }, count - done, Int32(MSG_NOSIGNAL))
            }
            if sent >= 0 {
                done += sent
            } else if errno != EINTR {
                // It has gone, and says why.
                try end()
                throw cannotWrite(path, EPIPE)
            }
        }
        buffer.removeAll(keepingCapacity: true)
        try Task.checkCancellation()
    }

    /// Hands over what is left, and waits until the whole file is on the disk.
    package func finish() throws {
        try flush()
        try end()
        guard fsync(file) == 0 else { throw cannotWrite(path, errno) }
    }

    private func end() throws {
        close(feed)
        feed = -1
        // Waiting that fails has killed the child.
        hasEnded = true
        do throws(ChildProgram.Failure) {
            let status = try ChildProgram.wait(for: child, seconds: GzipFile.endSeconds)
            guard status != 0 else { return }
            let said = try errors.read().split(whereSeparator: \.isNewline).joined(separator: " ")
            throw .system("it ended with status \(status): \(said.prefix(200))")
        } catch {
            throw GzipFile.failure(error, path)
        }
    }

    private static func failure(_ failure: ChildProgram.Failure, _ path: String) -> any Error {
        switch failure {
        case .cancelled: CancellationError()
        case .missing:
            TableError(
                path: path, message: "is to be compressed, and there is no program gzip",
                hint: "install gzip")
        case .late:
            TableError(path: path, message: "gzip does not end, and was killed", hint: "try again")
        case .system(let message):
            TableError(
                path: path, message: "gzip cannot write it: \(message)",
                hint: "check the disk and the folder, and try again")
        }
    }
}
