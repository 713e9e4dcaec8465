import HoldfastFormats
import Testing
import TestSupport

/// A value as the golden file tells it: every bit of it shows.
private func told(_ value: JSON) -> JSON {
    switch value {
    case .null: ["null"]
    case .bool(let value): ["bool", .bool(value)]
    case .integer(let value): ["integer", .string(String(value))]
    case .number(let value): ["number", .string(hexadecimal(value.bitPattern))]
    case .string(let text): ["string", .string(hexadecimal(Array(text.utf8)))]
    case .array(let elements): ["array", .array(elements.map(told))]
    case .object(let object):
        [
            "object",
            .array(
                object.members.map { [.string(hexadecimal(Array($0.key.utf8))), told($0.value)] }),
        ]
    }
}

private func hexadecimal(_ bits: UInt64) -> String {
    hexadecimal((0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) })
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

@Suite struct JSONGoldenTests {
    @Test func `a text is read as Python reads it strictly, or refused as there`() throws {
        let file = try golden("HoldfastFormatsTests/Golden/json.json")
        #expect(try file.text(at: "origin").hasPrefix("Python"))
        for vector in try file.cases("read") {
            let text = bytes(hexadecimal: try vector.text(at: "text"))
            let shown = String(decoding: text.prefix(80), as: UTF8.self)
            let expected = try #require(vector["expected"])
            do throws(JSONError) {
                let value = try JSON.parse(text)
                let isDeep = expected == ["deep"]
                #expect(isDeep || told(value) == expected, "\(shown)")
                #expect(try JSON.parse(Array(value.text().utf8)) == value, "\(shown)")
                #expect(try JSON.parse(Array(value.text(pretty: true).utf8)) == value, "\(shown)")
            } catch {
                #expect(expected == .null, "\(shown) is refused: \(error)")
                #expect(error.line >= 1 && error.column >= 1 && error.offset <= text.count)
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test func `a double survives being written and read, bit by bit`() throws {
        for seed in 0..<20_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let number = Double(bitPattern: chance.next())
            guard number.isFinite else { continue }
            let text = JSON.number(number).text()
            guard case .number(let again) = try JSON.parse(Array(text.utf8)) else {
                Issue.record("seed \(seed): \(text) is read as no number")
                continue
            }
            #expect(again.bitPattern == number.bitPattern, "seed \(seed): \(text)")
        }
    }

    @Test func `an integer survives being written and read`() throws {
        var chance = SeededGenerator(seed: 1)
        let bounds = [Int64.min, .max, 0, -1, 1]
        for integer in bounds + (0..<2_000).map({ _ in Int64(bitPattern: chance.next()) }) {
            let text = JSON.integer(integer).text()
            #expect(try JSON.parse(Array(text.utf8)) == .integer(integer))
        }
    }

    @Test func `a text survives being written and read, byte by byte`() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let scalars = (0..<20).compactMap { _ in
                Unicode.Scalar(
                    UInt32(chance.below([0x20, 0x80, 0x3000, 0x11_0000][chance.below(4)])))
            }
            let text = String(String.UnicodeScalarView(scalars))
            guard case .string(let again) = try JSON.parse(Array(JSON.string(text).text().utf8))
            else {
                Issue.record("seed \(seed): no string")
                continue
            }
            #expect(sameBytes(again, text), "seed \(seed)")
        }
    }

    @Test func `a whole double keeps its point, and texts are equal by their bytes alone`() {
        #expect(JSON.number(1).text() == "1.0" && JSON.number(-0.0).text() == "-0.0")
        #expect(JSON.number(1e16).text() == "1e+16")
        #expect(JSON.integer(1) != .number(1))
        #expect(JSON.string("é") != .string("e\u{301}"))
        #expect(JSON.array(["é"]) != .array(["e\u{301}"]))
        let both: JSON = ["é": 1, "e\u{301}": 2]
        #expect(both["é"] == 1 && both["e\u{301}"] == 2)
    }

    @Test func `a fault names its line, column and offset`() throws {
        let text = "{\r\n  \"a\": 1,\n  \"é\": nope\n}"
        let error = #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8)) }
        #expect(error?.line == 3 && error?.column == 9 && error?.offset == 21)
        #expect(error?.description.hasPrefix("malformed JSON at line 3, column 9: ") == true)
    }
}
