internal import Dispatch
package import HoldfastAssignment
package import HoldfastFormats
internal import HoldfastSQL
internal import Synchronization

/// What waits on its way to a service, durably: a relay's queue in SQLite.
///
///     let spool = try Spool(path: "relay.db", now: { clock.now }, chance: { generator.next() })
///     try await spool.append([item])              // ["relay-6f1c…-1"]: on disk when it returns
///     let batch = try await spool.nextBatch()     // number 1, and the same until it is complete
///     try await spool.complete(batch, counts)
///
/// One writer joins the posts that wait into a transaction (WAL, `synchronous=FULL`). The file is
/// locked for as long as it is open: two relays would send one batch under two contents.
///
/// Sendable, though a connection is not: `file` is touched on `queue` only, one block at a time.
package final class Spool: @unchecked Sendable {
    /// The path of its file.
    package let path: String
    /// The name under which its batches are numbered.
    package let source: String

    private let queue = DispatchQueue(label: "holdfast.spool.writer")
    private var file: SpoolFile?
    private let waiting: Mutex<Waiting>
    private let limits: SpoolLimits
    private let now: @Sendable () -> Timestamp
    private let arrived: @Sendable () -> Void

    private struct Waiting {
        var posts: [Post] = []
        var queuedBytes = 0
        /// The bytes that wait in the file, as of its last commit.
        var storedBytes: Int
        var isScheduled = false
    }

    private struct Post {
        let items: [SpoolItem]
        let byteBound: Int
        let continuation: CheckedContinuation<Result<[String], SpoolError>, Never>
    }

    /// The most posts that are joined in one transaction.
    private static let transactionLimit = 256

    /// Opens a spool, and makes a new one where there is no file, unless it `mustExist`.
    ///
    /// `source` names a new one, or must be the name of the one that is there; `chance` gives 64
    /// bits for the name of a new one that nobody named. `arrived` is told after each commit of new
    /// items.
    package init(
        path: String, source: Name? = nil, mustExist: Bool = false,
        limits: SpoolLimits = SpoolLimits(), now: @escaping @Sendable () -> Timestamp,
        chance: () -> UInt64, arrived: @escaping @Sendable () -> Void = {}
    ) throws(SpoolError) {
        let file = try SpoolFile(path: path, source: source, mustExist: mustExist, chance: chance)
        self.path = path
        self.source = file.state.source
        self.file = file
        self.limits = limits
        self.now = now
        self.arrived = arrived
        waiting = Mutex(Waiting(storedBytes: Int(file.state.waitingBytes)))
    }

    /// Takes the items of a post, all or none; their ids, in order. When this returns they are on
    /// disk.
    ///
    /// Throws `spool_full` or `busy` at once where there is no room, and then nothing was taken.
    package func append(_ items: [SpoolItem]) async throws(SpoolError) -> [String] {
        guard !items.isEmpty else { return [] }
        let byteBound = items.reduce(0) { $0 + $1.byteBound }
        let result = await withCheckedContinuation { continuation in
            let post = Post(items: items, byteBound: byteBound, continuation: continuation)
            let verdict = waiting.withLock { waiting in
                let queued = waiting.queuedBytes + byteBound
                guard queued + waiting.storedBytes <= limits.waitingBytes else {
                    return Admission.refused(full(waiting.storedBytes))
                }
                guard queued <= limits.queueBytes else { return .refused(busy) }
                waiting.posts.append(post)
                waiting.queuedBytes = queued
                if waiting.isScheduled { return .joined }
                waiting.isScheduled = true
                return .first
            }
            switch verdict {
            case .refused(let error): continuation.resume(returning: .failure(error))
            case .first: queue.async { self.drain() }
            case .joined: break
            }
        }
        return try result.get()
    }

    private enum Admission {
        case refused(SpoolError)
        case first
        case joined
    }

    /// Writes a transaction of what waits, and comes back for the rest behind what else is to be
    /// done: batches go out while posts come in.
    private func drain() {
        guard writeNext() else { return }
        queue.async { self.drain() }
    }

    private func writeNext() -> Bool {
        guard let posts = nextPosts() else { return false }
        guard let file else {
            for post in posts { post.continuation.resume(returning: .failure(closed)) }
            return true
        }
        let result: Result<[[String]], SpoolError>
        do throws(SQLError) {
            result = .success(try file.append(posts.map(\.items), at: now()))
        } catch {
            let count = posts.reduce(0) { $0 + $1.items.count }
            result = .failure(SpoolError(error, path: path, tried: "spooling \(count) items"))
        }
        waiting.withLock { waiting in
            waiting.queuedBytes -= posts.reduce(0) { $0 + $1.byteBound }
            waiting.storedBytes = Int(file.state.waitingBytes)
        }
        switch result {
        case .success(let ids):
            for (post, ids) in zip(posts, ids) {
                post.continuation.resume(returning: .success(ids))
            }
            arrived()
        case .failure(let error):
            for post in posts { post.continuation.resume(returning: .failure(error)) }
        }
        return true
    }

    private func nextPosts() -> [Post]? {
        waiting.withLock { waiting in
            guard !waiting.posts.isEmpty else {
                waiting.isScheduled = false
                return nil
            }
            let posts = Array(waiting.posts.prefix(Spool.transactionLimit))
            waiting.posts.removeFirst(posts.count)
            return posts
        }
    }

    /// The batch to be sent next, the same until it is complete; `nil` when nothing waits. Its
    /// number and its cut are on disk when this returns.
    package func nextBatch() async throws(SpoolError) -> SpoolBatch? {
        let limits = limits
        return try await perform("cutting a batch") { file throws(SQLError) in
            try file.nextBatch(limits)
        }
    }

    /// Forgets a batch that the service has answered for, and counts what it said.
    package func complete(
        _ batch: SpoolBatch, _ counts: DeliveryCounts
    ) async throws(SpoolError) {
        let (number, kind) = (batch.number, batch.kind)
        try await perform("deleting batch \(number) of \(kind.rawValue)s") {
            file throws(SQLError) -> Result<Void, SpoolError> in
            try file.complete(number, of: kind, counts)
            self.waiting.withLock { $0.storedBytes = Int(file.state.waitingBytes) }
            self.queue.async { self.shrink() }
            return .success(())
        }
    }

    /// Gives back what a backlog took from the disk, in pieces, between other work.
    private func shrink() {
        // A failure leaves the file as long as it was, which harms nobody: it is tried again after
        // the next batch.
        guard let file, (try? file.shrink()) == true else { return }
        queue.async { self.shrink() }
    }

    /// What it holds, and what went through it.
    package func status() async throws(SpoolError) -> SpoolStatus {
        try await perform("reading its state") { file throws(SQLError) in
            .success(try file.status())
        }
    }

    /// Whether items can be taken now: there is room, and the disk takes a write.
    package func checkWritable() async throws(SpoolError) {
        let stored = waiting.withLock { $0.storedBytes + $0.queuedBytes }
        guard stored < limits.waitingBytes else { throw full(stored) }
        try await perform("writing to it") { file throws(SQLError) -> Result<Void, SpoolError> in
            .success(try file.checkWritable())
        }
    }

    /// Closes the file after everything that waits is written, and gives up its lock.
    package func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                while self.writeNext() {}
                self.file = nil
                continuation.resume()
            }
        }
    }

    private func perform<Value: Sendable>(
        _ tried: String,
        _ body: @escaping @Sendable (SpoolFile) throws(SQLError) -> Result<Value, SpoolError>
    ) async throws(SpoolError) -> Value {
        let result: Result<Value, SpoolError> = await withCheckedContinuation { continuation in
            queue.async {
                guard let file = self.file else {
                    return continuation.resume(returning: .failure(self.closed))
                }
                do throws(SQLError) {
                    continuation.resume(returning: try body(file))
                } catch {
                    continuation.resume(
                        returning: .failure(SpoolError(error, path: self.path, tried: tried)))
                }
            }
        }
        return try result.get()
    }

    private var closed: SpoolError {
        SpoolError(.closed, path: path, "it is closed", "this process is stopping; retry later")
    }

    private var busy: SpoolError {
        SpoolError(
            .busy, path: path, "\(limits.queueBytes) bytes wait to be written",
            "nothing of this post was taken; retry in a second")
    }

    private func full(_ stored: Int) -> SpoolError {
        SpoolError(
            .full, path: path,
            "\(stored) bytes wait to be forwarded, and \(limits.waitingBytes) may wait",
            "nothing of this post was taken; retry later, and see why the service does not take them"
        )
    }
}
