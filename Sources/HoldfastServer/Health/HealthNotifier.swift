internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger
internal import ServiceLifecycle
internal import Synchronization

/// Posts what becomes of alarms, one after the other, beside everything else.
///
/// What cannot be sent is sent again, ever later; of more than ``limit`` that wait the oldest are
/// dropped, which is said in the log. What waits when the service stops is lost: the alarm itself
/// is in the ledger.
final class HealthNotifier: Service {
    private let post: @Sendable ([UInt8]) async -> HealthDelivery
    private let log: ServiceLog
    private let waiting = Mutex<[HealthEvent]>([])
    private let signal: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The most notifications that wait.
    static let limit = 100
    /// The most times that one is posted: for some minutes.
    static let attemptLimit = 25

    init(_ post: @escaping @Sendable ([UInt8]) async -> HealthDelivery, log: ServiceLog) {
        self.post = post
        self.log = log
        (signal, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Puts an event behind those that wait. Returns at once.
    func add(_ event: HealthEvent) {
        let isDropped = waiting.withLock { waiting in
            waiting.append(event)
            guard waiting.count > HealthNotifier.limit else { return false }
            waiting.removeFirst()
            return true
        }
        if isDropped { log.warning("a notification was dropped: too many wait to be sent") }
        continuation.yield()
    }

    private func next() -> HealthEvent? {
        waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            for await _ in signal {
                while let event = next(), !Task.isCancelled { await send(event) }
            }
        }
    }

    private func send(_ event: HealthEvent) async {
        let body = Array(event.notification.text().utf8)
        // Chance of the system: nothing that is calculated depends on it.
        var chance = SystemRandomNumberGenerator()
        var backoff = Backoff()
        for _ in 0..<HealthNotifier.attemptLimit {
            let reason: String
            var asked: Int?
            switch await post(body) {
            case .taken: return
            case .refused(let why):
                log.warning("the notification of \(event.alarm.rawValue) was refused: \(why)")
                return
            case .later(let why, let seconds): (reason, asked) = (why, seconds)
            }
            if Task.isCancelled { return }
            let wait = backoff.afterFailure(asked: asked, using: &chance)
            log.warning(
                "the notification of \(event.alarm.rawValue) was not sent: \(reason); "
                    + "again in \(wait) ms")
            // Cancelled, it has slept long enough: the loop ends at its next post.
            try? await Task.sleep(for: .milliseconds(wait))
            if Task.isCancelled { return }
        }
        log.warning("the notification of \(event.alarm.rawValue) was given up")
    }
}
