import HoldfastEngines
import HoldfastFormats
import HoldfastSQL
import TestSupport
import Testing

@Suite struct JSONRowTests {
    /// Takes a line and reads it while it stays where it is.
    private static func reading<Result>(
        _ line: String, _ body: (JSONRow) throws -> Result
    ) rethrows -> Result? {
        let row = JSONRow()
        return try Array(line.utf8).withUnsafeBufferPointer { line in
            row.take(line) ? try body(row) : nil
        }
    }

    private static func value(_ json: JSON) -> SQLValue {
        switch json {
        case .null: .null
        case .bool(let value): .integer(value ? 1 : 0)
        case .integer(let value): .integer(value)
        case .number(let value): .real(value)
        case .string(let text): .text(text)
        case .array, .object: .text(json.text())
        }
    }

    @Test func `a row has the values that a JSON parser finds`() throws {
        let scalars: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\u{0}", "\u{1F}", "é", "😀", "{", "}", ",", ":", "[", "\u{2028}",
        ]
        let row = JSONRow()
        for seed in 0..<2_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            func text() -> String {
                var text = String.UnicodeScalarView()
                for _ in 0..<chance.below(6) { text.append(chance.pick(scalars)) }
                return String(text)
            }
            // The names of a query's rows are the same.
            let names = (0..<chance.below(6)).map { "\($0)\(text())" }
            row.begin()
            for _ in 0..<3 {
                var object = JSONObject()
                for name in names {
                    let value: JSON =
                        switch chance.below(7) {
                        case 0: .null
                        case 1: .bool(chance.below(2) == 0)
                        case 2: .integer(Int64(bitPattern: chance.next()))
                        case 3: .number(Double(Int64(bitPattern: chance.next())) / 1e5)
                        case 4: .array([.string(text()), .integer(1)])
                        default: .string(text())
                        }
                    object.append(name, value)
                }
                let line = JSON.object(object).text()
                try Array(line.utf8).withUnsafeBufferPointer { bytes in
                    try #require(row.take(bytes), "seed \(seed): \(line)")
                    let parsed = try JSON.parse(Array(bytes)).members.map {
                        JSONRowTests.value($0.value)
                    }
                    #expect(
                        (0..<row.count).map { row.value($0) } == parsed, "seed \(seed): \(line)")
                }
            }
        }
    }

    @Test func `numbers are read as they stand, and texts that say them`() throws {
        let line = #"""
            {"a":NaN,"b":-Infinity,"c":170141183460469231731687303715884105727,"d":"42","e":1.0E-310,"f":-0.0,"g":"NaN","h":2.9,"i":-9223372036854775808,"j":-9223372036854775809,"k":"\ud83d\ude00\u00e9\/","l":9223372036854775808}
            """#
        let found: Void? = JSONRowTests.reading(line) { row in
            #expect(row.count == 12)
            #expect(row.real(0).isNaN && row.integer(0) == 0)
            #expect(row.real(1) == -.infinity && row.integer(1) == .min)
            #expect(row.value(2) == .real(0x1p127))
            #expect(row.integer(2) == .max)
            #expect(row.integer(3) == 42 && row.real(3) == 42 && row.value(3) == .text("42"))
            #expect(row.value(4) == .real(1e-300 / 1e10))
            #expect(row.real(5).sign == .minus && row.real(6).isNaN)
            #expect(row.integer(7) == 2)
            #expect(row.value(8) == .integer(.min) && row.value(9) == .real(-0x1p63))
            #expect(row.text(10) == "😀é/")
            #expect(row.value(11) == .real(0x1p63))
        }
        #expect(found != nil)
    }

    @Test(arguments: [
        "", "{", "[1]", "{\"a\":1", "{\"a\"1}", "{\"a:1}", "{\"a\":\"x}", "{\"a\":[1}",
        "{\"a\":1}x",
        "{\"a\":1,}x", "1", "{\"a\":\"x\\\"}",
    ])
    func `a line that is cut off or none is no row`(line: String) {
        let found: Void? = JSONRowTests.reading(line) { _ in }
        #expect(found == nil)
    }

    @Test func `an object without members is a row without columns`() {
        #expect(JSONRowTests.reading("{}") { $0.count } == 0)
    }
}
