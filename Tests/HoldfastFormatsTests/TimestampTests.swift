import HoldfastFormats
import Testing
import TestSupport

@Suite struct TimestampTests {
    @Test func `a time is read and written as Python does`() throws {
        let file = try golden("HoldfastFormatsTests/Golden/timestamps.json")
        #expect(try file.text(at: "origin").hasPrefix("Python"))
        for vector in try file.cases("read") {
            let text = try vector.text(at: "text")
            do throws(TimestampError) {
                let time = try Timestamp(rfc3339: text)
                #expect(vector["microseconds"] == .integer(time.microseconds), "\(text)")
                #expect(vector["written"] == .string(time.description), "\(text)")
            } catch {
                #expect(vector["microseconds"] == .null, "\(error)")
                #expect(
                    !error.message.isEmpty && error.description.contains("2026-01-01T00:00:00Z"))
            }
        }
    }

    @Test func `a moment survives being written and read`() throws {
        let least = try Timestamp(rfc3339: "0000-01-01T00:00:00Z").microseconds
        let most = try Timestamp(rfc3339: "9999-12-31T23:59:59.999999Z").microseconds
        for seed in 0..<5_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let time = Timestamp(microseconds: Int64.random(in: least...most, using: &chance))
            #expect(try Timestamp(rfc3339: time.description) == time, "seed \(seed)")
        }
    }

    @Test func `what is read can be written and read again`() throws {
        // At either end a zone could carry a time into a year of five digits, or of none.
        for seed in 0..<2_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            func two(_ bound: Int) -> String {
                String(100 + chance.below(bound)).suffix(2).description
            }
            let date = chance.pick(["0000-01-01", "9999-12-31", "1970-01-01", "2024-02-29"])
            let text =
                "\(date)T\(two(24)):\(two(60)):\(two(60))\(chance.pick(["+", "-"]))\(two(24)):\(two(60))"
            guard let time = try? Timestamp(rfc3339: text) else {  // Outside the years, as it says.
                #expect(date == "0000-01-01" || date == "9999-12-31", "seed \(seed): \(text)")
                continue
            }
            #expect(try Timestamp(rfc3339: time.description) == time, "seed \(seed): \(text)")
        }
    }

    @Test func `every moment that 64 bits hold has a description`() {
        for microseconds in [Int64.min, .min + 1, .max, -1, 0, 1] {
            #expect(Timestamp(microseconds: microseconds).description.hasSuffix("Z"))
        }
        #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
        #expect(Timestamp(microseconds: -1_000_000).description == "1969-12-31T23:59:59Z")
    }

    @Test func `earlier is less`() throws {
        for seed in 0..<1_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let bound: Int64 = 250_000_000_000_000_000
            let one = Timestamp(microseconds: Int64.random(in: 0...bound, using: &chance))
            let other = Timestamp(microseconds: Int64.random(in: 0...bound, using: &chance))
            #expect((one < other) == (one.microseconds < other.microseconds), "seed \(seed)")
        }
    }

    @Test func `random texts are read or refused`() {
        let alphabet = Array("0123456789-:.TtZz+ é")
        for seed in 0..<5_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            var text = Array("2026-02-28T23:59:59.5+09:00")
            for _ in 0...chance.below(4) { text[chance.below(text.count)] = chance.pick(alphabet) }
            // Refused is fine.
            guard let time = try? Timestamp(rfc3339: String(text)) else { continue }
            #expect((try? Timestamp(rfc3339: time.description)) == time, "seed \(seed)")
        }
    }
}
