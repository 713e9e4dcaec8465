internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastServer

struct ServeCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve assignment and recording over HTTP.",
        discussion: """
            Stops on SIGTERM or Ctrl-C after what it has begun is answered. SIGHUP reads the catalog, the \
            tokens and the certificate again, each whole or not at all; a new certificate is shown to new \
            connections. A catalog that would move units of a running experiment between arms is refused, \
            at the start and later, and so is one with a fault; the one before stays in force.

            Without --tokens only this machine may ask. A request that does not come whole in its time is \
            answered 408. At most 20,000 connections are \
            held, or what `ulimit -Hn` allows less 256.
            """)

    @OptionGroup var catalog: CatalogOption
    @Option(help: ArgumentHelp("The ledger's file; made where there is none.", valueName: "file"))
    var ledger: String
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"
    @Option(parsing: .unconditional, help: "The port to listen on; 0 takes a free one.")
    var port = 8080
    @Option(
        help: ArgumentHelp(
            "Ask for a bearer token of this file, which `holdfast token create` makes.",
            valueName: "file"))
    var tokens: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Requests a second that are taken from one token, or else from one address.",
            valueName: "n"))
    var rate: Int?
    @OptionGroup var tls: TLSOptions
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Seconds in which a request must come whole, and its answer be taken.",
            valueName: "seconds"))
    var requestTimeout = 60
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Seconds after which a connection on which nothing comes is closed. Longer than that of "
                + "a balancer before it, or the balancer meets closed ones.", valueName: "seconds"))
    var idleTimeout = 60
    @Flag(help: "Look at the catalog each second, and serve it when it has changed.")
    var watch = false
    @Option(
        help: ArgumentHelp(
            "Accept that the next change of this experiment moves its units: one change. Repeatable.",
            valueName: "experiment"))
    var acceptUnsafe: [String] = []
    @OptionGroup(title: "Health") var health: HealthServeOptions
    @OptionGroup var logging: LogOptions
    @OptionGroup var output: FormatOption

    private var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("the port \(port) is not from 0 to 65535")
        }
        if let rate, !(1...1_000_000).contains(rate) {
            throw ValidationError("the rate \(rate) is not from 1 to 1000000 requests a second")
        }
        guard (1...3_600).contains(requestTimeout) else {
            throw ValidationError(
                "the request timeout \(requestTimeout) is not from 1 to 3600 seconds")
        }
        guard (1...3_600).contains(idleTimeout) else {
            throw ValidationError("the idle timeout \(idleTimeout) is not from 1 to 3600 seconds")
        }
        if let wrong = acceptUnsafe.first(where: { Name($0) == nil }) {
            throw ValidationError(
                "--accept-unsafe \(wrong): that is no experiment's name; use 1 to "
                    + "\(Name.byteLimit) of A-Z a-z 0-9 . _ -")
        }
        guard isLoopback || tokens != nil else {
            throw ValidationError(
                "\(host) is not this machine's loopback, and without --tokens anyone who reaches it "
                    + "could deal and record. Give --tokens FILE, or serve 127.0.0.1.")
        }
    }

    func execute() async throws -> ExitStatus {
        let connections = ProcessLimits.prepareService(
            connections: ServiceOptions().connectionLimit)
        let log = logging.log
        let watch = CatalogWatch(
            catalog: catalog.path, tokens: tokens, certificate: tls.files, watches: self.watch,
            log: log)
        let contents = try CatalogFiles.contents(of: catalog.path)
        let catalog = try CatalogFiles.catalog(contents)
        var options = ServiceOptions()
        options.tokens = try tokens.map(TokenFile.read)
        options.rate = rate
        options.certificate = try tls.files?.read()
        options.requestTimeoutSeconds = requestTimeout
        options.idleTimeoutSeconds = idleTimeout
        options.connectionLimit = connections
        options.log = log
        options.health = try health.options(catalog)
        options.version = holdfastVersion
        options.acceptingUnsafe = Set(acceptUnsafe.compactMap { Name($0) })
        let ledger = try Ledger(path: ledger, now: { .now }, ticks: options.ticks)
        let service = try await HoldfastService(
            catalog: catalog, ledger: ledger, now: { .now }, options: options)
        if !isLoopback && options.certificate == nil {
            log.warning(
                "\(host) is served without TLS: whoever sees the traffic can read the tokens. "
                    + "Give --tls-certificate and --tls-key, or put a proxy with TLS before it.")
        }
        for warning in catalog.warnings { log.warning("\(warning)") }
        let reloading = Task { await watch.run(service, served: contents) }
        defer { reloading.cancel() }
        let path = ledger.path
        try await service.run(host: host, port: port) { port in
            announce(port, revision: catalog.revision, ledger: path)
        }
        return .success
    }

    private func announce(_ port: Int, revision: String, ledger: String) {
        let scheme = tls.files == nil ? "http" : "https"
        let address = "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        switch output.format {
        case .json:
            Terminal.say([
                "listening": .string(address), "revision": .string(revision),
                "ledger": .string(ledger), "asks_for_tokens": .bool(tokens != nil),
            ])
        case .text:
            Terminal.say(
                "holdfast: listening on \(address), revision \(revision), ledger \(ledger)"
                    + (tokens == nil ? "; no tokens: only this machine may ask" : ""))
        }
    }
}
