internal import HoldfastFormats

/// What the columns of a judged table are.
package struct JudgeRoles: Sendable, Equatable {
    /// What was to be predicted.
    package var label: String
    /// What was predicted; `nil` where a model is asked.
    package var prediction: String?
    /// What a rival predicted for the same rows.
    package var baseline: String?
    /// The probability of a class, a column each; for several classes.
    package var probabilities: [ClassColumn] = []
    /// What a row counts for.
    package var weight: String?
    /// Which rows belong together and are not independent.
    package var cluster: String?
    /// Which fold a row was tested in.
    package var fold: String?
    /// When a row was scored.
    package var time: String?
    /// The columns that fairness is asked of.
    package var groups: [String] = []
    /// The features by name; `nil` for every column that has no other role.
    package var features: [String]?
    /// Columns that are no features.
    package var ignored: [String] = []
    /// Columns that are kept though nothing is counted by them, such as ids.
    package var kept: [String] = []
    /// Whether rows may lack a label, all of them even, or the table the column.
    package var isLabelOptional = false
    /// Columns of numbers that are categories all the same.
    package var categories: [String] = []
    /// The label that is a yes, where it cannot be told from the values.
    package var positive: String?
    /// What the label is, where it cannot be told from the values.
    package var task: JudgeTask?

    package init(label: String, prediction: String? = nil) {
        self.label = label
        self.prediction = prediction
    }

    /// The same for rows of operation, whose labels may not have come.
    package var allowingNoLabel: JudgeRoles {
        var roles = self
        roles.isLabelOptional = true
        roles.fold = nil
        roles.weight = nil
        return roles
    }

    /// A column that holds the probability of a class.
    package struct ClassColumn: Sendable, Equatable {
        package var value: String
        package var column: String

        package init(value: String, column: String) {
            self.value = value
            self.column = column
        }
    }

    /// The columns that the table must have.
    var required: [String] {
        [isLabelOptional ? nil : label, prediction, baseline, weight, cluster, fold, time]
            .compactMap { $0 } + probabilities.map(\.column) + groups + (features ?? []) + kept
    }

    /// A column with two roles that cannot be one, and what they are.
    var conflict: (name: String, one: String, other: String)? {
        let single: [(String?, String)] = [
            (label, "the label"), (prediction, "the prediction"), (weight, "the weight"),
            (fold, "the fold"), (cluster, "the cluster"), (baseline, "the rival's prediction"),
        ]
        var seen: [(name: String, role: String)] = []
        for (name, role) in single {
            guard let name else { continue }
            if let other = seen.first(where: { sameBytes($0.name, name) }) {
                return (name, other.role, role)
            }
            seen.append((name, role))
        }
        // Whoever knows these would know the answer.
        for (name, role) in seen where role == "the label" || role == "the prediction" {
            if groups.contains(where: { sameBytes($0, name) }) { return (name, role, "a group") }
            if features?.contains(where: { sameBytes($0, name) }) ?? false {
                return (name, role, "a feature")
            }
        }
        return nil
    }

    /// Whether a column has a role that keeps it from being a feature.
    private func isNoFeature(_ name: String) -> Bool {
        let others =
            [label, prediction, baseline, weight, cluster, fold, time].compactMap { $0 }
            + probabilities.map(\.column) + ignored + kept
        return others.contains { sameBytes($0, name) }
    }

    /// Whether a column is a feature.
    func isFeature(_ name: String) -> Bool {
        if let features { return features.contains { sameBytes($0, name) } }
        return !isNoFeature(name)
    }

    /// Whether a column's cells are needed.
    func isWanted(_ name: String) -> Bool {
        required.contains { sameBytes($0, name) } || isFeature(name) || sameBytes(label, name)
    }
}
