internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastServer

struct RelayCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Take facts beside their producer, and forward them to the service.",
        discussion: """
            Answers the service's own posts as soon as they are in a spool on this machine's disk, and \
            forwards them until the service has answered for each: after a crash of either, and however \
            long the service is away. Stops on SIGTERM or Ctrl-C after forwarding for up to --drain \
            seconds; what is left is safe in the spool.
            """)

    @Option(
        help: ArgumentHelp("The service, as http://HOST:PORT or https://HOST.", valueName: "url"))
    var to: String
    @Option(help: ArgumentHelp("The spool's file; made where there is none.", valueName: "file"))
    var spool: String
    @Option(
        help: ArgumentHelp(
            "The name under which batches are numbered; a new spool finds one by chance.",
            valueName: "name"))
    var source: String?
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"
    @Option(parsing: .unconditional, help: "The port to listen on; 0 takes a free one.")
    var port = 8090
    @Option(
        help: ArgumentHelp(
            "Deal by this catalog, so that a decision is answered with its arm.", valueName: "path")
    )
    var catalog: String?
    @Option(
        help: ArgumentHelp(
            "Ask producers for a bearer token of this file, which `holdfast token create` makes.",
            valueName: "file"))
    var tokens: String?
    @Option(
        help: ArgumentHelp("A file with the token for the service.", valueName: "file"))
    var tokenFile: String?
    @Option(
        help: ArgumentHelp(
            "Trust the certificates of this file (PEM), in place of the system's.",
            valueName: "file"))
    var ca: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most MiB that may wait in the spool.", valueName: "mib"))
    var spoolLimit = 1_024
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long to go on forwarding when it is stopped.", valueName: "seconds")
    )
    var drain = 10
    @Flag(help: "Forward what is in the spool for up to --drain seconds, and end.")
    var drainOnly = false
    @OptionGroup var logging: LogOptions
    @OptionGroup var output: FormatOption

    private var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }

    func validate() throws {
        guard ServiceAddress(to) != nil else {
            throw ValidationError(
                "--to \(to): give http://HOST:PORT or https://HOST, without a user or a query")
        }
        if let source, Name(source) == nil || source.utf8.count > SpoolLimits.sourceBytes {
            throw ValidationError(
                "--source \(source): use 1 to \(SpoolLimits.sourceBytes) of A-Z a-z 0-9 . _ -")
        }
        if ca != nil, to.lowercased().hasPrefix("http:") {
            throw ValidationError("--ca is for https, and --to \(to) is not")
        }
        guard (0...65_535).contains(port) else {
            throw ValidationError("the port \(port) is not from 0 to 65535")
        }
        guard (1...1_048_576).contains(spoolLimit) else {
            throw ValidationError("--spool-limit \(spoolLimit) is not from 1 to 1048576 MiB")
        }
        guard (0...86_400).contains(drain) else {
            throw ValidationError("--drain \(drain) is not from 0 to 86400 seconds")
        }
        guard isLoopback || tokens != nil else {
            throw ValidationError(
                "\(host) is not this machine's loopback, and without --tokens anyone who reaches it "
                    + "could record. Give --tokens FILE, or listen on 127.0.0.1.")
        }
    }

    func execute() async throws -> ExitStatus {
        guard let address = ServiceAddress(to) else {
            preconditionFailure("the arguments were validated")
        }
        let connections = ProcessLimits.prepareService(
            connections: ServiceOptions().connectionLimit)
        let log = logging.log
        if address.endpoint.isOpen {
            log.warning("\(to) is not TLS: whoever sees the traffic can read facts and token")
        }
        let (arrivals, arrival) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        var limits = SpoolLimits()
        limits.waitingBytes = spoolLimit << 20
        let spool = try Spool(
            path: spool, source: source.flatMap { Name($0) }, mustExist: drainOnly, limits: limits,
            now: { .now }, chance: { .random(in: 0...(.max)) }, arrived: { arrival.yield() })
        let delivery = Protected(RelayDelivery())
        let link = try ServiceLink(
            to: address, source: spool.source, tokenFile: tokenFile, authorities: ca)
        let forwarder = Forwarder(
            spool, over: link, arrivals: arrivals, delivery: delivery, log: log)
        let begun = try await spool.status()
        // A task of its own, which goes on when this one is cancelled.
        let forwarding = Task { await forwarder.run() }
        if !drainOnly {
            do {
                try await takePosts(into: spool, delivery, connections, log)
            } catch {
                // A client that did not end its request in time was cut off. The rest stops as
                // it was told.
                guard Task.isCancelled else { throw error }
            }
        }
        // Stopped, or asked to drain only.
        await forwarder.drain()
        arrival.yield()
        await withTaskCancellationHandler {
            await end(forwarding, withinSeconds: drain)
        } onCancel: { [drainOnly] in
            // A relay that takes posts was told to stop, and forwards first.
            if drainOnly { forwarding.cancel() }
        }
        let left = try await spool.status()
        await spool.close()
        say(left, delivered: left.forwarded - begun.forwarded)
        return drainOnly && left.waitingItems > 0 ? .negative : .success
    }

    /// Takes posts until this task is cancelled.
    private func takePosts(
        into spool: Spool, _ delivery: Protected<RelayDelivery>, _ connections: Int,
        _ log: ServiceLog
    ) async throws {
        let catalog = try self.catalog.map(CatalogFiles.read)
        var options = ServiceOptions()
        options.tokens = try tokens.map(TokenFile.read)
        options.connectionLimit = connections
        options.log = log
        let service = RelayService(
            spool: spool, catalog: catalog, options: options, now: { .now },
            delivery: { delivery.value })
        if !isLoopback {
            log.warning(
                "\(host) is served without TLS: whoever sees the traffic can read the tokens. Put "
                    + "a proxy with TLS before it.")
        }
        try await service.run(host: host, port: port) { port in
            announce(port, source: spool.source)
        }
    }

    /// Waits for forwarding to end by itself, and ends it when the seconds have passed.
    ///
    /// From a task that may be cancelled, and must not be hurried by that: hence the tasks.
    private func end(_ forwarding: Task<Void, Never>, withinSeconds seconds: Int) async {
        let limit = Task {
            // Ended early is what is hoped for.
            _ = try? await Task.sleep(for: .seconds(seconds))
            forwarding.cancel()
        }
        await forwarding.value
        limit.cancel()
    }

    private func announce(_ port: Int, source: String) {
        let address = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        switch output.format {
        case .json:
            Terminal.say([
                "listening": .string(address), "to": .string(to), "spool": .string(self.spool),
                "source": .string(source),
            ])
        case .text:
            Terminal.say(
                "holdfast: relay \(source) listening on \(address), spool \(self.spool), to \(to)")
        }
    }

    private func say(_ left: SpoolStatus, delivered: Int64) {
        let waits = left.waitingItems
        switch output.format {
        case .json:
            Terminal.say([
                "delivered": .integer(delivered), "left": .integer(waits),
                "left_bytes": .integer(left.waitingBytes), "source": .string(left.source),
            ])
        case .text:
            Terminal.say(
                waits == 0
                    ? "holdfast: relay stopped: \(delivered) items delivered, none left"
                    : "holdfast: relay stopped: \(delivered) items delivered, \(waits) left "
                        + "(\(left.waitingBytes) bytes), safe in \(spool) for the next start")
        }
    }
}
