/// Student's degrees of freedom of one arm's sandwich variance, and by how much it falls short.
///
///     let even = [0.25, 0.25, 0.25, 0.25]
///     let four = ClusterFreedom(shares: even, squares: even, correlation: 1)
///     four.value       // 3.0: four clusters of one size
///     four.factor      // 1.3333…: 4/3
///     let uneven = [0.7, 0.1, 0.1, 0.1]
///     let one = ClusterFreedom(shares: uneven, squares: uneven, correlation: 1)
///     one.value        // 1.5256…: nearly all lies in one cluster
///     one.factor       // 5.2845…
///
/// The variance Σ u² of clusters' residual sums u = S − hΣS, of which h is the cluster's share of
/// the weight, is a quadratic form. Its degrees of freedom are twice its squared mean over its
/// variance, (tr M)²/tr M² of the sums' covariance M (F. E. Satterthwaite, 1946), and it falls
/// short of the figure's true variance by that over tr M (R. M. Bell and D. F. McCaffrey, "Bias
/// reduction in standard errors for linear regression with multi-stage samples", 2002), where rows
/// of one cluster correlate alike (G. W. Imbens and M. Kolesár, "Robust standard errors in small
/// samples: some practical advice", 2016). Clusters of one size have their count k less one, and
/// k/(k − 1); rows too, which is Welch's.
struct ClusterFreedom {
    /// The degrees of freedom, from 1 to the number of clusters less one.
    let value: Double
    /// The true variance over the mean of Σ u²: above 1.
    let factor: Double

    /// - Parameters:
    ///   - shares: each cluster's share h of the arm's weight.
    ///   - squares: the sum of the squared shares of each cluster's rows.
    ///   - correlation: of two rows of one cluster, from 0 to 1.
    init(shares: [Double], squares: [Double], correlation: Double) {
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
        // M = D − oh' − ho' + Ohh', for the variances o of the sums, on D's diagonal, and their
        // sum O.
        let trace = cross + length * total
        let mixed = -2 * twice + total * long
        let square =
            2 * both * both + 2 * spread * length - 4 * total * both * length
            + total * total * length * length
        let whole = spread + 2 * mixed + square
        guard trace > 0, whole > 0 else {
            (value, factor) = (1, 1)
            return
        }
        // A form of any rank has one at least, whatever rounding leaves of it.
        value = max(1, min(trace * trace / whole, Double(shares.count - 1)))
        factor = total / trace
    }
}
