import HoldfastTables
import Testing
import TestSupport

@Suite struct TableReaderTests {
    @Test(arguments: UInt64(1)...60)
    func `any bytes are the same cells, or the same fault, to both readers`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let pieces = [
            "a", ",", ",", ",", "\"", "\n", "\n", "\r\n", " ", "é", "\"\"", "x,\"y\nz\",", "NA",
            "nan",
            "-1.5", "1e999", "0", "12345678", "\u{FEFF}", "\r", "\u{0}",
        ]
        for _ in 0..<150 {
            let columns = Int.random(in: 1...4, using: &chance)
            var text = (0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n"
            if Bool.random(using: &chance) { text = "\u{FEFF}" + text }
            if Int.random(in: 0..<8, using: &chance) == 0 { text = "" }
            for _ in 0..<Int.random(in: 0...60, using: &chance) {
                text += pieces[Int.random(in: 0..<pieces.count, using: &chance)]
            }
            let bytes = Array(text.utf8)
            let expected = byRows(bytes)
            for size in [1, 7, 64] {
                #expect(
                    columnar(bytes, blockSize: size) == expected,
                    "seed \(seed), blocks of \(size): \(text.debugDescription)")
            }
            #expect(columnar(bytes, lanes: 3).error == expected.error, "seed \(seed)")
        }
    }

    /// A table without faults, of cells with quotes, commas and line breaks.
    static func table(_ chance: inout SeededGenerator, rows: Int) -> [UInt8] {
        let pieces = ["a", ",", "\"", "\n", "\r\n", " ", "é", "🦊", "x", "", "NA", "0", "-3.25"]
        var writer = CSVWriter()
        let columns = Int.random(in: 1...5, using: &chance)
        for column in 0..<columns { writer.append("c\(column)") }
        var bytes = writer.takeRow()
        for _ in 0..<rows {
            for _ in 0..<columns {
                let isMissing = Int.random(in: 0..<8, using: &chance) == 0
                let text = (0..<Int.random(in: 0...5, using: &chance)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &chance)]
                }.joined()
                writer.append(isMissing ? nil : text)
            }
            bytes += writer.takeRow()
        }
        return bytes
    }

    @Test(arguments: UInt64(1)...20)
    func `a table is the same wherever the blocks end`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let bytes = TableReaderTests.table(&chance, rows: 40)
        let expected = byRows(bytes)
        #expect(expected.error == nil && expected.rows.count == 40, "seed \(seed)")
        for size in 1...120 {
            #expect(columnar(bytes, blockSize: size) == expected, "seed \(seed), blocks of \(size)")
        }
    }
}
