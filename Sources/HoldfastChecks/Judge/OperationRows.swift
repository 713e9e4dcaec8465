internal import HoldfastStatistics

/// The rows of a model in operation, of which some have a label by now.
package struct OperationRows: Sendable {
    /// The rows; what stands for the label of a row without one is never looked at.
    package var rows: JudgeRows
    /// Whether a row's label has come.
    package var hasLabel: [Bool]

    /// Rows and which of them have a label.
    package init(_ rows: JudgeRows, hasLabel: [Bool]) {
        precondition(hasLabel.count == rows.count, "each row has a label or not")
        self.rows = rows
        self.hasLabel = hasLabel
    }

    /// Of some rows those whose label has come.
    func labelled(among places: [Int]) -> JudgeRows {
        rows.taking(places.filter { hasLabel[$0] })
    }
}

extension JudgeRows {
    /// Some of the rows, in that order.
    func taking(_ places: [Int]) -> JudgeRows {
        if places.count == count, zip(places, 0...).allSatisfy({ $0 == $1 }) { return self }
        func taken<Value>(_ values: [Value]) -> [Value] { places.map { values[$0] } }
        var part = self
        part.count = places.count
        switch labels {
        case .binary(let values): part.labels = .binary(taken(values))
        case .classes(let codes, let names): part.labels = .classes(taken(codes), names: names)
        case .numbers(let values): part.labels = .numbers(taken(values))
        }
        switch predictions {
        case .scores(let values): part.predictions = .scores(taken(values))
        case .classes(let codes, let probabilities):
            part.predictions = .classes(taken(codes), probabilities: probabilities?.map(taken))
        }
        part.weights = weights.map(taken)
        part.clusters = clusters.map(taken)
        part.folds = folds.map(taken)
        part.times = times.map(taken)
        part.groups = groups.map { group in
            CodedColumn(name: group.name, codes: taken(group.codes), values: group.values)
        }
        part.features = features.map { $0.picking(places) }
        return part
    }

    /// The predictions as a column beside the features.
    var predictionColumn: FeatureColumn {
        switch predictions {
        case .scores(let scores): return FeatureColumn("prediction", numbers: scores)
        case .classes(let codes, _):
            var names: [String] = []
            switch labels {
            case .classes(_, let known): names = known
            case .binary, .numbers: break
            }
            for code in names.count..<max(names.count, Int(codes.max() ?? -1) + 1) {
                names.append("class \(code)")
            }
            return FeatureColumn("prediction", categories: codes, names: names)
        }
    }

    /// From which score on a row counts as a yes, where the score says so at all.
    func threshold(_ options: JudgeOptions) -> Double {
        guard case .scores(let scores) = predictions else { return options.threshold }
        return options.yesThreshold(scores, weights: weights)
    }
}

/// The columns that two tables share, made ready for statistics.
struct AlignedColumns {
    private(set) var reference: [SampleColumn] = []
    private(set) var operation: [SampleColumn] = []
    /// What only one table has, or what is numbers in one and categories in the other.
    private(set) var unlike: [String] = []

    /// A code stands for one category in both; those that only operation has come behind.
    init(_ ours: [FeatureColumn], _ theirs: [FeatureColumn]) {
        for column in ours {
            guard let other = theirs.first(where: { $0.name == column.name }) else {
                unlike.append(column.name)
                continue
            }
            switch (column.values, other.values) {
            case (.numbers, .numbers):
                reference.append(column.sample)
                operation.append(other.sample)
            case (.categories(_, let names), .categories(let codes, let others)):
                var known = ColumnNames(names)
                let map = known.places(taking: others)
                reference.append(column.sample)
                operation.append(
                    SampleColumn(column.name, categories: codes.map { $0 < 0 ? -1 : map[Int($0)] }))
            case (.numbers, .categories), (.categories, .numbers): unlike.append(column.name)
            }
        }
        for column in theirs where !ours.contains(where: { $0.name == column.name }) {
            unlike.append(column.name)
        }
    }

    /// What a reader must know of the columns that were left out.
    var notes: [String] {
        unlike.isEmpty
            ? []
            : [
                "Not compared, as the tables do not both have them as one kind: "
                    + unlike.joined(separator: ", ") + "."
            ]
    }
}
