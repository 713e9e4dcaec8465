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
        var whole = [Int](repeating: 0, count: rows.count)
        var texts = [""]
        for column in columns {
            guard let feature = table.feature(column, of: rows) else {
                throw CheckError(
                    "\(table.name): \"\(column)\" is the column of units or of clusters",
                    hint: "strata are of another column")
            }
            let (kinds, kindNames) = Self.kinds(feature)
            for place in whole.indices {
                whole[place] = whole[place] * kindNames.count + kinds[place]
            }
            texts = texts.flatMap { text in
                kindNames.map { text.isEmpty ? $0 : text + ", " + $0 }
            }
            guard texts.count <= 100 * BalanceRequest.stratumLimit else {
                throw Self.tooMany(table, texts.count)
            }
        }
        var counts = [Int](repeating: 0, count: texts.count)
        for kind in whole { counts[kind] += 1 }
        let there = counts.indices.filter { counts[$0] > 0 }
        guard there.count <= BalanceRequest.stratumLimit else {
            throw Self.tooMany(table, there.count)
        }
        var places = [Int32](repeating: -1, count: texts.count)
        for (place, kind) in there.enumerated() { places[kind] = Int32(place) }
        names = there.map { texts[$0] }
        units = there.map { counts[$0] }
        codes = whole.map { places[$0] }
    }

    private static func tooMany(_ table: UnitTable, _ count: Int) -> CheckError {
        CheckError(
            "\(table.name): there are \(count) strata, at most \(BalanceRequest.stratumLimit) are "
                + "counted",
            hint: "take columns with fewer values")
    }

    /// The kind of each row in one column, with what the kinds are called.
    private static func kinds(_ column: FeatureColumn) -> (kinds: [Int], names: [String]) {
        let (codes, names): ([Int], [String])
        switch column.values {
        case .categories(let values, let texts):
            (codes, names) = (values.map { Int($0) }, texts)
        case .numbers(let numbers): (codes, names) = kinds(numbers)
        }
        let hasAbsent = codes.contains { $0 < 0 }
        return (
            codes.map { $0 < 0 ? names.count : $0 },
            names.map { "\(column.name) \($0)" } + (hasAbsent ? ["\(column.name) missing"] : [])
        )
    }

    /// Few values as they are, many by quarters: −1 where there is none.
    private static func kinds(_ numbers: [Double]) -> ([Int], [String]) {
        let present = numbers.filter(\.isFinite)
        let values = Set(present).sorted()
        if values.count <= valueLimit {
            return (numbers.map { values.firstIndex(of: $0) ?? -1 }, values.map(text))
        }
        let edges = QuantileBins(reference: OrderedSample(present), count: 4)?.edges ?? []
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
