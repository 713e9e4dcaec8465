/// The mid-ranks of a column, and what it takes to rank the rows that another column has too.
struct RankedColumn {
    /// Whether each row has a value.
    private let values: [Double]
    /// The rows with a value, in the order of their values.
    private let order: [Int32]
    /// Ranks less their mean, in their least steps of a half: whole numbers, so that sums are
    /// exact; 0 for a row without a value.
    private let ranks: [Double]
    /// The sum of the squares of the ranks.
    private let squares: Double

    init(_ values: [Double]) {
        self.values = values
        if values.contains(where: \.isNaN) {
            let present = values.indices.filter { !values[$0].isNaN }
            order = NumberOrder.ascending(present.map { values[$0] }).map {
                Int32(present[Int($0)])
            }
        } else {
            order = NumberOrder.ascending(values)
        }
        ranks = Self.ranks(order, values)
        squares = Self.product(ranks, ranks)
    }

    /// Whether no row lacks a value.
    private var isComplete: Bool { order.count == values.count }

    /// Spearman's correlation of the rows in which both columns have a value, and how many those
    /// are; `nil` where a column does not vary in them.
    static func correlation(_ one: RankedColumn, _ two: RankedColumn) -> (
        value: Double?, count: Int
    ) {
        if one.isComplete && two.isComplete {
            let scale = (one.squares * two.squares).squareRoot()
            guard scale > 0 else { return (nil, one.order.count) }
            let value = product(one.ranks, two.ranks) / scale
            return (min(1, max(-1, value)), one.order.count)
        }
        // The order stays, the ranks do not: those of the rows that the other lacks are closed up.
        let ours = one.order.filter { !two.values[Int($0)].isNaN }
        let theirs = two.order.filter { !one.values[Int($0)].isNaN }
        let (left, right) = (ranks(ours, one.values), ranks(theirs, two.values))
        let scale = (product(left, left) * product(right, right)).squareRoot()
        guard scale > 0 else { return (nil, ours.count) }
        return (min(1, max(-1, product(left, right) / scale)), ours.count)
    }

    /// Twice the mid-rank of each row of an order, less its mean: a whole number.
    private static func ranks(_ order: [Int32], _ values: [Double]) -> [Double] {
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            let value = values[Int(order[start])]
            var end = start + 1
            while end < order.count, values[Int(order[end])] == value { end += 1 }
            // Ranks from 0: the mean of start ... end − 1 is half their sum, and (n − 1)/2 the
            // mean of all.
            let rank = Double(start + end - order.count)
            for place in start..<end { ranks[Int(order[place])] = rank }
            start = end
        }
        return ranks
    }

    /// In eight sums, which a processor adds at once.
    private static func product(_ one: [Double], _ two: [Double]) -> Double {
        one.withUnsafeBufferPointer { one in
            two.withUnsafeBufferPointer { two in
                var sums = SIMD8<Double>.zero
                var index = 0
                while index + 8 <= one.count {
                    var (left, right) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
                    for lane in 0..<8 {
                        left[lane] = one[index + lane]
                        right[lane] = two[index + lane]
                    }
                    sums += left * right
                    index += 8
                }
                var sum = sums.sum()
                while index < one.count {
                    sum += one[index] * two[index]
                    index += 1
                }
                return sum
            }
        }
    }
}
