import HoldfastTables
import Testing
import TestSupport

@Suite struct DecimalDigitsTests {
    private static func text(_ value: UInt64) -> String {
        withUnsafeTemporaryAllocation(byteCount: DecimalDigits.limit, alignment: 1) { room in
            let count = DecimalDigits.write(value, to: room)
            return String(decoding: room[..<count], as: UTF8.self)
        }
    }

    @Test func `every power of ten and its neighbours are written as Swift writes them`() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            for value in [power - 1, power, power + 1, power &* 9] {
                #expect(DecimalDigitsTests.text(value) == String(value))
            }
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        #expect(DecimalDigitsTests.text(.max) == String(UInt64.max))
        #expect(DecimalDigitsTests.text(1 << 52) == "4503599627370496")
    }

    @Test(arguments: 1...5) func `any integer is written as Swift writes it`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let value = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
            #expect(DecimalDigitsTests.text(value) == String(value), "seed \(seed)")
        }
    }
}
