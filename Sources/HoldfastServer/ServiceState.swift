internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import Synchronization

/// What every route works with.
final class ServiceState: Sendable {
    let ledger: Ledger
    let access: Access
    let observation: Observation
    /// Whether the health of experiments is watched.
    let watchesHealth: Bool
    let now: @Sendable () -> Timestamp
    private let current: Mutex<CatalogInForce>
    private let accepting = Mutex<Set<Name>>([])

    init(
        _ current: CatalogInForce, ledger: Ledger, access: Access, observation: Observation,
        watchesHealth: Bool, now: @escaping @Sendable () -> Timestamp
    ) {
        self.current = Mutex(current)
        self.ledger = ledger
        self.access = access
        self.observation = observation
        self.watchesHealth = watchesHealth
        self.now = now
    }

    /// The catalog in force. A route asks once: all that it answers comes from one revision.
    ///
    /// The lock is held to copy one reference, and assignment itself takes none.
    var inForce: CatalogInForce {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// The experiments whose next unsafe change is accepted.
    var acceptingUnsafe: Set<Name> {
        get { accepting.withLock { $0 } }
        set { accepting.withLock { $0 = newValue } }
    }

    /// A reader of items that arrive now.
    var reader: FactReader {
        let inForce = inForce
        return FactReader(catalog: inForce.catalog, knownArms: inForce.knownArms, now: now())
    }
}

/// A catalog that is served, with what the ledger knows of the ones before it. It never changes.
final class CatalogInForce: Sendable {
    let catalog: Catalog
    /// Every arm that an experiment ever had.
    let knownArms: [Name: Set<Name>]

    private init(_ catalog: Catalog, knownArms: [Name: Set<Name>]) {
        self.catalog = catalog
        self.knownArms = knownArms
    }

    /// Brings a catalog into force in the ledger. Throws, and then nothing has changed, where it
    /// would move units of a running experiment that is not among `accepting`. Gives those of them
    /// whose change was accepted.
    static func bring(
        _ catalog: Catalog, into ledger: Ledger, at time: Timestamp, accepting: Set<Name>
    ) async throws(LedgerError) -> (CatalogInForce, accepted: Set<Name>) {
        // First what can fail without having changed anything. The catalog's own arms are known
        // from itself.
        let knownArms = try await ledger.knownArms(salt: catalog)
        let accepted = try await ledger.bringIntoForce(catalog, at: time, accepting: accepting)
        return (CatalogInForce(catalog, knownArms: knownArms), accepted)
    }
}
