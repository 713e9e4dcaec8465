import Foundation
import HoldfastFormats
import NIOCore
import Testing
import TestSupport

@testable import HoldfastServer

/// Requests that never end, against a service with short times.
@Suite struct EndlessRequestTests {
    private static func options(
        _ change: (inout ServiceLimits) -> Void = { _ in }
    ) -> ServiceOptions {
        var options = ServiceOptions()
        options.limits.request = .milliseconds(300)
        change(&options.limits)
        return options
    }

    private static let outcome = #"{"id":"o-1","unit":"u","name":"n","value":1}"#

    static func post(_ path: String, _ body: String, length: Int, type: String = "json") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/\(type)\r\n"
            + "Content-Length: \(length)\r\n\r\n\(body)"
    }

    @Test(arguments: [
        "G", "GET /healthz HTTP/1.1\r\nHost: a", "GET /healthz HTTP/1.1\r\nHost: a\r\n",
        post("/v1/outcomes", "", length: 44), post("/v1/outcomes", outcome, length: 45),
        post("/v1/outcomes", outcome + "\n", length: 90, type: "x-ndjson"),
        post("/ofrep/v1/evaluate/flags", "{", length: 2),
        "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ])
    func `a request that breaks off is answered 408, closed, and leaves nothing behind`(
        bytes: String
    ) async throws {
        try await Harness.run(options: Self.options()) { harness in
            let answer = try await blocking {
                let connection = try RawConnection(port: harness.client.port)
                connection.send(bytes)
                return try connection.everything()
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
            #expect(answer.contains("Content-Type: application/problem+json\r\n"))
            #expect(answer.contains("Connection: close\r\n"))
            let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
            let problem = try JSON.parse(Array(body.utf8))
            #expect(problem["code"] == "overdue")
            #expect(try JSONSchemaValidator("problem.schema.json").faults(problem) == [])
            #expect(try await harness.count("outcomes") == 0)
            #expect(try await harness.client.get("/healthz").status == 200)
        }
    }

    @Test(arguments: [
        ("GET /healthz HTTP/1.1\r\nHost: a\r\n", "X: y\r\n"),
        (post("/v1/outcomes", "", length: 1_000_000), " "),
        (
            "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "1\r\n \r\n"
        ),
    ])
    func `a byte now and then does not prolong a request`(
        first: String, again: String
    ) async throws {
        try await Harness.run(options: Self.options()) { harness in
            let answer = try await blocking {
                let connection = try RawConnection(port: harness.client.port)
                connection.send(first)
                // Far beyond its time, if nobody ends it; sending fails when somebody has.
                for _ in 0..<2_000 where connection.send(again) { usleep(10_000) }
                return try connection.everything()
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 ") || answer.isEmpty, "\(answer)")
            #expect(try await harness.client.get("/healthz").status == 200)
        }
    }

    @Test func `an answered request whose body goes on for ever is closed without another answer`()
        async throws
    {
        // Time enough to be answered, on a machine that does much else.
        let options = Self.options { $0.body = .seconds(5) }
        try await Harness.run(options: options) { harness in
            let answer = try await blocking {
                let connection = try RawConnection(port: harness.client.port)
                connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
                return try connection.everything()
            }
            // One: 200, or 408 where this machine was too busy to begin with it in time.
            #expect(answer.components(separatedBy: "HTTP/1.1").count == 2, "\(answer)")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") || answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `between requests a connection has the idle time, however short a request's is`()
        async throws
    {
        // Times that a machine that does much else does not run into by itself.
        let options = Self.options {
            $0.request = .seconds(3)
            $0.answer = .seconds(60)
        }
        try await Harness.run(options: options) { harness in
            let again = try await blocking {
                let connection = try RawConnection(port: harness.client.port)
                let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                var answers = ""
                for _ in 0..<2 {
                    usleep(3_500_000)
                    connection.send(request)
                    answers += try connection.answer(until: #"{"status":"ok"}"#)
                }
                return answers
            }
            #expect(again.components(separatedBy: "HTTP/1.1 200 ").count == 3)
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        let options = Self.options {
            $0.request = .seconds(30)
            $0.idle = .milliseconds(200)
        }
        try await Harness.run(options: options) { harness in
            let (fresh, used) = try await blocking {
                let fresh = try RawConnection(port: harness.client.port)
                var used = ""
                // On a busy machine its idle time may be over before the request is sent.
                for _ in 0..<100 where used.isEmpty {
                    let connection = try RawConnection(port: harness.client.port)
                    connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                    used = try connection.everything()
                }
                return (try fresh.everything(), used)
            }
            #expect(fresh == "")
            #expect(used.hasPrefix("HTTP/1.1 200 ") && used.hasSuffix(#"{"status":"ok"}"#))
        }
    }

    @Test func `requests sent ahead are each answered, in their order`() async throws {
        try await Harness.run { harness in
            let answers = try await blocking {
                let connection = try RawConnection(port: harness.client.port)
                let requests = (0..<200).map { number in
                    let body = #"{"experiment":"offers","unit":"unit-\#(number)"}"#
                    return Self.post("/v1/assignments", body, length: body.utf8.count)
                }
                DispatchQueue.global().async { connection.send(requests.joined()) }
                return try connection.answer(until: "unit-199\"")
            }
            let units = answers.matches(of: /"unit":"unit-(\d+)"/).map { String($0.1) }
            #expect(units == (0..<200).map(String.init))
        }
    }

    @Test func `a client that takes no answer loses its connection`() async throws {
        try await Harness.run(options: Self.options()) { harness in
            // Some 25 MB of answers: more than the system's buffers between the two hold.
            let items = (0..<10_000).map { #"{"experiment":"offers","unit":"u\#($0)"}"# }
            let body = "[\(items.joined(separator: ","))]"
            let request = Self.post("/v1/assignments", body, length: body.utf8.count)
            let isClosed = try await blocking {
                let connection = try RawConnection(port: harness.client.port, receiveBytes: 4_096)
                // It blocks when the service reads no more, and fails when that has closed.
                DispatchQueue.global().async {
                    for _ in 0..<12 where connection.send(request) {}
                }
                for _ in 0..<600 {
                    if try connection.isClosedByOther { return true }
                    usleep(100_000)
                }
                return false
            }
            #expect(isClosed, "an answer was kept for a minute for who did not take it")
            #expect(try await harness.client.get("/healthz").status == 200)
        }
    }
}
