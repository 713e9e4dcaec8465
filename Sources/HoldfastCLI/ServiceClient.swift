internal import Foundation
internal import FoundationNetworking
internal import HoldfastFormats

/// A producer of facts: posts batches to a service over HTTP.
struct ServiceClient {
    let address: String
    private let session: URLSession

    init(port: Int) {
        address = "http://127.0.0.1:\(port)"
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 30
        session = URLSession(configuration: configuration)
    }

    /// Posts items as NDJSON and gives the answers, one for each; an item that was refused is an
    /// error, because the demo sends none that should be.
    func post(_ path: String, _ items: [JSON]) async throws -> [JSON] {
        guard let url = URL(string: address + path) else {
            preconditionFailure("\(path) is a path of ours")
        }
        var body: [UInt8] = []
        for item in items {
            item.write(to: &body)
            body.append(0x0A)
        }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/x-ndjson", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(body)
        let (data, response) = try await session.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        let answer = try JSON.parse(Array(data))
        guard status == 200, let results = answer["results"]?.array, results.count == items.count
        else {
            throw CommandError(
                "\(path) answered \(status): \(answer.text())", "see the service's log")
        }
        if let refused = results.first(where: { $0["status"]?.string == "refused" }) {
            throw CommandError(
                "\(path) refused an item: \(refused.text())", "this is a fault of the demo")
        }
        return results
    }
}
