/// One arm's quantile, with the intervals that its rows in order give it.
struct QuantileArm {
    private let ascending: [Double]
    /// The share of the weight up to the middle of each row; `nil` where rows have no weights.
    private let middles: [Double]?
    /// p: the share of the rows below the quantile.
    private let share: Double
    /// The quantile.
    let value: Double
    /// The standard error of the share of rows below it: of independent rows, unless it is changed.
    var error: Double

    /// The quantile of an arm's rows, of which there is one or more.
    init(_ rows: ArmRows, share: Double) {
        self.share = share
        let count = Double(rows.values.count)
        error = (share * (1 - share) / count).squareRoot()
        guard let weights = rows.weights else {
            let ascending = rows.values.sorted()
            self.ascending = ascending
            middles = nil
            value = Self.between(ascending, share * (count - 1))
            return
        }
        let order = rows.values.indices.sorted { (rows.values[$0], $0) < (rows.values[$1], $1) }
        let total = weights.reduce(0, +)
        var (sum, middles, found) = (0.0, [Double](), Double?.none)
        for row in order {
            middles.append((sum + weights[row] / 2) / total)
            sum += weights[row]
            // Not by the last digit of a sum: a share that is reached is reached.
            if found == nil, sum >= share * total * (1 - 1e-12) { found = rows.values[row] }
        }
        ascending = order.map { rows.values[$0] }
        self.middles = middles
        value = found ?? ascending[ascending.count - 1]
    }

    /// The interval that reaches so many errors of the share to either side; `nil` where an end is
    /// beyond the first or last row.
    func interval(reach: Double) -> Interval? {
        guard let lower = quantile(share - reach * error),
            let upper = quantile(share + reach * error)
        else { return nil }
        return Interval(lower: min(lower, value), upper: max(upper, value))
    }

    /// The value at a share, between the rows whose middles lie about it.
    private func quantile(_ share: Double) -> Double? {
        guard let middles else {
            let place = share * Double(ascending.count) - 0.5
            guard place >= 0, place <= Double(ascending.count - 1) else { return nil }
            return Self.between(ascending, place)
        }
        guard let last = middles.last, share >= middles[0], share <= last else { return nil }
        var (low, high) = (0, middles.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if middles[middle] < share { low = middle + 1 } else { high = middle }
        }
        guard low > 0, middles[low] > middles[low - 1] else { return ascending[low] }
        let part = (share - middles[low - 1]) / (middles[low] - middles[low - 1])
        return Self.mix(ascending[low - 1], ascending[low], part)
    }

    private static func between(_ ascending: [Double], _ place: Double) -> Double {
        let below = min(ascending.count - 1, max(0, Int(place)))
        let above = min(ascending.count - 1, below + 1)
        return mix(ascending[below], ascending[above], place - Double(below))
    }

    private static func mix(_ one: Double, _ two: Double, _ part: Double) -> Double {
        // Ties stay what they are.
        one == two ? one : one + (two - one) * part
    }
}
