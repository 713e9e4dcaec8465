/// Puts doubles into ascending order by their bits, which takes a fraction of a comparison sort.
///
/// A radix sort from the last digit on (H. H. Seward, 1954, in D. E. Knuth, "The Art of Computer
/// Programming", volume 3). The bits of a double are in the order of the numbers once those of the
/// negative ones are inverted and the sign of the others is set. Only the upper bits are sorted by
/// at first: they tell nearly all values of a column apart, and what they leave out of order is put
/// right by insertion. Where that is too much, as for times of one second, the lower bits follow.
/// A digit that is the same in all values is passed over. −0.0 becomes 0.0. It takes room for the
/// values once more while it runs.
enum AscendingOrder {
    private static let bits = 11
    private static let radix = 1 << bits
    /// The digits of a double; the lowest shares bits with the one above.
    private static let digits = (64 + bits - 1) / bits
    /// The digits that are sorted by at first: the upper 33 bits.
    private static let upper = 3
    /// Below this a comparison sort is done before the digits are counted.
    private static let few = 1_500

    /// Bits that are in order as whole numbers where the numbers are. −0 is below 0.
    @inline(__always)
    static func key(_ value: Double) -> UInt64 {
        let bits = value.bitPattern
        let mask = UInt64(bitPattern: Int64(bitPattern: bits) >> 63) | 0x8000_0000_0000_0000
        return bits ^ mask
    }

    /// A digit, counted from the highest.
    @inline(__always)
    private static func digit(_ value: Double, _ place: Int) -> Int {
        let shift = max(0, 64 - bits * (place + 1))
        return Int(truncatingIfNeeded: (key(value) >> UInt64(shift)) & UInt64(radix - 1))
    }

    /// The values of all blocks in ascending order.
    static func of(_ blocks: consuming [[Double]]) -> [Double] {
        let count = blocks.reduce(0) { $0 + $1.count }
        if count < few {
            var values: [Double] = []
            values.reserveCapacity(count)
            for block in blocks { for value in block { values.append(value + 0) } }
            values.sort()
            return values
        }
        var values = sorted(blocks, count, by: (0..<upper).reversed())
        blocks = []
        // A move for each value costs no more than a turn.
        if insert(&values, most: count) { return values }
        return sorted([values], count, by: (0..<digits).reversed())
    }

    private static func sorted(
        _ blocks: consuming [[Double]], _ count: Int, by places: ReversedCollection<Range<Int>>
    ) -> [Double] {
        var tallies = tally(blocks, places.count)
        let turns = places.filter { place in
            !(0..<radix).contains { tallies[place * radix + $0] == count }
        }
        // Tallies become the places at which each digit's values start.
        for place in turns {
            var sum = 0
            for slot in place * radix..<(place + 1) * radix {
                let tally = tallies[slot]
                tallies[slot] = sum
                sum += tally
            }
        }
        var one = joined(blocks, count, by: turns.first, &tallies)
        blocks = []
        guard turns.count > 1 else { return one }
        var two = joined([one], count, by: turns[1], &tallies)
        for place in turns.dropFirst(2) {
            scatter(two, into: &one, by: place, &tallies)
            swap(&one, &two)
        }
        return two
    }

    private static func tally(_ blocks: [[Double]], _ places: Int) -> [Int] {
        var tallies = [Int](repeating: 0, count: places * radix)
        tallies.withUnsafeMutableBufferPointer { tallies in
            for block in blocks {
                for value in block {
                    for place in 0..<places {
                        tallies[place * radix + digit(value + 0, place)] += 1
                    }
                }
            }
        }
        return tallies
    }

    /// All values in the order of one digit, or as they come where no digit tells them apart.
    private static func joined(
        _ blocks: [[Double]], _ count: Int, by place: Int?, _ tallies: inout [Int]
    ) -> [Double] {
        [Double](unsafeUninitializedCapacity: count) { target, filled in
            tallies.withUnsafeMutableBufferPointer { tallies in
                var next = 0
                for block in blocks {
                    for value in block {
                        let value = value + 0
                        if let place {
                            let slot = place * radix + digit(value, place)
                            target[tallies[slot]] = value
                            tallies[slot] += 1
                        } else {
                            target[next] = value
                            next += 1
                        }
                    }
                }
            }
            filled = count
        }
    }

    private static func scatter(
        _ source: [Double], into target: inout [Double], by place: Int, _ tallies: inout [Int]
    ) {
        target.withUnsafeMutableBufferPointer { target in
            tallies.withUnsafeMutableBufferPointer { tallies in
                let base = place * radix
                for value in source {
                    let slot = base + digit(value, place)
                    target[tallies[slot]] = value
                    tallies[slot] += 1
                }
            }
        }
    }

    /// Moves each value down to where it belongs; gives up, with `false`, after `most` moves.
    private static func insert(_ values: inout [Double], most: Int) -> Bool {
        values.withUnsafeMutableBufferPointer { values in
            var moves = 0
            for place in 1..<max(1, values.count) where values[place] < values[place - 1] {
                let value = values[place]
                var slot = place
                while slot > 0 && values[slot - 1] > value && moves <= most {
                    values[slot] = values[slot - 1]
                    slot -= 1
                    moves += 1
                }
                values[slot] = value
                if moves > most { return false }
            }
            return true
        }
    }
}
