internal import ArgumentParser
internal import HoldfastDatasets
internal import HoldfastFormats

/// Labelled rows that a plan starts from.
struct PilotOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Labelled rows that nobody acted on, such as an exported set.", valueName: "table"))
    var table: String?
    @Option(
        help: ArgumentHelp(
            "The clean rows of control in this ledger, in place of --table.", valueName: "file"))
    var ledger: String?
    @Option(
        help: ArgumentHelp("The same of a lake, read by DuckDB or Spark.", valueName: "folder"))
    var lake: String?
    @Option(help: ArgumentHelp("The catalog of the ledger or lake.", valueName: "path"))
    var catalog: String?
    @Option(help: ArgumentHelp("The experiment; not needed where there is one.", valueName: "name"))
    var experiment: String?
    @Option(
        help: ArgumentHelp(
            "Read only what was received by then; now by default.", valueName: "time"),
        transform: ArgumentForm.time)
    var asOf: Timestamp?
    @Option(help: ArgumentHelp("What is to be predicted: a yes or no.", valueName: "column"))
    var label: String?
    @Option(help: ArgumentHelp("The label that is a yes, as paid.", valueName: "value"))
    var positive: String?
    @Option(
        help: ArgumentHelp(
            "What a model that is in operation said of each row.", valueName: "column"))
    var score: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The score from which on that model acts.", valueName: "number"))
    var threshold: Double?
    @Option(
        help: ArgumentHelp(
            "The features: income,region; repeatable. By default every column without another role.",
            valueName: "columns"))
    var features: [String] = []
    @Option(
        help: ArgumentHelp(
            "Columns of numbers that are categories: zip,model; repeatable.", valueName: "columns"))
    var category: [String] = []
    @Option(
        help: ArgumentHelp(
            "Columns that are no features, such as ids; repeatable.", valueName: "columns"))
    var ignore: [String] = []
    @Option(
        help: ArgumentHelp("The program duckdb, which reads Parquet.", valueName: "path"))
    var duckdb = "duckdb"

    var isOfFacts: Bool { ledger != nil || lake != nil }

    /// How many pilots were named.
    var count: Int { [table, ledger, lake].count { $0 != nil } }

    /// The options that were given of those that say something of a pilot's rows, but --threshold.
    var ofRows: [String] {
        let said = [
            ("--label", label != nil), ("--positive", positive != nil), ("--score", score != nil),
            ("--features", !features.isEmpty), ("--category", !category.isEmpty),
            ("--ignore", !ignore.isEmpty),
        ]
        return said.filter(\.1).map(\.0)
    }

    /// Where the facts are.
    var facts: FactOptions {
        var facts = FactOptions()
        facts.ledger = ledger
        facts.lake = lake
        return facts
    }

    /// The files that are read, of which no report takes the place.
    var files: [String?] { [table, catalog] + ReportOptions.files(ofLedger: ledger) }

    func validate() throws {
        guard count <= 1 else {
            throw ValidationError("give one of --table, --ledger and --lake")
        }
        guard isOfFacts == (catalog != nil) else {
            throw ValidationError(
                isOfFacts
                    ? "--ledger and --lake need --catalog: it says what is clean"
                    : "--catalog goes with --ledger or --lake")
        }
        guard isOfFacts || (experiment == nil && asOf == nil) else {
            throw ValidationError("--experiment and --as-of go with --ledger or --lake")
        }
        guard !isOfFacts || (label == nil && score == nil) else {
            throw ValidationError(
                "a ledger knows its label and its scores: leave out --label, --score")
        }
        guard threshold?.isFinite ?? true else {
            throw ValidationError("--threshold is a number, as 0.5")
        }
    }
}

/// What several plans take as text.
enum PlanArguments {
    /// A share as 5% or 0.05, from above 0 to 1.
    static func share(_ text: String, _ option: String) throws -> Double {
        guard let share = ShareText.number(text), share > 0, share <= 1 else {
            throw ValidationError(
                "\(option) \(text): write it as 5% or 0.05, above 0 and at most 1")
        }
        return share
    }

    /// Numbers parted by commas, all of them finite.
    static func numbers(_ text: String, _ option: String) throws -> [Double] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let word = part.filter { $0 != " " }
            guard let number = Double(word), number.isFinite else {
                throw ValidationError(
                    "\(option) \(text): \"\(part)\" is no number; write them as 0.5,0.8,0.9")
            }
            return number
        }
    }

    /// A seed that JSON can hold.
    static func check(seed: UInt64) throws {
        guard seed <= 9_007_199_254_740_991 else {
            throw ValidationError("--seed is at most 9007199254740991: JSON has no larger numbers")
        }
    }
}
