/// Orders and picks by chance that can be repeated.
package enum RandomOrder {
    /// 0 ..< count in an order by chance: R. Durstenfeld, "Algorithm 235: Random permutation"
    /// (1964), after R. A. Fisher and F. Yates. The number `k` of a stream is the draw for place k.
    ///
    ///     RandomOrder.permutation(4, seed: 1, stream: 0)   // [2, 1, 3, 0]
    package static func permutation(_ count: Int, seed: UInt64, stream: UInt64) -> [Int32] {
        let chance = CounterStream(seed: seed, stream: stream)
        var order = (0..<Int32(count)).map { $0 }
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(chance.uniform(UInt64(last)) * Double(last + 1)))
        }
        return order
    }

    /// At most `most` of the rows 0 ..< count, in ascending order: one at random of each of as many
    /// equal stretches, so that the order of a table does not matter.
    ///
    ///     RandomOrder.spread(5, most: 9, chance: chance)   // [0, 1, 2, 3, 4]
    package static func spread(_ count: Int, most: Int, chance: CounterStream) -> [Int] {
        guard count > most else { return Array(0..<count) }
        let stretch = Double(count) / Double(most)
        return (0..<most).map { index in
            min(count - 1, Int((Double(index) + chance.uniform(UInt64(index))) * stretch))
        }
    }

    /// At most `most` of the rows 0 ..< count, each with the same chance, in ascending order: all
    /// of them where they are not more.
    ///
    ///     RandomOrder.sample(5, most: 9, seed: 1, stream: 0)   // [0, 1, 2, 3, 4]
    package static func sample(_ count: Int, most: Int, seed: UInt64, stream: UInt64) -> [Int] {
        if count <= most { return Array(0..<count) }
        return permutation(count, seed: seed, stream: stream).prefix(most).map { Int($0) }.sorted()
    }
}
