import Testing
import TestSupport

@testable import HoldfastTables

@Suite struct DecimalDigitsTests {
    @Test func `an integer is written as the library writes it`() {
        var chance = SeededGenerator(seed: 23)
        var values: [UInt64] = [0, .max, .max - 1, 1 << 52, (1 << 52) - 1]
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            values += [power - 1, power, power + 1, power / 2, power / 10 * 9]
        }
        for _ in 0..<50_000 { values.append(chance.next() >> UInt64(chance.below(64))) }
        for value in values {
            var room = [UInt8](repeating: 0x78, count: DecimalDigits.limit)
            let count = room.withUnsafeMutableBytes { DecimalDigits.write(value, to: $0) }
            #expect(String(decoding: room.prefix(count), as: UTF8.self) == String(value))
        }
    }
}
