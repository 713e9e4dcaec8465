internal import ArgumentParser
internal import Foundation
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastTables

extension JudgeTask: ExpressibleByArgument {}

/// Which rows a model is judged on.
struct JudgeTableOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The rows to judge on, such as the eval part of an exported set.", valueName: "table"))
    var table: String?
    @Option(
        help: ArgumentHelp(
            "What the model was fitted to: then also whether it is overfitted.",
            valueName: "table"))
    var train: String?
    @Option(
        help: ArgumentHelp(
            "What it scores in operation, labels or none, beside --by: whether inputs and predictions moved.",
            valueName: "table"))
    var operation: String?
    @Option(
        help: ArgumentHelp(
            "Judge the model in operation by this ledger's control rows, in place of --table.",
            valueName: "file"))
    var ledger: String?
    @Option(
        help: ArgumentHelp("The same by a lake's, read by DuckDB or Spark.", valueName: "folder"))
    var lake: String?
    @Option(help: ArgumentHelp("The catalog of the ledger or lake.", valueName: "path"))
    var catalog: String?
    @Option(help: ArgumentHelp("The experiment; not needed where there is one.", valueName: "name"))
    var experiment: String?
    @Option(help: "control: rows left alone. weighted: also those the model would have let be.")
    var mode: ExportRequest.Mode = .control
    @Option(
        help: ArgumentHelp(
            "Read only what was received by then; now by default.", valueName: "time"),
        transform: ArgumentForm.time)
    var asOf: Timestamp?
    @Option(
        help: ArgumentHelp("The program duckdb, which reads Parquet.", valueName: "path"))
    var duckdb = "duckdb"

    var isOfFacts: Bool { ledger != nil || lake != nil }

    /// What the facts are read from.
    var facts: FactOptions {
        var facts = FactOptions()
        facts.ledger = ledger
        facts.lake = lake
        return facts
    }

    func validate() throws {
        guard [table, ledger, lake].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --table, --ledger and --lake")
        }
        guard isOfFacts == (catalog != nil) else {
            throw ValidationError(
                isOfFacts
                    ? "--ledger and --lake need --catalog: it says what is clean"
                    : "--catalog goes with --ledger or --lake")
        }
        guard isOfFacts || (experiment == nil && asOf == nil && mode == .control) else {
            throw ValidationError(
                "--experiment, --as-of and --mode go with --ledger or --lake: a table is as it is")
        }
        guard !isOfFacts || operation == nil else {
            throw ValidationError(
                "--operation does not go with --ledger or --lake: what was served is in there")
        }
        let all = [table, train, operation].compactMap { $0 }
        guard all.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("only one table can come from standard input")
        }
    }
}

/// What the columns are.
struct JudgeColumnOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What was to be predicted: two values, several classes, or a number.",
            valueName: "column"))
    var label: String?
    @Option(help: "What the label is, where its values do not say.")
    var task: JudgeTask?
    @Option(help: ArgumentHelp("The label that is a yes, as paid.", valueName: "value"))
    var positive: String?
    @Option(
        help: ArgumentHelp(
            "The probability of a class, where there are several, as cat=p_cat; repeatable.",
            valueName: "class=column"))
    var probability: [String] = []
    @Option(
        help: ArgumentHelp(
            "What a row weighs: the inverse of its chance of being there.", valueName: "column"))
    var weight: String?
    @Option(
        help: ArgumentHelp(
            "Rows of one value are not independent, such as a customer's: intervals allow for it.",
            valueName: "column"))
    var cluster: String?
    @Option(
        help: ArgumentHelp(
            "The fold in which a row was tested, where predictions are cross-validated.",
            valueName: "column"))
    var fold: String?
    @Option(
        help: ArgumentHelp(
            "Ask whether it is fair between the values of these columns, and of pairs of them: region,sex; repeatable.",
            valueName: "columns"))
    var groups: [String] = []
    @Option(
        help: ArgumentHelp(
            "The model's features: income,region; repeatable. By default every column without another role.",
            valueName: "columns"))
    var features: [String] = []
    @Option(
        help: ArgumentHelp(
            "Columns of numbers that are categories: zip,model; repeatable.", valueName: "columns"))
    var category: [String] = []
    @Option(
        help: ArgumentHelp(
            "Columns that are no features, such as ids and other models' predictions: id,score; repeatable.",
            valueName: "columns"))
    var ignore: [String] = []
    @Option(
        help: ArgumentHelp(
            "Judge over time: the column of times, and how long a slice is, as decided_at:1d or decided_at:5000rows.",
            valueName: "rule"))
    var by: String?

    /// The columns of an option that takes several, parted by commas; each once.
    static func list(_ texts: [String]) -> [String] {
        var names: [String] = []
        for name in texts.flatMap({ $0.split(separator: ",") }) {
            let name = name.trimmingCharacters(in: .whitespaces)
            if !name.isEmpty && !names.contains(where: { sameBytes($0, name) }) {
                names.append(name)
            }
        }
        return names
    }

    /// Refuses names of columns to be left out, or taken as categories, that the table lacks: a
    /// slip of the pen would leave in what was to be left out.
    func require(_ table: JudgeSource) throws {
        try Self.require(table, ignore: ignore, category: category)
    }

    static func require(
        _ table: JudgeSource, ignore: [String], category: [String]
    ) throws {
        for (option, names) in [("--ignore", ignore), ("--category", category)] {
            for name in list(names) where !table.hasColumn(name) {
                throw CommandError(
                    "\(table.name) has no column \"\(name.prefix(100))\", which \(option) names",
                    "its columns are \(table.columnNames.prefix(20).joined(separator: ", "))")
            }
        }
    }

    func classes() throws -> [JudgeRoles.ClassColumn] {
        try probability.map { text in
            guard let cut = text.lastIndex(of: "="), cut != text.startIndex else {
                throw ValidationError("--probability \(text): write it as CLASS=COLUMN")
            }
            return JudgeRoles.ClassColumn(
                value: String(text[..<cut]), column: String(text[text.index(after: cut)...]))
        }
    }

    /// How time is cut, and by which column.
    func overTime() throws -> (column: String, slices: TimeSlices)? {
        guard let by else { return nil }
        if let cut = by.lastIndex(of: ":"), by.hasSuffix("rows"), cut != by.startIndex {
            let digits = by[by.index(after: cut)...].dropLast(4)
            guard let rows = Int(digits), (1...1_000_000_000).contains(rows) else {
                throw ValidationError("--by \(by): write a number of rows, as day:5000rows")
            }
            return (String(by[..<cut]), .rows(rows))
        }
        do {
            let rule = try SliceRule(by)
            guard let slices = TimeSlices(rule) else {
                // What stands behind a colon was meant as a length, and is none.
                let column = by.lastIndex(of: ":").map { String(by[..<$0]) } ?? by
                throw CheckError(
                    "it is over time that a model is judged",
                    hint: "write --by \(column):1d, or \(column):5000rows")
            }
            return (rule.column, slices)
        } catch let error as CheckError {
            throw ValidationError("--by \(by): \(error)")
        }
    }

    func validate() throws {
        _ = try classes()
        _ = try overTime()
        guard positive == nil || task == nil || task == .binary else {
            throw ValidationError(
                "--positive is for a yes or no, not for --task \(task?.rawValue ?? "")")
        }
    }
}

/// Who is judged, and beside whom.
struct JudgeModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What the model predicted: a probability, a score, a class or a number.",
            valueName: "column"))
    var prediction: String?
    @Option(
        help: ArgumentHelp(
            "The model that is to go live: a column, or the URL of a model that is asked.",
            valueName: "column or url"))
    var candidate: String?
    @Option(
        help: ArgumentHelp(
            "The model in operation, on the same rows: the candidate may not be worse.",
            valueName: "column or url"))
    var incumbent: String?
    @Option(
        help: ArgumentHelp(
            "A simple model that the judged one must beat, on the same rows.",
            valueName: "column or url"))
    var baseline: String?
    @OptionGroup var endpoint: EndpointOptions

    /// What is judged: a column, a model's URL, or `nil` for what the table's manifest says.
    var judged: String? { candidate ?? prediction }
    /// What it is judged beside.
    var rival: String? { incumbent ?? baseline }

    func validate() throws {
        guard candidate == nil || prediction == nil else {
            throw ValidationError("--candidate and --prediction are one thing: give one of them")
        }
        guard incumbent == nil || baseline == nil else {
            throw ValidationError("give one of --incumbent and --baseline")
        }
    }
}

/// How sure, and what is asked.
struct JudgeDecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What the model must keep, in YAML; what it does not name is as usual.",
            valueName: "file"))
    var requirements: String?
    @Option(parsing: .unconditional, help: "The level of the confidence intervals.")
    var level = 0.95
    @Option(
        parsing: .unconditional,
        help: "From which prediction on a row counts as a yes, 0.5 by default.")
    var threshold: Double?
    @Option(
        help: ArgumentHelp(
            "Count this share of rows, those of the highest predictions, as a yes: 5%.",
            valueName: "share"))
    var positiveShare: String?
    @Option(
        parsing: .unconditional, help: "What all chance follows from.", transform: ArgumentForm.seed
    )
    var seed: UInt64 = 0
    @Option(
        help: ArgumentHelp(
            "Tell the reasons for this recorded decision; needs a model that can be asked.",
            valueName: "id"))
    var decision: String?

    func validate() throws {
        try LevelArgument.check(level)
        guard threshold == nil || positiveShare == nil else {
            throw ValidationError("give one of --threshold and --positive-share")
        }
        guard threshold?.isFinite ?? true else {
            throw ValidationError("--threshold is a number, as 0.5")
        }
        _ = try share()
    }

    func share() throws -> Double? {
        guard let text = positiveShare else { return nil }
        guard let share = ShareText.number(text) else {
            throw ValidationError("--positive-share \(text): write it as 5% or 0.05")
        }
        guard share > 0 && share < 1 else {
            throw ValidationError(
                "--positive-share \(text) is not between 0 and 1: five of a hundred are 5%")
        }
        return share
    }
}
