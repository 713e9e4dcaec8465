/// The chances of a peer's arms, counted out over the buckets of its hashes.
///
/// Hashes with different rules or seeds are independent; where one hash is asked twice, its buckets
/// are cut at every end of a range, and each piece is asked once.
struct PeerProbabilities {
    /// Of passing the gates and falling in an arm's range.
    let enrolled: Double
    /// Of each arm, given that; 0 where no unit is enrolled.
    let arms: [Double]

    /// The most combinations of pieces that are counted out.
    static let combinationLimit = 100_000
    /// The most comparisons: each combination is held against each range.
    static let comparisonLimit = 10_000_000

    /// `nil` where there are more combinations or comparisons than that.
    init?(
        arms count: Int, gates: [Compatibility.Gate], hash: PeerHash, ranges: [ArmRange],
        conditions: [[Compatibility.Gate]]
    ) {
        var dice = [Die(hash)]
        func index(of hash: PeerHash) -> Int? { dice.firstIndex { $0.hash == hash } }
        /// A gate with the place of its hash among the dice, whose buckets it cuts.
        func joined(_ gate: Compatibility.Gate) -> Joint {
            let place = index(of: gate.hash) ?? dice.count
            if place == dice.count { dice.append(Die(gate.hash)) }
            for range in gate.passing { dice[place].cut(at: [range.lowerBound, range.upperBound]) }
            return Joint(die: place, gate: gate)
        }
        for range in ranges { dice[0].cut(at: [range.from, range.to]) }
        let conditions = conditions.map { $0.map(joined) }
        var alone = 1.0
        var joint: [Joint] = []
        for (place, gate) in gates.enumerated() {
            let others = gates[..<place] + gates[(place + 1)...]
            if index(of: gate.hash) == nil, !others.contains(where: { $0.hash == gate.hash }) {
                // It shares its hash with nothing else: one factor.
                let width = gate.passing.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
                alone *= Double(width) / Double(gate.hash.count)
            } else {
                joint.append(joined(gate))
            }
        }
        let pieces = dice.map(\.pieces)
        var combinations = 1
        for piece in pieces {
            combinations *= piece.count
            guard combinations <= PeerProbabilities.combinationLimit,
                combinations * ranges.count <= PeerProbabilities.comparisonLimit
            else { return nil }
        }
        var sums = [Double](repeating: 0, count: count)
        var buckets = [UInt64](repeating: 0, count: dice.count)
        for combination in 0..<combinations {
            var rest = combination
            var weight = 1.0
            for (die, pieces) in pieces.enumerated() {
                let piece = pieces[rest % pieces.count]
                rest /= pieces.count
                buckets[die] = piece.lowerBound
                weight *= Double(piece.upperBound - piece.lowerBound)
            }
            guard joint.allSatisfy({ $0.passes(buckets) }) else { continue }
            let first = ranges.indices.first { index in
                buckets[0] >= ranges[index].from && buckets[0] < ranges[index].to
                    && (conditions.isEmpty
                        || conditions[index].allSatisfy { $0.passes(buckets) })
            }
            if let first { sums[ranges[first].arm] += weight }
        }
        let total = sums.reduce(0, +)
        enrolled = alone * (total / dice.reduce(1) { $0 * Double($1.hash.count) })
        arms = sums.map { total > 0 ? $0 / total : 0 }
    }

    /// A hash whose buckets are thrown, and the places where something changes among them.
    private struct Die {
        let hash: PeerHash
        private var cuts: Set<UInt64> = []

        init(_ hash: PeerHash) {
            self.hash = hash
        }

        mutating func cut(at places: [UInt64]) {
            cuts.formUnion(places.filter { $0 > 0 && $0 < hash.count })
        }

        /// The ranges of buckets that are treated alike.
        var pieces: [Range<UInt64>] {
            let starts = [0] + cuts.sorted()
            return zip(starts, starts.dropFirst() + [hash.count]).map { $0..<$1 }
        }
    }

    /// A gate that is asked together with others.
    private struct Joint {
        let die: Int
        let gate: Compatibility.Gate

        func passes(_ buckets: [UInt64]) -> Bool { gate.passes(buckets[die]) }
    }
}
