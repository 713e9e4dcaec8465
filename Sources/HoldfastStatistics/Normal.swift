import Glibc

/// The standard normal distribution.
package enum Normal {
    /// The probability of a value above `z`.
    static func upperTail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

    /// The probability of a value at least as far from 0 as `z`, on either side.
    package static func twoSided(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }

    /// The value that is exceeded with probability `tail`, which lies between 0 and 1.
    ///
    ///     Normal.exceeded(by: 0.025)   // 1.959963984540054
    ///
    /// By bisection to the last bit: nothing calls it in a loop.
    static func exceeded(by tail: Double) -> Double {
        precondition(tail > 0 && tail < 1, "a tail lies between 0 and 1")
        if tail > 0.5 { return -exceeded(by: 1 - tail) }
        var low = 0.0
        var high = 40.0
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if upperTail(middle) > tail { low = middle } else { high = middle }
        }
    }
}
