internal import Dispatch
internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger
internal import ServiceLifecycle
internal import Synchronization

/// What is watched of a service, by whoever asks for `/metrics` and in the log.
final class Observation: Sendable {
    let counters = ServiceCounters()
    let log: ServiceLog
    /// The version of the program; empty where it was not told.
    let version: String
    /// When the service was made.
    let started: Timestamp
    /// Nanoseconds of a clock that never steps back.
    let ticks: @Sendable () -> Int64
    /// The p-values of the sample ratio, by experiment: a scan of the decisions.
    let sampleRatios = BackgroundFigure<[Name: Double]>("sample-ratio", leastSeconds: 60)
    /// What the ledger holds of gaps and refused items.
    let gaps = BackgroundFigure<Gaps>("gaps", leastSeconds: 10)
    /// How each running experiment is; nothing is found where nobody watches.
    let health: BackgroundFigure<[Name: HealthFindings]>

    /// What a producer or its operator has to send again.
    struct Gaps: Sendable {
        var sources: [SourceState]
        var refusedItems: Int
    }

    init(
        log: ServiceLog, version: String, started: Timestamp, healthSeconds: Int64 = 10,
        ticks: @escaping @Sendable () -> Int64
    ) {
        health = BackgroundFigure("health", leastSeconds: healthSeconds)
        self.log = log
        self.version = version
        self.started = started
        self.ticks = ticks
    }
}

/// A figure that takes time, found again and again on a thread of its own: neither a scrape nor the
/// ledger's writer ever waits for it.
final class BackgroundFigure<Value: Sendable>: Sendable {
    private let name: String
    private let leastNanoseconds: Int64
    private let thread: OwnThread
    private let known = Mutex<(value: Value, at: Int64)?>(nil)

    init(_ name: String, leastSeconds: Int64) {
        self.name = name
        leastNanoseconds = leastSeconds * 1_000_000_000
        thread = OwnThread(name)
    }

    /// The figure that was found last, and the tick at which it was; `nil` before the first.
    var last: (value: Value, at: Int64)? { known.withLock { $0 } }

    /// How long to wait after a run that took so long: the figure takes at most a twentieth of the
    /// time, and is not found more often than it is asked for.
    static func pause(after nanoseconds: Int64, least: Int64) -> Int64 {
        max(least, 20 * max(0, min(nanoseconds, .max / 20)))
    }

    /// Finds it until the task is cancelled. A failure is told, and the figure before it stays.
    func run(
        ticks: @Sendable () -> Int64, log: ServiceLog, find: @Sendable () async throws -> Value
    ) async {
        await withTaskExecutorPreference(thread) {
            while !Task.isCancelled {
                let began = ticks()
                do {
                    let value = try await find()
                    known.withLock { $0 = (value, ticks()) }
                } catch {
                    if Task.isCancelled { return }
                    log.warning("the figure \(name) could not be found: \(error)")
                }
                let pause = BackgroundFigure.pause(after: ticks() - began, least: leastNanoseconds)
                // Cancelled, it has slept long enough: the loop looks.
                try? await Task.sleep(for: .nanoseconds(pause))
            }
        }
    }
}

/// One thread for what would keep those that answer requests from doing so.
private final class OwnThread: TaskExecutor {
    private let queue: DispatchQueue

    init(_ name: String) { queue = DispatchQueue(label: "holdfast.\(name)", qos: .utility) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Finds the figures of the background until the service stops.
struct FigureKeeper: Service {
    let state: ServiceState
    /// Watches health; `nil` where nobody shall.
    var health: HealthKeeper?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let observation = state.observation
            async let ratios: Void = observation.sampleRatios.run(
                ticks: observation.ticks, log: observation.log
            ) {
                try SampleRatio.pValues(of: state.inForce.catalog, ledger: state.ledger.path)
            }
            async let gaps: Void = observation.gaps.run(
                ticks: observation.ticks, log: observation.log
            ) {
                let reader = try LedgerReader(
                    path: state.ledger.path, salt: state.inForce.catalog)
                return Observation.Gaps(
                    sources: try await state.ledger.sources(),
                    refusedItems: try reader.refusalCounts().reduce(0) { $0 + $1.count })
            }
            async let health: Void = watchHealth(observation)
            _ = await (ratios, gaps, health)
        }
    }

    private func watchHealth(_ observation: Observation) async {
        guard let health else { return }
        await observation.health.run(ticks: observation.ticks, log: observation.log) {
            try await health.look()
        }
        await health.close()
    }
}
