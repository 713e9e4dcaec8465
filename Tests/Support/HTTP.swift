public import Foundation
import FoundationNetworking
public import HoldfastFormats

/// A client of the service, as a producer would write one.
public struct HTTP: Sendable {
    public let port: Int

    public init(port: Int) {
        self.port = port
    }

    /// What the service answered.
    public struct Answer: Sendable {
        public var status: Int
        public var headers: [String: String]
        public var body: Data

        /// The body as JSON; a test that asks for it needs it to be.
        public var json: JSON {
            get throws { try JSON.parse(Array(body)) }
        }
    }

    public func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, body: nil, type: nil, headers: headers)
    }

    public func post(
        _ path: String, _ body: String, type: String? = "application/json",
        headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send("POST", path, body: Data(body.utf8), type: type, headers: headers)
    }

    public func post(
        _ path: String, _ body: JSON, headers: [String: String] = [:]
    ) async throws -> Answer {
        try await post(path, body.text(), headers: headers)
    }

    public func send(
        _ method: String, _ path: String, body: Data?, type: String?,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw ProgramError("\(path) is no path")
        }
        var request = URLRequest(url: url, timeoutInterval: 180)
        request.httpMethod = method
        request.httpBody = body
        request.setValue(type, forHTTPHeaderField: "Content-Type")
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else {
            throw ProgramError("the answer is not HTTP")
        }
        var given: [String: String] = [:]
        for (key, value) in response.allHeaderFields {
            if let key = key as? String { given[key.lowercased()] = value as? String }
        }
        return Answer(status: response.statusCode, headers: given, body: data)
    }
}
