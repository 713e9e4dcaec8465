import HoldfastFormats
import Testing
import TestSupport

private func read(_ items: JSONItems) -> (
    values: [JSON], faults: [(index: Int, error: JSONError, source: String)], isComplete: Bool
) {
    var items = items
    var values: [JSON] = []
    var faults: [(index: Int, error: JSONError, source: String)] = []
    var index = 0
    while let item = items.next() {
        switch item {
        case .value(let value): values.append(value)
        case .malformed(let error, let source):
            faults.append((index, error, String(decoding: source, as: UTF8.self)))
        }
        index += 1
    }
    return (values, faults, items.isComplete)
}

private func array(_ text: String) throws -> JSONItems { try JSONItems(array: Array(text.utf8)) }

/// What a producer may send in place of an item, its brackets and quotes in pairs, or nearly.
private let malformed = [
    "nope", "{\"unit\": nope}", "{\"unit\": \"x\",}", "{unit: 1}", "{'unit': 1}", "01", "1e400",
    "+1",
    "NaN", "{\"unit\": 1, \"unit\": 2}", "{\"unit\" \"x\"}", "[1, 2,]", "{\"a\": [1, {\"b\": }]}",
    "\"\\ud800\"", "\"\\x41\"", "{\"unit\": \"a\"}}", "{\"unit\": \"a\"]}", "1 2",
    "{\"a\": \"b,]}\" x}",
    "{\\\"unit\\\": \\\"a\\\"}", "{\"a\": \"tab\t\"}", "{\"a\": \"\\\"\" nope}", "", "\\", "{}{}",
    String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
    "{\"a\": \"line\nbreak\"}",
]

@Suite struct JSONItemsTests {
    @Test(arguments: malformed)
    func `one malformed item of twenty costs no other`(item: String) throws {
        for separator in [",", ", ", "\n,\n"] {
            for place in [0, 16, 19] {
                var texts = (0..<20).map { "{\"unit\": \"u\($0)\"}" }
                texts[place] = item
                let body = try array("[" + texts.joined(separator: separator) + "]")
                let (values, faults, isComplete) = read(body)
                #expect(faults.map(\.index) == [place], "\(item)")
                #expect(isComplete, "\(item)")
                let expected = (0..<20).filter { $0 != place }
                    .map { ["unit": .string("u\($0)")] as JSON }
                #expect(values == expected, "\(item)")
            }
        }
    }

    @Test(arguments: malformed.filter { !$0.isEmpty && !$0.contains("\n") })
    func `one malformed line of twenty costs no other`(item: String) {
        var texts = (0..<20).map { "{\"unit\": \"u\($0)\"}" }
        texts[16] = item
        for ending in ["\n", "\r\n", "\n\n  \n"] {
            let body = Array(texts.joined(separator: ending).utf8)
            let (values, faults, isComplete) = read(JSONItems(lines: body))
            #expect(faults.map(\.index) == [16] && values.count == 19 && isComplete, "\(item)")
            let skipped = ending.utf8.count { $0 == 0x0A } * 16
            #expect(faults.first?.error.line == skipped + 1, "\(item)")
            #expect(faults.first?.source.hasPrefix(item) == true)
        }
    }

    @Test func `even an open bracket or quote costs no other line`() {
        for item in ["{", "[", "\"", "{\"a\": \"", "[1,", "]", "}"] {
            let (values, faults, isComplete) = read(JSONItems(lines: Array("1\n\(item)\n3\n".utf8)))
            #expect(values == [1, 3] && faults.map(\.index) == [1] && isComplete, "\(item)")
        }
    }

    @Test func `a body cut off anywhere keeps what was whole, and says so`() throws {
        let whole = #"[{"unit": "a,]"}, {"unit": [1, "\""]}, 3]"#
        for count in 1..<whole.utf8.count {
            let (values, faults, isComplete) = read(
                try JSONItems(array: Array(whole.utf8.prefix(count))))
            #expect(!isComplete, "cut to \(count) bytes")
            #expect(faults.count == 1 && values.count <= 2, "cut to \(count) bytes")
            #expect(count < 17 || values.first == ["unit": "a,]"], "cut to \(count) bytes")
        }
        let (values, faults, isComplete) = read(try array(whole))
        #expect(values.count == 3 && faults.isEmpty && isComplete)
    }

    @Test func `what follows the array is not passed over`() throws {
        for text in ["[1, 2] 3", "[1, 2]]", "[1, 2], 3"] {
            let (_, faults, isComplete) = read(try array(text))
            #expect(faults.count == 1 && !isComplete, "\(text)")
        }
        #expect(throws: JSONError.self) { try array("[] 1") }
        #expect(throws: JSONError.self) { try array("{}") }
        #expect(throws: JSONError.self) { try array("") }
        #expect(read(try array(" [ ] ")).values.isEmpty)
    }

    @Test func `a fault is at its place in the whole body`() throws {
        let (_, faults, _) = read(try array("[1,\n 2,\n  {\"a\": nope},\n 4, x]"))
        #expect(faults.map(\.error.line) == [3, 4])
        #expect(faults.map(\.error.column) == [9, 5])
        #expect(faults.map(\.error.offset) == [16, 27])
        #expect(faults.map(\.source) == ["{\"a\": nope}", "x"])
    }

    @Test func `many malformed items take time in proportion`() throws {
        for text in [
            "[" + String(repeating: "x,", count: 60_000) + "x]",
            "[" + String(repeating: "x,\n", count: 60_000) + "x]",
        ] {
            var count = 0
            let time = try processorTime { count = read(try array(text)).faults.count }
            #expect(count == 60_001)
            // Counted from the beginning each time, the lines alone took minutes.
            #expect(time < .seconds(10))
        }
        let lines = Array(String(repeating: "x\n", count: 60_000).utf8)
        #expect(read(JSONItems(lines: lines)).faults.last?.error.line == 60_000)
    }

    @Test func `random bodies are read to an end`() throws {
        let alphabet = Array(#"[]{},:"\n 1ae.-tfu"#.utf8) + [0x0A, 0xC3, 0xFF, 0x00]
        for seed in 0..<10_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let body = [0x5B] + (0..<chance.below(40)).map { _ in chance.pick(alphabet) }
            if var items = try? JSONItems(array: body) {  // Refused as a whole is an end, too.
                var count = 0
                while items.next() != nil, count <= body.count { count += 1 }
                #expect(count <= body.count, "seed \(seed)")
            }
            var lines = JSONItems(lines: body)
            var count = 0
            while lines.next() != nil, count <= body.count { count += 1 }
            #expect(count <= body.count && lines.isComplete, "seed \(seed)")
        }
    }
}
