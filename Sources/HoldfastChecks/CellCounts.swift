internal import HoldfastStatistics
package import HoldfastTables

/// How many cells of a column there are of each kind, and their mass where rows have weights.
package struct CellCounts: Sendable {
    private var counts = [Int](repeating: 0, count: CellKind.allCases.count)
    /// Empty without weights.
    private var masses: [CountedMass] = []

    init() {}

    /// The cells of a kind.
    package subscript(kind: CellKind) -> Int { counts[Int(kind.rawValue)] }

    /// All cells.
    package var rows: Int { counts.reduce(0, +) }

    /// Whether rows have weights.
    var isWeighted: Bool { !masses.isEmpty }

    /// Adds a cell of a kind, with its row's weight where rows have one.
    @inline(__always)
    mutating func add(_ kind: CellKind, weight: Double?) {
        guard let weight else { return add(kind) }
        add(kind, times: 1, mass: CountedMass(sum: weight, squares: weight * weight))
    }

    /// Adds cells of a kind, with their rows' weights where rows have them.
    @inline(__always)
    mutating func add(_ kind: CellKind, times: Int = 1, mass: CountedMass? = nil) {
        if mass != nil && masses.isEmpty { masses = counts.map(CountedMass.init(rows:)) }
        counts[Int(kind.rawValue)] += times
        if !masses.isEmpty { masses[Int(kind.rawValue)] += mass ?? CountedMass(rows: times) }
    }

    mutating func merge(_ other: CellCounts) {
        if masses.isEmpty && !other.masses.isEmpty { masses = counts.map(CountedMass.init(rows:)) }
        for kind in counts.indices {
            counts[kind] += other.counts[kind]
            if !masses.isEmpty {
                masses[kind] +=
                    other.masses.isEmpty
                    ? CountedMass(rows: other.counts[kind]) : other.masses[kind]
            }
        }
    }

    /// What the cells of a kind weigh, `nil` where rows have no weights.
    func mass(_ kind: CellKind) -> CountedMass? {
        masses.isEmpty ? nil : masses[Int(kind.rawValue)]
    }

    /// The share of the mass that these kinds have, `nil` without any mass.
    func share(_ kinds: [CellKind]) -> Double? {
        let all = masses.isEmpty ? counts.map(Double.init) : masses.map(\.sum)
        let total = all.reduce(0, +)
        guard total > 0 else { return nil }
        return kinds.reduce(0.0) { $0 + all[Int($1.rawValue)] } / total
    }

    /// Adds what is no value among numbers, and a category among categories.
    func addWords(to summary: inout CategorySummary) {
        for kind in [CellKind.positiveInfinity, .negativeInfinity, .emptyText] {
            summary.add(kind.word, times: self[kind], mass: mass(kind))
        }
    }
}

extension CellKind {
    /// The category that an infinity or an empty text is among categories.
    var word: String {
        self == .positiveInfinity ? "inf" : self == .negativeInfinity ? "-inf" : ""
    }
}
