import Glibc

/// Chance by number: each number of a stream has its own value, whatever was drawn before.
///
///     let stream = CounterStream(seed: 1, stream: 2)
///     stream.uniform(7)   // 0 ..< 1, the same in any language and in any order
///     stream.normal(7)    // made of the uniforms 14 and 15
///
/// SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number
/// generators", 2014) of seed + (number + 1) · golden gamma; normals by G. E. P. Box and
/// M. E. Muller, "A note on the generation of random normal deviates" (1958), the cosine alone.
package struct CounterStream: Sendable {
    private let seed: UInt64

    /// 2⁶⁴ over the golden ratio, made odd: SplitMix64's own increment.
    private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// One of a seed's streams, which are independent of each other.
    package init(seed: UInt64, stream: UInt64) {
        // A prime keeps neighbouring seeds from sharing streams.
        self.seed = Self.mix((seed &* 1_000_003 &+ stream) &* Self.gamma)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below 1, in steps of 2⁻⁵³.
    package func uniform(_ number: UInt64) -> Double {
        let bits = Self.mix(seed &+ (number &+ 1) &* Self.gamma)
        return Double(bits >> 11) * 0x1p-53
    }

    /// A standard normal number.
    package func normal(_ number: UInt64) -> Double {
        let (one, other) = (uniform(2 &* number), uniform(2 &* number &+ 1))
        return (-2 * log(1 - one)).squareRoot() * cos(2 * Double.pi * other)
    }
}
