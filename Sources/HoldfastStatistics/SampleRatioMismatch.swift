/// Whether arms received the shares that the catalog promised.
///
///     SampleRatioMismatch.test(observed: [5_080, 4_920], shares: [500_000, 500_000])?.pValue
///     // 0.1095…, rounded 0.1096
///
/// Pearson's chi-square, k − 1 degrees of freedom over the arms that have a share or a unit
/// (A. Fabijan and others, "Diagnosing sample ratio mismatch in online controlled experiments",
/// 2019). Says that units are missing, not which, nor why.
public enum SampleRatioMismatch {
    /// The test of these counts against shares in millionths, or in any other one unit: only
    /// their proportions count.
    ///
    /// An arm of share 0 that received a unit gives the p-value 0. `nil` where no test is defined:
    /// no unit at all, no share at all, or a single arm.
    public static func test(observed: [Int], shares: [Int]) -> ChiSquare.Test? {
        precondition(observed.count == shares.count, "a share for each arm")
        precondition(
            observed.allSatisfy { $0 >= 0 } && shares.allSatisfy { $0 >= 0 },
            "counts and shares are at least 0")
        let units = observed.reduce(0, +)
        let whole = shares.reduce(0, +)
        guard units > 0, whole > 0 else { return nil }
        return ChiSquare.goodnessOfFit(
            observed: observed,
            expected: shares.map { Double(units) * (Double($0) / Double(whole)) })
    }
}
