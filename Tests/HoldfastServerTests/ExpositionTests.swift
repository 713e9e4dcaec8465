import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastLedger
@testable import HoldfastServer

/// The text format, byte for byte, and what it makes of anybody's text.
@Suite struct ExpositionTests {
    private static func text(_ body: (inout Exposition) -> Void) -> String {
        var exposition = Exposition()
        body(&exposition)
        return String(decoding: exposition.bytes, as: UTF8.self)
    }

    @Test func `a figure is its head and its samples`() {
        let text = ExpositionTests.text { text in
            text.begin("facts_total", .counter, "Facts \\ that\nwere \"answered\".")
            text.add(20_061, [("kind", "exposure"), ("result", "accepted")])
            text.begin("p", .gauge, "P.")
            text.add(1e-9)
            text.add(.infinity, [("a", "1")])
            text.add(-.infinity, [("a", "2")])
            text.add(.nan, [("a", "3")])
        }
        #expect(
            text == #"""
                # HELP holdfast_facts_total Facts \\ that\nwere "answered".
                # TYPE holdfast_facts_total counter
                holdfast_facts_total{kind="exposure",result="accepted"} 20061
                # HELP holdfast_p P.
                # TYPE holdfast_p gauge
                holdfast_p 1e-09
                holdfast_p{a="1"} +Inf
                holdfast_p{a="2"} -Inf
                holdfast_p{a="3"} NaN

                """#)
    }

    @Test func `a label's value comes back as it was, whatever it holds`() throws {
        let pieces = ["\\", "\"", "\n", "n", "{", "}", ",", "=", " ", "\u{E9}", "\u{1F600}", "\r"]
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            let value = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            let text = ExpositionTests.text { text in
                text.begin("sources", .gauge, "S.")
                text.add(7, [("source", value), ("other", "o")])
            }
            let labels = try Scrape(text).samples.keys.first?.labels
            let given = labels?["source"].map { Array($0.utf8) }
            #expect(given == Array(value.utf8), "seed \(seed): \(text)")
        }
    }

    @Test func `a histogram's buckets add up`() throws {
        var histogram = DurationHistogram()
        let ends: Int64 = 10_000_000_000
        for nanoseconds in [0, 100_000, 100_001, 7_000_000, ends, ends + 1] {
            histogram.observe(nanoseconds: nanoseconds)
        }
        let text = ExpositionTests.text { text in
            text.begin("wait_seconds", .histogram, "W.")
            text.add(histogram, [("route", "r")])
        }
        let scrape = try Scrape(text)
        for (bound, count) in [
            ("0.0001", 2.0), ("0.00025", 3), ("0.005", 3), ("0.01", 4), ("5.0", 4), ("10.0", 5),
            ("+Inf", 6),
        ] {
            #expect(
                scrape("wait_seconds_bucket", ["route": "r", "le": bound]) == count, "\(bound)")
        }
        #expect(scrape("wait_seconds_count", ["route": "r"]) == 6)
        let sum = try #require(scrape("wait_seconds_sum", ["route": "r"]))
        #expect(abs(sum - 20.007200002) < 1e-9)
    }

    @Test(arguments: [100, 101, 5_000])
    func `at most a hundred sources are shown, and what is missing adds up`(count: Int) throws {
        let sources = (0..<count).map { index in
            SourceState(
                source: "source-\(index)", lastSequence: Int64(9 + index % 7), batchCount: 9,
                lastReceived: Harness.start)
        }
        let gaps = Observation.Gaps(sources: sources, refusedItems: 3)
        let text = ExpositionTests.text { MetricsRoute.write(gaps, to: &$0) }
        let scrape = try Scrape(text)
        let shown = scrape.values(of: "source", in: "missing_batches")
        #expect(shown.count == 100)
        // Those that miss most.
        let least = sources.filter { shown.contains($0.source) }.map(\.missing).min() ?? -1
        let hidden = sources.filter { !shown.contains($0.source) }.map(\.missing).max() ?? 0
        #expect(hidden <= least)
        let total = scrape.samples.filter { $0.key.name == "holdfast_missing_batches" }.values
            .reduce(0, +)
        #expect(total == Double(sources.reduce(0) { $0 + $1.missing }))
        #expect((scrape("missing_batches") == nil) == (count <= 100))
        #expect(scrape("refused_items") == 3)
    }

    @Test func `a strict reader refuses what the format forbids`() {
        let head = "# HELP a A.\n# TYPE a gauge\n"
        for text in [
            head + "a 1", head + "b 1\n", head + "a 1\na 2\n", head + "a one\n", head + "\na 1\n",
            head + #"a{l="x"y"} 1"# + "\n", head + #"a{l="\x"} 1"# + "\n", head + head,
            head + #"a{l="1",} 1"# + "\n", "# HELP a A.\n# TYPE a counter\na 1\n",
            "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
        ] {
            #expect(throws: Scrape.Fault.self, "\(text)") { try Scrape(text) }
        }
    }
}
