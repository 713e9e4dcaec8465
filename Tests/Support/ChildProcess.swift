import Foundation
import Synchronization

/// A program in a process of its own, started by `posix_spawn`.
///
/// Foundation's `Process` walks through all descriptors of the tests, and crashed where hundreds of
/// tests held more than a thousand of them. This one tells the system to close them in the child.
/// Left behind, the child is killed.
public final class ChildProcess: Sendable {
    /// Its id, for what the system says of it.
    public let id: Int32
    private let status = Mutex<Int32?>(nil)

    /// Where a standard stream of the child goes or comes from.
    enum Stream {
        /// A file that is there.
        case file(String)
        /// An open descriptor of the parent, which stays open there.
        case descriptor(Int32)
        /// That of the tests.
        case inherited
    }

    /// Starts a program; a name without a slash is looked for in PATH. The environment is that of
    /// the tests with these changes.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        input: Stream = .file("/dev/null"), output: Stream = .inherited, errors: Stream = .inherited
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in [input, output, errors].enumerated() {
            switch stream {
            case .inherited: break
            case .descriptor(let descriptor):
                posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
            case .file(let path):
                let mode = number == 0 ? O_RDONLY : O_WRONLY | O_APPEND
                posix_spawn_file_actions_addopen(&actions, Int32(number), path, mode, 0)
            }
        }
        guard let addCloseFrom = ChildProcess.addCloseFrom, addCloseFrom(&actions, 3) == 0 else {
            throw ProgramError("this system's posix_spawn cannot close what a child need not have")
        }
        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        id = try ChildProcess.spawn(
            [executable] + arguments, merged.map { "\($0)=\($1)" }, &actions)
    }

    deinit {
        signal(SIGKILL)
        _ = wait()
    }

    /// `posix_spawn_file_actions_addclosefrom_np` (glibc 2.34), which the system's module lacks.
    private static let addCloseFrom: AddCloseFrom? = {
        let name = "posix_spawn_file_actions_addclosefrom_np"
        return dlsym(nil, name).map { unsafeBitCast($0, to: AddCloseFrom.self) }
    }()

    private typealias AddCloseFrom =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    private static func spawn(
        _ arguments: [String], _ environment: [String],
        _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        // A child that a test ends by a signal must not have inherited that it is ignored.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var words = arguments.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawnp(&id, arguments[0], &actions, &attributes, &words, &variables)
        guard code == 0 else {
            throw ProgramError("\(arguments[0]) cannot be run: \(String(cString: strerror(code)))")
        }
        return id
    }

    /// Sends a signal, unless it has ended.
    public func signal(_ number: Int32) {
        // An id that was waited for may be another's by now.
        status.withLock { if $0 == nil { kill(id, number) } }
    }

    /// Waits for its end, and gives its status: 128 and the signal's number where one ended it.
    public func wait() -> Int32 {
        var information = siginfo_t()
        // Without taking the status: whoever holds the lock takes it, and holds it for no time.
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return status.withLock { status in
            if let status { return status }
            var raw: Int32 = 0
            while waitpid(id, &raw, 0) < 0, errno == EINTR {}
            let signal = raw & 0x7F
            let ended = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
            status = ended
            return ended
        }
    }
}
