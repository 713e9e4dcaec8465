import Glibc

/// Chance by number: each number of a stream has its own value, whatever was drawn before.
///
///     let stream = CounterStream(seed: 1, stream: 2)
///     stream.uniform(7)   // 0 ..< 1, the same in any language and in any order
///     stream.normal(7)    // made of the uniforms 14 and 15
///
/// ``SplitMix64`` of seed + (number + 1) · golden gamma; normals by G. E. P. Box and M. E. Muller,
/// "A note on the generation of random normal deviates" (1958), the cosine alone.
package struct CounterStream: Sendable {
    private let seed: UInt64

    /// One of a seed's streams, which are independent of each other.
    package init(seed: UInt64, stream: UInt64) {
        // A prime keeps neighbouring seeds from sharing streams.
        self.seed = SplitMix64.mix((seed &* 1_000_003 &+ stream) &* SplitMix64.gamma)
    }

    /// A number from 0 to below 1, in steps of 2⁻⁵³.
    package func uniform(_ number: UInt64) -> Double {
        let bits = SplitMix64.mix(seed &+ (number &+ 1) &* SplitMix64.gamma)
        return Double(bits >> 11) * 0x1p-53
    }

    /// A standard normal number.
    package func normal(_ number: UInt64) -> Double {
        let (one, other) = (uniform(2 &* number), uniform(2 &* number &+ 1))
        return (-2 * log(1 - one)).squareRoot() * cos(2 * Double.pi * other)
    }
}
