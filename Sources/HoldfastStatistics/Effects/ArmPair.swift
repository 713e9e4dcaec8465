/// Two arms' lines and what was randomised: the errors of all that is made of both figures.
struct ArmPair {
    let control: ArmLine
    let treatment: ArmLine
    let units: RandomisedUnits
    /// The variance of control's figure and of treatment's, as parts of a difference.
    private let variances: (control: Double, treatment: Double)
    /// The clusters' parts of both figures where some have rows in both arms, and CR1's factor.
    private let shared: (control: [Double], treatment: [Double], factor: Double)?
    /// By what an arm's own variance is larger than its part of a difference's.
    private let ownFactors: (control: Double, treatment: Double)
    /// Student's degrees of freedom of each arm's figure.
    let freedoms: (control: Double, treatment: Double)
    /// The variance of each arm's figure without the bias that clusters of unlike size, or few of
    /// them, leave to ``variances``, over those.
    private let unbiased: (control: Double, treatment: Double)
    /// By how much the interval of each arm's own figure goes beyond ``ownError(_:)``, for the same
    /// bias.
    let ownWidenings: (control: Double, treatment: Double)

    /// - Parameter ofShares: whether the variance of a share, p(1 − p)/n, is asked for, which has
    ///   no n − 1.
    init(control: ArmLine, treatment: ArmLine, units: RandomisedUnits, ofShares: Bool = false) {
        self.control = control
        self.treatment = treatment
        self.units = units
        guard let places = units.places else {
            variances = (
                Self.ofRows(control, ofShares: ofShares),
                Self.ofRows(treatment, ofShares: ofShares)
            )
            (ownFactors, unbiased, ownWidenings) = ((1, 1), (1, 1), (1, 1))
            shared = nil
            freedoms = (Self.freedom(control), Self.freedom(treatment))
            return
        }
        let sums = units.sums(control: control.parts, treatment: treatment.parts)
        let (clusters, rows) = (Double(units.count), Double(units.rows))
        // As statsmodels' cluster-robust errors of a regression on a constant and the arm.
        let factor = clusters / (clusters - 1) * (rows - 1) / max(1, rows - 2)
        variances = (
            factor * Self.dot(sums.control, sums.control),
            factor * Self.dot(sums.treatment, sums.treatment)
        )
        shared = units.isShared ? (sums.control, sums.treatment, factor) : nil
        let (one, two) = (Double(units.counts.control), Double(units.counts.treatment))
        ownFactors = (one / (one - 1) / factor, two / (two - 1) / factor)
        let correlation = Self.correlation(control, treatment, places, of: units.count)
        let first = Self.freedom(control, places.control, of: units.count, correlation)
        let second = Self.freedom(treatment, places.treatment, of: units.count, correlation)
        freedoms = (first.value, second.value)
        ownWidenings = (
            (first.factor / (one / (one - 1))).squareRoot(),
            (second.factor / (two / (two - 1))).squareRoot()
        )
        // What arms share is not known apart: their bias is left to the degrees of freedom.
        unbiased = units.isShared ? (1, 1) : (first.factor / factor, second.factor / factor)
    }

    /// treatment's figure less control's.
    var difference: Double {
        (treatment.value - control.value) + (treatment.rest - control.rest)
    }

    /// Why no error of the difference is known, where none is.
    var fault: EffectFault {
        if standardError(control: -1, treatment: 1) == 0 { return .oneValue }
        return degreesOfFreedom == nil ? .oneWeight : .beyondDouble
    }

    /// The standard error of treatment's figure times `second` and control's times `first`.
    func standardError(control first: Double, treatment second: Double) -> Double {
        let apart = second * second * variances.treatment + first * first * variances.control
        guard let shared else { return apart.squareRoot() }
        // Cluster by cluster, as what the arms have in common cancels.
        let together = zip(shared.control, shared.treatment).reduce(0) {
            let part = first * $1.0 + second * $1.1
            return $0 + part * part
        }
        let variance = shared.factor * together
        // What rounding leaves of clusters that all differ alike is no variance.
        return variance > 1e-24 * apart ? variance.squareRoot() : 0
    }

    /// By how much an interval and a p-value go beyond ``standardError(control:treatment:)``: 1 but
    /// where clusters lie in one arm each. CR1 corrects for their number as if they were of one
    /// size and of one arm.
    func widening(control first: Double, treatment second: Double) -> Double {
        let error = standardError(control: first, treatment: second)
        guard units.places != nil, !units.isShared, error > 0 else { return 1 }
        let variance =
            second * second * variances.treatment * unbiased.treatment
            + first * first * variances.control * unbiased.control
        return variance.squareRoot() / error
    }

    /// The standard error of an arm's own figure: of its rows, or of its clusters as a regression
    /// on a constant has it.
    func ownError(_ arm: EffectArm) -> Double {
        switch arm {
        case .control: (variances.control * ownFactors.control).squareRoot()
        case .treatment: (variances.treatment * ownFactors.treatment).squareRoot()
        }
    }

    /// Student's degrees of freedom of a difference: B. L. Welch's (1947) of the arms' own; where
    /// clusters have rows in both arms, their number less one. `nil` where no row differs.
    var degreesOfFreedom: Double? {
        let (first, second) = (
            variances.control * unbiased.control, variances.treatment * unbiased.treatment
        )
        let sum = first + second
        guard sum > 0, sum.isFinite else { return nil }
        if units.isShared { return Double(units.count - 1) }
        let (p, q) = (first / sum, second / sum)
        return 1 / (p * p / freedoms.control + q * q / freedoms.treatment)
    }

    /// Σ part²/(1 − h), h the row's share of the weight: s²/n where all are alike, and else the
    /// variance HC2 (J. G. MacKinnon and H. White, "Some heteroskedasticity-consistent covariance
    /// matrix estimators with improved finite sample properties", 1985).
    private static func ofRows(_ line: ArmLine, ofShares: Bool) -> Double {
        guard let shares = line.shares else {
            let count = Double(line.parts.count)
            let sum = dot(line.parts, line.parts)
            return ofShares ? sum : sum * (count / (count - 1))
        }
        var sum = 0.0
        for (part, share) in zip(line.parts, shares) { sum += part * part / (1 - share) }
        return sum
    }

    private static func freedom(_ line: ArmLine) -> Double {
        guard let shares = line.shares else { return Double(line.parts.count - 1) }
        return ClusterFreedom(
            shares: shares, squares: shares.map { $0 * $0 }, correlation: 1
        ).value
    }

    private static func freedom(
        _ line: ArmLine, _ places: [Int], of count: Int, _ correlation: Double
    ) -> ClusterFreedom {
        let each = 1 / Double(line.parts.count)
        var sums = [Double](repeating: 0, count: count)
        var squares = sums
        for (row, place) in places.enumerated() {
            let share = line.shares?[row] ?? each
            sums[place] += share
            squares[place] += share * share
        }
        let own = sums.indices.filter { sums[$0] > 0 }
        return ClusterFreedom(
            shares: own.map { sums[$0] }, squares: own.map { squares[$0] },
            correlation: correlation)
    }

    /// How alike the rows of one cluster are, from 0 to 1, about their arm's figure.
    private static func correlation(
        _ control: ArmLine, _ treatment: ArmLine, _ places: (control: [Int], treatment: [Int]),
        of units: Int
    ) -> Double {
        var correlation = IntraclassCorrelation()
        for (line, places) in [(control, places.control), (treatment, places.treatment)] {
            var clusters = [NumberMoments](repeating: NumberMoments(), count: units)
            let count = Double(line.parts.count)
            for (row, place) in places.enumerated() {
                // On the scale of the rows: a part is a row's residual times its share.
                let residual = line.parts[row] / (line.shares?[row] ?? 1 / count)
                clusters[place].add(residual)
            }
            for cluster in clusters where cluster.count > 0 {
                correlation.add(
                    cluster.count, mean: cluster.mean, variance: cluster.variance)
            }
        }
        return min(1, max(0, correlation.value ?? 0))
    }

    static func dot(_ one: [Double], _ two: [Double]) -> Double {
        zip(one, two).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

/// The count, mean and variance of numbers that come one by one (B. P. Welford, 1962).
private struct NumberMoments {
    var count = 0
    var mean = 0.0
    var squares = 0.0
    var variance: Double? { count > 1 ? squares / Double(count - 1) : nil }

    mutating func add(_ value: Double) {
        count += 1
        let distance = value - mean
        mean += distance / Double(count)
        squares += distance * (value - mean)
    }
}
