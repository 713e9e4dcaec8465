/// A feature in bins, as the simple rivals of a model look at it: numbers in ascending order, or
/// categories; the bin 0 is for rows without a value.
struct RivalColumn {
    /// By row.
    private(set) var bins: [Int32]
    /// The bins, 0 among them.
    let binCount: Int
    /// The largest number of each bin but the last, from bin 1; empty for categories.
    let edges: [Double]
    /// Whether the bins are in an order.
    let isOrdered: Bool

    /// The most bins of a feature, and the most categories that are looked at.
    static let binLimit = 1_000

    /// Bins of equal shares of the rows, as far as ties allow, `limit` at most; every value its own
    /// where there are no more. `nil` for a feature that does not vary, or of too many categories.
    init?(_ column: SampleColumn, limit: Int) {
        switch column.values {
        case .numbers(let numbers):
            let order = NumberOrder.ascending(numbers.filter { !$0.isNaN })
            let present = numbers.filter { !$0.isNaN }
            guard let first = order.first, let last = order.last else { return nil }
            let isComplete = present.count == numbers.count
            if present[Int(first)] == present[Int(last)] && isComplete { return nil }
            edges = Self.edges(order.map { present[Int($0)] }, limit: limit)
            binCount = edges.count + 2
            isOrdered = true
        case .categories(let codes):
            let most = Int(codes.max() ?? -1)
            guard most < Self.binLimit, let first = codes.first,
                codes.contains(where: { $0 != first })
            else { return nil }
            edges = []
            binCount = most + 2
            isOrdered = false
        }
        bins = []
        bins = place(column)
    }

    private static func edges(_ sorted: [Double], limit: Int) -> [Double] {
        var distinct: [Double] = []
        for value in sorted where distinct.last != value {
            distinct.append(value)
            if distinct.count > limit { break }
        }
        if distinct.count <= limit { return distinct.dropLast() }
        var edges: [Double] = []
        for bin in 1..<limit {
            let edge = sorted[bin * sorted.count / limit - 1]
            if edges.last != edge && edge != sorted.last { edges.append(edge) }
        }
        return edges
    }

    /// The bins of other rows of the same feature; a category that was not there has no value.
    func place(_ column: SampleColumn) -> [Int32] {
        switch column.values {
        case .numbers(let numbers):
            return numbers.map { value in
                if value.isNaN { return 0 }
                var (low, high) = (0, edges.count)
                while low < high {
                    let middle = (low + high) / 2
                    if edges[middle] < value { low = middle + 1 } else { high = middle }
                }
                return Int32(low + 1)
            }
        case .categories(let codes):
            return codes.map { Int($0) < binCount - 1 ? $0 + 1 : 0 }
        }
    }
}

/// What is predicted, as the rivals see it.
package enum RivalLabels: Sendable {
    case binary([Bool])
    case classes([Int32], count: Int)
    case numbers([Double])

    var count: Int {
        switch self {
        case .binary(let labels): labels.count
        case .classes(let labels, _): labels.count
        case .numbers(let labels): labels.count
        }
    }

    /// The sums that are kept of a bin: by class, or of 1, y and y².
    var channels: Int {
        switch self {
        case .binary: 2
        case .classes(_, let count): count
        case .numbers: 3
        }
    }

    /// Sums by fold, bin and channel.
    func tables(_ column: RivalColumn, folds: [UInt8], foldCount: Int, weights: [Double]?)
        -> [RivalTable]
    {
        let channels = channels
        let width = column.binCount * channels
        var sums = [Double](repeating: 0, count: width * foldCount)
        for row in folds.indices {
            let start = Int(folds[row]) * width + Int(column.bins[row]) * channels
            let weight = weights?[row] ?? 1
            switch self {
            case .binary(let labels): sums[start + (labels[row] ? 1 : 0)] += weight
            case .classes(let labels, _): sums[start + Int(labels[row])] += weight
            case .numbers(let labels):
                sums[start] += weight
                sums[start + 1] += weight * labels[row]
                sums[start + 2] += weight * labels[row] * labels[row]
            }
        }
        return (0..<foldCount).map {
            RivalTable(
                channels: channels, isOrdered: column.isOrdered,
                sums: Array(sums[$0 * width..<($0 + 1) * width]))
        }
    }
}

/// Sums of the labels of some rows by a feature's bins.
struct RivalTable {
    let channels: Int
    let isOrdered: Bool
    var sums: [Double]

    var binCount: Int { sums.count / channels }

    /// What is left without other rows.
    func less(_ other: RivalTable) -> RivalTable {
        var rest = self
        for place in sums.indices { rest.sums[place] -= other.sums[place] }
        return rest
    }

    func plus(_ other: RivalTable) -> RivalTable {
        var both = self
        for place in sums.indices { both.sums[place] += other.sums[place] }
        return both
    }

    func sum(_ bin: Int, _ channel: Int) -> Double { sums[bin * channels + channel] }

    func total(_ channel: Int) -> Double {
        stride(from: channel, to: sums.count, by: channels).reduce(0.0) { $0 + sums[$1] }
    }
}
