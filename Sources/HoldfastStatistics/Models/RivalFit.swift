/// The kinds of rivals that are too simple for a model that has learnt anything.
package enum RivalKind: Sendable, CaseIterable {
    /// One feature, one cut or one set of categories: L. Breiman and others, "Classification and
    /// regression trees" (1984), a tree of one split.
    case oneSplit
    /// One feature, in twenty bins of equal shares or by its categories, each bin its own rate.
    case oneFeature
}

/// A rival as fitted to a table of one feature: what it says of each bin.
struct RivalFit {
    /// By bin: of two classes a score, of several a class, of a number the number.
    var outputs: [Double]

    /// Rows by which a bin's rate is drawn to that of all (D. Micci-Barreca, 2001).
    static let strength = 4.0

    /// Fits a rival; `nil` where the labels of the table do not vary.
    init?(_ kind: RivalKind, _ table: RivalTable, _ labels: RivalLabels) {
        switch (kind, labels) {
        case (.oneSplit, .binary):
            guard let sides = Self.split(table, labels) else { return nil }
            outputs = sides.map { $0 ? 1 : 0 }
        case (.oneSplit, .classes):
            guard let outputs = Self.classes(table) else { return nil }
            self.outputs = outputs
        case (.oneSplit, .numbers):
            guard let sides = Self.split(table, labels) else { return nil }
            var (masses, sums) = ([0.0, 0], [0.0, 0])
            for bin in sides.indices {
                masses[sides[bin] ? 1 : 0] += table.sum(bin, 0)
                sums[sides[bin] ? 1 : 0] += table.sum(bin, 1)
            }
            outputs = sides.map { sums[$0 ? 1 : 0] / masses[$0 ? 1 : 0] }
        case (.oneFeature, .binary):
            let (negatives, positives) = (table.total(0), table.total(1))
            guard negatives > 0, positives > 0 else { return nil }
            // Less the rate of all: that of the rows that are left out is the lower the higher that
            // of the others is, which would turn a feature that says nothing into one that lies.
            let base = positives / (negatives + positives)
            outputs = (0..<table.binCount).map { bin in
                let mass = max(0, table.sum(bin, 0) + table.sum(bin, 1))
                return (table.sum(bin, 1) - mass * base) / (mass + Self.strength)
            }
        case (.oneFeature, .classes):
            let totals = (0..<table.channels).map { table.total($0) }
            let all = totals.reduce(0, +)
            guard all > 0, (totals.max() ?? 0) < all else { return nil }
            outputs = (0..<table.binCount).map { bin in
                let counts = totals.indices.map {
                    table.sum(bin, $0) + Self.strength * totals[$0] / all
                }
                return Double(counts.indices.max { counts[$0] < counts[$1] } ?? 0)
            }
        case (.oneFeature, .numbers):
            guard table.total(0) > 0 else { return nil }
            let mean = table.total(1) / table.total(0)
            outputs = (0..<table.binCount).map { bin in
                let mass = max(0, table.sum(bin, 0))
                return mean + (table.sum(bin, 1) - mass * mean) / (mass + Self.strength)
            }
        }
    }

    /// How good it is on the rows of another table: the area under the ROC curve, the share of rows
    /// that are right, or the squared error, less. `nil` where that is not defined.
    func quality(_ table: RivalTable, _ labels: RivalLabels) -> Double? {
        switch labels {
        case .binary:
            let (negatives, positives) = (table.total(0), table.total(1))
            guard negatives > 0, positives > 0 else { return nil }
            let order = outputs.indices.sorted { outputs[$0] < outputs[$1] }
            var (below, area, start) = (0.0, 0.0, 0)
            while start < order.count {
                var (ours, theirs, end) = (0.0, 0.0, start)
                while end < order.count, outputs[order[end]] == outputs[order[start]] {
                    ours += table.sum(order[end], 1)
                    theirs += table.sum(order[end], 0)
                    end += 1
                }
                area += ours * (below + theirs / 2)
                below += theirs
                start = end
            }
            return area / (negatives * positives)
        case .classes:
            let all = (0..<table.channels).reduce(0.0) { $0 + table.total($1) }
            guard all > 0 else { return nil }
            return outputs.indices.reduce(0.0) { $0 + table.sum($1, Int(outputs[$1])) } / all
        case .numbers:
            let all = table.total(0)
            guard all > 0 else { return nil }
            let error = outputs.indices.reduce(0.0) {
                let value = outputs[$1]
                return $0 + table.sum($1, 2) - 2 * value * table.sum($1, 1)
                    + value * value * table.sum($1, 0)
            }
            return -error / all
        }
    }

    /// The orders in which bins are cut: as they are, with the missing ones at either end; or
    /// categories by their rate or mean, of which one cut is the best set (W. D. Fisher, "On
    /// grouping for maximum homogeneity", 1958).
    private static func orders(_ table: RivalTable, rate: (Int) -> Double) -> [[Int]] {
        let bins = Array(0..<table.binCount)
        if table.isOrdered { return [bins, Array(bins.dropFirst()) + [0]] }
        let rates = bins.map(rate)
        return [bins.sorted { (rates[$0], $0) < (rates[$1], $1) }]
    }

    /// The bins on one side of the best cut; of two classes, the side of more positives.
    private static func split(_ table: RivalTable, _ labels: RivalLabels) -> [Bool]? {
        let totals = (0..<table.channels).map { table.total($0) }
        let isBinary = if case .binary = labels { true } else { false }
        guard totals[0] > 0, !isBinary || totals[1] > 0 else { return nil }
        let all = orders(table) { bin in
            let mass = isBinary ? table.sum(bin, 0) + table.sum(bin, 1) : table.sum(bin, 0)
            return mass > 0 ? table.sum(bin, 1) / mass : 0
        }
        var (best, sides): (Double, [Bool]?) = (0, nil)
        for order in all {
            var (one, two) = (0.0, 0.0)
            var (place, isAbove) = (-1, true)
            for cut in 0..<order.count - 1 {
                one += table.sum(order[cut], 0)
                two += table.sum(order[cut], 1)
                var gain = 0.0
                if isBinary {
                    gain = one / totals[0] - two / totals[1]
                } else if one > 0, totals[0] - one > 0 {
                    // Between the sides: m n / (m + n) times the squared distance of their means.
                    let apart = two / one - (totals[1] - two) / (totals[0] - one)
                    gain = one * (totals[0] - one) / totals[0] * apart * apart
                }
                // A rounding is no gain.
                if abs(gain) > best * (1 + 1e-12) + 1e-15 {
                    (best, place, isAbove) = (abs(gain), cut, gain > 0)
                }
            }
            guard place >= 0 else { continue }
            var chosen = [Bool](repeating: !isAbove, count: order.count)
            for cut in (place + 1)..<order.count { chosen[order[cut]] = isAbove }
            sides = chosen
        }
        return sides
    }

    /// The best two classes, one on each side: along the order where there is one, and otherwise
    /// each category to that of the two that it has more of. Of the twelve most frequent classes.
    private static func classes(_ table: RivalTable) -> [Double]? {
        let totals = (0..<table.channels).map { table.total($0) }
        let frequent = totals.indices.sorted { (-totals[$0], $0) < (-totals[$1], $1) }.prefix(12)
        guard let first = frequent.first, totals[first] > 0 else { return nil }
        var best = totals[first]
        var outputs = [Double](repeating: Double(first), count: table.binCount)
        guard frequent.count > 1, totals[frequent[1]] > 0 else { return nil }
        for one in frequent {
            for two in frequent where two != one {
                if !table.isOrdered {
                    guard one < two else { continue }
                    let right = (0..<table.binCount).reduce(0.0) {
                        $0 + max(table.sum($1, one), table.sum($1, two))
                    }
                    if right > best {
                        best = right
                        outputs = (0..<table.binCount).map {
                            Double(table.sum($0, two) > table.sum($0, one) ? two : one)
                        }
                    }
                    continue
                }
                for order in orders(table, rate: { _ in 0 }) {
                    var right = totals[two]
                    var place = -1
                    for cut in 0..<order.count - 1 {
                        right += table.sum(order[cut], one) - table.sum(order[cut], two)
                        if right > best { (best, place) = (right, cut) }
                    }
                    guard place >= 0 else { continue }
                    for cut in order.indices {
                        outputs[order[cut]] = Double(cut <= place ? one : two)
                    }
                }
            }
        }
        return outputs
    }
}
