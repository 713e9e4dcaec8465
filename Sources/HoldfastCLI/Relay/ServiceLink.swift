internal import Foundation
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastServer

/// A relay's way to its service: posts a numbered batch and reads what became of it.
struct ServiceLink: Sendable {
    private let address: ServiceAddress
    private let source: String
    private let token: BearerToken?
    private let connection: ServiceConnection

    /// What came of sending a batch.
    enum Answer: Sendable {
        /// The service has answered for each of its items.
        case done(DeliveryCounts)
        /// It did not, and may soon: it is away, busy, or has asked for some seconds.
        case later(DeliveryFailure, seconds: Int?)
        /// It will not before somebody mends something: a token, a path, a setting.
        case stuck(DeliveryFailure)
    }

    /// A link to a service, trusting the certificates of a file in place of the system's if there
    /// is one. Throws where that file or the token's cannot be read.
    init(
        to address: ServiceAddress, source: String, tokenFile: String?, authorities: String?
    ) throws {
        self.address = address
        self.source = source
        var endpoint = address.endpoint
        endpoint.authorities = authorities
        do throws(ServiceConnection.Failure) {
            connection = try ServiceConnection(to: endpoint)
        } catch {
            throw CommandError(error.description, "give --ca a file of certificates in PEM")
        }
        token = try tokenFile.map {
            try BearerToken(in: $0, hint: "write into it what `holdfast token create` printed")
        }
    }

    /// Sends a batch under its number. A cancelled task ends it; nobody knows what became of it.
    func send(_ batch: SpoolBatch) async -> Answer {
        var headers = [
            ("Holdfast-Source", batch.source(source)), ("Holdfast-Sequence", String(batch.number)),
        ]
        if let token {
            do {
                headers.append(try token.header())
            } catch {
                return .stuck(DeliveryFailure("\(error)"))
            }
        }
        do throws(ServiceConnection.Failure) {
            let answer = try await connection.post(
                address.path(of: batch.kind), headers: headers, body: batch.lines)
            return ServiceLink.read(answer, to: batch)
        } catch {
            return .later(
                DeliveryFailure("the service cannot be reached: \(error)"), seconds: nil)
        }
    }

    private static func read(_ answer: ServiceConnection.Answer, to batch: SpoolBatch) -> Answer {
        // A body that is no JSON, say a proxy's page, has nothing to tell.
        let json = try? JSON.parse(answer.body)
        switch answer.status {
        case 200:
            guard let results = json?["results"]?.array, results.count == batch.contents.count
            else {
                return .stuck(
                    DeliveryFailure("the answer 200 does not name each item: is this Holdfast?"))
            }
            return .done(DeliveryCounts(results, arms: batch.arms))
        case 408, 425, 429, 500...599:
            return .later(.status(answer.status, json), seconds: answer.retryAfter)
        default: return .stuck(.status(answer.status, json))
        }
    }
}

/// Why a batch was not delivered, without anything of its items.
struct DeliveryFailure: Equatable, Sendable {
    var text: String

    init(_ text: String) {
        self.text = text
    }

    /// An answer by its status, and by the code if it is of ours: words of a stranger stay out.
    static func status(_ status: Int, _ body: JSON?) -> DeliveryFailure {
        let code = body?["code"]?.string.flatMap(word).map { ", \($0)" } ?? ""
        return DeliveryFailure("the service answered \(status)\(code)")
    }

    /// A code of ours: a few lower-case letters and underscores.
    static func word(_ text: String) -> String? {
        let isWord = text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (97...122).contains($0) }
        return isWord && (1...40).contains(text.utf8.count) ? text : nil
    }
}

extension DeliveryCounts {
    /// What the service says of each item, and whether it dealt as the producer was told.
    init(_ results: [JSON], arms: [String?]) {
        self.init()
        for (result, arm) in zip(results, arms) {
            switch result["status"]?.string {
            case "accepted": accepted += 1
            case "duplicate": duplicates += 1
            default:
                let code = result["error"]?["code"]?.string.flatMap(DeliveryFailure.word)
                refused[code ?? "other", default: 0] += 1
                continue
            }
            if let arm, !sameBytes(arm, result["arm"]?.string ?? "") { dealtOtherwise += 1 }
        }
    }
}

/// Where a service is: scheme, host, port, and a path before its own where a proxy has one.
struct ServiceAddress: Sendable {
    let endpoint: ServiceConnection.Endpoint
    private let prefix: String

    init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.query == nil,
            let endpoint = ServiceConnection.Endpoint(parts)
        else { return nil }
        self.endpoint = endpoint
        let path = parts.percentEncodedPath
        prefix = path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    func path(of kind: Fact.Kind) -> String { path(below: "/v1/\(kind.rawValue)s") }

    /// A path below the service's own, which may be given with it.
    func path(below: String) -> String { prefix.hasSuffix(below) ? prefix : prefix + below }
}

extension ServiceConnection.Endpoint {
    /// Where a URL leads to, by its scheme, its host and its port; `nil` where it is none of HTTP,
    /// or names a user or a fragment.
    init?(_ parts: URLComponents) {
        guard let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil,
            parts.fragment == nil, parts.port.map({ (1...65_535).contains($0) }) ?? true
        else { return nil }
        let isSecure = scheme == "https"
        self.init(
            // A number of IP's sixth version stands in brackets in a URL.
            host: host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")),
            port: parts.port ?? (isSecure ? 443 : 80), isSecure: isSecure)
    }

    /// Whether others on the way can read what is sent.
    var isOpen: Bool { !isSecure && !["127.0.0.1", "localhost", "::1"].contains(host) }
}
