import Glibc

/// How likely a run of equal values is in rows that come in a random order.
///
///     RunChance.atLeast(3, of: 5, among: 10)    // 0.5
///     RunChance.atLeast(5, of: 5, among: 10)    // 0.0238…: 6 of 252 orders
///
/// A model that says no to 99 of 100 rows says it a hundred times in a row by chance; one that got
/// stuck does so without chance. With m of n rows alike, the other n − m leave n − m + 1 gaps, and
/// by inclusion and exclusion the longest gap holds r rows or more with the probability
/// Σ (−1)ʲ⁺¹ C(n − m + 1, j) C(n − jr, n − m) / C(n, m) over j from 1 to m/r (A. de Moivre, "The
/// doctrine of chances", 1738; F. N. David and D. E. Barton, "Combinatorial chance", 1962).
package enum RunChance {
    /// The probability of a run of `run` or more of `marked` rows that are alike among `count`.
    ///
    /// Where the gaps' probabilities add up to over 10, the sum would lose its digits, and
    /// 1 − (1 − p)ᵏ over k gaps stands for it: a lower bound, as a long gap shortens the others
    /// (K. Joag-Dev and F. Proschan, "Negative association of random variables", 1983), that is
    /// above 0.9999 there.
    package static func atLeast(_ run: Int, of marked: Int, among count: Int) -> Double {
        precondition(run >= 0 && marked >= 0 && marked <= count, "marked rows are part of all")
        if run == 0 { return 1 }
        if run > marked { return 0 }
        let rest = count - marked
        let gaps = Double(rest + 1)
        let one = exp(logShare(count, rest, run))
        let expected = gaps * one
        if expected > 10 { return 1 - exp(gaps * log1p(-min(one, 1 - 0x1p-53))) }
        var (term, sum, turn) = (expected, expected, 1)
        while (turn + 1) * run <= marked, turn <= rest, term > 1e-18 {
            let next = exp(logShare(count - turn * run, rest, run))
            term *= (gaps - Double(turn)) / Double(turn + 1) * next
            turn += 1
            sum += turn % 2 == 0 ? -term : term
        }
        return min(1, max(0, sum))
    }

    /// The logarithm of C(n − r, d) / C(n, d).
    private static func logShare(_ n: Int, _ d: Int, _ r: Int) -> Double {
        // The shorter of two products of the same value.
        if d < r {
            return (0..<d).reduce(0.0) { $0 + log(Double(n - r - $1) / Double(n - $1)) }
        }
        return (0..<r).reduce(0.0) { $0 + log(Double(n - d - $1) / Double(n - $1)) }
    }
}
