internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastServer

/// Sends what a spool holds, a batch at a time and in order, until all is delivered or it is told
/// to stop.
actor Forwarder {
    private let spool: Spool
    private let link: ServiceLink
    private let arrivals: AsyncStream<Void>
    private let delivery: Protected<RelayDelivery>
    private let log: ServiceLog
    private var backoff = Backoff()
    private var random = SystemRandomNumberGenerator()
    private var isDraining = false
    /// What it sleeps on, so that it can be woken.
    private var nap: Task<Void, Never>?

    /// A forwarder that looks for items when there are `arrivals`, and says how it goes in
    /// `delivery`.
    init(
        _ spool: Spool, over link: ServiceLink, arrivals: AsyncStream<Void>,
        delivery: Protected<RelayDelivery>, log: ServiceLog
    ) {
        self.spool = spool
        self.link = link
        self.arrivals = arrivals
        self.delivery = delivery
        self.log = log
    }

    /// Ends as soon as nothing waits, and tries now what it would have tried later.
    ///
    /// An arrival must be said after it, for where it waits for one.
    func drain() {
        isDraining = true
        nap?.cancel()
    }

    /// Forwards until its task is cancelled, or it drains and nothing is left.
    func run() async {
        var arrivals = arrivals.makeAsyncIterator()
        while !Task.isCancelled {
            do throws(SpoolError) {
                if let batch = try await spool.nextBatch() {
                    try await send(batch)
                    continue
                }
            } catch {
                fail(DeliveryFailure("\(error)"))
                await pause(milliseconds: backoff.afterFailure(using: &random))
                continue
            }
            if isDraining { return }
            _ = await arrivals.next()
        }
    }

    private func send(_ batch: SpoolBatch) async throws(SpoolError) {
        switch await link.send(batch) {
        case .done(let counts):
            try await spool.complete(batch, counts)
            backoff.reset()
            succeed(counts, kind: batch.kind)
        case .later(let failure, let seconds):
            // Cancelled is not failed: what is left is said by whoever stopped it.
            if Task.isCancelled { return }
            fail(failure)
            await pause(milliseconds: backoff.afterFailure(asked: seconds, using: &random))
        case .stuck(let failure):
            fail(failure)
            await pause(milliseconds: Backoff.longest)
        }
    }

    /// Sleeps, or less where it is told to drain or its task is cancelled.
    private func pause(milliseconds: Int) async {
        // While draining there is little time, and nobody else to be spared.
        let wait = isDraining ? min(milliseconds, 1_000) : milliseconds
        // Being woken is the purpose, and no error.
        let nap = Task { _ = try? await Task.sleep(for: .milliseconds(wait)) }
        self.nap = nap
        await withTaskCancellationHandler {
            await nap.value
        } onCancel: {
            nap.cancel()
        }
    }

    // MARK: - What it says

    private func succeed(_ counts: DeliveryCounts, kind: Fact.Kind) {
        if delivery.value.lastError != nil, delivery.value.isDelivering == false {
            log.notice("the service takes batches again")
        }
        delivery.update { $0.isDelivering = true }
        for (code, count) in counts.refused.sorted(by: { $0.key < $1.key }) {
            log.warning(
                "the service refused \(count) of the \(kind.rawValue)s (\(code)) "
                    + "and keeps them for repair")
        }
        if counts.dealtOtherwise > 0 {
            log.warning(
                "the service dealt \(counts.dealtOtherwise) decisions otherwise "
                    + "than this relay said: give it the catalog that the service has")
        }
    }

    private func fail(_ failure: DeliveryFailure) {
        let isNew = delivery.value.isDelivering != false || delivery.value.lastError != failure.text
        delivery.update { delivery in
            delivery.isDelivering = false
            delivery.lastError = failure.text
            delivery.lastErrorAt = .now
        }
        if isNew { log.warning("\(failure.text); nothing is lost, it is tried again") }
    }
}
