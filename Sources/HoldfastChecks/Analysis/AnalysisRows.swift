internal import HoldfastFormats
package import HoldfastStatistics

/// The rows of an experiment as they are analysed, wherever they came from, in the order in which
/// they were dealt.
///
/// A row is what was dealt, or a member of a cluster that was; each column has a value a row.
/// Memory: 8 bytes a value.
package struct AnalysisRows: Sendable {
    /// The arms' names, in the order of reports.
    package var arms: [String]
    /// The place of control among them.
    package var control: Int
    /// Each row's arm, its place in ``arms``; ``heldOut`` for what a holdout withheld,
    /// ``leftOut`` for what has nobody to be compared with.
    package var arm: [Int32]
    /// The cluster of each row by a number, where rows of one are not independent.
    package var clusters: [Int32]?
    /// The inverse of each row's chance of its arm, where that differs within an arm.
    package var weights: [Double]?
    /// When each row was dealt, in microseconds since 1970; NaN where that is not known.
    package var times: [Double]?
    /// Whether a treatment reached the row: for each arm, whether that arm's did.
    package var exposed: [[Bool]]?
    package var metrics: [AnalysisColumn] = []
    package var subgroups: [SubgroupColumn] = []

    /// The arm of rows that a holdout withheld: of no arm.
    package static let heldOut: Int32 = -1
    /// The arm of rows that nothing can be compared with: of no arm, and in no figure.
    package static let leftOut: Int32 = -2
    /// The most rows: they are analysed in memory.
    package static let rowLimit = 50_000_000
    /// The most arms.
    package static let armLimit = 50

    package init(arms: [String], control: Int, arm: [Int32]) {
        self.arms = arms
        self.control = control
        self.arm = arm
    }

    package var count: Int { arm.count }

    /// The places of the arms other than control.
    package var treatments: [Int] { arms.indices.filter { $0 != control } }

    /// How many rows each arm has.
    package var counts: [Int] {
        var counts = Array(repeating: 0, count: arms.count)
        for arm in arm where arm >= 0 { counts[Int(arm)] += 1 }
        return counts
    }
}

/// A metric's values, row by row.
package struct AnalysisColumn: Sendable {
    package var request: MetricRequest
    /// How it is counted.
    package var kind: EffectMetric
    /// NaN where a row has none.
    package var values: [Double]
    /// A ratio's denominators; NaN where a row has none.
    package var denominators: [Double]?
    /// What was known before the start, NaN where it was not, and what it is called.
    package var covariate: (name: String, values: [Double])?
    /// What each row added in each week since it was dealt, where that is known.
    package var weekly: WeeklyValues?
    /// What a reader must know of it, a sentence each.
    package var notes: [String] = []

    package init(_ request: MetricRequest, kind: EffectMetric, values: [Double]) {
        self.request = request
        self.kind = kind
        self.values = values
    }

    /// The first of some columns that is the same comparison as one before it, or `nil`.
    package static func twice(_ columns: [AnalysisColumn]) -> AnalysisColumn? {
        columns.enumerated().first { place, column in
            columns.prefix(place).contains {
                sameBytes($0.request.name, column.request.name) && $0.kind == column.kind
                    && $0.request.denominator == column.request.denominator
            }
        }?.element
    }

    /// Whether a row has what the metric needs.
    func isKnown(_ row: Int) -> Bool {
        !values[row].isNaN && !(denominators?[row].isNaN ?? false)
    }
}

/// What rows added in each week since they were dealt: only what is not 0 is kept.
package struct WeeklyValues: Sendable {
    /// The whole weeks that every row was seen for.
    package var weeks: Int
    /// Row, week and value, in any order; several of one row and week add up.
    package var entries: [(row: Int32, week: Int32, value: Double)] = []

    /// Microseconds of a week.
    package static let week: Int64 = 604_800_000_000
    /// The most weeks that are shown.
    package static let limit = 26

    package init(weeks: Int) { self.weeks = min(weeks, Self.limit) }
}

/// What rows are parted by to be looked at apart.
package struct SubgroupColumn: Sendable {
    package var name: String
    /// Each row's place in ``values``; -1 where it is not known.
    package var codes: [Int32]
    package var values: [String]

    package init(name: String, codes: [Int32], values: [String]) {
        self.name = name
        self.codes = codes
        self.values = values
    }

    /// Texts by their codes, put in the order of their bytes; -1 is not known.
    package init(name: String, sorting codes: [Int32], texts: [String]) {
        self.name = name
        let order = texts.indices.sorted {
            texts[$0].utf8.lexicographicallyPrecedes(texts[$1].utf8)
        }
        var rank = [Int32](repeating: 0, count: texts.count)
        for (place, code) in order.enumerated() { rank[code] = Int32(place) }
        self.codes = codes.map { $0 < 0 ? -1 : rank[Int($0)] }
        values = order.map { texts[$0] }
    }

    /// Numbers in quarters of equally many rows, or each by itself where there are few.
    ///
    /// NaN is not known.
    package init(name: String, numbers: [Double], limit: Int = 8) {
        self.name = name
        let known = numbers.filter { !$0.isNaN }
        var different = Set<Double>()
        for number in known where different.count <= limit { different.insert(number) }
        if different.count <= limit {
            let sorted = different.sorted()
            values = sorted.map(Self.text)
            codes = numbers.map { number in
                sorted.firstIndex(of: number).map(Int32.init) ?? -1
            }
            return
        }
        let sorted = known.sorted()
        // A value that is more than a quarter of all makes two cuts one.
        var cuts: [Double] = []
        for quarter in 1...3 {
            let cut = sorted[(sorted.count * quarter) / 4]
            if cut > sorted[0] && cut > (cuts.last ?? -.infinity) { cuts.append(cut) }
        }
        let ends = [sorted[0]] + cuts + [sorted[sorted.count - 1]]
        values = (0...cuts.count).map { place in
            let upper = Self.text(ends[place + 1])
            return place == cuts.count
                ? "\(Self.text(ends[place])) to \(upper)"
                : "\(Self.text(ends[place])) to below \(upper)"
        }
        codes = numbers.map { number in
            number.isNaN ? -1 : Int32(cuts.count { $0 <= number })
        }
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)"
    }
}

/// What chance was to do with what was dealt, and what it did.
package struct AnalysisDealing: Sendable {
    /// What was dealt, in the plural: "units", "clusters", "blocks of a unit".
    package var what: String
    /// The planned share of each arm in each stratum: one stratum, but where shares depend on a
    /// score.
    package var strata: [[Double]]
    /// The arm and the stratum of each that was dealt, in order.
    package var dealt: [(arm: Int32, stratum: Int32)]

    package init(what: String, strata: [[Double]], dealt: [(arm: Int32, stratum: Int32)]) {
        self.what = what
        self.strata = strata
        self.dealt = dealt
    }
}
