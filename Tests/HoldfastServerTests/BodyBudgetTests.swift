import Foundation
import HoldfastFormats
import NIOCore
import Testing
import TestSupport

@testable import HoldfastServer

/// The bytes of bodies over all connections, against a service with room for few.
@Suite struct BodyBudgetTests {
    private static func options(bytes: Int) -> ServiceOptions {
        var options = ServiceOptions()
        options.limits.bodyBytes = bytes
        return options
    }

    fileprivate static func body(_ id: String, bytes: Int) -> String {
        let item = #"{"id":"\#(id)","unit":"u","name":"n","value":1}"#
        return String(repeating: " ", count: bytes - item.utf8.count) + item
    }

    @Test func `what fits is taken, a byte more is answered 503, and the room is free again`()
        async throws
    {
        try await Harness.run(options: Self.options(bytes: 1_000)) { harness in
            for round in 0..<20 {
                let fits = try await harness.client.post(
                    "/v1/outcomes", Self.body("o-\(round)", bytes: 1_000))
                #expect(fits.status == 200)
                let over = try await harness.client.post(
                    "/v1/outcomes", Self.body("x-\(round)", bytes: 1_001))
                #expect(over.status == 503)
                #expect(over.headers["retry-after"] == "1")
                #expect(try over.json["code"] == "busy")
                #expect(try JSONSchemaValidator("problem.schema.json").faults(over.json) == [])
            }
            #expect(try await harness.count("outcomes") == 20)
            let flags = try await harness.client.post(
                "/ofrep/v1/evaluate/flags", String(repeating: " ", count: 1_001))
            #expect(flags.status == 503)
            #expect(flags.headers["retry-after"] == "1")
            #expect(try flags.json["metadata"] == ["code": "busy"])
        }
    }

    /// A service with room for 1,000 bytes, asked with bodies that only say whether there is room.
    private struct Room {
        let harness: Harness

        func has(_ bytes: Int) async throws -> Bool {
            let body = BodyBudgetTests.body("-", bytes: bytes)
                .replacingOccurrences(of: "value", with: "other")
            let status = try await harness.client.post("/v1/assignments", body).status
            // 422: it was read.
            #expect(status == 422 || status == 503)
            return status == 422
        }

        /// Waits until so many bytes are held. Not by asking: what asks takes room itself, and what
        /// comes at that moment is turned away.
        func waits(untilTaken bytes: Int) async throws {
            let deadline = ContinuousClock.now + .seconds(300)
            while harness.service.bodies.bytesTaken != bytes {
                guard ContinuousClock.now < deadline else {
                    let taken = harness.service.bodies.bytesTaken
                    throw ProgramError("\(taken) bytes are held, and not \(bytes)")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func `a promise takes no room, bytes that came do until they are answered`() async throws
    {
        try await Harness.run(options: Self.options(bytes: 1_000)) { harness in
            let room = Room(harness: harness)
            let promise = try RawConnection(port: harness.client.port)
            promise.send(EndlessRequestTests.post("/v1/outcomes", "", length: 1_000_000))
            #expect(try await room.has(900))
            let whole = Self.body("o-1", bytes: 900)
            let holder = try RawConnection(port: harness.client.port)
            holder.send(
                EndlessRequestTests.post("/v1/outcomes", String(whole.dropLast()), length: 900))
            try await room.waits(untilTaken: 899)
            #expect(try await !room.has(900))
            #expect(try await room.has(100))
            holder.send(String(whole.suffix(1)))
            let answer = try await blocking { try holder.answer(until: "accepted") }
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            try await room.waits(untilTaken: 0)
            #expect(try await room.has(900))
            #expect(try await harness.count("outcomes") == 1)
        }
    }

    @Test func `a request that hangs for ever gives its room back when its time is over`()
        async throws
    {
        var options = Self.options(bytes: 1_000)
        // Long enough for a slow machine to see that the room is taken.
        options.limits.body = .seconds(40)
        try await Harness.run(options: options) { harness in
            let room = Room(harness: harness)
            let hanging = try RawConnection(port: harness.client.port)
            let whole = Self.body("o-1", bytes: 900)
            hanging.send(EndlessRequestTests.post("/v1/outcomes", whole, length: 901))
            try await room.waits(untilTaken: 900)
            #expect(try await !room.has(900))
            let answer = try await blocking { try hanging.everything() }
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            try await room.waits(untilTaken: 0)
            #expect(try await room.has(900))
            #expect(try await harness.count("outcomes") == 0)
        }
    }

    @Test func `shares are counted to the byte, and given back once`() {
        let budget = BodyBudget(byteLimit: 10)
        let share = budget.share()
        #expect(share.take(4))
        #expect(share.take(6))
        #expect(!share.take(1))
        #expect(budget.bytesTaken == 10)
        share.release()
        share.release()
        #expect(budget.bytesTaken == 0)
        do {
            let forgotten = budget.share()
            #expect(forgotten.take(10))
        }
        #expect(budget.bytesTaken == 0)
        #expect(budget.share().take(0))
    }

    /// A reader that takes a broken connection for the end of a body would record its first lines.
    @Test(arguments: [
        EndlessRequestTests.post(
            "/v1/outcomes", #"{"unit":"u","name":"n","value":1}"# + "\n", length: 200,
            type: "x-ndjson"),
        "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n22\r\n"
            + #"{"unit":"u","name":"n","value":1}"# + "\n\r\n",
        "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func `of a body that breaks off nothing is recorded, not even its whole lines`(
        bytes: String
    ) async throws {
        try await Harness.run { harness in
            let answer = try await blocking {
                let connection = try RawConnection(port: harness.client.port)
                connection.send(bytes)
                connection.endSending()
                return try connection.answer(until: "}")
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(answer.contains(#""code":"incomplete""#))
            #expect(try await harness.count("outcomes") == 0)
        }
    }
}
