internal import Dispatch
internal import Glibc
public import HoldfastAssignment
public import HoldfastFormats
internal import HoldfastSQL
internal import Synchronization

/// What happened, durably: an append-only record of decisions, exposures and outcomes in SQLite.
///
///     let ledger = try Ledger(path: "holdfast.db", now: { clock.now })
///     try await ledger.bringIntoForce(catalog, at: clock.now)
///     try await ledger.append([.exposure(fact)])   // [.accepted(id: "e-1")]
///
/// ``append(_:)`` is the one way in, and answers after the commit is on disk. Batches that wait
/// are joined in one transaction by a single writer.
///
/// Sendable, though a connection is not: `file` is touched on `queue` only, one block at a time.
public final class Ledger: @unchecked Sendable {
    /// The path of its file.
    public let path: String

    private let queue = DispatchQueue(label: "holdfast.ledger.writer")
    private var file: LedgerFile?
    private let waiting = Mutex(Waiting())

    /// Nanoseconds of a clock that never steps back.
    private let ticks: @Sendable () -> Int64

    private struct Waiting {
        var batches: [Batch] = []
        var isScheduled = false
        var activity = LedgerActivity()
    }

    private struct Batch {
        let content: LedgerFile.Batch
        let byteCount: Int
        let continuation: CheckedContinuation<Result<[Receipt], LedgerError>, Never>
    }

    /// The most facts that may wait to be written. Past it ``append(_:source:number:)`` throws
    /// `busy` at once.
    public static let queueLimit = 100_000
    /// The most bytes of memory, about, that waiting facts may hold; past it as above.
    public static let queueByteLimit = 256 << 20
    /// The fewest bytes that the disk must have left for the ledger to be called writable.
    static let reserve: UInt64 = 1 << 20
    /// The most facts that are joined in one transaction.
    static let transactionLimit = 20_000

    /// Opens a ledger, and makes a new one where there is no file.
    ///
    /// `now` gives the time at which a fact is received, and `ticks` nanoseconds of a clock that
    /// never steps back, by which commits are timed; without it they are counted only.
    public init(
        path: String, now: @escaping @Sendable () -> Timestamp,
        ticks: @escaping @Sendable () -> Int64 = { 0 }
    ) throws(LedgerError) {
        self.path = path
        self.ticks = ticks
        file = try LedgerFile(path: path, now: now)
    }

    /// What its writer is doing, and has done since it was opened.
    public var activity: LedgerActivity { waiting.withLock { $0.activity } }

    /// Records a catalog's revision as the one in force from now on.
    ///
    ///     try await ledger.bringIntoForce(catalog, at: now, accepting: [experiment.name])
    ///
    /// Throws `unsafe_change` where it would move units of a running experiment that `accepting`
    /// does not name between arms, or change the type under which a feature was recorded: nobody
    /// can accept that. What was accepted is kept: which change, by which revision, when. Throws
    /// `unknown_experiment` where `accepting` names what neither the catalog nor any revision has:
    /// a slip of the hand must not accept anything, nor look as if it had. Gives the experiments of
    /// which an unsafe change was accepted.
    @discardableResult
    public func bringIntoForce(
        _ catalog: Catalog, at time: Timestamp, accepting: Set<Name> = []
    ) async throws(LedgerError) -> Set<Name> {
        try await perform("recording the catalog's revision") {
            file, path throws(SQLError) -> Result<Set<Name>, LedgerError> in
            let verdict = try file.bringIntoForce(catalog, at: time, accepting: accepting)
            if case .inForce(let accepted) = verdict { return .success(accepted) }
            return verdict.error(path: path).map { .failure($0) } ?? .success([])
        }
    }

    /// How many items of an experiment were refused, by kind and code.
    ///
    ///     try await ledger.refusalCounts(of: name)   // [decision cluster_changed: 3]
    public func refusalCounts(of experiment: Name) async throws(LedgerError) -> [RefusalCount] {
        try await perform("counting refused items") {
            file, _ throws(SQLError) -> Result<[RefusalCount], LedgerError> in
            .success(try file.connection.refusalCounts(of: experiment))
        }
    }

    /// Every source that numbers its batches, and how far each has counted.
    public func sources() async throws(LedgerError) -> [SourceState] {
        try await perform("reading its sources") {
            file, _ throws(SQLError) -> Result<[SourceState], LedgerError> in
            .success(try file.connection.sources())
        }
    }

    /// Every arm that an experiment ever had, by the revisions that were in force.
    ///
    /// An exposure to the action of an experiment that was removed since still contaminates.
    public func knownArms(salt catalog: Catalog) async throws(LedgerError) -> [Name: Set<Name>] {
        try await perform("reading its revisions") {
            file, _ throws(SQLError) -> Result<[Name: Set<Name>], LedgerError> in
            var arms: [Name: Set<Name>] = [:]
            for revision in try file.revisions(salt: catalog.salt) {
                for experiment in revision.experiments {
                    arms[experiment.name, default: []].formUnion(experiment.arms.map(\.name))
                }
            }
            return .success(arms)
        }
    }

    /// Records facts: a receipt for each, in order. When this returns, what was accepted is on
    /// disk.
    ///
    /// A fact that the ledger itself refuses (`conflict`, `cluster_changed`, `not_finite`) is kept
    /// for repair in the same transaction, as the bytes that `source` gives for its index.
    ///
    /// A batch that its producer numbered enters its number with it; it may then be empty.
    ///
    /// Throws only when nothing of the batch was recorded, and then it may be sent again as it is.
    public func append(
        _ facts: [Fact], source: FactSource? = nil, number: BatchNumber? = nil
    ) async throws(LedgerError) -> [Receipt] {
        guard !facts.isEmpty || number != nil else { return [] }
        return try await append(
            LedgerFile.Batch(facts: Ledger.sealed(facts), source: source, number: number))
    }

    /// Records facts that were refused before and are kept under these keys, one for each: those
    /// that are taken now, or were by another way, are kept no longer, the others as they are.
    public func append(
        _ facts: [Fact], repairing keys: [Int64]
    ) async throws(LedgerError) -> [Receipt] {
        precondition(facts.count == keys.count, "a key for each fact")
        guard !facts.isEmpty else { return [] }
        return try await append(LedgerFile.Batch(facts: Ledger.sealed(facts), repaired: keys))
    }

    /// Facts made ready for the writer, each with its chance.
    private static func sealed(_ facts: [Fact]) -> [SealedFact] {
        zip(facts, chances(facts.count)).map { SealedFact($0, nonce: $1) }
    }

    /// So many times 64 bits of the system's chance, drawn for many at once: a call of the kernel
    /// for each fact was a tenth of reading it. No parameter: nothing calculated depends on it.
    private static func chances(_ count: Int) -> [Int64] {
        [Int64](unsafeUninitializedCapacity: count) { buffer, filled in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            // getentropy gives 256 bytes a call.
            for start in stride(from: 0, to: bytes.count, by: 256) {
                let part = bytes[start..<min(start + 256, bytes.count)]
                let target = UnsafeMutableRawBufferPointer(rebasing: part)
                let code = getentropy(target.baseAddress, target.count)
                precondition(code == 0, "the system has chance to give")
            }
            filled = count
        }
    }

    private func append(_ content: LedgerFile.Batch) async throws(LedgerError) -> [Receipt] {
        let count = content.facts.count
        let byteCount = content.facts.reduce(0) { $0 + $1.byteCount }
        let result = await withCheckedContinuation { continuation in
            let batch = Batch(content: content, byteCount: byteCount, continuation: continuation)
            let verdict = waiting.withLock { waiting -> Admission in
                guard waiting.activity.waitingFacts + count <= Ledger.queueLimit,
                    waiting.activity.waitingBytes + byteCount <= Ledger.queueByteLimit
                else { return .full }
                waiting.batches.append(batch)
                waiting.activity.waitingFacts += count
                waiting.activity.waitingBytes += byteCount
                if waiting.isScheduled { return .joined }
                waiting.isScheduled = true
                return .first
            }
            switch verdict {
            case .full: continuation.resume(returning: .failure(full(count, byteCount)))
            case .first: queue.async { self.drain() }
            case .joined: break
            }
        }
        return try result.get()
    }

    private func full(_ count: Int, _ byteCount: Int) -> LedgerError {
        let isTooLarge = count > Ledger.queueLimit || byteCount > Ledger.queueByteLimit
        return LedgerError(
            .busy, path: path,
            isTooLarge
                ? "the batch has \(count) facts, and \(Ledger.queueLimit) may wait"
                : "as many facts wait to be written as may",
            "nothing of this batch was recorded; "
                + (isTooLarge ? "send smaller ones" : "retry in a second"))
    }

    private enum Admission { case full, first, joined }

    /// Writes a transaction of what waits, and comes back for the rest behind what else is to be
    /// done: a question whether the ledger is ready must not wait for the end of the load.
    private func drain() {
        guard writeNext() else { return }
        queue.async { self.drain() }
    }

    /// Writes one transaction of what waits; false when nothing does.
    private func writeNext() -> Bool {
        guard let batches = nextBatches() else { return false }
        guard let file else {
            for batch in batches { batch.continuation.resume(returning: .failure(closed)) }
            return true
        }
        write(batches, to: file)
        return true
    }

    /// Writes batches in one transaction, and answers each.
    private func write(_ batches: [Batch], to file: LedgerFile) {
        do throws(SQLError) {
            let began = ticks()
            let receipts = try file.append(batches.map(\.content))
            note(batches, receipts, nanoseconds: ticks() - began)
            for (batch, receipts) in zip(batches, receipts) {
                batch.continuation.resume(returning: .success(receipts))
            }
        } catch {
            waiting.withLock { $0.activity.isWritable = error.kind == .constraint }
            // A fact that the tables cannot hold must not take other producers' batches with it.
            if error.kind == .constraint, batches.count > 1 {
                for batch in batches { write([batch], to: file) }
                return
            }
            let count = batches.reduce(0) { $0 + $1.content.facts.count }
            let failure = LedgerError(error, path: path, tried: "appending \(count) facts")
            for batch in batches { batch.continuation.resume(returning: .failure(failure)) }
        }
    }

    private func note(_ batches: [Batch], _ receipts: [[Receipt]], nanoseconds: Int64) {
        var counts: [Fact.Kind: FactCounts] = [:]
        for (batch, receipts) in zip(batches, receipts) {
            for (sealed, receipt) in zip(batch.content.facts, receipts) {
                counts[sealed.fact.meantKind, default: FactCounts()].count(receipt)
            }
        }
        waiting.withLock { waiting in
            for (kind, count) in counts {
                waiting.activity.facts[kind, default: FactCounts()].add(count)
            }
            waiting.activity.isWritable = true
            waiting.activity.commits += 1
            waiting.activity.commitSeconds.observe(nanoseconds: nanoseconds)
        }
    }

    private func nextBatches() -> [Batch]? {
        waiting.withLock { waiting in
            guard !waiting.batches.isEmpty else {
                waiting.isScheduled = false
                return nil
            }
            var count = 0
            let end =
                waiting.batches.firstIndex { batch in
                    count += batch.content.facts.count
                    return count > Ledger.transactionLimit
                } ?? waiting.batches.count
            // A single batch beyond the limit goes alone.
            let batches = Array(waiting.batches.prefix(max(1, end)))
            waiting.batches.removeFirst(batches.count)
            for batch in batches {
                waiting.activity.waitingFacts -= batch.content.facts.count
                waiting.activity.waitingBytes -= batch.byteCount
            }
            return batches
        }
    }

    /// Whether the ledger can be written now: commits the file's own format number again, which
    /// changes nothing and takes the way to the disk that facts take. Gives what durability rests
    /// on, as SQLite says it.
    @discardableResult
    public func checkWritable() async throws(LedgerError) -> Durability {
        do {
            let durability = try await perform("writing to it") {
                file, path throws(SQLError) -> Result<Durability, LedgerError> in
                let durability = try file.probe()
                // The probe writes one page, and fits where the next batch does not.
                guard let free = DiskSpace.free(at: path), free < Ledger.reserve else {
                    return .success(durability)
                }
                return .failure(
                    LedgerError(
                        .unavailable, path: path, "its disk has \(free) bytes left",
                        "free space: \(Ledger.reserve) bytes are held to be too few for a batch"))
            }
            waiting.withLock { $0.activity.isWritable = true }
            return durability
        } catch {
            waiting.withLock { $0.activity.isWritable = false }
            throw error
        }
    }

    /// Closes the file after everything that waits is written.
    public func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                while self.writeNext() {}
                self.file = nil
                continuation.resume()
            }
        }
    }

    private var closed: LedgerError {
        LedgerError(.closed, path: path, "it is closed", "this process is stopping; retry later")
    }

    func perform<Value: Sendable>(
        _ tried: String,
        _ body:
            @escaping @Sendable (LedgerFile, String) throws(SQLError) -> Result<Value, LedgerError>
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, LedgerError> = await withCheckedContinuation { continuation in
            queue.async {
                guard let file = self.file else {
                    return continuation.resume(returning: .failure(self.closed))
                }
                do throws(SQLError) {
                    continuation.resume(returning: try body(file, self.path))
                } catch {
                    continuation.resume(
                        returning: .failure(LedgerError(error, path: self.path, tried: tried)))
                }
            }
        }
        return try result.get()
    }
}
