/// A planned part of units, in whole millionths.
///
///     Share(percent: "2.5%")?.millionths   // 25000
///
/// Integers, because shares are added and compared: sums of doubles do not reach 1.
public struct Share: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Millionths, from 0 to 1,000,000.
    public let millionths: Int

    /// The whole.
    public static let all = Share(millionths: 1_000_000)
    /// Nothing.
    public static let none = Share(millionths: 0)

    /// A share of so many millionths, which must be from 0 to 1,000,000.
    public init(millionths: Int) {
        precondition((0...1_000_000).contains(millionths), "a share is 0 to 1,000,000 millionths")
        self.millionths = millionths
    }

    /// Reads a percentage of at most four decimals, `5%` or `0.0001%`; `nil` if it is none, or
    /// greater than 100%.
    public init?(percent text: String) {
        // By ASCII alone: else a "%" could be part of a longer character, and be dropped with it.
        guard text.utf8.last == UInt8(ascii: "%"), text.utf8.allSatisfy({ $0 < 0x80 }) else {
            return nil
        }
        let parts = text.dropLast().split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, (1...3).contains(whole.utf8.count), whole.isDecimal,
            var millionths = Int(whole)
        else { return nil }
        millionths *= 10_000
        if parts.count == 2 {
            let decimals = parts[1]
            guard (1...4).contains(decimals.utf8.count), decimals.isDecimal else { return nil }
            millionths +=
                Int(decimals + String(repeating: "0", count: 4 - decimals.utf8.count)) ?? 0
        }
        guard millionths <= 1_000_000 else { return nil }
        self.millionths = millionths
    }

    public static func < (one: Share, other: Share) -> Bool { one.millionths < other.millionths }

    /// What is left of the whole.
    package var rest: Share { Share(millionths: 1_000_000 - millionths) }

    /// The share as a fraction of 1.
    public var fraction: Double { Double(millionths) / 1_000_000 }

    /// The share as a percentage: `2.5%`.
    public var description: String {
        let decimals = millionths % 10_000
        guard decimals > 0 else { return "\(millionths / 10_000)%" }
        var text = String(decimals)
        text = String(repeating: "0", count: 4 - text.utf8.count) + text
        while text.utf8.last == UInt8(ascii: "0") { text.removeLast() }
        return "\(millionths / 10_000).\(text)%"
    }

    /// The least bucket that is beyond the share: floor(share · 2^52 / 1,000,000).
    ///
    ///     Share(millionths: 500_000).boundary   // 2251799813685248, half of 2^52
    ///
    /// A unit whose bucket is below the boundary is within the share.
    public var boundary: UInt64 {
        // 2^52 · 10^6 needs 72 bits.
        let product = UInt64(millionths).multipliedFullWidth(by: Bucket.count)
        return UInt64(1_000_000).dividingFullWidth(product).quotient
    }
}

extension Substring {
    /// Whether every character is an ASCII digit.
    fileprivate var isDecimal: Bool {
        utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}
