internal import Foundation
internal import HoldfastFormats
internal import HoldfastServer
internal import HoldfastTables

/// Where the run events of an export go: to a file, an event a line, or to a service.
///
///     let sink = try LineageSink("https://lineage.example", tokenFile: "token", authorities: nil)
///     await sink.tell([OpenLineage.start(run, at: .now)])   // posts to /api/v1/lineage
///
/// A set is no worse for a catalogue that is away: what cannot be sent is said on standard error,
/// and the export goes on. Who must not do without awaits ``send(_:)``, which throws.
struct LineageSink: Sendable {
    private enum Target: Sendable {
        case file(String)
        case service(ServiceAddress, ServiceConnection)
    }

    private let target: Target
    private let token: BearerToken?

    /// Where OpenLineage's services take events.
    static let path = "/api/v1/lineage"

    /// A sink to a URL, or to a file of any other name. A post may take these seconds.
    ///
    /// Throws where the URL is none, or the token or the certificates cannot be read.
    init(
        _ target: String, tokenFile: String?, authorities: String?, seconds: Int = 10
    ) throws {
        guard target.contains("://") else {
            guard tokenFile == nil else {
                throw CommandError(
                    "\(target) is a file, which takes no token", "name a URL, as https://…")
            }
            token = nil
            self.target = .file(target)
            return
        }
        guard let address = ServiceAddress(target) else {
            throw CommandError(
                "the URL for lineage is none that events can be posted to",
                "write https://lineage.example, without user, query or fragment")
        }
        token = try tokenFile.map {
            try BearerToken(in: $0, hint: "write the token of the lineage service into it")
        }
        token?.warn(of: "lineage goes by", to: address)
        var endpoint = address.endpoint
        endpoint.authorities = authorities
        endpoint.postSeconds = Int64(seconds)
        do throws(ServiceConnection.Failure) {
            self.target = .service(address, try ServiceConnection(to: endpoint))
        } catch {
            throw CommandError(error.description, "give a file of certificates in PEM")
        }
    }

    /// Sends events in order, and says on standard error where that fails.
    ///
    /// In a task of its own: that an export was stopped is told when its own task is cancelled.
    func tell(_ events: [JSON]) async {
        do {
            try await Task { try await send(events) }.value
        } catch {
            Terminal.complain("warning: lineage was not told: \(error)")
        }
    }

    /// Sends events in order, up to the first that cannot be sent.
    func send(_ events: [JSON]) async throws {
        switch target {
        case .file(let path): try LineageSink.append(events, to: path)
        case .service(let address, let connection):
            for event in events { try await post(event, to: address, over: connection) }
        }
    }

    /// Each event is one write at the file's end, so that exports side by side keep their lines.
    private static func append(_ events: [JSON], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandError(
                "\(path) cannot be written: \(String(cString: strerror(errno)))",
                "check the folder and that you may write there")
        }
        defer { close(descriptor) }
        var file = FileWriter(descriptor: descriptor, path: path)
        for event in events {
            try file.write((event.text() + "\n").utf8)
            try file.flush()
        }
    }

    private func post(
        _ event: JSON, to address: ServiceAddress, over connection: ServiceConnection
    ) async throws {
        let headers = try token.map { [try $0.header()] } ?? []
        let answer: ServiceConnection.Answer
        do throws(ServiceConnection.Failure) {
            answer = try await connection.post(
                address.path(below: LineageSink.path), headers: headers,
                body: Array(event.text().utf8), type: "application/json")
        } catch {
            throw CommandError(
                "the service for lineage cannot be reached: \(error)",
                "check its address and that it runs")
        }
        guard (200...299).contains(answer.status) else {
            throw CommandError(
                "the service for lineage answered \(answer.status)",
                [401, 403].contains(answer.status)
                    ? "give it a token that it takes" : "see the service's log")
        }
    }
}
