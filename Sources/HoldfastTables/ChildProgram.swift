internal import Glibc

/// Another program, run to its end in a process of its own.
///
///     let run = try ChildProgram.run("duckdb", ["-version"], seconds: 10)
///     run.output   // v1.5.6 (…)
///
/// By `posix_spawn` and without a shell: no argument is ever read as anything else. The child has
/// none of our descriptors, and of our environment only what programs need to be found and to
/// write: a salt that stands there is not told. What it prints is kept and must
/// be small, or is read as it comes: ``ChildStream``.
package enum ChildProgram {
    /// What a run gave.
    package struct Run {
        /// 128 and the signal's number where a signal ended it.
        package var status: Int32
        /// What it wrote.
        package var output: String
        /// What it wrote as errors.
        package var errors: String
    }

    /// Why a run gave nothing.
    package enum Failure: Error {
        /// There is no program of that name.
        case missing
        /// The system refused, and says why.
        case system(String)
        /// It took longer than it may.
        case late
        /// Our task was cancelled.
        case cancelled
    }

    /// The variables that a child is given.
    private static let variables = [
        "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH",
    ]

    /// Runs a program in a folder; a name without a slash is looked for in PATH.
    ///
    /// A child that is still there after these seconds, or when our task is cancelled, is killed
    /// with its own children.
    package static func run(
        _ program: String, _ arguments: [String], input: String = "", in folder: String = ".",
        seconds: Int
    ) throws(Failure) -> Run {
        let stdin = try Scratch()
        let stdout = try Scratch()
        let stderr = try Scratch()
        try stdin.write(input)
        let id = try spawn(
            try absolute(program), arguments, in: folder,
            streams: [stdin.descriptor, stdout.descriptor, stderr.descriptor])
        let status = try wait(for: id, seconds: seconds)
        return Run(status: status, output: try stdout.read(), errors: try stderr.read())
    }

    // MARK: - Starting

    /// A path that still leads to the program from another folder.
    static func absolute(_ program: String) throws(Failure) -> String {
        let slash = UInt8(ascii: "/")
        guard program.utf8.contains(slash), program.utf8.first != slash else { return program }
        guard let current = getcwd(nil, 0) else { throw .system(String(cString: strerror(errno))) }
        defer { free(current) }
        return "\(String(cString: current))/\(program)"
    }

    /// Starts a program. It is given the variables that every child is given, those that are named
    /// here besides, and some with values of ours.
    static func spawn(
        _ program: String, _ arguments: [String], in folder: String, streams: [Int32],
        passing names: [String] = [], setting values: [(name: String, value: String)] = []
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        // Ours are closed when another program begins; a library's may not be.
        guard let changeFolder, changeFolder(&actions, folder) == 0,
            let closeFrom, closeFrom(&actions, 3) == 0
        else { throw .system("this system's posix_spawn lacks what glibc 2.34 has") }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What we ignore or block, the child need not; and a group of its own can be killed whole.
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        let passed = (variables + names).filter { name in !values.contains { $0.name == name } }
        var environment = passed.compactMap { name in
            getenv(name).map { strdup("\(name)=\(String(cString: $0))") }
        }
        environment += values.map { strdup("\($0.name)=\($0.value)") } + [nil]
        defer { (words + environment).forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawnp(&id, program, &actions, &attributes, &words, &environment)
        guard code == 0 else {
            if code == ENOENT { throw .missing }
            throw .system(String(cString: strerror(code)))
        }
        return id
    }

    // Two of glibc's own (2.29, 2.34), which the system's module lacks.

    private static let changeFolder = symbol(
        "posix_spawn_file_actions_addchdir_np", as: ChangeFolder.self)
    private static let closeFrom = symbol(
        "posix_spawn_file_actions_addclosefrom_np", as: CloseFrom.self)

    private typealias ChangeFolder =
        @convention(c) (
            UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>
        ) -> Int32
    private typealias CloseFrom =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    private static func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }

    // MARK: - Waiting

    /// Waits in naps, which grow: no clock is needed to see that it has been long.
    static func wait(for id: pid_t, seconds: Int) throws(Failure) -> Int32 {
        var raw: Int32 = 0
        var (slept, nap) = (0, 1)
        while true {
            let ended = waitpid(id, &raw, WNOHANG)
            if ended == id { break }
            if ended < 0 && errno != EINTR { throw .system(String(cString: strerror(errno))) }
            let isCancelled = Task.isCancelled
            if isCancelled || slept >= seconds * 1_000 {
                end(id)
                throw isCancelled ? .cancelled : .late
            }
            usleep(UInt32(nap) * 1_000)
            slept += nap
            nap = min(2 * nap, 50)
        }
        let signal = raw & 0x7F
        return signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
    }

    /// Kills a child and its own children.
    static func end(_ id: pid_t) {
        var raw: Int32 = 0
        kill(-id, SIGKILL)
        while waitpid(id, &raw, 0) < 0, errno == EINTR {}
        // Its children go a moment later, and must not write any more where we tidy up. Where
        // nobody takes their status they never go altogether: so wait no longer than that moment.
        for _ in 0..<100 where kill(-id, 0) == 0 { usleep(1_000) }
    }
}
