import Glibc

/// The probabilities of categories, before and after a change.
struct StudyCategories {
    /// The reference's; as long as the candidate's.
    var reference: [Double]
    /// The candidate's.
    var candidate: [Double]

    /// The two distributions of a design, which are its distance apart.
    init(_ design: StudyDesign) {
        let count = design.categories ?? 2
        var p: [Double]
        switch design.column {
        case .zipf: p = (1...count).map { pow(Double($0), -1.1) }
        case .heavyTail: p = (1...count).map { pow(Double($0), -0.7) }
        case .missingShare: p = [0.95, 0.05]
        default: p = [Double](repeating: 1, count: count)
        }
        p = Self.normalised(p)
        (reference, candidate) = (p, p)
        switch design.change {
        case .none: break
        case .shift, .oneCategory: moveToLast(design.distance)
        case .newCategories: moveToNew(design.distance)
        case .headTilt: tilt(design.distance)
        case .alternating: alternate(design.distance)
        case .exponent: raise(design.distance)
        }
    }

    private static func normalised(_ weights: [Double]) -> [Double] {
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// Half the sum of the absolute differences.
    var distance: Double { zip(reference, candidate).reduce(0) { $0 + abs($1.0 - $1.1) } / 2 }

    private mutating func moveToLast(_ distance: Double) {
        let last = reference.count - 1
        let moved = distance / (1 - reference[last])
        candidate = reference.map { $0 * (1 - moved) }
        candidate[last] += moved
    }

    private mutating func moveToNew(_ distance: Double) {
        let new = max(1, reference.count / 10)
        candidate =
            reference.map { $0 * (1 - distance) }
            + [Double](repeating: distance / Double(new), count: new)
        reference += [Double](repeating: 0, count: new)
    }

    private mutating func tilt(_ distance: Double) {
        var head = 0
        var mass = 0.0
        while mass < 0.3 {
            mass += reference[head]
            head += 1
        }
        candidate = reference.enumerated().map { place, p in
            place < head ? p * (1 + distance / mass) : p * (1 - distance / (1 - mass))
        }
    }

    private mutating func alternate(_ distance: Double) {
        let pairs = stride(from: 0, to: reference.count - 1, by: 2)
        let room = pairs.reduce(0) { $0 + min(reference[$1], reference[$1 + 1]) }
        precondition(distance <= room, "a neighbour has not as much to lose")
        for place in pairs {
            let moved = distance / room * min(reference[place], reference[place + 1])
            // Every other pair the other way, or the order of frequency would tell.
            let sign = place % 4 == 0 ? 1.0 : -1.0
            candidate[place] += sign * moved
            candidate[place + 1] -= sign * moved
        }
    }

    private mutating func raise(_ distance: Double) {
        var low = 1.0
        var high = 50.0
        for _ in 0..<60 {
            let power = (low + high) / 2
            candidate = Self.normalised(reference.map { pow($0, power) })
            if self.distance < distance { low = power } else { high = power }
        }
    }
}

/// A distribution of numbers by its quantiles.
struct StudyNumbers {
    private let quantile: (Double) -> Double
    /// A probability at which values below and above can be told apart.
    private let middle: Double

    init(_ column: StudyColumn) {
        let normal = Self.normalQuantile()
        switch column {
        case .lognormal: (quantile, middle) = ({ exp(2 * normal($0)) }, 0.5)
        case .heavyT:
            (quantile, middle) = ({ (2 * $0 - 1) / (2 * $0 * (1 - $0)).squareRoot() }, 0.5)
        case .pareto: (quantile, middle) = ({ pow(1 - $0, -1 / 1.3) }, 0.5)
        case .poisson:
            var sums = [exp(-3.0)]
            for k in 1..<40 { sums.append((sums.last ?? 0) + Gamma.poisson(Double(k), mean: 3)) }
            let table = sums
            // Up to 2 there are 42 in 100.
            quantile = { u in Double(table.firstIndex { u <= $0 } ?? table.count) }
            middle = table[2]
        case .zeroInflated:
            (quantile, middle) = ({ $0 <= 0.6 ? 0 : exp(2 * normal(($0 - 0.6) / 0.4)) }, 0.6)
        default: (quantile, middle) = (normal, 0.5)
        }
    }

    /// A sample in ascending order, of which `distance` more lies above the middle.
    func sample(_ rows: Int, distance: Double, using chance: inout StudyChance) -> [Double] {
        let start = middle - distance
        return chance.ascending(rows).map { u in
            if distance == 0 { return quantile(u) }
            return quantile(
                u < start
                    ? u / start * middle
                    : 1 - (1 - u) / (1 - start) * (1 - middle))
        }
    }

    /// The normal quantile by 8,192 steps, straight between them and exact beyond the outermost.
    private static func normalQuantile() -> (Double) -> Double {
        let steps = 8_192
        let table = (1..<steps).map { -Normal.exceeded(by: Double($0) / Double(steps)) }
        return { u in
            let place = u * Double(steps)
            let below = Int(place)
            guard below >= 1, below < steps - 1 else {
                return -Normal.exceeded(by: min(max(u, 1e-15), 1 - 1e-15))
            }
            let part = place - Double(below)
            return table[below - 1] + part * (table[below] - table[below - 1])
        }
    }
}
