internal import Glibc

/// A lock on a lake, held until it goes, also where its process is killed.
///
/// Shippers share the lake's lock, compaction and erasure hold it alone: what they read must not
/// be written meanwhile. A lock of the system (`flock`): between machines it holds where the mount
/// carries it, as NFS 4 does. Where it does not, compact and forget while nobody ships.
final class LakeLock {
    private let descriptor: Int32

    /// What is to be locked, and how long one that is held by another is waited for.
    struct Wish: Sendable {
        var folder: LakeFolder
        var file: String
        var isShared: Bool
        /// In thousandths of a second.
        var patience = 600_000

        fileprivate var refusal: LakeError {
            LakeError(
                folder.path, "another program works on it and holds \(file)",
                "run again when it is done")
        }
    }

    /// How long it naps before it tries again, in thousandths of a second.
    private static let nap = 20

    /// Waits for a lock, on its thread.
    static func wait(_ wish: Wish, waiting: () -> Void) throws -> LakeLock {
        for _ in 0...wish.patience / nap {
            if let lock = try LakeLock(wish) { return lock }
            try Task.checkCancellation()
            waiting()
            usleep(UInt32(nap) * 1_000)
        }
        throw wish.refusal
    }

    /// Waits for a lock, and lets others have the thread.
    static func take(_ wish: Wish, waiting: () -> Void) async throws -> LakeLock {
        for _ in 0...wish.patience / nap {
            if let lock = try LakeLock(wish) { return lock }
            waiting()
            try await Task.sleep(for: .milliseconds(nap))
        }
        throw wish.refusal
    }

    /// Takes a lock; `nil` where another has it.
    private init?(_ wish: Wish) throws {
        try wish.folder.make(LakeFolder.parent(of: wish.file))
        let path = wish.folder.absolute(wish.file)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw LakeError(wish.folder.path, system: errno, "opening \(wish.file)")
        }
        while flock(descriptor, (wish.isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            // It is closed by deinit.
            if errno == EWOULDBLOCK { return nil }
            guard errno == EINTR else {
                throw LakeError(wish.folder.path, system: errno, "locking \(wish.file)")
            }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
