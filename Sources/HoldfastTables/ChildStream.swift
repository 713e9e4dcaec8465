internal import Glibc

/// A program that runs beside us, whose output is read as it comes.
///
///     let gzip = try ChildStream("gzip", ["-dc"], input: descriptor)
///     … read gzip.output to its end …
///     let (status, errors) = try gzip.finish()
///
/// Given up before that, the child is killed with its own children.
final class ChildStream {
    /// How long a child may take from the end of its output to its own end, in seconds.
    private static let endSeconds = 60

    /// What it writes; closed with the stream.
    let output: Int32
    private let errors: Scratch
    private let id: pid_t
    private var hasEnded = false

    /// Starts a program, which is looked for in PATH, with a descriptor as its standard input.
    init(_ program: String, _ arguments: [String], input: Int32) throws(ChildProgram.Failure) {
        errors = try Scratch()
        let (reading, writing) = try ChildStream.pipe()
        defer { close(writing) }
        do throws(ChildProgram.Failure) {
            id = try ChildProgram.spawn(
                try ChildProgram.absolute(program), arguments, in: ".",
                streams: [input, writing, errors.descriptor])
        } catch {
            close(reading)
            throw error
        }
        output = reading
    }

    /// A pipe, neither end of it among the numbers that a child's streams have.
    static func pipe() throws(ChildProgram.Failure) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw .system(systemMessage(errno)) }
        return try ChildStream.aboveStreams(ends)
    }

    /// The same two descriptors by other numbers; those that they had are closed.
    static func aboveStreams(
        _ ends: [Int32]
    ) throws(ChildProgram.Failure) -> (reading: Int32, writing: Int32) {
        defer { ends.forEach { close($0) } }
        let reading = fcntl(ends[0], F_DUPFD_CLOEXEC, 3)
        let writing = fcntl(ends[1], F_DUPFD_CLOEXEC, 3)
        guard reading < 0 || writing < 0 else { return (reading, writing) }
        let number = errno
        for end in [reading, writing] where end >= 0 { close(end) }
        throw .system(systemMessage(number))
    }

    deinit {
        if !hasEnded { ChildProgram.end(id) }
        close(output)
    }

    /// Waits for the child's end; gives its status, and what it wrote as errors.
    func finish() throws(ChildProgram.Failure) -> (status: Int32, errors: String) {
        precondition(!hasEnded, "a child ends once")
        // Waiting that fails has killed the child.
        hasEnded = true
        let status = try ChildProgram.wait(for: id, seconds: ChildStream.endSeconds)
        return (status, try errors.read())
    }
}

/// A file that `gzip` decompresses beside us.
final class GzipStream {
    /// The two bytes that such a file begins with (RFC 1952, P. Deutsch, 1996).
    static let magic: [UInt8] = [0x1F, 0x8B]

    private let path: String
    private let child: ChildStream
    private let input: GzipInput

    /// Starts to decompress what a source gives.
    init(_ source: consuming ByteSource) throws {
        path = source.path
        input = try GzipInput(source)
        do throws(ChildProgram.Failure) {
            child = try ChildStream("gzip", ["-dc"], input: input.descriptor)
        } catch {
            throw GzipStream.failure(error, path)
        }
        input.start()
    }

    /// What it decompresses.
    var output: Int32 { child.output }

    /// The compressed bytes read so far.
    var total: Int { input.total }

    /// Whether ``finish()`` was called.
    private(set) var hasFinished = false

    /// Reads the rest, to say in a sentence whether the file is not whole; `nil` where it is.
    func damage() throws -> String? {
        var rest = ByteSource(descriptor: output, path: path)
        try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { room in
            while try rest.fill(room) > 0 {}
        }
        do {
            try finish()
            return nil
        } catch let error as TableError {
            return "the file \(error.message): \(error.hint)"
        }
    }

    /// To be called when all output was read: throws where the file is not whole.
    func finish() throws {
        hasFinished = true
        let ended: (status: Int32, errors: String)
        do throws(ChildProgram.Failure) { ended = try child.finish() } catch {
            throw GzipStream.failure(error, path)
        }
        try input.finish()
        guard ended.status == 0 else {
            let said = ended.errors.split(whereSeparator: \.isNewline)
                .map { $0.replacing("gzip: stdin: ", with: "") }.filter { !$0.isEmpty }
            throw TableError(
                path: path,
                message: "is compressed by gzip and cut off or damaged: gzip says "
                    + "\"\(said.joined(separator: " ").prefix(200))\"",
                hint: "fetch or write it again; `gzip -t` checks it")
        }
    }

    private static func failure(_ failure: ChildProgram.Failure, _ path: String) -> any Error {
        switch failure {
        case .cancelled: CancellationError()
        case .missing:
            TableError(
                path: path, message: "is compressed, and there is no program gzip to read it",
                hint: "install gzip, or decompress the file elsewhere")
        case .late:
            TableError(
                path: path, message: "gzip does not end, and was killed",
                hint: "decompress the file first")
        case .system(let message):
            TableError(
                path: path, message: "gzip cannot be run: \(message)",
                hint: "decompress the file first")
        }
    }
}
