public import HoldfastAssignment
public import HoldfastFormats
public import HoldfastLedger
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// What every route works with.
struct ServiceState: Sendable {
    let catalog: Catalog
    let knownArms: [Name: Set<Name>]
    let ledger: Ledger
    let now: @Sendable () -> Timestamp

    /// A reader of items that arrive now.
    var reader: FactReader { FactReader(catalog: catalog, knownArms: knownArms, now: now()) }
}

/// The service: assignment and recording over HTTP.
///
///     let service = try await HoldfastService(catalog: catalog, ledger: ledger, now: now)
///     try await service.run(host: "127.0.0.1", port: 8080) { print("listening on \($0.port)") }
public struct HoldfastService: Sendable {
    private let state: ServiceState

    /// A service of a catalog, which is brought into force in the ledger.
    ///
    /// Throws where the catalog would move units of a running experiment between arms.
    public init(
        catalog: Catalog, ledger: Ledger, now: @escaping @Sendable () -> Timestamp
    ) async throws(LedgerError) {
        try await ledger.bringIntoForce(catalog, at: now())
        state = ServiceState(
            catalog: catalog, knownArms: try await ledger.knownArms(salt: catalog), ledger: ledger,
            now: now)
    }

    /// Serves until SIGTERM or SIGINT, or until ``RunningService/stop()``; answers what it has begun
    /// to answer, and closes the ledger.
    ///
    /// Port 0 takes a free one. `started` is called once the service accepts connections.
    public func run(
        host: String, port: Int, stopsOnSignals: Bool = true,
        started: @escaping @Sendable (RunningService) async -> Void
    ) async throws {
        var logger = Logger(label: "holdfast")
        logger.logLevel = .notice
        let stopping = Stopping()
        let application = Application(
            router: router(),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "holdfast"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                await started(RunningService(port: port, stopping: stopping))
            },
            logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [application],
                gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [],
                logger: logger))
        stopping.group.withLock { $0 = group }
        do {
            try await group.run()
        } catch {
            await state.ledger.close()
            throw error
        }
        await state.ledger.close()
    }

    func router() -> Router<BasicRequestContext> {
        let facts = FactRoutes(service: state)
        let experiments = ExperimentRoutes(service: state)
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: ProblemMiddleware())
        router.post("/v1/assignments") { request, _ in try await facts.assignments(request) }
        router.post("/v1/decisions") { request, _ in try await facts.decisions(request) }
        router.post("/v1/exposures") { request, _ in try await facts.exposures(request) }
        router.post("/v1/outcomes") { request, _ in try await facts.outcomes(request) }
        router.get("/v1/experiments") { _, _ in experiments.list() }
        router.get("/v1/experiments/:name") { _, context in
            try experiments.show(context.parameters.get("name") ?? "")
        }
        router.get("/healthz") { _, _ in Response(json: ["status": "ok"]) }
        router.get("/readyz") { [state] _, _ in await readiness(of: state) }
        router.get("/openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
        return router
    }
}

/// A service that accepts connections.
public struct RunningService: Sendable {
    /// The port it listens on.
    public let port: Int
    fileprivate let stopping: Stopping

    /// Stops it as SIGTERM does: ``HoldfastService/run(host:port:stopsOnSignals:started:)`` returns
    /// once what was begun is answered.
    public func stop() async {
        await stopping.group.withLock { $0 }?.triggerGracefulShutdown()
    }
}

/// The group that a running service belongs to; it is made after the service.
private final class Stopping: Sendable {
    let group = Mutex<ServiceGroup?>(nil)
}

/// `GET /readyz`: whether decisions can be recorded now.
private func readiness(of state: ServiceState) async -> Response {
    do throws(LedgerError) {
        try await state.ledger.checkWritable()
        return Response(json: ["status": "ready", "revision": .string(state.catalog.revision)])
    } catch {
        return Response(
            json: [
                "status": "unavailable", "revision": .string(state.catalog.revision),
                "detail": .string(error.message), "hint": .string(error.hint),
            ], status: .serviceUnavailable)
    }
}
