/// How far arms are apart in what was known of their units, for one dealing after another of the
/// same units.
///
///     let age = SampleColumn("age", numbers: [30, 40, 50, 35, 45, 58])
///     let balance = ArmBalance([age], arms: 2, control: 0)
///     balance.largest([0, 0, 0, 1, 1, 1])      // [[0.5558…]]: of age, arm 1 beside control
///     balance.largest([0, 1, 0, 1, 0, 1])      // [[0.2363…]]
///
/// Of each column what ``CovariateBalance`` calls its largest: the ``StandardisedDifference`` of
/// the mean, of the share of each category, or of what has no value, whichever is the furthest from
/// 0. The columns are made ready once, so that a dealing costs one pass over each.
package struct ArmBalance: Sendable {
    /// The largest difference that is told from others: arms that are further apart have nothing
    /// in common, and no mean of such differences overflows.
    package static let apart = 1e6

    /// The columns' names.
    package let names: [String]
    /// The rows; 0 without a column.
    package let rowCount: Int
    private let columns: [Column]
    private let arms: Int
    private let control: Int

    /// What each row of a column is.
    private enum Column: Sendable {
        /// Distances from the mean in standard deviations, or thereabouts; 0 where there is none.
        case numbers([Double], isAbsent: [Bool]?)
        /// Codes from 0; the last of so many is what has no value.
        case categories([Int32], count: Int)
    }

    /// The columns of some rows, of one length, and the number of arms with the place of control.
    package init(_ columns: [SampleColumn], arms: Int, control: Int) {
        precondition(arms >= 2 && arms < 255 && (0..<arms).contains(control), "control and others")
        rowCount = columns.first?.values.count ?? 0
        precondition(
            columns.allSatisfy { $0.values.count == columns[0].values.count }, "one length")
        names = columns.map(\.name)
        self.arms = arms
        self.control = control
        self.columns = columns.map { column in
            switch column.values {
            case .numbers(let values): Self.scaled(values)
            case .categories(let codes):
                Self.complete(codes, count: Int(codes.max() ?? -1) + 1)
            }
        }
    }

    private static func scaled(_ values: [Double]) -> Column {
        let present = values.filter(\.isFinite)
        let size = present.reduce(0) { max($0, abs($1)) }
        let unit = size > 0 ? size : 1
        let moments = present.map { $0 / unit }.withUnsafeBufferPointer { Moments($0) }
        let mean = moments.finiteMean ?? 0
        let variance = moments.variance(freedom: moments.total) ?? 0
        let spread = variance > 0 ? variance.squareRoot() : 1
        return .numbers(
            values.map { $0.isFinite ? ($0 / unit - mean) / spread : 0 },
            isAbsent: present.count < values.count ? values.map { !$0.isFinite } : nil)
    }

    private static func complete(_ codes: [Int32], count: Int) -> Column {
        .categories(codes.map { $0 < 0 ? Int32(count) : $0 }, count: count + 1)
    }

    /// For each column the largest difference, without its sign, of each arm but control, in the
    /// order of the arms: ``apart`` at most, NaN where none is defined.
    ///
    /// - Parameters:
    ///   - dealt: the arm of each row by its place; any number from the count of arms on stands for
    ///     none.
    ///   - weights: what each row counts for, above 0, where rows of one arm had different chances.
    package func largest(_ dealt: [UInt8], weights: [Double]? = nil) -> [[Double]] {
        guard !columns.isEmpty else { return [] }
        precondition(dealt.count == rowCount && weights.map { $0.count == rowCount } ?? true)
        let bins = dealt.map { Swift.min(Int($0), arms) }
        let whole = masses(bins, weights) { _ in true }
        return columns.map { column in
            let differences: [[Double]]
            switch column {
            case .numbers(let values, let isAbsent):
                differences = largest(values, isAbsent, bins, weights, whole)
            case .categories(let codes, let count):
                differences = largest(codes, count, bins, weights, whole)
            }
            return (0..<arms).filter { $0 != control }.map { arm in
                differences[arm].max().map { Swift.min($0, Self.apart) } ?? .nan
            }
        }
    }

    /// The weight of the rows of an arm, and of its squares.
    private struct Mass {
        var (sum, squares) = (0.0, 0.0)

        /// Kish's effective sample size.
        var size: Double { sum * (sum / squares) }

        static func - (one: Mass, other: Mass) -> Mass {
            Mass(sum: one.sum - other.sum, squares: one.squares - other.squares)
        }
    }

    private func masses(
        _ bins: [Int], _ weights: [Double]?, _ isCounted: (Int) -> Bool
    ) -> [Mass] {
        var masses = [Mass](repeating: Mass(), count: arms + 1)
        for row in bins.indices where isCounted(row) {
            let weight = weights?[row] ?? 1
            masses[bins[row]].sum += weight
            masses[bins[row]].squares += weight * weight
        }
        return masses
    }

    /// For each arm the sizes of the differences from control that are defined.
    private func largest(
        _ values: [Double], _ isAbsent: [Bool]?, _ bins: [Int], _ weights: [Double]?,
        _ whole: [Mass]
    ) -> [[Double]] {
        let absent = isAbsent.map { isAbsent in masses(bins, weights) { isAbsent[$0] } }
        var sums = [Double](repeating: 0, count: arms + 1)
        var squares = sums
        // What has no value is 0, and adds nothing.
        sums.withUnsafeMutableBufferPointer { sums in
            squares.withUnsafeMutableBufferPointer { squares in
                bins.withUnsafeBufferPointer { bins in
                    for row in bins.indices {
                        let value = values[row]
                        let part = (weights?[row] ?? 1) * value
                        sums[bins[row]] += part
                        squares[bins[row]] += part * value
                    }
                }
            }
        }
        let present = absent.map { zip(whole, $0).map { $0 - $1 } } ?? whole
        func moments(_ arm: Int) -> (mean: Double, variance: Double, size: Double)? {
            let mass = present[arm]
            let products = mass.sum * mass.sum - mass.squares
            guard products > 0, mass.size > 1 else { return nil }
            let mean = sums[arm] / mass.sum
            let about = Swift.max(0, squares[arm] - sums[arm] * mean)
            return (mean, about * (mass.sum / products), mass.size)
        }
        let ours = moments(control)
        return (0..<arms).map { arm in
            guard arm != control else { return [] }
            var all: [Double] = []
            if let ours, let theirs = moments(arm),
                let difference = StandardisedDifference(
                    means: (ours.mean, theirs.mean), variances: (ours.variance, theirs.variance),
                    sizes: (ours.size, theirs.size))
            {
                all.append(abs(difference.effect))
            }
            if let absent { all += share(absent, of: whole, arm) }
            return all
        }
    }

    /// The same of categories, of which the last has no value.
    private func largest(
        _ codes: [Int32], _ count: Int, _ bins: [Int], _ weights: [Double]?, _ whole: [Mass]
    ) -> [[Double]] {
        var sums = [Double](repeating: 0, count: (arms + 1) * count)
        var absent = [Mass](repeating: Mass(), count: arms + 1)
        sums.withUnsafeMutableBufferPointer { sums in
            for row in bins.indices {
                let weight = weights?[row] ?? 1
                let code = Int(codes[row])
                sums[bins[row] * count + code] += weight
                if code == count - 1 { absent[bins[row]].squares += weight * weight }
            }
        }
        for arm in 0...arms { absent[arm].sum = sums[arm * count + count - 1] }
        let present = zip(whole, absent).map { $0 - $1 }
        let parts = (0..<(count - 1)).map { code in
            (0...arms).map { Mass(sum: sums[$0 * count + code], squares: 0) }
        }
        return (0..<arms).map { arm in
            guard arm != control else { return [] }
            var all = share(absent, of: whole, arm)
            for part in parts { all += share(part, of: present, arm) }
            return all
        }
    }

    /// The size of the difference of a part's share in an arm from that in control, if it is
    /// defined.
    private func share(_ part: [Mass], of whole: [Mass], _ arm: Int) -> [Double] {
        guard whole[control].sum > 0, whole[arm].sum > 0 else { return [] }
        func share(_ arm: Int) -> WeightedShare {
            WeightedShare(
                share: Swift.min(1, Swift.max(0, part[arm].sum / whole[arm].sum)),
                size: whole[arm].size)
        }
        return StandardisedDifference(reference: share(control), candidate: share(arm))
            .map { [abs($0.effect)] } ?? []
    }
}
