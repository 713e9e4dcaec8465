package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastLedger
internal import Hummingbird
internal import HummingbirdCore
internal import ServiceLifecycle

/// The intake of a relay: the service's routes for facts, answered when a spool has them.
///
///     let relay = RelayService(spool: spool, catalog: nil, options: options, now: now) { state }
///     try await relay.run(host: "127.0.0.1", port: 8090) { log("listening on \($0)") }
package struct RelayService: Sendable {
    private let routes: RelayRoutes
    private let access: Access
    private let limits: ServiceLimits
    private let log: ServiceLog

    /// An intake into a spool. With a catalog it deals decisions and assignments; `delivery` says
    /// how forwarding goes.
    package init(
        spool: Spool, catalog: Catalog?, options: ServiceOptions,
        now: @escaping @Sendable () -> Timestamp,
        delivery: @escaping @Sendable () -> RelayDelivery
    ) {
        routes = RelayRoutes(spool: spool, catalog: catalog, now: now, delivery: delivery)
        limits = options.limits
        log = options.log ?? ServiceLog(now: now)
        access = Access(tokens: options.tokens, rate: options.rate, ticks: options.ticks)
    }

    /// Serves until its task is cancelled; answers what it has begun to answer.
    ///
    /// Port 0 takes a free one. `started` is told the port just before connections are accepted,
    /// and must return soon.
    package func run(
        host: String, port: Int, started: @escaping @Sendable (Int) -> Void
    ) async throws {
        let logger = log.logger
        let certificate = CurrentCertificate(nil)
        let application = Application(
            router: router(),
            server: HTTPServerBuilder { [limits] responder in
                ServiceChannel(limits: limits, certificate: certificate, responder: responder)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "holdfast-relay",
                availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
            onServerRunning: { channel in started(channel.localAddress?.port ?? port) },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application)], gracefulShutdownSignals: [], logger: logger)
        // A client that never ends its request must not keep the relay from stopping.
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        let group = ServiceGroup(configuration: configuration)
        // In a task of its own: one that is cancelled would cut off what is being answered.
        let server = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await server.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    func router() -> Router<ServiceContext> {
        let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        let bodies = BodyBudget(byteLimit: limits.bodyBytes)
        let record = Gate(router: router, access: access, bodies: bodies, scope: .record)
        record.post("/v1/decisions") { [routes] in try await routes.take($0, .decision) }
        record.post("/v1/exposures") { [routes] in try await routes.take($0, .exposure) }
        record.post("/v1/outcomes") { [routes] in try await routes.take($0, .outcome) }
        let assign = Gate(router: router, access: access, bodies: bodies, scope: .assign)
        assign.post("/v1/assignments") { [routes] in try await routes.assignments($0) }
        let read = Gate(router: router, access: access, bodies: bodies, scope: .read)
        read.get("/v1/relay") { [routes] _, _ in try await routes.status() }
        // What follows is for whoever has no token: a balancer.
        router.get("/healthz") { _, _ in Response(json: ["status": "ok"]) }
        router.get("/readyz") { [routes] _, _ in await routes.readiness() }
        router.refuseOtherMethods()
        return router
    }
}
