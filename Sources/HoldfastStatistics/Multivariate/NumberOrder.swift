/// The order of numbers, fast enough to rank every column of a table.
///
///     NumberOrder.ascending([0.3, -1, 0.2])   // [1, 2, 0]
///
/// Least significant digit first (H. H. Seward, "Information sorting in the application of
/// electronic digital computers to business operations", 1954), six digits of eleven bits: it
/// takes a third of the time of a sort by comparison at 5,000 rows. Equal numbers keep the order
/// in which they came, −0 and 0 among them.
enum NumberOrder {
    private static let digitBits: UInt64 = 11
    private static let buckets = 1 << 11

    /// The places of the numbers, of which none is NaN, from the smallest to the largest.
    static func ascending(_ values: [Double]) -> [Int32] {
        precondition(values.count < Int(Int32.max), "places are 32 bits wide")
        var order = (0..<Int32(values.count)).map { $0 }
        // Below that the tables of the digits take longer than the comparisons.
        if values.count < 400 {
            order.sort { (values[Int($0)], $0) < (values[Int($1)], $1) }
            return order
        }
        // Adding 0 makes −0 the 0 that it equals.
        var keys = values.map { AscendingOrder.key($0 + 0) }
        var spareKeys = keys
        var spareOrder = order
        var counts = [Int32](repeating: 0, count: buckets)
        for digit in 0..<6 {
            let shift = UInt64(digit) * digitBits
            if pass(&keys, &order, to: &spareKeys, &spareOrder, by: shift, &counts) {
                swap(&keys, &spareKeys)
                swap(&order, &spareOrder)
            }
        }
        return order
    }

    /// Deals the keys by one digit, or answers no where all have the same.
    private static func pass(
        _ keys: inout [UInt64], _ order: inout [Int32], to newKeys: inout [UInt64],
        _ newOrder: inout [Int32], by shift: UInt64, _ counts: inout [Int32]
    ) -> Bool {
        let mask = UInt64(buckets - 1)
        return keys.withUnsafeBufferPointer { keys in
            counts.withUnsafeMutableBufferPointer { counts in
                counts.update(repeating: 0)
                for key in keys { counts[Int((key >> shift) & mask)] &+= 1 }
                if counts[Int((keys[0] >> shift) & mask)] == keys.count { return false }
                var start: Int32 = 0
                for bucket in counts.indices {
                    let count = counts[bucket]
                    counts[bucket] = start
                    start &+= count
                }
                newKeys.withUnsafeMutableBufferPointer { newKeys in
                    newOrder.withUnsafeMutableBufferPointer { newOrder in
                        order.withUnsafeBufferPointer { order in
                            for place in keys.indices {
                                let bucket = Int((keys[place] >> shift) & mask)
                                let target = Int(counts[bucket])
                                counts[bucket] &+= 1
                                newKeys[target] = keys[place]
                                newOrder[target] = order[place]
                            }
                        }
                    }
                }
                return true
            }
        }
    }
}
