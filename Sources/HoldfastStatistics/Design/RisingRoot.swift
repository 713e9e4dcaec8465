/// Where a function that rises reaches a level.
///
///     RisingRoot.find(2, from: 0, to: 4) { $0 * $0 }     // 1.41421356237309…
///
/// T. R. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a
/// nonlinear function without using derivatives" (1997), to the last digits: about ten calls where
/// bisection needs fifty.
package enum RisingRoot {
    /// The place in `low ... high`: `low` where the function is there already, `nil` where it is
    /// not at `high`. The function must be finite and must not fall.
    package static func find(
        _ level: Double, from low: Double, to high: Double, _ function: (Double) -> Double
    ) -> Double? {
        var (a, b) = (low, high)
        var (fa, fb) = (function(a) - level, function(b) - level)
        if fa >= 0 { return low }
        guard fb >= 0 else { return nil }
        var (c, fc) = (a, fa)
        var part = 0.5
        // Fifty halvings suffice; the bound only stops a loop that could not end.
        for _ in 0..<500 {
            let x = a + part * (b - a)
            let fx = function(x) - level
            if (fx < 0) == (fa < 0) {
                (c, fc) = (a, fa)
            } else {
                (c, fc, b, fb) = (b, fb, a, fa)
            }
            (a, fa) = (x, fx)
            let (best, rest) = abs(fa) < abs(fb) ? (a, fa) : (b, fb)
            let limit = (abs(best) * 0x1p-51 + 1e-300) / abs(b - a)
            if rest == 0 || limit > 0.5 { return best }
            let chi = (a - b) / (c - b)
            let phi = (fa - fb) / (fc - fb)
            let isSmooth = phi * phi < chi && (1 - phi) * (1 - phi) < 1 - chi
            part =
                isSmooth
                ? fa / (fb - fa) * fc / (fb - fc)
                    + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
                : 0.5
            part = min(max(part, limit), 1 - limit)
        }
        return abs(fa) < abs(fb) ? a : b
    }
}
