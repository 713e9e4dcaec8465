internal import CMalloc
internal import Foundation

/// What the system lets this process do, raised as far as it may be.
enum ProcessLimits {
    /// Descriptors that are kept for what is no connection: the ledger and its readers, the
    /// catalog's files, the event loops, standard output.
    static let reserve = 256

    /// Makes a service bear what its surroundings do to it, and gives the most connections for
    /// which there are file descriptors.
    ///
    /// The soft limit of descriptors is raised to the hard one: its usual 1,024 is for programs
    /// that call `select`. A file-size limit and a closed pipe are errors of the call that meets
    /// them, not the end of the process.
    static func prepareService(connections: Int) -> Int {
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return connections }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(files, &raised) == 0 { limit = raised }
        }
        let descriptors = Int(clamping: limit.rlim_cur)
        return max(1, min(connections, descriptors - reserve))
    }

    /// Makes the allocator give large pieces back to the system as soon as they are freed, for a
    /// command that goes through much memory once.
    ///
    /// glibc raises its own bound as pieces are freed and then keeps them: of a million rows a
    /// check held 385 MiB in place of 318. 100,000 bytes are less than a block of values takes.
    static func returnFreedMemory() { mallopt(M_MMAP_THRESHOLD, 100_000) }

    /// Makes the allocator keep what is freed, for a command that needs little and ends soon: a
    /// check of 10,000 rows has a sixth fewer page faults.
    static func keepFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
        mallopt(M_TOP_PAD, 1 << 20)
    }

    private static let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
}
