import HoldfastLedger
import Testing
import TestSupport

/// The figures by which a ledger is watched.
@Suite struct LedgerActivityTests {
    @Test func `a range holds its upper bound, and the last what is longer than any`() {
        for (index, bound) in DurationHistogram.bounds.enumerated() {
            for (extra, range) in [(Int64(-1), index), (0, index), (1, index + 1)] {
                var histogram = DurationHistogram()
                histogram.observe(nanoseconds: Int64((bound * 1e9).rounded()) + extra)
                #expect(histogram.counts.firstIndex(of: 1) == range, "\(bound) s \(extra) ns")
                #expect(histogram.count == 1)
            }
        }
        #expect(zip(DurationHistogram.bounds, DurationHistogram.bounds.dropFirst()).allSatisfy(<))
    }

    @Test func `a clock that stepped back, and the longest time there is, are counted too`() {
        var histogram = DurationHistogram()
        histogram.observe(nanoseconds: .min)
        histogram.observe(nanoseconds: .max)
        #expect(histogram.counts.first == 1 && histogram.counts.last == 1)
        #expect(histogram.sum == Double(Int64.max) / 1e9)
    }

    @Test func `histograms of parts add up to that of the whole, in any order`() {
        for seed in UInt64(0)..<50 {
            var generator = SeededGenerator(seed: seed)
            var whole = DurationHistogram()
            var parts = [DurationHistogram](repeating: DurationHistogram(), count: 3)
            for _ in 0..<200 {
                let shift = Int.random(in: 20..<50, using: &generator)
                // Halves of a second, so that sums are exact whatever their order.
                let nanoseconds =
                    Int64.random(in: 0..<(1 << shift), using: &generator)
                    / 500_000_000 * 500_000_000
                whole.observe(nanoseconds: nanoseconds)
                parts[Int.random(in: 0..<3, using: &generator)].observe(nanoseconds: nanoseconds)
            }
            var merged = DurationHistogram()
            for part in parts.shuffled(using: &generator) { merged.add(part) }
            #expect(merged == whole, "seed \(seed)")
        }
    }

    @Test func `counts of facts add up`() {
        var counts = FactCounts(accepted: 1, duplicate: 2, refused: 3)
        counts.count(.accepted(id: "a"))
        counts.count(.duplicate(id: "a", dealt: nil))
        counts.count(.refused(Refusal(code: "c", detail: "d", hint: "h")))
        counts.add(FactCounts(accepted: 10, duplicate: 20, refused: 30))
        #expect(counts == FactCounts(accepted: 12, duplicate: 23, refused: 34))
    }
}
