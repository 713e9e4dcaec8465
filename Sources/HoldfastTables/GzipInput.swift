internal import Glibc
internal import Synchronization

/// What a child reads: a file itself, or bytes that have begun to go by, which a thread hands on.
///
/// `@unchecked Sendable`: the source is the thread's alone from ``start()`` until that is joined.
final class GzipInput: @unchecked Sendable {
    /// The child's end; ours, to be closed by us.
    let descriptor: Int32
    /// Whether there is a thread, which writes to the other end.
    private let writing: Int32?
    private var source: ByteSource
    private var thread: pthread_t?
    private let isStopped = Atomic(false)
    private let passed = Atomic(0)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ source: consuming ByteSource) throws {
        if let file = source.rewound() {
            descriptor = fcntl(file, F_DUPFD_CLOEXEC, 3)
            writing = nil
            let number = errno
            let path = source.path
            self.source = source
            if descriptor < 0 { throw GzipInput.cannotFeed(path, number) }
            return
        }
        var ends: [Int32] = [-1, -1]
        // Not a pipe: a child that has gone would end us by a signal.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let code = socketpair(AF_UNIX, kind, 0, &ends)
        let number = errno
        let path = source.path
        (descriptor, writing) = (ends[0], ends[1])
        self.source = source
        if code != 0 { throw GzipInput.cannotFeed(path, number) }
    }

    deinit {
        stop()
        if descriptor >= 0 { close(descriptor) }
        if let writing, thread == nil, writing >= 0 { close(writing) }
    }

    private static func cannotFeed(_ path: String, _ number: Int32) -> TableError {
        TableError(
            path: path, message: "cannot be handed to gzip: \(systemMessage(number))",
            hint: "decompress the file first")
    }

    /// How many bytes were handed over. A file's place is shared with the child.
    var total: Int {
        if writing != nil { return passed.load(ordering: .relaxed) }
        return max(0, Int(lseek(descriptor, 0, SEEK_CUR)))
    }

    /// Begins to hand over, where that is not done by the system.
    func start() {
        guard let writing else { return }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer {
                    Unmanaged<GzipInput>.fromOpaque(pointer).takeUnretainedValue().handOver()
                }
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        if code == 0 {
            self.thread = thread
        } else {
            failure.withLock { $0 = GzipInput.cannotFeed("gzip", code) }
            shutdown(writing, Int32(SHUT_RDWR))
        }
    }

    /// Ends the thread, and throws what it met.
    func finish() throws {
        stop()
        if let error = failure.withLock(\.self) { throw error }
    }

    private func stop() {
        guard let thread else { return }
        isStopped.store(true, ordering: .relaxed)
        if let writing { shutdown(writing, Int32(SHUT_RDWR)) }
        pthread_join(thread, nil)
        self.thread = nil
    }

    private func handOver() {
        guard let writing else { return }
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { room in
            do {
                while true {
                    let got = try source.readSome(room) { isStopped.load(ordering: .relaxed) }
                    guard got > 0 else { break }
                    var done = 0
                    while done < got {
                        let rest = UnsafeRawBufferPointer(rebasing: room[done..<got])
                        let sent = send(
                            writing, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                        // The child has gone, and says why by its status.
                        if sent < 0 && errno != EINTR { return }
                        done += max(0, sent)
                    }
                    passed.add(got, ordering: .relaxed)
                }
            } catch is CancellationError {
                // Nobody reads any more.
            } catch {
                failure.withLock { $0 = error }
            }
        }
        shutdown(writing, Int32(SHUT_WR))
    }
}
