import Glibc

/// Chance that can be repeated, by ``SplitMix64``.
///
///     var chance = StudyChance(seed: 0)
///     chance.next()   // 16294208416658607535
struct StudyChance: RandomNumberGenerator {
    private var state: UInt64

    /// A generator that starts from this seed.
    init(seed: UInt64) { state = seed }

    /// A generator for one part of a study, which no other part shares.
    init(seed: UInt64, part name: String) {
        // FNV-1a, so that a part's draws hang on its name and not on what is drawn before it.
        state = name.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= SplitMix64.gamma
        return SplitMix64.mix(state)
    }

    /// A number above 0 and below 1.
    mutating func unit() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }

    /// As many uniform numbers in ascending order, without sorting: sums of exponential ones over
    /// the sum of one more (L. Devroye, "Non-Uniform Random Variate Generation", 1986, V.3).
    mutating func ascending(_ count: Int) -> [Double] {
        var sum = 0.0
        var values = (0..<count).map { _ -> Double in
            sum -= log(unit())
            return sum
        }
        sum -= log(unit())
        for place in values.indices { values[place] /= sum }
        return values
    }
}

/// A distribution over places, drawn from in one step whatever their number (A. J. Walker, "An
/// efficient method for generating discrete random variables with general distributions", 1977;
/// the table by M. D. Vose, 1991).
struct AliasTable {
    private var keeps: [UInt64] = []
    private var others: [Int32] = []

    /// A table of weights, none negative and some above 0.
    init(_ weights: [Double]) {
        let scale = Double(weights.count) / weights.reduce(0, +)
        var shares = weights.map { $0 * scale }
        var small = shares.indices.filter { shares[$0] < 1 }
        var large = shares.indices.filter { shares[$0] >= 1 }
        keeps = [UInt64](repeating: 1 << 32, count: shares.count)
        others = shares.indices.map { Int32($0) }
        while let low = small.popLast(), let high = large.popLast() {
            keeps[low] = UInt64(shares[low] * 0x1p32)
            others[low] = Int32(high)
            shares[high] -= 1 - shares[low]
            if shares[high] < 1 { small.append(high) } else { large.append(high) }
        }
    }

    /// How often each place comes in so many draws.
    func counts(_ rows: Int, using chance: inout StudyChance) -> [Int] {
        var counts = [Int](repeating: 0, count: keeps.count)
        let size = UInt64(keeps.count)
        for _ in 0..<rows {
            let bits = chance.next()
            // The upper half chooses the place, the lower one between it and its other.
            let place = Int(((bits >> 32) * size) >> 32)
            counts[bits & 0xFFFF_FFFF < keeps[place] ? place : Int(others[place])] += 1
        }
        return counts
    }
}
