public import HoldfastAssignment
public import HoldfastFormats
public import HoldfastLedger
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// How a service is run.
public struct ServiceOptions: Sendable {
    /// The experiments whose next change is accepted though it moves units between arms: one change
    /// each, and not those that come after it.
    public var acceptingUnsafe: Set<Name> = []
    /// Who is admitted; `nil` admits everybody, which is for a loopback address only.
    public var tokens: AccessTokens?
    /// The most requests a second that are taken from one token, or else from one address.
    public var rate: Int?
    /// Serves TLS by this certificate; `nil` serves plain HTTP.
    public var certificate: ServiceCertificate?
    /// What the service says of itself goes here; `nil` is text on standard error.
    public var log: ServiceLog?
    /// How the health of running experiments is watched; `nil` watches nothing.
    public var health: HealthOptions? = HealthOptions()
    /// The version of the program, for `/metrics`.
    public var version = ""
    /// Nanoseconds of a clock that never steps back.
    public var ticks: @Sendable () -> Int64
    var limits = ServiceLimits()

    /// Seconds within which a request must be whole, and its answer be taken.
    public var requestTimeoutSeconds: Int {
        get { Int(limits.request.nanoseconds / 1_000_000_000) }
        set { limits.request = .seconds(Int64(newValue)) }
    }

    /// Seconds after which a connection is closed on which nothing comes, between requests too.
    public var idleTimeoutSeconds: Int {
        get { Int(limits.idle.nanoseconds / 1_000_000_000) }
        set { limits.idle = .seconds(Int64(newValue)) }
    }

    /// The most connections at once; each takes a file descriptor. What is beyond waits.
    public var connectionLimit: Int {
        get { limits.connections }
        set { limits.connections = newValue }
    }

    /// A service without tokens and limits, by this machine's clock unless told another.
    public init(ticks: (@Sendable () -> Int64)? = nil) {
        self.ticks =
            ticks ?? {
                let elapsed = ServiceOptions.started.duration(to: .now).components
                return elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000
            }
    }

    private static let started = ContinuousClock.now
}

/// The service: assignment and recording over HTTP.
///
///     let service = try await HoldfastService(catalog: catalog, ledger: ledger, now: now)
///     try await service.run(host: "127.0.0.1", port: 8080) { log("listening on \($0)") }
public struct HoldfastService: Sendable {
    private let state: ServiceState
    /// What the bodies of requests hold.
    let bodies: BodyBudget
    private let limits: ServiceLimits
    private let certificate: CurrentCertificate
    private let health: HealthOptions?

    /// A service of a catalog, which is brought into force in the ledger.
    ///
    /// Throws where the catalog would move units of a running experiment between arms, unless the
    /// options accept it for that experiment.
    public init(
        catalog: Catalog, ledger: Ledger, now: @escaping @Sendable () -> Timestamp,
        options: ServiceOptions = ServiceOptions()
    ) async throws(LedgerError) {
        let (inForce, accepted) = try await CatalogInForce.bring(
            catalog, into: ledger, at: now(), accepting: options.acceptingUnsafe)
        limits = options.limits
        bodies = BodyBudget(byteLimit: options.limits.bodyBytes)
        certificate = CurrentCertificate(options.certificate)
        let access = Access(tokens: options.tokens, rate: options.rate, ticks: options.ticks)
        let observation = Observation(
            log: options.log ?? ServiceLog(now: now), version: options.version, started: now(),
            healthSeconds: options.health?.seconds ?? 10, ticks: options.ticks)
        state = ServiceState(
            inForce, ledger: ledger, access: access, observation: observation,
            watchesHealth: options.health != nil, now: now)
        health = options.health
        state.acceptingUnsafe = options.acceptingUnsafe.subtracting(accepted)
    }

    /// The revision of the catalog in force.
    public var revision: String { state.inForce.catalog.revision }

    /// Serves another catalog from now on, whole or not at all, and gives the revision that was in
    /// force before it.
    ///
    /// Throws where it would move units of a running experiment, as at the start: then the old one
    /// stays in force. A request that has begun is answered by the catalog it began with. Not to be
    /// called twice at once.
    public func reload(_ catalog: Catalog) async throws(LedgerError) -> String {
        let old = state.inForce.catalog.revision
        let accepting = state.acceptingUnsafe
        let (inForce, accepted) = try await CatalogInForce.bring(
            catalog, into: state.ledger, at: state.now(), accepting: accepting)
        // What was accepted once is no leave for the next change, which nobody has looked at.
        state.acceptingUnsafe = accepting.subtracting(accepted)
        state.inForce = inForce
        return old
    }

    /// Admits the holders of these tokens, and no others, from now on. A service that was begun
    /// without tokens stays without.
    public func replaceTokens(_ tokens: AccessTokens) {
        state.access.replaceTokens(tokens)
    }

    /// Shows this certificate to the connections that come from now on. A service that was begun
    /// without TLS stays without.
    public func replaceCertificate(_ certificate: ServiceCertificate) {
        self.certificate.replace(certificate)
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
        let logger = state.observation.log.logger
        let application = Application(
            router: router(),
            server: HTTPServerBuilder { [limits, certificate] responder in
                ServiceChannel(limits: limits, certificate: certificate, responder: responder)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "holdfast",
                // Many may come at once, after a restart say; the system has its own limit.
                backlog: 4_096,
                availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
            onServerRunning: { channel in started(channel.localAddress?.port ?? port) },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: keepers + [.init(service: application)],
            gracefulShutdownSignals: signals, logger: logger)
        // A client that never ends its request must not keep the service from stopping.
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
    }

    /// What runs beside the requests, in the order in which it is begun; it stops in the reverse.
    private var keepers: [ServiceGroupConfiguration.ServiceConfiguration] {
        let notifier = health?.notify.map { HealthNotifier($0, log: state.observation.log) }
        let keeper = health.map { HealthKeeper(state, $0, notifier: notifier) }
        var services: [any Service] = [LedgerKeeper(ledger: state.ledger)]
        if let notifier { services.append(notifier) }
        services.append(FigureKeeper(state: state, health: keeper))
        return services.map { .init(service: $0) }
    }

    func router() -> Router<ServiceContext> {
        let facts = FactRoutes(service: state)
        let experiments = ExperimentRoutes(service: state)
        let flags = FlagRoutes(service: state)
        let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestObserver(observation: state.observation))
        router.add(middleware: ProblemMiddleware())
        let assign = Gate(router: router, access: state.access, bodies: bodies, scope: .assign)
        assign.post("/v1/assignments") { try await facts.assignments($0) }
        assign.post("/ofrep/v1/evaluate/flags") { try await flags.evaluate($0) }
        assign.post("/ofrep/v1/evaluate/flags/**") { try await flags.evaluate($0) }
        let record = Gate(router: router, access: state.access, bodies: bodies, scope: .record)
        record.post("/v1/decisions") { try await facts.decisions($0) }
        record.post("/v1/exposures") { try await facts.exposures($0) }
        record.post("/v1/outcomes") { try await facts.outcomes($0) }
        let read = Gate(router: router, access: state.access, bodies: bodies, scope: .read)
        read.get("/v1/experiments") { _, _ in experiments.list() }
        read.get("/v1/experiments/:name") { _, context in
            try experiments.show(context.parameters.get("name") ?? "")
        }
        read.get("/v1/experiments/:name/health") { _, context in
            try await experiments.health(context.parameters.get("name") ?? "")
        }
        let metrics = MetricsRoute(service: state)
        read.get("/metrics") { _, _ in metrics.show() }
        // What follows is for whoever has no token: a balancer, and who writes a client.
        router.get("/healthz") { _, _ in Response(json: ["status": "ok"]) }
        router.get("/readyz") { [state] _, _ in await readiness(of: state) }
        router.get("/openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
        router.refuseOtherMethods()
        return router
    }
}

/// Routes behind a scope. Each asks for itself, so that no way of writing a path leads past it.
struct Gate {
    let router: Router<ServiceContext>
    let access: Access
    let bodies: BodyBudget
    let scope: AccessScope

    func post(
        _ path: RouterPath, _ answer: @escaping @Sendable (Request) async throws -> Response
    ) {
        router.post(path) { [access, bodies, scope] request, context in
            try access.admit(request, context, to: scope)
            let share = bodies.share()
            defer { share.release() }
            var request = request
            request.body = share.charging(request)
            return try await answer(request)
        }
    }

    func get(
        _ path: RouterPath,
        _ answer: @escaping @Sendable (Request, ServiceContext) async throws -> Response
    ) {
        router.get(path) { [access, scope] request, context in
            try access.admit(request, context, to: scope)
            return try await answer(request, context)
        }
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

/// `GET /readyz`: whether decisions can be recorded now, and under which revision.
private func readiness(of state: ServiceState) async -> Response {
    let revision = JSON.string(state.inForce.catalog.revision)
    do throws(LedgerError) {
        let durability = try await state.ledger.checkWritable()
        return Response(json: [
            "status": "ready", "revision": revision,
            "journal_mode": .string(durability.journalMode),
            "synchronous": .string(durability.synchronous),
        ])
    } catch {
        return Response(
            json: [
                "status": "unavailable", "revision": revision, "detail": .string(error.message),
                "hint": .string(error.hint),
            ], status: .serviceUnavailable)
    }
}
