/// The rows of groups by label and decision, from which every rate of a group follows.
///
///     let cells = GroupCells(
///         groups: [0, 0, 1, 1], count: 2, labels: [true, false, true, true],
///         decisions: [true, true, false, true])
///     cells.share(.truePositive, group: 1)?.share   // 0.5
///     cells.share(.falsePositive, group: 1)         // nil: the group has no negative
///
/// One pass over the rows; a row of the group −1 is of none. A group's share is worth n rows of
/// equal weight: the lesser of L. Kish's (Σw)²/Σw² (1965) and p(1 − p) over the variance of the
/// ratio by linearisation, which sees clusters, and weights that go with the outcome (E. L. Korn
/// and B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
/// counts estimated from survey data", 1998); at 0 and 1, where that variance is 0, clusters count
/// as if their rows were all alike.
package struct GroupCells: Sendable {
    /// The groups.
    package let count: Int
    /// By group and cell: the cell is 2 for a label of yes, and 1 for a decision of yes.
    private var rows: [Int]
    private var masses: [SIMD4<Double>]
    private var squares: [SIMD4<Double>]
    /// By group: Σ over clusters of the products of the masses of two cells; and the clusters.
    private var products: [[SIMD4<Double>]]
    private var clusterCounts: [Int]
    private let isEven: Bool

    /// Counts rows by their groups' codes; all arrays have one element for each row.
    package init(
        groups: [Int32], count: Int, labels: [Bool], decisions: [Bool], weights: [Double]? = nil,
        clusters: ClusterRows? = nil
    ) {
        precondition(
            groups.count == labels.count && labels.count == decisions.count,
            "each row has a group, a label and a decision")
        precondition(weights.map { $0.count == labels.count } ?? true, "a weight for each row")
        self.count = count
        rows = [Int](repeating: 0, count: count * 4)
        masses = [SIMD4<Double>](repeating: .zero, count: count)
        squares = masses
        products = []
        clusterCounts = []
        isEven = weights == nil && clusters == nil
        for row in groups.indices where groups[row] >= 0 {
            rows[Int(groups[row]) * 4 + (labels[row] ? 2 : 0) + (decisions[row] ? 1 : 0)] += 1
        }
        if let weights {
            for row in groups.indices where groups[row] >= 0 {
                let cell = (labels[row] ? 2 : 0) + (decisions[row] ? 1 : 0)
                let weight = weights[row]
                masses[Int(groups[row])][cell] += weight
                squares[Int(groups[row])][cell] += weight * weight
            }
        } else {
            for group in 0..<count {
                for cell in 0..<4 { masses[group][cell] = Double(rows[group * 4 + cell]) }
            }
            squares = masses
        }
        if let clusters { join(clusters, groups, labels, decisions, weights) }
    }

    /// Adds up the clusters' products.
    private mutating func join(
        _ clusters: ClusterRows, _ groups: [Int32], _ labels: [Bool], _ decisions: [Bool],
        _ weights: [Double]?
    ) {
        products = [[SIMD4<Double>]](
            repeating: [SIMD4<Double>](repeating: .zero, count: 4), count: count)
        clusterCounts = [Int](repeating: 0, count: count)
        var own = [SIMD4<Double>](repeating: .zero, count: count)
        var touched: [Int] = []
        for cluster in 0..<clusters.count {
            for row in clusters.rows(cluster) where groups[Int(row)] >= 0 {
                let (row, group) = (Int(row), Int(groups[Int(row)]))
                if own[group] == .zero { touched.append(group) }
                own[group][(labels[row] ? 2 : 0) + (decisions[row] ? 1 : 0)] += weights?[row] ?? 1
            }
            for group in touched {
                for cell in 0..<4 { products[group][cell] += own[group] * own[group][cell] }
                clusterCounts[group] += 1
                own[group] = .zero
            }
            touched.removeAll(keepingCapacity: true)
        }
    }

    /// A rate of a group.
    package enum Rate: Sendable, CaseIterable {
        /// Decisions of yes among all.
        case selection
        /// Decisions of yes among labels of yes.
        case truePositive
        /// Decisions of yes among labels of no.
        case falsePositive
        /// Labels of yes among decisions of yes.
        case precision
        /// Decisions that are the label among all.
        case accuracy
        /// Labels of yes among all.
        case label

        /// The cells that are counted, and among which.
        fileprivate var cells: (hits: SIMD4<Double>, among: SIMD4<Double>) {
            switch self {
            case .selection: (SIMD4(0, 1, 0, 1), SIMD4(1, 1, 1, 1))
            case .truePositive: (SIMD4(0, 0, 0, 1), SIMD4(0, 0, 1, 1))
            case .falsePositive: (SIMD4(0, 1, 0, 0), SIMD4(1, 1, 0, 0))
            case .precision: (SIMD4(0, 0, 0, 1), SIMD4(0, 1, 0, 1))
            case .accuracy: (SIMD4(1, 0, 0, 1), SIMD4(1, 1, 1, 1))
            case .label: (SIMD4(0, 0, 1, 1), SIMD4(1, 1, 1, 1))
            }
        }
    }

    /// A share of some rows, and what it rests on.
    package struct Share: Sendable, Equatable {
        /// The rows that it is a share of.
        package let rows: Int
        /// From 0 to 1.
        package let share: Double
        /// The rows of equal weight, independent of each other, that would tell as much.
        package let size: Double
    }

    /// All rows of a group.
    package func rowCount(_ group: Int) -> Int { rows[group * 4..<group * 4 + 4].reduce(0, +) }

    /// A rate of a group; `nil` where it has none of the rows that the rate is a share of.
    package func share(_ rate: Rate, group: Int) -> Share? {
        let (hits, among) = rate.cells
        let counted = (0..<4).reduce(0) { $0 + (among[$1] > 0 ? rows[group * 4 + $1] : 0) }
        let mass = (masses[group] * among).sum()
        guard counted > 0, mass > 0 else { return nil }
        let share = min(1, (masses[group] * hits).sum() / mass)
        if isEven { return Share(rows: counted, share: share, size: Double(counted)) }
        let even = mass * mass / (squares[group] * among).sum()
        let rest = hits - share * among
        let spread = share * (1 - share)
        var size = even
        if products.isEmpty {
            let variance = (squares[group] * rest * rest).sum() / (mass * mass)
            if spread > 0, variance > 0 { size = min(even, spread / variance) }
        } else {
            let clusters = Double(clusterCounts[group])
            let factor = clusters > 1 ? clusters / (clusters - 1) : 1
            let variance = form(group, rest) / (mass * mass) * factor
            let alike = mass * mass / form(group, among)
            size = min(even, spread > 0 && variance > 0 ? spread / variance : alike)
        }
        return Share(rows: counted, share: share, size: size)
    }

    private func form(_ group: Int, _ by: SIMD4<Double>) -> Double {
        (0..<4).reduce(0.0) { $0 + by[$1] * (products[group][$1] * by).sum() }
    }
}
