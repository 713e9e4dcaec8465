import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastServer

/// W3C Trace Context, level 1: https://www.w3.org/TR/trace-context-1/
@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test func `a valid header is read`() {
        let context = TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01")
        #expect(context?.traceID == Self.trace)
        #expect(context?.spanID == Self.span)
        #expect(context?.flags == "01")
    }

    @Test(arguments: [
        // Version, then as it is written again.
        ("00-\(trace)-\(span)-00", "00-\(trace)-\(span)-00"),
        ("00-\(trace)-\(span)-ff", "00-\(trace)-\(span)-ff"),
        ("00-\(trace)-0000000000000001-01", "00-\(trace)-0000000000000001-01"),
        (
            "00-00000000000000000000000000000001-\(span)-01",
            "00-00000000000000000000000000000001-\(span)-01"
        ),
        // A later version is taken as far as it is known: its ids, and whether it is sampled.
        ("01-\(trace)-\(span)-01", "00-\(trace)-\(span)-01"),
        ("01-\(trace)-\(span)-0e", "00-\(trace)-\(span)-00"),
        ("01-\(trace)-\(span)-0b", "00-\(trace)-\(span)-01"),
        ("cc-\(trace)-\(span)-01-what-the-future-will-be-like", "00-\(trace)-\(span)-01"),
        ("fe-\(trace)-\(span)-00-", "00-\(trace)-\(span)-00"),
    ])
    func `what is valid is passed through`(header: String, passed: String) {
        #expect(TraceContext(traceparent: header)?.traceparent == passed)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0",
        "ff-\(trace)-\(span)-01",  // the version that is none
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
        "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-00F067AA0BA902B7-01",
        "0A-\(trace)-\(span)-01", "00-\(trace)-\(span)-0A", "00-\(trace)-\(span)-0g",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", "00-\(trace)-\(span)-011",
        "01-\(trace)-\(span)-011", "01-\(trace)-\(span)-01.more",
        "00-\(trace.dropLast())-\(span)-01", "00-\(trace)0-\(span)-01",
        "00-\(trace)-\(span.dropLast())-01", "00-\(trace)-\(span)0-01",
        "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01",
        " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ", "0-\(trace)-\(span)-001",
        "00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01",
        "00-\(trace.dropLast(2))\u{E9}-\(span)-01",
        "00-\(trace.dropLast(1))\u{660}-\(span)-01", "xx-\(trace)-\(span)-01",
    ])
    func `what is not valid is taken for nothing`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func `random changes of a valid header are read or not, and never trap`() {
        let alphabet = Array("0123456789abcdefABCDEFg-_ ,\u{E9}")
        for seed in UInt64(0)..<2_000 {
            var generator = SeededGenerator(seed: seed)
            var text = Array("00-\(Self.trace)-\(Self.span)-01")
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: text.remove(at: place)
                case 1: text.insert(alphabet.randomElement(using: &generator) ?? "0", at: place)
                default: text[place] = alphabet.randomElement(using: &generator) ?? "0"
                }
            }
            let header = String(text)
            guard let context = TraceContext(traceparent: header) else { continue }
            // What was read is read again the same.
            let again = TraceContext(traceparent: context.traceparent)
            #expect(again == context, "seed \(seed): \(header)")
            #expect(header.dropFirst(2).hasPrefix("-\(context.traceID)-\(context.spanID)-"))
        }
    }

    @Test(arguments: [
        ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", true), ("a=1", true), ("a= 1", true),
        ("1a@b=1", true), ("a_-*/@=x", true), ("a=1, ,b=2", true), ("a=1\t,\tb=2", true),
        ("\(String(repeating: "k", count: 256))=\(String(repeating: "v", count: 256))", true),
        ("\(String(repeating: "k", count: 257))=v", false),
        ("k=\(String(repeating: "v", count: 257))", false),
        ((0..<32).map { "k\($0)=v" }.joined(separator: ","), true),
        ((0..<33).map { "k\($0)=v" }.joined(separator: ","), false), ("", false), (",", false),
        ("a", false), ("=1", false), ("a=", false), ("a= ", false), ("A=1", false),
        ("_a=1", false), ("a =1", false), ("a=1=2", false), ("a=\u{E9}", false),
        ("a=1,a=2", false),
    ])
    func `a state is passed through where it is one, and never decides on the trace`(
        state: String, isValid: Bool
    ) throws {
        let parent = "00-\(Self.trace)-\(Self.span)-01"
        let context = try #require(TraceContext(traceparent: parent, tracestate: state))
        #expect(context.state == (isValid ? state : nil))
        #expect(context.traceparent == parent)
    }

    @Test func `a trace is echoed on every answer, errors included, and nothing else is`()
        async throws
    {
        let parent = "00-\(Self.trace)-\(Self.span)-01"
        try await Harness.run { harness in
            let client = harness.client
            for (path, status) in [
                ("/healthz", 200), ("/nothing", 404), ("/v1/experiments/x", 404),
            ] {
                let answer = try await client.get(
                    path, headers: ["traceparent": parent, "tracestate": "a=1,b=2"])
                #expect(answer.status == status)
                #expect(answer.headers["traceparent"] == parent)
                #expect(answer.headers["tracestate"] == "a=1,b=2")
            }
            let posted = try await client.post(
                "/v1/decisions", "{", headers: ["traceparent": parent])
            #expect(posted.status == 400)
            #expect(posted.headers["traceparent"] == parent)
            #expect(posted.headers["tracestate"] == nil)
            for header in [parent.uppercased(), "ff" + parent.dropFirst(2), "nonsense"] {
                let answer = try await client.get(
                    "/healthz", headers: ["traceparent": header, "tracestate": "a=1"])
                #expect(answer.status == 200)
                #expect(answer.headers["traceparent"] == nil)
                #expect(answer.headers["tracestate"] == nil)
            }
        }
    }
}
