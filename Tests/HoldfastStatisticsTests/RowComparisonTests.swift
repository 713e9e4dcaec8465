import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct RowComparisonTests {
    private func shows(_ value: Double?, _ digits: String) -> Bool {
        value.map { "\($0)".hasPrefix(digits) } ?? false
    }

    @Test func `the examples of shared rows and units are true`() throws {
        let share = try #require(DuplicateShare(reference: [1, 2, 2, 3], candidate: [2, 3, 4, 5]))
        #expect(share.share == 0.5 && share.chanceShare == 0.5 && share.excess == 0)
        #expect(shows(share.excessInterval().lower, "-0.4949"), "\(share.excessInterval())")
        #expect(shows(share.excessInterval().upper, "0.4949"))
        let overlap = try #require(UnitOverlap(reference: [1, 2, 2, 3], candidate: [2, 3, 3, 5]))
        #expect(overlap.shared == 2 && overlap.share == 0.6666666666666666)
    }

    @Test func `shared and repeated rows are those of a search of every pair`() throws {
        for seed in UInt64(1)...40 {
            var chance = SeededGenerator(seed: seed)
            let draw = { (chance: inout SeededGenerator) -> [UInt64] in
                (0..<(1 + chance.below(30))).map { _ in
                    chance.below(6) == 0 ? UInt64.max : UInt64(chance.below(20))
                }.sorted()
            }
            let (reference, candidate) = (draw(&chance), draw(&chance))
            let share = try #require(DuplicateShare(reference: reference, candidate: candidate))
            #expect(share.shared == candidate.count { reference.contains($0) }, "seed \(seed)")
            let repeated = reference.count { hash in reference.count { $0 == hash } > 1 }
            #expect(share.repeated == repeated, "seed \(seed)")
            let overlap = try #require(UnitOverlap(reference: reference, candidate: candidate))
            #expect(overlap.referenceCount == Set(reference).count, "seed \(seed)")
            #expect(overlap.candidateCount == Set(candidate).count, "seed \(seed)")
            #expect(
                overlap.shared == Set(reference).intersection(candidate).count, "seed \(seed)")
        }
        #expect(DuplicateShare(reference: [], candidate: [1]) == nil)
        #expect(UnitOverlap(reference: [1], candidate: []) == nil)
    }

    @Test func `rows of few values are no leak, and copied rows are one`() throws {
        for seed in UInt64(1)...10 {
            var chance = SeededGenerator(seed: seed)
            let draw = { (chance: inout SeededGenerator) -> [UInt64] in
                (0..<2_000).map { _ in UInt64(chance.below(8_000)) }
            }
            let reference = draw(&chance)
            var candidate = draw(&chance)
            let clean = try #require(
                DuplicateShare(reference: reference.sorted(), candidate: candidate.sorted()))
            #expect(clean.share > 0.1 && abs(clean.excess) < 0.05, "seed \(seed)")
            candidate[..<300] = reference[..<300]
            let leak = try #require(
                DuplicateShare(reference: reference.sorted(), candidate: candidate.sorted()))
            #expect(leak.excessInterval().lower > 0.05, "seed \(seed)")
        }
    }

    @Test func `the example of the skew is true`() {
        var skew = PairedSkew()
        skew.add(1.0, 1.0)
        skew.add(2.0, 2.5)
        skew.add(3.0, .nan)
        #expect(skew.share == 0.6666666666666666 && skew.meanShift == 0.25)
        #expect(skew.largest == 0.5 && skew.meanSize == 0.25)
        #expect(shows(skew.interval()?.lower, "0.2076") && shows(skew.interval()?.upper, "0.9385"))
    }

    @Test func `parts of the rows merge into the whole`() {
        for seed in UInt64(1)...10 {
            var chance = SeededGenerator(seed: seed)
            var (whole, parts) = (PairedSkew(), [PairedSkew(), PairedSkew(), PairedSkew()])
            for _ in 0..<200 {
                let pair = (0..<2).map { _ in
                    chance.below(5) == 0 ? Double.nan : Double(chance.below(9)) / 2
                }
                whole.add(pair[0], pair[1])
                parts[chance.below(3)].add(pair[0], pair[1])
            }
            var merged = PairedSkew()
            for part in parts { merged.merge(part) }
            // Halves add up exactly in any order.
            #expect(merged == whole && whole.count == 200, "seed \(seed)")
        }
    }

    @Test func `missing on both sides is equal, and infinity has no mean`() {
        var skew = PairedSkew(tolerance: 1e-6)
        skew.add(.nan, .nan)
        #expect(skew.share == 0 && skew.meanShift == nil && skew.largest == nil)
        skew.add(Double.infinity, .infinity)
        skew.add(0.0, .infinity)
        #expect(skew.equal == 1 && skew.different == 1 && skew.meanShift == nil)
        skew.add(1_000_000.0, 1_000_000.5)
        skew.add(1_000_000.0, 1_000_002.0)
        #expect(skew.equal == 2 && skew.different == 2 && skew.largest == 2)
        skew.add(Int32(4), Int32(4))
        skew.add(Int32(4), Int32(5))
        skew.add(Int32(-1), Int32(5))
        skew.add(Int32(5), Int32(-1))
        #expect(skew.equal == 3 && skew.unequal == 5 && skew.count == 9)
        #expect(skew.missingInReference == 1 && skew.missingInCandidate == 1)
        #expect(PairedSkew().share == nil && PairedSkew().interval() == nil)
    }
}
