internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastStatistics
internal import HoldfastTables

/// Units by what they have in common: each combination of the values of some columns.
struct BalanceStrata: Sendable {
    /// The names of the strata that have a unit, in order.
    let names: [String]
    /// The units of each.
    let units: [Int]
    /// The stratum of each unit.
    private let codes: [Int32]

    /// The values of numbers that are kinds of their own; more are taken in quarters.
    private static let valueLimit = 12

    /// The strata of some rows; none where no column is named.
    init(_ table: UnitTable, _ rows: [Int], _ columns: [String]) throws {
        guard !columns.isEmpty else {
            (names, units, codes) = ([], [], [])
            return
        }
        var codes = [Int32](repeating: 0, count: rows.count)
        var names = [""]
        var units = [rows.count]
        for (place, column) in columns.enumerated() {
            guard let feature = table.feature(column, of: rows) else {
                throw CheckError(
                    "\(table.name): \"\(column)\" is the column of units or of clusters",
                    hint: "strata are of another column")
            }
            let kinds = Kinds(feature)
            var counts: [Int: Int] = [:]
            let whole = zip(codes, kinds.codes).map { Int($0) * kinds.count + $1 }
            for kind in whole { counts[kind, default: 0] += 1 }
            // A column more never makes strata fewer: what is too many is refused before it has
            // names.
            guard counts.count <= BalanceRequest.stratumLimit else {
                let list = columns[...place].joined(separator: ", ")
                throw CheckError(
                    "\(table.name): by \(list) there are \(counts.count) strata, at most "
                        + "\(BalanceRequest.stratumLimit) are counted",
                    hint: "take columns with fewer values")
            }
            let there = counts.sorted { $0.key < $1.key }
            let places = Dictionary(
                uniqueKeysWithValues: there.enumerated().map { ($1.key, Int32($0)) })
            codes = whole.compactMap { places[$0] }
            names = there.map { kind, _ in
                let before = names[kind / kinds.count]
                return (before.isEmpty ? "" : before + ", ") + kinds.name(kind % kinds.count)
            }
            units = there.map(\.value)
        }
        (self.names, self.units, self.codes) = (names, units, codes)
    }

    /// The kinds of rows in one column.
    private struct Kinds {
        /// The kind of each row, from 0: the last is of those without a value, where there are any.
        let codes: [Int]
        /// How many kinds there can be.
        let count: Int
        private let column: String
        private let names: [String]

        init(_ column: FeatureColumn) {
            let codes: [Int]
            switch column.values {
            case .categories(let values, let texts):
                (codes, names) = (values.map { Int($0) }, texts)
            case .numbers(let numbers): (codes, names) = BalanceStrata.kinds(numbers)
            }
            let last = names.count
            self.codes = codes.map { $0 < 0 ? last : $0 }
            count = last + 1
            self.column = column.name
        }

        /// What a kind is called.
        func name(_ kind: Int) -> String {
            "\(column) \(kind < names.count ? names[kind] : "missing")"
        }
    }

    /// Few values as they are, many by quarters: −1 where there is none.
    private static func kinds(_ numbers: [Double]) -> ([Int], [String]) {
        let present = numbers.filter(\.isFinite)
        let values = Set(present).sorted()
        if values.count <= valueLimit {
            return (numbers.map { values.firstIndex(of: $0) ?? -1 }, values.map(text))
        }
        let quarters = QuantileBins(reference: OrderedSample(present), count: 4)?.edges ?? []
        // Nothing is above the largest value: where it is most of them, it is a kind of its own.
        let below = quarters.filter { $0 < values[values.count - 1] }
        let edges = below.isEmpty ? [values[values.count - 2]] : below
        let names = (0...edges.count).map { bin in
            bin == 0
                ? "≤ \(text(edges[0]))"
                : bin == edges.count
                    ? "> \(text(edges[bin - 1]))"
                    : "\(text(edges[bin - 1]))…\(text(edges[bin]))"
        }
        return (
            numbers.map { number in
                number.isFinite ? edges.count { $0 < number } : -1
            }, names
        )
    }

    private static func text(_ number: Double) -> String { CellValue.text(of: number) }

    /// The units of each arm in each stratum, arms by their places.
    func counts(_ dealt: [UInt8], arms: Int) -> [[Int]] {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: arms), count: names.count)
        guard !names.isEmpty else { return counts }
        for (unit, arm) in dealt.enumerated() where Int(arm) < arms {
            counts[Int(codes[unit])][Int(arm)] += 1
        }
        return counts
    }
}
