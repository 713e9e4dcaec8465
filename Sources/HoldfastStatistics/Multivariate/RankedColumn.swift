/// The mid-ranks of a column, and what it takes to rank the rows that another column has too.
struct RankedColumn {
    /// The rows with a value, in the order of their values.
    private let order: [Int32]
    /// By row: 1 where there is a value, or else 0.
    private let isPresent: [UInt8]
    /// Where in the order each run of equal values starts, and the order's end; empty where no two
    /// values are equal.
    private let runs: [Int32]
    /// Twice the rank less its mean, a whole number; 0 for a row without a value.
    private let ranks: [Int32]
    /// The sum of the squares of the ranks.
    private let squares: Double

    init(_ values: [Double]) {
        precondition(values.count < 1 << 30, "twice a rank is 32 bits wide")
        if values.contains(where: \.isNaN) {
            let present = values.indices.filter { !values[$0].isNaN }
            order = NumberOrder.ascending(present.map { values[$0] }).map {
                Int32(present[Int($0)])
            }
        } else {
            order = NumberOrder.ascending(values)
        }
        isPresent = values.map { $0.isNaN ? 0 : 1 }
        runs = Self.runs(order, values)
        var ranks = [Int32](repeating: 0, count: values.count)
        squares = Self.rank(order, runs, amongRows: nil, count: order.count, to: &ranks)
        self.ranks = ranks
    }

    private static func runs(_ order: [Int32], _ values: [Double]) -> [Int32] {
        var runs: [Int32] = []
        runs.reserveCapacity(order.count + 1)
        for place in order.indices
        where place == 0 || values[Int(order[place])] != values[Int(order[place - 1])] {
            runs.append(Int32(place))
        }
        return runs.count == order.count ? [] : runs + [Int32(order.count)]
    }

    /// Whether no row lacks a value.
    private var isComplete: Bool { order.count == isPresent.count }

    /// Room for the ranks of two columns, which every pair of columns uses anew.
    struct Room {
        fileprivate var one: [Int32]
        fileprivate var two: [Int32]

        /// Room for columns of so many rows.
        init(rowCount: Int) {
            one = [Int32](repeating: 0, count: rowCount)
            two = one
        }
    }

    /// Spearman's correlation of the rows in which both columns have a value, and how many those
    /// are; `nil` where a column does not vary in them.
    static func correlation(_ one: RankedColumn, _ two: RankedColumn, in room: inout Room) -> (
        value: Double?, count: Int
    ) {
        if one.isComplete && two.isComplete {
            let product = product(one.ranks, two.ranks)
            return (value(product, one.squares, two.squares), one.order.count)
        }
        let count = shared(one.isPresent, two.isPresent)
        // The order stays, the ranks do not: those of the rows that the other lacks are closed up.
        // Such a row keeps some rank, which the other's 0 takes out of the product.
        room.one.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        room.two.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        let left = rank(
            one.order, one.runs, amongRows: two.isPresent, count: count, to: &room.one)
        let right = rank(
            two.order, two.runs, amongRows: one.isPresent, count: count, to: &room.two)
        return (value(product(room.one, room.two), left, right), count)
    }

    private static func value(_ product: Double, _ left: Double, _ right: Double) -> Double? {
        let scale = (left * right).squareRoot()
        return scale > 0 ? min(1, max(-1, product / scale)) : nil
    }

    /// Writes twice the mid-rank, less its mean, of each row of an order among the rows that are
    /// present, `count` of them, and answers the sum of their squares.
    private static func rank(
        _ order: [Int32], _ runs: [Int32], amongRows isPresent: [UInt8]?, count: Int,
        to ranks: inout [Int32]
    ) -> Double {
        ranks.withUnsafeMutableBufferPointer { ranks in
            order.withUnsafeBufferPointer { order in
                guard let isPresent else {
                    return rank(order, runs, ranks, count) { _ in 1 }
                }
                return isPresent.withUnsafeBufferPointer { isPresent in
                    rank(order, runs, ranks, count) { Int32(isPresent[Int($0)]) }
                }
            }
        }
    }

    @inline(__always)
    private static func rank(
        _ order: UnsafeBufferPointer<Int32>, _ runs: [Int32],
        _ ranks: UnsafeMutableBufferPointer<Int32>, _ count: Int,
        isPresent: (Int32) -> Int32
    ) -> Double {
        // The ranks 0 ... count − 1 have a mean of (count − 1)/2.
        var below = -Int32(count)
        if runs.isEmpty {
            below += 1
            for row in order {
                ranks[Int(row)] = below
                below &+= 2 &* isPresent(row)
            }
            let n = Double(count)
            return n * (n * n - 1) / 3
        }
        var squares = 0.0
        for run in 1..<runs.count {
            let places = Int(runs[run - 1])..<Int(runs[run])
            var tied: Int32 = 0
            for place in places { tied &+= isPresent(order[place]) }
            let rank = below &+ tied
            for place in places { ranks[Int(order[place])] = rank }
            squares += Double(tied) * Double(rank) * Double(rank)
            below &+= 2 &* tied
        }
        return squares
    }

    /// The rows that both have.
    private static func shared(_ one: [UInt8], _ two: [UInt8]) -> Int {
        one.withUnsafeBufferPointer { one in
            two.withUnsafeBufferPointer { two in
                var sum = 0
                for row in one.indices { sum &+= Int(one[row] & two[row]) }
                return sum
            }
        }
    }

    /// In eight sums, which a processor adds at once; of whole numbers, which are exact.
    private static func product(_ one: [Int32], _ two: [Int32]) -> Double {
        one.withUnsafeBufferPointer { one in
            two.withUnsafeBufferPointer { two in
                var sums = SIMD8<Double>.zero
                var index = 0
                while index + 8 <= one.count {
                    var (left, right) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
                    for lane in 0..<8 {
                        left[lane] = Double(one[index + lane])
                        right[lane] = Double(two[index + lane])
                    }
                    sums += left * right
                    index += 8
                }
                var sum = sums.sum()
                while index < one.count {
                    sum += Double(one[index]) * Double(two[index])
                    index += 1
                }
                return sum
            }
        }
    }
}
