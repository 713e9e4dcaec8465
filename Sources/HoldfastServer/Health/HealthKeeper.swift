internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger

/// Adds what is new in the ledger to the evidence of health, and has the writer keep it.
///
/// Reads by a connection of its own, on a thread of its own: no request waits for it.
actor HealthKeeper {
    private let state: ServiceState
    private let options: HealthOptions
    private let notifier: HealthNotifier?
    private var watching: (watch: HealthWatch, reader: LedgerReader)?

    init(_ state: ServiceState, _ options: HealthOptions, notifier: HealthNotifier?) {
        self.state = state
        self.options = options
        self.notifier = notifier
    }

    /// Looks once, and gives how each experiment is.
    ///
    /// Where it throws it begins again next time from what is kept.
    func look() async throws -> [Name: HealthFindings] {
        do {
            return try await lookOnce()
        } catch {
            watching = nil
            throw error
        }
    }

    /// Closes its connection: the writer's must be the last one, which empties the log.
    func close() { watching = nil }

    private func lookOnce() async throws -> [Name: HealthFindings] {
        let catalog = state.inForce.catalog
        let (watch, reader) = try watching ?? begin(catalog)
        watching = (watch, reader)
        let round = try watch.round(catalog, reader, now: state.now())
        let changes = watch.changes
        // First what is kept, then what is told: nothing is told twice after a restart.
        try await state.ledger.keepHealth(changes.rows, dropping: changes.dropped)
        watch.settle(changes.rows)
        for event in round.events { notifier?.add(event) }
        return Dictionary(uniqueKeysWithValues: round.findings.map { ($0.experiment, $0) })
    }

    private func begin(_ catalog: Catalog) throws -> (HealthWatch, LedgerReader) {
        let reader = try LedgerReader(path: state.ledger.path, salt: catalog)
        var settings = HealthWatch.Settings()
        settings.isBounded = true
        settings.references = options.references
        return (HealthWatch(try reader.healthRows(), settings: settings), reader)
    }
}
