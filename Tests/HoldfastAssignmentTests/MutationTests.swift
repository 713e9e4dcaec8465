import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// Nothing that is read may trap, and what is refused is refused at a place.
@Suite struct MutationTests {
    private static let tokens = [
        "%", "100%", "0%", ": ", "\n", "  ", "- ", "[", "]", "{", "}", "&a ", "*a", "? ", "!!str ",
        "~", "null",
        "\"", "'", "\\u00e9", "\\ud83d", "é", "e\u{301}", "😀", "\u{0}", "\u{85}", "\u{2028}",
        "\u{FEFF}", "#",
        "|\n", ">\n", "---\n", "...\n", "\t", "\r\n", ",", "1e999", "-0", "control", "treatment",
        "<<: ",
    ]

    /// A text with a few of its parts cut, doubled, replaced or interspersed.
    private static func mutated(_ bytes: [UInt8], _ chance: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...chance.below(3) {
            let start = chance.below(bytes.count + 1)
            let end = min(bytes.count, start + chance.below(12))
            switch chance.below(5) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 2: bytes.replaceSubrange(start..<end, with: chance.pick(tokens).utf8)
            case 3: bytes.insert(UInt8(chance.below(256)), at: start)
            default: bytes.insert(contentsOf: chance.pick(tokens).utf8, at: start)
            }
        }
        return bytes
    }

    @Test func `a damaged catalog is read or refused at a line`() throws {
        let folder = "Schemas/Examples/catalog/good/"
        let texts = try Repository.files(in: folder, ending: ".yaml")
            .map { try Repository.bytes(folder + $0) }.filter { $0.count < 2_000 }
        try #require(texts.count >= 5)
        var read = 0
        for seed in 0..<4_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let bytes = MutationTests.mutated(chance.pick(texts), &chance)
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(CatalogError) {
                let catalog = try Catalog(files: [("c.yaml", text)], salt: { _ in exampleSalt })
                let again = try Catalog(canonicalText: catalog.canonicalText, salt: catalog.salt)
                #expect(again.revision == catalog.revision, "seed \(seed)")
                #expect(again.experiments == catalog.experiments, "seed \(seed)")
                read += 1
            } catch {
                let lines =
                    text.unicodeScalars.count {
                        "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0)
                    } + 1
                for problem in error.problems {
                    #expect((1...lines).contains(problem.place.line), "seed \(seed): \(problem)")
                    #expect(problem.place.file == "c.yaml", "seed \(seed): \(problem)")
                }
            }
        }
        #expect(read > 400, "some damage is harmless")
    }

    @Test func `random bytes are no catalog`() {
        for seed in 0..<4_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let bytes = (0..<chance.below(60)).map { _ in UInt8(chance.below(256)) }
            let found = problems(String(decoding: bytes, as: UTF8.self))
            #expect(!found.isEmpty && found.allSatisfy { $0.place.line >= 1 }, "seed \(seed)")
        }
    }

    @Test func `damaged JSON is read or refused at a line`() throws {
        let text =
            #"{"unit": "é\u00e9", "score": -1.5e3, "list": [1, {"a": null}, true], "big": 12345678901234567890}"#
        for seed in 0..<12_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let bytes = MutationTests.mutated(Array(text.utf8), &chance)
            do throws(JSONError) {
                let value = try JSON.parse(bytes)
                #expect(try JSON.parse(Array(value.text().utf8)) == value, "seed \(seed)")
            } catch {
                let lines = bytes.count { $0 == 0x0A } + 1
                #expect((1...lines).contains(error.line) && error.column >= 1, "seed \(seed)")
                #expect((0...bytes.count).contains(error.offset), "seed \(seed)")
            }
        }
    }
}
