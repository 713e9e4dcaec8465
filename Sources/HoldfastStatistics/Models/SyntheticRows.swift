/// Rows made of the values of other rows, each different one once: what a model is asked about.
///
///     var rows = SyntheticRows(of: [
///         SampleColumn("age", numbers: [31, 47, 31]), SampleColumn("city", categories: [0, 1, 2]),
///     ])
///     rows.place(of: [0, 1])    // 0: age 31 of row 0, city 1 of row 1
///     rows.place(of: [2, 1])    // 0: row 2 has the same age
///     rows.place(of: [1, 1])    // 1
///     rows.count                // 2
///
/// A question of a model names a row for each column whose value is taken. Two questions are one
/// where every value is the same one: numbers bit by bit, missing values as one another. Answers
/// come back by ``place(of:)``.
package struct SyntheticRows: Sendable {
    /// The columns.
    package let width: Int
    /// The different rows so far.
    package private(set) var count = 0
    /// For each row of a column the first that has its value.
    private let first: [[Int32]]
    /// The rows that values are taken of, row after row.
    private var picks: [Int32] = []
    /// Places by hash, −1 where none is: a power of two of them, half of them empty at least.
    private var slots = [Int32](repeating: -1, count: 64)

    /// No rows yet, of columns of one length.
    package init(of columns: [SampleColumn]) {
        precondition(!columns.isEmpty, "rows have columns")
        width = columns.count
        first = columns.map { Self.firstOfSame($0.values) }
        precondition(first.allSatisfy { $0.count == first[0].count }, "columns of one length")
    }

    private static func firstOfSame(_ values: SampleColumn.Values) -> [Int32] {
        var seen: [UInt64: Int32] = [:]
        func first(_ key: UInt64, _ row: Int) -> Int32 {
            if let before = seen[key] { return before }
            seen[key] = Int32(row)
            return Int32(row)
        }
        switch values {
        case .numbers(let numbers):
            return numbers.enumerated().map { row, number in
                first((number.isNaN ? Double.nan : number).bitPattern, row)
            }
        case .categories(let codes):
            return codes.enumerated().map { row, code in
                first(UInt64(bitPattern: Int64(code)), row)
            }
        }
    }

    /// Where the answer for a row stands whose value in column `j` is that of row `picked[j]`.
    package mutating func place(of picked: [Int32]) -> Int32 {
        precondition(picked.count == width, "a row for each column")
        let start = picks.count
        var hash: UInt64 = 0
        for (column, row) in picked.enumerated() {
            let same = first[column][Int(row)]
            picks.append(same)
            hash = SplitMix64.mix(hash &+ SplitMix64.gamma &+ UInt64(truncatingIfNeeded: same))
        }
        if 2 * count >= slots.count { grow() }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let other = Int(slots[slot]) * width
            if (0..<width).allSatisfy({ picks[other + $0] == picks[start + $0] }) {
                picks.removeLast(width)
                return slots[slot]
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(count)
        count += 1
        return Int32(count - 1)
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: 2 * slots.count)
        for place in 0..<count {
            var hash: UInt64 = 0
            for same in picks[place * width..<(place + 1) * width] {
                hash = SplitMix64.mix(hash &+ SplitMix64.gamma &+ UInt64(truncatingIfNeeded: same))
            }
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(place)
        }
    }

    /// The rows whose values a column has at some places.
    package func picks(of column: Int, at places: Range<Int>) -> [Int] {
        precondition(column < width && places.upperBound <= count, "rows that there are")
        return places.map { Int(picks[$0 * width + column]) }
    }
}
