/// The mean of a number in each group, with its error.
///
///     let means = GroupMeans(groups: [0, 0, 1], count: 2, values: [1, 3, 5])
///     means.mean(0)      // 2.0
///     means.error(0)     // 1.0
///     means.error(1)     // nil: of one row
///
/// The error is that of a ratio by linearisation, √(Σ (Σ w(x − m))²)/Σw times √(k/(k − 1)), the
/// inner sum over the rows of a cluster where rows are clustered, k the rows of equal weight, or
/// the clusters. It holds for means of many rows, or of numbers that are about normal.
package struct GroupMeans: Sendable {
    private var masses: [Double]
    private var squares: [Double]
    private var sums: [Double]
    private var spreads: [Double]
    private var parts: [Double]
    private var units: [Int]
    /// The rows of each group.
    package private(set) var rows: [Int]

    /// Two passes over the rows. A row of the group −1 is of none; values are finite.
    package init(
        groups: [Int32], count: Int, values: [Double], weights: [Double]? = nil,
        clusters: ClusterRows? = nil
    ) {
        precondition(groups.count == values.count, "each row has a group and a value")
        masses = [Double](repeating: 0, count: count)
        (squares, sums, spreads, parts) = (masses, masses, masses, masses)
        rows = [Int](repeating: 0, count: count)
        units = rows
        for row in groups.indices where groups[row] >= 0 {
            let (group, weight) = (Int(groups[row]), weights?[row] ?? 1)
            rows[group] += 1
            masses[group] += weight
            squares[group] += weight * weight
            sums[group] += weight * values[row]
        }
        for row in groups.indices where groups[row] >= 0 {
            let (group, weight) = (Int(groups[row]), weights?[row] ?? 1)
            let distance = values[row] - sums[group] / masses[group]
            spreads[group] += weight * distance * distance
            parts[group] += weight * weight * distance * distance
        }
        if let clusters { join(clusters, groups, values, weights) } else { units = rows }
    }

    private mutating func join(
        _ clusters: ClusterRows, _ groups: [Int32], _ values: [Double], _ weights: [Double]?
    ) {
        var own = [Double](repeating: 0, count: masses.count)
        var isTouched = [Bool](repeating: false, count: masses.count)
        var touched: [Int] = []
        for group in parts.indices { parts[group] = 0 }
        for cluster in 0..<clusters.count {
            for row in clusters.rows(cluster) where groups[Int(row)] >= 0 {
                let (row, group) = (Int(row), Int(groups[Int(row)]))
                if !isTouched[group] { touched.append(group) }
                isTouched[group] = true
                own[group] += (weights?[row] ?? 1) * (values[row] - sums[group] / masses[group])
            }
            for group in touched {
                parts[group] += own[group] * own[group]
                units[group] += 1
                own[group] = 0
                isTouched[group] = false
            }
            touched.removeAll(keepingCapacity: true)
        }
    }

    /// The mean of a group, or `nil` where it has no row.
    package func mean(_ group: Int) -> Double? {
        rows[group] > 0 ? sums[group] / masses[group] : nil
    }

    /// The variance of the numbers of a group about its mean, for shares of rows; 0 for one row.
    package func variance(_ group: Int) -> Double? {
        rows[group] > 0 ? spreads[group] / masses[group] : nil
    }

    /// The rows of equal weight, or the clusters, that the mean rests on.
    package func size(_ group: Int) -> Double? {
        guard rows[group] > 0 else { return nil }
        return min(masses[group] * masses[group] / squares[group], Double(units[group]))
    }

    /// The standard error of a group's mean; `nil` below two rows or clusters.
    package func error(_ group: Int) -> Double? {
        guard let size = size(group), units[group] > 1, size > 1 else { return nil }
        return (parts[group] * size / (size - 1)).squareRoot() / masses[group]
    }
}
