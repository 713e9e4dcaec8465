public import HoldfastAssignment
public import HoldfastFormats
public import HoldfastLedger
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
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
///     try await service.run(host: "127.0.0.1", port: 8080) { print("listening on \($0)") }
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

    /// Serves until SIGTERM or SIGINT; answers what it has begun to answer, and closes the ledger.
    ///
    /// Port 0 takes a free one. `started` is told the port just before connections are accepted,
    /// and must return soon.
    public func run(
        host: String, port: Int, started: @escaping @Sendable (Int) -> Void
    ) async throws {
        try await group(host, port, signals: [.sigterm, .sigint], started: started).run()
    }

    /// Serves while `body` runs, which is told the port; then stops as SIGTERM would stop it.
    public func run<Result: Sendable>(
        host: String, port: Int, while body: (Int) async throws -> Result
    ) async throws -> Result {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let group = group(host, port, signals: []) { continuation.yield($0) }
        let server = Task {
            defer { continuation.finish() }
            try await group.run()
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else {
            try await server.value
            preconditionFailure("a server that never listened has thrown")
        }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(port))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await server.value
        return try result.get()
    }

    private func group(
        _ host: String, _ port: Int, signals: [UnixSignal],
        started: @escaping @Sendable (Int) -> Void
    ) -> ServiceGroup {
        var logger = Logger(label: "holdfast")
        logger.logLevel = .notice
        let application = Application(
            router: router(),
            // A connection on which nothing moves for a minute is a client that is gone.
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "holdfast"),
            onServerRunning: { channel in started(channel.localAddress?.port ?? port) },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: LedgerKeeper(ledger: state.ledger)), .init(service: application),
            ],
            gracefulShutdownSignals: signals, logger: logger)
        // A client that never ends its request must not keep the service from stopping.
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
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

/// Closes the ledger when the service has stopped: services stop in the reverse of their order.
private struct LedgerKeeper: Service {
    let ledger: Ledger

    func run() async throws {
        try await gracefulShutdown()
        await ledger.close()
    }
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
