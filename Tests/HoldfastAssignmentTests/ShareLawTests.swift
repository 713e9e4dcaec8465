import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// A product of two numbers of 64 bits, in halves of 32 bits, most significant first: as at school.
private func product(_ one: UInt64, _ other: UInt64) -> [UInt64] {
    var digits: [UInt64] = [0, 0, 0, 0]
    for (place, part) in [one & 0xFFFF_FFFF, one >> 32].enumerated() {
        var carry: UInt64 = 0
        for (shift, factor) in [other & 0xFFFF_FFFF, other >> 32].enumerated() {
            let sum = digits[place + shift] + part * factor + carry
            digits[place + shift] = sum & 0xFFFF_FFFF
            carry = sum >> 32
        }
        digits[place + 2] += carry
    }
    return digits.reversed()
}

private func isLess(_ one: [UInt64], _ other: [UInt64]) -> Bool {
    one.lexicographicallyPrecedes(other)
}

@Suite struct ShareLawTests {
    @Test func `a boundary is the floor of the share of all buckets, exactly`() {
        let few = [0, 1, 2, 3, 499_999, 500_000, 500_001, 999_998, 999_999, 1_000_000]
        var chance = SeededGenerator(seed: 3)
        for millionths in few + (0..<20_000).map({ _ in chance.below(1_000_001) }) {
            let boundary = Share(millionths: millionths).boundary
            // boundary · 10^6 ≤ millionths · 2^52 < (boundary + 1) · 10^6
            let exact = product(UInt64(millionths), Bucket.count)
            #expect(!isLess(exact, product(boundary, 1_000_000)), "\(millionths)")
            #expect(isLess(exact, product(boundary + 1, 1_000_000)), "\(millionths)")
        }
        #expect(Share.none.boundary == 0 && Share.all.boundary == Bucket.count)
    }

    @Test func `a share survives being written and read`() {
        for millionths in stride(from: 0, through: 1_000_000, by: 7) {
            let share = Share(millionths: millionths)
            #expect(Share(percent: share.description) == share)
        }
        #expect(Share(millionths: 25_000).description == "2.5%")
        #expect(Share(millionths: 1).description == "0.0001%")
    }

    @Test(arguments: [
        "", "%", "5", "5 %", " 5%", "5% ", "5%%", "-1%", "+1%", "100.0001%", "101%", "0.00001%",
        "1.%",
        ".5%", "1e1%", "1,5%", "5.5.5%", "0x5%", "5\u{0600}%", "5\u{301}%", "５%", "5％", "0005%",
        "1000%",
        "5.\u{301}5%", "NaN%", "5\u{0}%", "1_0%",
    ])
    func `what is no percentage of four decimals is no share`(text: String) {
        #expect(Share(percent: text) == nil, "\(text)")
        #expect(
            problems(catalogText("traffic: \"\(text == "5\u{0}%" ? "5\\0%" : text)\"")).count == 1)
    }

    @Test func `cumulative boundaries end at the last bucket and never fall`() {
        for seed in 0..<500 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let cuts = ((0..<6).map { _ in chance.below(1_000_001) } + [0, 1_000_000]).sorted()
            let shares = zip(cuts, cuts.dropFirst()).map { Share(millionths: $1 - $0) }
            let boundaries = Dealing.cumulativeBoundaries(shares)
            #expect(
                boundaries.last == Bucket.count && boundaries == boundaries.sorted(), "seed \(seed)"
            )
            #expect(boundaries == cuts.dropFirst().map { Share(millionths: $0).boundary })
        }
    }

    @Test(arguments: [
        ("2w", 1_209_600), ("30d", 2_592_000), ("6h", 21_600), ("30m", 1_800), ("45s", 45),
        ("0s", 0),
        ("36600d", 3_162_240_000),
    ])
    func `a span is a whole number of a unit`(text: String, seconds: Int64) {
        #expect(Span(text)?.microseconds == seconds * 1_000_000)
        let span = Span(microseconds: seconds * 1_000_000)
        #expect(Span(span.description) == span)
    }

    @Test(arguments: [
        "", "d", "30", "30 d", "1.5d", "-1d", "36601d", "99999999999d", "9999999999w", "30D", "3é",
        "３d",
    ])
    func `what is no such number is no span`(text: String) {
        #expect(Span(text) == nil)
    }

    @Test func `names and units have their limits, in bytes`() {
        #expect(Name(String(repeating: "a", count: 64)) != nil && Name("A-z_0.9") != nil)
        let bad = [
            String(repeating: "a", count: 65), "", "a b", "a/b", "é", "a\n", "\u{212A}", "a:b",
        ]
        for text in bad { #expect(Name(text) == nil, "\(text)") }
        #expect(UnitID(String(repeating: "u", count: 1_024)) != nil)
        #expect(UnitID(String(repeating: "😀", count: 256)) != nil)
        for text in [
            "", String(repeating: "u", count: 1_025), String(repeating: "😀", count: 256) + "u",
        ] {
            #expect(UnitID(text) == nil)
        }
        #expect(UnitID("é") != UnitID("e\u{301}"))
        #expect(Set([UnitID("é"), UnitID("e\u{301}")]).count == 2)
    }
}
