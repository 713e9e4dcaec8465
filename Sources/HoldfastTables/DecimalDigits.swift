/// Decimal digits of integers, straight into a buffer.
package enum DecimalDigits {
    /// The most digits: those of the greatest integer of 64 bits, rounded up to whole words.
    package static let limit = 24

    /// Writes an integer without leading zeros; gives the number of digits. The buffer has room for
    /// ``limit``.
    package static func write(_ value: UInt64, to room: UnsafeMutableRawBufferPointer) -> Int {
        precondition(room.count >= limit, "there is room for the digits of any integer")
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        let (top, middle) = high.quotientAndRemainder(dividingBy: 100_000_000)
        if top > 0 {
            let count = first(top, to: room)
            eight(middle, to: room, at: count)
            eight(low, to: room, at: count + 8)
            return count + 16
        }
        guard middle > 0 else { return first(low, to: room) }
        let count = first(middle, to: room)
        eight(low, to: room, at: count)
        return count + 8
    }

    /// Writes up to eight digits without leading zeros, at least one.
    private static func first(_ value: UInt64, to room: UnsafeMutableRawBufferPointer) -> Int {
        let digits = digits(value)
        // A zero digit is a zero byte; the first digit is the lowest byte.
        let zeros = min(digits.trailingZeroBitCount / 8, 7)
        let text = (digits | 0x3030_3030_3030_3030) &>> UInt64(8 * zeros)
        room.storeBytes(of: text.littleEndian, as: UInt64.self)
        return 8 - zeros
    }

    private static func eight(
        _ value: UInt64, to room: UnsafeMutableRawBufferPointer, at offset: Int
    ) {
        let text = digits(value) | 0x3030_3030_3030_3030
        room.storeBytes(of: text.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    /// The eight digits of a number below 10^8, one a byte, the first in the lowest byte.
    ///
    /// All at once in one word: two halves, four pairs, eight digits; a multiplication and a shift
    /// divide exactly at these sizes (D. Lemire, "Converting integers to fix-digit representations
    /// quickly", 2021).
    @inline(__always)
    private static func digits(_ value: UInt64) -> UInt64 {
        let halves = (value / 10_000) | ((value % 10_000) &<< 32)
        let hundreds = ((halves &* 10_486) &>> 20) & 0x0000_007F_0000_007F
        let pairs = hundreds | ((halves &- 100 &* hundreds) &<< 16)
        let tens = ((pairs &* 103) &>> 10) & 0x000F_000F_000F_000F
        return tens | ((pairs &- 10 &* tens) &<< 8)
    }
}
