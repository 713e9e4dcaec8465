import Glibc

/// The mean of numbers that are too large to be written, by their logarithms.
///
///     LogMean.of([1_000, 1_000 + log(3)])   // 1000.6931…: twice e to the thousandth
///
/// The mean of bets is a bet, and the mean of detectors a detector, whatever holds them together
/// (V. Vovk and R. Wang, "E-values: calibration, combination and applications", 2021).
package enum LogMean {
    /// The logarithm of the mean of e to each of these; −∞ of none, and where all are.
    package static func of(_ logs: [Double]) -> Double {
        guard let most = logs.max(), most.isFinite else { return logs.max() ?? -.infinity }
        return most + log(logs.reduce(0) { $0 + exp($1 - most) } / Double(logs.count))
    }
}
