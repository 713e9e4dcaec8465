import Glibc

/// Bytes in order, from a file descriptor or from memory, for the readers above it.
///
/// A signal that interrupts a read is no fault: the read is made again.
struct ByteSource: ~Copyable {
    /// The file as its user named it.
    let path: String
    private var descriptor: Int32?
    private let isOwned: Bool
    /// The bytes that come before those of the descriptor.
    private var bytes: [UInt8]
    /// How many of the bytes in memory were read.
    private var position = 0
    /// How many bytes were read in all.
    private(set) var total = 0

    /// The bytes of an array.
    init(bytes: [UInt8], path: String) {
        self.path = path
        self.bytes = bytes
        descriptor = nil
        isOwned = false
    }

    /// What can be read from a descriptor, which stays open for its owner to close.
    init(descriptor: Int32, path: String) {
        self.path = path
        self.descriptor = descriptor
        bytes = []
        isOwned = false
    }

    /// A file, opened here and closed with the source; errors may call it otherwise.
    init(path: String, called name: String? = nil) throws(TableError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ByteSource.cannotOpen(name ?? path, errno) }
        self.path = name ?? path
        self.descriptor = descriptor
        bytes = []
        isOwned = true
    }

    static func cannotOpen(_ path: String, _ number: Int32) -> TableError {
        TableError(
            path: path, message: "cannot be opened: \(systemMessage(number))",
            hint: "check the name and that you may read it")
    }

    deinit {
        // Nothing was written, so a failing close loses nothing.
        if isOwned, let descriptor { close(descriptor) }
    }

    /// Appends up to `count` bytes; the number appended, 0 at the end.
    mutating func read(_ count: Int, into buffer: inout ByteBuffer) throws(TableError) -> Int {
        guard position == bytes.count, let descriptor else {
            defer { (bytes, position) = ([], 0) }
            buffer.append(position == 0 ? bytes : Array(bytes[position...]))
            return bytes.count - position
        }
        var failure: Int32 = 0
        let got = buffer.append(upTo: count) { target in
            var got = 0
            repeat {
                got = Glibc.read(descriptor, target.baseAddress, target.count)
                failure = got < 0 ? errno : 0
            } while got < 0 && failure == EINTR
            return got
        }
        guard got >= 0 else { throw cannotRead(failure) }
        return got
    }

    /// Fills a buffer, or reads up to the end; the number of bytes read.
    ///
    /// Fills it whole, so that where pieces end depends on the bytes alone and not on how they
    /// arrive. Throws `CancellationError` where the caller's task is cancelled, also while it
    /// waits.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < buffer.count {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = try readSome(room) { Task.isCancelled }
            if got == 0 { break }
            done += got
        }
        total += done
        return done
    }

    /// The first bytes, up to so many, which are still to be read.
    mutating func peek(_ count: Int) throws -> [UInt8] {
        if descriptor != nil && bytes.count - position < count {
            precondition(position == 0, "only the beginning is looked at before it is read")
            var first = [UInt8](repeating: 0, count: count)
            let got = try first.withUnsafeMutableBytes { try fill($0) }
            total -= got
            bytes = Array(first[..<got])
            position = 0
        }
        return Array(bytes[position...].prefix(count))
    }

    /// Gives the descriptor with all bytes before it, or `nil` where that cannot be: they are in
    /// memory, or have gone by.
    mutating func rewound() -> Int32? {
        guard let descriptor, lseek(descriptor, -off_t(bytes.count - position), SEEK_CUR) >= 0
        else { return nil }
        (bytes, position) = ([], 0)
        return descriptor
    }

    /// The size of the file in bytes, where it is one.
    var size: Int? {
        guard let descriptor else { return bytes.count }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int(status.st_size)
    }

    /// Reads what there is, at least a byte before the end, where it is 0. While it waits for a
    /// pipe it asks whether to stop, and then throws `CancellationError`.
    mutating func readSome(
        _ room: UnsafeMutableRawBufferPointer, orStop isStopped: () -> Bool
    ) throws -> Int {
        if position < bytes.count {
            let count = min(room.count, bytes.count - position)
            bytes.withUnsafeBytes {
                room.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: $0[position...].prefix(count)))
            }
            position += count
            return count
        }
        guard let descriptor else { return 0 }
        while true {
            if isStopped() { throw CancellationError() }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Short enough that nobody who cancels waits for a silent pipe.
            if poll(&waiting, 1, 100) == 0 { continue }
            let got = Glibc.read(descriptor, room.baseAddress, room.count)
            if got >= 0 { return got }
            if errno != EINTR && errno != EAGAIN { throw cannotRead(errno) }
        }
    }

    private func cannotRead(_ number: Int32) -> TableError {
        TableError(
            path: path, message: "cannot be read: \(systemMessage(number))",
            hint: "check that it is a file you may read and that its disk is sound")
    }
}

/// The part of a file that is being read: storage that is filled again and again, never shrunk.
struct ByteBuffer {
    /// The bytes, and behind ``count`` of them room for more.
    private(set) var storage: [UInt8] = []
    /// How many bytes there are.
    private(set) var count = 0

    /// Drops the first bytes, and moves the rest to the front.
    mutating func removeFirst(_ dropped: Int) {
        precondition(dropped <= count, "no more can be dropped than there is")
        if dropped == 0 { return }
        count -= dropped
        storage.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            memmove(base, base + dropped, count)
        }
    }

    /// Adds bytes behind the others.
    mutating func append(_ bytes: [UInt8]) {
        storage.removeLast(storage.count - count)
        storage.append(contentsOf: bytes)
        count = storage.count
    }

    /// Lets `body` write up to `limit` bytes behind the others; it says how many, or -1.
    mutating func append(
        upTo limit: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        if storage.count < count + limit {
            storage.append(contentsOf: repeatElement(0, count: count + limit - storage.count))
        }
        let got = storage.withUnsafeMutableBytes { bytes in
            body(UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + limit]))
        }
        count += max(0, got)
        return got
    }

    /// Calls `body` with all bytes.
    @inline(__always)
    func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try storage.withUnsafeBufferPointer { bytes throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count]))
        }
    }
}

/// What the system calls an error number: `systemMessage(ENOSPC)` is "No space left on device".
func systemMessage(_ number: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Hands over a file's bytes from its beginning to its end, a piece at a time.
package func readBytes(
    _ path: String, each: (UnsafeRawBufferPointer) -> Void
) throws(TableError) {
    var source = try ByteSource(path: path)
    while true {
        var buffer = ByteBuffer()
        guard try source.read(1 << 16, into: &buffer) > 0 else { return }
        buffer.withBytes { each($0) }
    }
}
