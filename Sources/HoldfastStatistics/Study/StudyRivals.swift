import Glibc

/// A rule in use elsewhere that calls two samples different.
package enum StudyRival: String, Sendable, CaseIterable {
    /// Pearson's chi-square below .05 with the reference's shares taken for the truth, as if they
    /// had no sampling error. For categories.
    case goodnessOfFit = "chi-square, reference as truth"
    /// The Jensen–Shannon distance, in base 2, is 0.1 or more. Numbers are put into ten bins of
    /// equal width over the range of both samples.
    case jensenShannon = "jensen-shannon 0.1"
    /// The population stability index is 0.1 or more, in the same bins, shares floored at 0.0001.
    case stability = "psi 0.1"
    /// The same with 0.2.
    case stabilityOfTwo = "psi 0.2"
}

/// The rivals' alarms on one pair of samples.
struct RivalAlarms {
    private let reference: [Double]
    private let candidate: [Double]
    private let isNumbers: Bool

    init(counts reference: [Int], _ candidate: [Int]) {
        self.reference = reference.map(Double.init)
        self.candidate = candidate.map(Double.init)
        isNumbers = false
    }

    /// Of samples in ascending order.
    init(numbers reference: [Double], _ candidate: [Double]) {
        let low = min(reference.first ?? 0, candidate.first ?? 0)
        let high = max(reference.last ?? 0, candidate.last ?? 0)
        func binned(_ values: [Double]) -> [Double] {
            var counts = [Double](repeating: 0, count: 10)
            for value in values {
                let bin = high > low ? Int((value - low) / (high - low) * 10) : 0
                counts[min(9, bin)] += 1
            }
            return counts
        }
        self.reference = binned(reference)
        self.candidate = binned(candidate)
        isNumbers = true
    }

    /// The rivals that call the pair different.
    func alarms() -> [StudyRival] {
        let (n, m) = (reference.reduce(0, +), candidate.reduce(0, +))
        var stability = 0.0
        var divergence = 0.0
        for (x, y) in zip(reference, candidate) where x + y > 0 {
            let (p, q) = (x / n, y / m)
            let (one, two) = (max(p, 1e-4), max(q, 1e-4))
            stability += (two - one) * log(two / one)
            let mean = (p + q) / 2
            if p > 0 { divergence += p * log2(p / mean) / 2 }
            if q > 0 { divergence += q * log2(q / mean) / 2 }
        }
        var found: [StudyRival] = []
        if isSurprising { found.append(.goodnessOfFit) }
        if max(0, divergence).squareRoot() >= 0.1 { found.append(.jensenShannon) }
        if stability >= 0.1 { found.append(.stability) }
        if stability >= 0.2 { found.append(.stabilityOfTwo) }
        return found
    }

    private var isSurprising: Bool {
        guard !isNumbers else { return false }
        let scale = candidate.reduce(0, +) / reference.reduce(0, +)
        let test = ChiSquare.goodnessOfFit(
            observed: candidate.map { Int($0) }, expected: reference.map { $0 * scale })
        return test.map { $0.pValue < 0.05 } ?? false
    }
}
