/// The generator of G. L. Steele, D. Lea and C. H. Flood ("Fast splittable pseudorandom number
/// generators", 2014): the state goes up by ``gamma``, and each number is the state ``mix(_:)``ed.
///
///     SplitMix64.mix(SplitMix64.gamma)   // 16294208416658607535: the first number of seed 0
package enum SplitMix64 {
    /// 2⁶⁴ over the golden ratio, made odd: the increment.
    package static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Spreads a word over all bits (the constants of S. Vigna). It has an inverse, so that
    /// different words stay different.
    @inlinable @inline(__always)
    package static func mix(_ word: UInt64) -> UInt64 {
        var mixed = word
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}
