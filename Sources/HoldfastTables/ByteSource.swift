import Glibc

/// Bytes in order, from a file descriptor or from memory, for the readers above it.
///
/// A signal that interrupts a read is no fault: the read is made again.
struct ByteSource: ~Copyable {
    /// The file as its user named it.
    let path: String
    private var descriptor: Int32?
    private let isOwned: Bool
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

    /// A file, opened here and closed with the source.
    init(path: String) throws(TableError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TableError(
                path: path, message: "cannot be opened: \(systemMessage(errno))",
                hint: "check the name and that you may read it")
        }
        self.path = path
        self.descriptor = descriptor
        bytes = []
        isOwned = true
    }

    deinit {
        // Nothing was written, so a failing close loses nothing.
        if isOwned, let descriptor { close(descriptor) }
    }

    /// Appends up to `count` bytes; the number appended, 0 at the end.
    mutating func read(_ count: Int, into buffer: inout ByteBuffer) throws(TableError) -> Int {
        guard let descriptor else {
            defer { bytes = [] }
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
        guard got >= 0 else {
            throw cannotRead(failure)
        }
        return got
    }

    /// Fills a buffer, or reads up to the end; the number of bytes read.
    ///
    /// Fills it whole, so that where pieces end depends on the bytes alone and not on how they
    /// arrive. Throws `CancellationError` where the caller's task is cancelled, also while it waits.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < buffer.count {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = try readOnce(room)
            if got == 0 { break }
            done += got
        }
        total += done
        return done
    }

    private mutating func readOnce(_ room: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let descriptor else {
            let count = min(room.count, bytes.count - position)
            bytes.withUnsafeBytes {
                room.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: $0[position...].prefix(count)))
            }
            position += count
            return count
        }
        while true {
            try Task.checkCancellation()
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
