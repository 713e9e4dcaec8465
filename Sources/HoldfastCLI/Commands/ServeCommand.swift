internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastServer

struct ServeCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve assignment and recording over HTTP.",
        discussion: "Stops on SIGTERM or Ctrl-C after what it has begun is answered.")

    @OptionGroup var catalog: CatalogOption
    @Option(help: ArgumentHelp("The ledger's file; made where there is none.", valueName: "file"))
    var ledger: String
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 8080
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("the port \(port) is not from 0 to 65535")
        }
        guard ["127.0.0.1", "localhost", "::1"].contains(host) else {
            throw ValidationError(
                "\(host) is not this machine's loopback: this version has no tokens and no TLS. "
                    + "Put a proxy that has them before it, and serve 127.0.0.1.")
        }
    }

    func execute() async throws -> ExitStatus {
        let catalog = try self.catalog.read()
        let ledger = try Ledger(path: ledger, now: { .now })
        let service = try await HoldfastService(catalog: catalog, ledger: ledger, now: { .now })
        let (host, format, path) = (host, output.format, ledger.path)
        try await service.run(host: host, port: port) { port in
            let address = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
            switch format {
            case .json:
                Terminal.say([
                    "listening": .string(address), "revision": .string(catalog.revision),
                    "ledger": .string(path),
                ])
            case .text:
                Terminal.say(
                    "holdfast: listening on \(address), revision \(catalog.revision), ledger \(path)"
                )
            }
        }
        return .success
    }
}
