/// A column of a retraining set as packages describe it.
struct PackagedColumn {
    var name: String
    var kind: ExportColumn.Kind
    var role: String

    /// What the column holds, for people.
    var description: String {
        switch role {
        case "decision": "The decision's id, of which there is one row."
        case "unit": "The unit that was scored."
        case "cluster": "The cluster that was randomised together."
        case "experiment": "The experiment."
        case "time": "When the decision was made."
        case "arm": "The arm that was dealt; missing in a holdout."
        case "reason": "Why this arm."
        case "propensity": "The probability by design of what was received."
        case "score": "The model's score."
        case "model": "The model's version."
        case "intended": "Whether the model would have acted."
        case "weight": "How many rows the row stands for."
        case "feature": "A feature, as logged when the unit was scored."
        case "label": "The outcome: what a model is to learn."
        // The role is a word of the manifest's; a later one says itself what it is.
        default: "The \(role)."
        }
    }

    /// Whether every row has a value.
    var isRequired: Bool {
        ["decision", "unit", "experiment", "time", "reason", "weight", "label"].contains(role)
    }
}

extension Manifest {
    /// The columns with their kinds.
    var packagedColumns: [PackagedColumn] {
        columns.map { column in
            guard let kind = ExportColumn.Kind(rawValue: column.type) else {
                preconditionFailure("\(column.type) is no kind of column")
            }
            return PackagedColumn(name: column.name, kind: kind, role: column.role)
        }
    }
}

extension Manifest.Part {
    /// The format of its file, by the ending.
    var format: ExportRequest.FileFormat {
        let ending = file.split(separator: ".").last.map(String.init) ?? ""
        guard let format = ExportRequest.FileFormat(rawValue: ending) else {
            preconditionFailure("\(file) ends in no format")
        }
        return format
    }
}
