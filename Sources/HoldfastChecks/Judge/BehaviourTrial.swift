import HoldfastStatistics

/// A test with the rows that it asks about.
struct BehaviourTrial {
    let test: BehaviourTest
    /// The rows of the features, and behind them those that the test adds.
    private(set) var table: [FeatureColumn]
    private(set) var questions: SyntheticRows
    /// What is asked of each row that is tried.
    private(set) var tries: [Try] = []
    /// The rows that could not be tried: without the value, or not changed by any step.
    private(set) var untried = 0
    /// Values that were left out, as there are too many.
    private(set) var valuesLeftOut = 0
    let asked: AskedRows
    let options: JudgeOptions

    /// The rows that are tried.
    var rows: JudgeRows { asked.rows }

    /// A row, its answer's place, and those of the changed rows.
    struct Try {
        /// Its place among the ``rows``, or that of the case.
        var row: Int
        var asIs: Int32
        var changed: [Change] = []
    }

    struct Change {
        var place: Int32
        /// The row of ``table`` that has the changed value.
        var value: Int
        /// Whether the feature rose.
        var isRise: Bool
    }

    init(
        _ test: BehaviourTest, _ all: JudgeRows, options: JudgeOptions, mostRows: Int
    ) throws(CheckError) {
        self.test = test
        self.options = options
        // What each row asks, itself included.
        let questions: Int
        var tried: [FeatureValue]?
        switch test.claim {
        case .invariance(let feature, let values, _):
            let column = try Self.column(feature, all, test)
            let values = values ?? Self.usual(all.features[column], leftOut: &valuesLeftOut)
            tried = values
            questions = values.count + 1
        case .direction(_, _, let steps, _): questions = steps.count + 1
        // The rows only say what the features are.
        case .cases: questions = mostRows
        }
        asked = AskedRows(
            all, most: mostRows / questions, seed: options.seed, stream: ReasonStream.behaviour)
        table = asked.rows.features
        self.questions = SyntheticRows(of: table.map(\.sample))
        switch test.claim {
        case .invariance(let feature, _, let tolerance):
            try requireTolerance(tolerance)
            try tryValues(of: try Self.column(feature, all, test), tried ?? [])
        case .direction(let feature, _, let steps, let tolerance):
            try requireTolerance(tolerance)
            guard rows.task != .classes else {
                throw fault("asks which way a class moves", "test classes by invariance or cases")
            }
            try trySteps(of: try Self.column(feature, all, test), steps)
        case .cases(let cases):
            try tryCases(cases)
        }
    }

    /// The values that rows have of a column, as many as are tried where none are named.
    private static func usual(_ column: FeatureColumn, leftOut: inout Int) -> [FeatureValue] {
        let all = PartialDependence.grid(of: column.sample, most: max(1, column.count))
        let some = PartialDependence.grid(of: column.sample, most: BehaviourTest.mostValues)
        leftOut = all.count - some.count
        return some.map { column.value($0) }
    }

    func fault(_ message: String, _ hint: String) -> CheckError {
        CheckError("test \(test.name): \(message)", hint: hint)
    }

    private func requireTolerance(_ tolerance: Double) throws(CheckError) {
        guard tolerance.isFinite, tolerance >= 0 else {
            throw fault("has a tolerance of \(tolerance)", "give a number of 0 or more")
        }
    }

    private static func column(
        _ feature: String, _ rows: JudgeRows, _ test: BehaviourTest
    ) throws(CheckError) -> Int {
        guard let column = rows.features.firstIndex(where: { $0.name == feature }) else {
            throw CheckError(
                "test \(test.name): \(rows.name) has no feature \(feature); it has "
                    + rows.features.map(\.name).joined(separator: ", "),
                hint: "check its spelling")
        }
        return column
    }

    /// Puts rows with these values of one column behind the table's; the others repeat row 0.
    private mutating func add(_ values: [FeatureValue], to column: Int) throws(CheckError) {
        guard let longer = table[column].appending(values) else {
            throw fault(
                "a value of feature \(table[column].name) is of another type than the rows' are",
                "give numbers that are finite for numbers, names for categories")
        }
        for other in table.indices where other != column {
            let fill = [Int](repeating: 0, count: values.count)
            table[other] = table[other].picking(Array(0..<table[other].count) + fill)
        }
        table[column] = longer
        questions = SyntheticRows(of: table.map(\.sample))
    }

    private mutating func place(_ row: Int, _ column: Int, from other: Int) -> Int32 {
        var picked = [Int32](repeating: Int32(row), count: table.count)
        picked[column] = Int32(other)
        return questions.place(of: picked)
    }

    private mutating func tryValues(
        of column: Int, _ values: [FeatureValue]
    ) throws(CheckError) {
        guard !values.isEmpty else { throw fault("tries no value", "name some") }
        let start = rows.count
        try add(values, to: column)
        for row in 0..<rows.count {
            var one = Try(row: row, asIs: place(row, column, from: row))
            for source in start..<start + values.count {
                let place = place(row, column, from: source)
                if place == one.asIs { continue }
                one.changed.append(Change(place: place, value: source, isRise: false))
            }
            if one.changed.isEmpty { untried += 1 } else { tries.append(one) }
        }
    }

    private mutating func trySteps(
        of column: Int, _ steps: [BehaviourTest.Step]
    ) throws(CheckError) {
        guard !steps.isEmpty else { throw fault("has no steps", "name one at least") }
        let feature = table[column].name
        guard case .numbers(let numbers) = table[column].values else {
            throw fault(
                "feature \(feature) has categories, which do not rise", "name a feature of numbers")
        }
        var found: [(row: Int, changed: [(value: Double, isRise: Bool)])] = []
        for row in numbers.indices where !numbers[row].isNaN {
            let changed = steps.map { $0.of(numbers[row]) }.filter { $0 != numbers[row] }
            guard changed.allSatisfy(\.isFinite) else {
                throw fault(
                    "a step leads from \(numbers[row]) beyond the numbers", "give smaller steps")
            }
            if changed.isEmpty { continue }
            found.append((row, changed.map { ($0, $0 > numbers[row]) }))
        }
        untried = rows.count - found.count
        var next = table[column].count
        try add(found.flatMap { $0.changed.map { .number($0.value) } }, to: column)
        for (row, changed) in found {
            var one = Try(row: row, asIs: place(row, column, from: row))
            for (_, isRise) in changed {
                one.changed.append(
                    Change(
                        place: place(row, column, from: next), value: next, isRise: isRise))
                next += 1
            }
            tries.append(one)
        }
    }

    private mutating func tryCases(_ cases: [BehaviourTest.Case]) throws(CheckError) {
        guard !cases.isEmpty else { throw fault("has no cases", "name one at least") }
        for (number, one) in cases.enumerated() {
            try check(one, "case \(number + 1)")
        }
        var longer: [FeatureColumn] = []
        for column in table {
            let values = cases.map { $0.values[column.name] ?? .missing }
            guard let whole = column.appending(values) else {
                throw fault(
                    "a case's value of feature \(column.name) is of another type than the rows' "
                        + "are", "give numbers that are finite for numbers, names for categories")
            }
            longer.append(whole)
        }
        table = longer
        questions = SyntheticRows(of: table.map(\.sample))
        for number in cases.indices {
            let row = rows.count + number
            tries.append(Try(row: number, asIs: place(row, 0, from: row)))
        }
    }
}
