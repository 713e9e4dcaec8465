import Glibc

/// Bytes to a file descriptor through a buffer, every write checked.
///
///     var output = FileWriter(descriptor: 1, path: "standard output")
///     try output.write("unit,arm\n".utf8)
///     try output.close()
///
/// A write that takes a part is continued, one that a signal interrupts is made again. What was
/// not flushed when the writer goes is lost: call ``close(sync:)`` and let it say so.
package struct FileWriter: ~Copyable {
    /// The buffer's size in bytes: fewer, larger writes gained nothing in trials beyond 64 KiB.
    package static let bufferSize = 1 << 16

    /// The file as its user named it.
    package let path: String
    private let descriptor: Int32
    private let isOwned: Bool
    private var isOpen = true
    private var buffer: UnsafeMutableRawBufferPointer
    private var used = 0

    /// Writes to a descriptor that stays open for its owner to close.
    package init(descriptor: Int32, path: String) {
        self.init(descriptor: descriptor, path: path, isOwned: false)
    }

    /// Makes the file, or empties one that exists. ``AtomicFile`` leaves no half-written one.
    package init(path: String) throws(TableError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw cannotWrite(path, errno) }
        self.init(descriptor: descriptor, path: path, isOwned: true)
    }

    init(descriptor: Int32, path: String, isOwned: Bool) {
        self.descriptor = descriptor
        self.path = path
        self.isOwned = isOwned
        buffer = .allocate(byteCount: Self.bufferSize, alignment: 16)
    }

    deinit {
        // Only a writer that was given up comes here open; its file is not to be trusted.
        if isOwned && isOpen { _ = Glibc.close(descriptor) }
        buffer.deallocate()
    }

    /// Writes bytes, through the buffer.
    package mutating func write(_ bytes: some Sequence<UInt8>) throws(TableError) {
        try write(Array(bytes))
    }

    /// Writes bytes, through the buffer.
    package mutating func write(_ bytes: [UInt8]) throws(TableError) {
        try write(upTo: bytes.count) { room in
            bytes.withUnsafeBytes { room.copyMemory(from: $0) }
            return bytes.count
        }
    }

    /// Lets `body` put up to `limit` bytes straight into the buffer; it says how many.
    package mutating func write(
        upTo limit: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(TableError) {
        if buffer.count - used < limit {
            try flush()
            if buffer.count < limit {
                buffer.deallocate()
                buffer = .allocate(byteCount: limit, alignment: 16)
            }
        }
        let count = body(UnsafeMutableRawBufferPointer(rebasing: buffer[used..<used + limit]))
        precondition(count <= limit, "no more may be written than there was room for")
        used += count
    }

    /// Hands what is in the buffer to the system.
    package mutating func flush() throws(TableError) {
        var failure: Int32 = 0
        var done = 0
        while done < used && failure == 0 {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[done..<used])
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                failure = errno
            }
        }
        used = 0
        if failure != 0 { throw cannotWrite(path, failure) }
    }

    /// Flushes, with `sync` waits until the disk has it, and closes what this writer opened.
    package mutating func close(sync: Bool = false) throws(TableError) {
        guard isOpen else { return }
        try flush()
        if sync && fsync(descriptor) != 0 { throw cannotWrite(path, errno) }
        isOpen = false
        if isOwned && Glibc.close(descriptor) != 0 { throw cannotWrite(path, errno) }
    }
}

func cannotWrite(_ path: String, _ number: Int32) -> TableError {
    let hint =
        number == ENOSPC || number == EDQUOT
        ? "free space and run again" : "check the folder and that you may write there"
    return TableError(
        path: path, message: "cannot be written: \(systemMessage(number))", hint: hint)
}
