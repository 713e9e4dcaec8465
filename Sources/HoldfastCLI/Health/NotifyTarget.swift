internal import Foundation
internal import HoldfastServer

/// Where it is told that an alarm began or ended: a webhook.
///
///     let target = try NotifyTarget("https://hooks.example/services/T0/B0/secret")
///     await target.post(body)   // .taken
///
/// The path and the query of such a URL are its secret: neither is ever in a log or an error.
struct NotifyTarget: Sendable {
    private let connection: ServiceConnection
    private let path: String

    /// The seconds that a post may take.
    private static let postSeconds: Int64 = 10

    /// Throws where the URL is none, or would go through a network in the open.
    init(_ text: String) throws {
        guard let parts = URLComponents(string: text),
            var endpoint = ServiceConnection.Endpoint(parts)
        else {
            throw CommandError(
                "the URL for notifications is none that can be posted to",
                "write https://hooks.example/path, without user and fragment")
        }
        guard !endpoint.isOpen else {
            throw CommandError(
                "notifications would go to \(endpoint.host) in the open, and with them the URL's "
                    + "secret", "give an https URL; http is for this machine only")
        }
        endpoint.postSeconds = NotifyTarget.postSeconds
        do throws(ServiceConnection.Failure) {
            connection = try ServiceConnection(to: endpoint)
        } catch {
            throw CommandError(error.description, "check the system's certificates")
        }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        self.path = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// Posts a notification once.
    func post(_ body: [UInt8]) async -> HealthDelivery {
        do throws(ServiceConnection.Failure) {
            let answer = try await connection.post(
                path, headers: [], body: body, type: "application/json")
            switch answer.status {
            case 200...299: return .taken
            case 408, 425, 429, 500...599:
                return .later(
                    "the receiver answered \(answer.status)", seconds: answer.retryAfter)
            default: return .refused("the receiver answered \(answer.status)")
            }
        } catch {
            return .later("the receiver cannot be reached", seconds: nil)
        }
    }
}
