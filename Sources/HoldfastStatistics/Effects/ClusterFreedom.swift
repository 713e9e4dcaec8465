/// Student's degrees of freedom of one arm's sandwich variance.
///
///     ClusterFreedom(shares: [0.25, 0.25, 0.25, 0.25], squares: [0.25, 0.25, 0.25, 0.25])
///         .value(correlation: 1)     // 3.0: four clusters of one size
///     ClusterFreedom(shares: [0.7, 0.1, 0.1, 0.1], squares: [0.7, 0.1, 0.1, 0.1])
///         .value(correlation: 1)     // 1.5256…: nearly all lies in one cluster
///
/// The variance Σ u² of clusters' residual sums u = S − hΣS, of which h is the cluster's share of
/// the weight, is a quadratic form. Its degrees of freedom are twice its squared mean over its
/// variance, (tr M)²/tr M² of the sums' covariance M (F. E. Satterthwaite, 1946; R. M. Bell and D.
/// F. McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage
/// samples", 2002), where rows of one cluster correlate alike (G. W. Imbens and M. Kolesár, "Robust
/// standard errors in small samples: some practical advice", 2016). Clusters of one size have
/// their count less one, and rows too, which is Welch's.
struct ClusterFreedom {
    /// Each cluster's share h of the arm's weight.
    let shares: [Double]
    /// The sum of the squared shares of each cluster's rows.
    let squares: [Double]

    /// The degrees of freedom, from below 1 to the number of clusters less one.
    ///
    /// - Parameter correlation: of two rows of one cluster, from 0 to 1.
    func value(correlation: Double) -> Double {
        var (total, spread, both, twice) = (0.0, 0.0, 0.0, 0.0)
        var (cross, long, length) = (0.0, 0.0, 0.0)
        for (share, square) in zip(shares, squares) {
            let own = (1 - correlation) * square + correlation * share * share
            total += own
            spread += own * own
            both += own * share
            twice += own * own * share
            length += share * share
            long += own * share * share
            cross += own * (1 - 2 * share)
        }
        // M = D − oh' − ho' + Ohh', for the variances o of the sums, on D's diagonal, and their sum O.
        let trace = cross + length * total
        let mixed = -2 * twice + total * long
        let square =
            2 * both * both + 2 * spread * length - 4 * total * both * length
            + total * total * length * length
        let whole = spread + 2 * mixed + square
        guard trace > 0, whole > 0 else { return 1 }
        return min(trace * trace / whole, Double(shares.count - 1))
    }
}
