/// What is kept of the numbers that a limit of memory no longer has room for.
///
/// Buffers of values of the mass 2^level. A buffer that is too large is sorted, and every other of
/// its values goes up a level at twice the mass, in turn the lower and the upper one of each pair
/// (G. S. Manku, S. Rajagopalan and B. G. Lindsay, "Approximate medians and other quantiles in one
/// pass and with limited memory", 1998; Z. Karnin, K. Lang and E. Liberty, "Optimal quantile
/// approximation in streams", 2016, choose by chance). Nothing here is by chance, so that one order
/// of rows has one result.
///
/// Of a pair at one place nothing changes; where a number lies between the two of a pair, its rank
/// moves by the mass of one: up where the lower one was kept, down where the upper one was. All
/// moves up, and all moves down, therefore bound the error: ``rankError``.
struct QuantileSketch: Sendable {
    /// The values of the mass 2, of the mass 4 and so on; those of the mass 1 are the summary's.
    private(set) var levels: [[Double]] = []
    /// The moments of the values that were compacted: of all of them, before any was dropped.
    private(set) var moments = Moments()
    private var keepsUpper: [Bool] = []
    private var raised = 0.0
    private var lowered = 0.0

    /// The most by which any rank is wrong, in rows.
    var rankError: Double { max(raised, lowered) }

    /// The bytes of the values.
    var byteCount: Int { levels.reduce(0) { $0 + 8 * $1.capacity } }

    /// The mass of a value, where level 0 is that of the summary's own values.
    static func mass(level: Int) -> Double { Double(sign: .plus, exponent: level, significand: 1) }

    /// Takes values of the mass 1 in ascending order, and gives back the one that is left over
    /// where their number is odd.
    mutating func compact(rows: [Double]) -> Double? {
        rows.withUnsafeBufferPointer { rows in
            // The one left over is still the summary's.
            let taken = rows.count - rows.count % 2
            moments.merge(Moments(UnsafeBufferPointer(rebasing: rows[..<taken])))
        }
        return raise(rows, from: 0)
    }

    /// Halves a level above 0.
    mutating func compact(level: Int) {
        let values = AscendingOrder.of([levels[level - 1]])
        levels[level - 1] = []
        if let rest = raise(values, from: level) { levels[level - 1] = [rest] }
    }

    private mutating func raise(_ values: [Double], from level: Int) -> Double? {
        if levels.count == level { levels.append([]) }
        if keepsUpper.count == level { keepsUpper.append(false) }
        let pairs = values.count / 2
        levels[level].reserveCapacity(levels[level].count + pairs)
        let first = keepsUpper[level] ? 1 : 0
        for pair in 0..<pairs { levels[level].append(values[2 * pair + first]) }
        if keepsUpper[level] {
            lowered += Self.mass(level: level)
        } else {
            raised += Self.mass(level: level)
        }
        keepsUpper[level].toggle()
        return values.count % 2 == 1 ? values.last : nil
    }

    /// Adds all that another sketch keeps.
    mutating func merge(_ other: QuantileSketch) {
        for (level, values) in other.levels.enumerated() {
            if levels.count == level { levels.append([]) }
            if keepsUpper.count == level { keepsUpper.append(false) }
            if levels[level].isEmpty {
                levels[level] = values
            } else {
                levels[level].reserveCapacity(levels[level].count + values.count)
                levels[level].append(contentsOf: values)
            }
        }
        moments.merge(other.moments)
        raised += other.raised
        lowered += other.lowered
    }
}
