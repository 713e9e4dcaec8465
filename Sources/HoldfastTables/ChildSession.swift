internal import Glibc

/// A program that runs beside us and is talked with: what it is told goes in, and what it answers
/// is read line by line.
///
///     let shell = try ChildSession("duckdb", ["-batch"], in: folder)
///     shell.send("SELECT 1;\n")
///     while let line = try shell.nextLine() { … }
///
/// Nothing waits for the other: while an answer is awaited, what is left to be told is written as
/// the child takes it, and what it says as errors is kept, the end of it. When our task is
/// cancelled, the child is killed with its own children, and so it is when it is let go.
package final class ChildSession {
    /// How much of what it says as errors is kept, in bytes.
    private static let errorLimit = 1 << 16
    /// How long it is listened to before we look whether we are cancelled, in milliseconds.
    private static let nap: Int32 = 20

    private let id: pid_t
    /// A socket, not a pipe: a child that has gone would end us by a signal.
    private let input: Int32
    private let output: Int32
    private let errorOutput: Int32
    private var unsent: [UInt8] = []
    private var sent = 0
    private let lines = LineBuffer()
    private var said: [UInt8] = []
    private var (isOutputOpen, areErrorsOpen, isInputOpen) = (true, true, true)
    /// Whether it has ended; how, is known where nobody killed it.
    private var hasEnded = false
    private var status: Int32?

    /// Starts a program, which is looked for in PATH where it has no slash, in a folder. It is
    /// given these of our variables besides those that every child is given, and some of ours.
    package init(
        _ program: String, _ arguments: [String], in folder: String, passing names: [String] = [],
        setting values: [(name: String, value: String)] = []
    ) throws(ChildProgram.Failure) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .system(systemMessage(errno)) }
        let (stdin, ours) = try ChildStream.aboveStreams(ends)
        defer { close(stdin) }
        var opened = [ours]
        do throws(ChildProgram.Failure) {
            let (output, stdout) = try ChildStream.pipe()
            defer { close(stdout) }
            opened.append(output)
            let (errors, stderr) = try ChildStream.pipe()
            defer { close(stderr) }
            opened.append(errors)
            for end in opened {
                guard fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) == 0 else {
                    throw .system(systemMessage(errno))
                }
            }
            id = try ChildProgram.spawn(
                try ChildProgram.absolute(program), arguments, in: folder,
                streams: [stdin, stdout, stderr], passing: names, setting: values)
            (input, self.output, errorOutput) = (ours, output, errors)
        } catch {
            opened.forEach { close($0) }
            throw error
        }
    }

    deinit {
        end()
        if isInputOpen { close(input) }
        close(output)
        close(errorOutput)
    }

    /// Tells it something; it is written while an answer is awaited.
    package func send(_ text: String) {
        if sent == unsent.count {
            unsent.removeAll(keepingCapacity: true)
            sent = 0
        }
        unsent += text.utf8
    }

    /// The next line that it writes, as long as nothing else is asked for; `nil` where it has ended
    /// or closed its output. With `seconds`, throws `late` where it is silent for so long.
    package func nextLine(
        seconds: Int? = nil
    ) throws(ChildProgram.Failure) -> UnsafeBufferPointer<UInt8>? {
        // Waiting is counted in naps: no clock is needed to see that it has been long.
        var naps = 0
        while true {
            if let line = lines.next() { return line }
            guard isOutputOpen else { return nil }
            if Task.isCancelled {
                end()
                throw .cancelled
            }
            let count = lines.fill(from: output)
            if count > 0 { continue }
            if count == 0 {
                isOutputOpen = false
                let rest = lines.rest()
                return rest.isEmpty ? nil : rest
            }
            guard errno == EAGAIN || errno == EINTR else {
                let number = errno
                end()
                throw .system(systemMessage(number))
            }
            if listen() { continue }
            naps += 1
            if let seconds, naps * Int(ChildSession.nap) >= seconds * 1_000 {
                end()
                throw .late
            }
        }
    }

    /// Waits until something moves; false where nothing did.
    private func listen() -> Bool {
        var streams = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: areErrorsOpen ? errorOutput : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: sent < unsent.count ? input : -1, events: Int16(POLLOUT), revents: 0),
        ]
        guard poll(&streams, 3, ChildSession.nap) > 0 else { return false }
        if streams[1].revents != 0 { readErrors() }
        if streams[2].revents != 0 { write() }
        return true
    }

    private func write() {
        let count = unsent[sent...].withUnsafeBytes {
            Glibc.send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count > 0 {
            sent += count
        } else if errno != EAGAIN && errno != EINTR {
            // It reads no more: it has ended, and its output says so.
            sent = unsent.count
        }
    }

    private func readErrors() {
        var portion = [UInt8](repeating: 0, count: 1 << 14)
        while areErrorsOpen {
            let count = portion.withUnsafeMutableBytes {
                read(errorOutput, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return }
            if count == 0 { areErrorsOpen = false }
            said += portion[..<count]
            if said.count > ChildSession.errorLimit {
                said.removeFirst(said.count - ChildSession.errorLimit)
            }
        }
    }

    /// What it has said as errors since they were forgotten, the last of it.
    package var errors: String {
        readErrors()
        return String(decoding: said, as: UTF8.self)
    }

    /// Forgets what it has said as errors.
    package func forgetErrors() {
        readErrors()
        said.removeAll(keepingCapacity: true)
    }

    /// Says that nothing more will come, and waits for its end up to so many seconds, after which
    /// it is killed. Gives its status, or `nil` where it was killed by us.
    @discardableResult
    package func finish(seconds: Int) -> Int32? {
        guard !hasEnded else { return status }
        if isInputOpen { close(input) }
        isInputOpen = false
        sent = unsent.count
        do throws(ChildProgram.Failure) {
            while try nextLine(seconds: seconds) != nil {}
            // Waiting that fails has killed the child.
            let isKilled = hasEnded
            hasEnded = true
            if !isKilled { status = try ChildProgram.wait(for: id, seconds: seconds) }
        } catch {
            // It does not end by itself, or we are cancelled: it is gone now.
            end()
        }
        readErrors()
        return status
    }

    /// Kills it with its own children.
    package func end() {
        guard !hasEnded else { return }
        hasEnded = true
        ChildProgram.end(id)
    }
}
