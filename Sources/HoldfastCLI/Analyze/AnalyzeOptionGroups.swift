internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastTables

/// Where the rows come from.
struct AnalyzeSourceOptions: ParsableArguments {
    @OptionGroup var facts: FactOptions
    @Option(help: ArgumentHelp("The catalog of the ledger or lake.", valueName: "path"))
    var catalog: String?
    @Option(help: ArgumentHelp("The experiment; not needed where there is one.", valueName: "name"))
    var experiment: String?
    @Option(
        help: ArgumentHelp(
            "Read only what was received by then; now by default.", valueName: "time"),
        transform: ArgumentForm.time)
    var asOf: Timestamp?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Within what time of the decision outcomes count; the experiment's by default.",
            valueName: "span"), transform: ArgumentForm.span)
    var horizon: Span?
    @Option(
        help: ArgumentHelp(
            "What it means that none was observed, of outcomes other than the experiment's own: a number, or unknown; 0 by default.",
            valueName: "value"))
    var absent: String?
    @Flag(
        help:
            "Also ask whom the treatment reached, and what it did to those, by recorded exposures.")
    var byExposure = false
    @Option(
        help: ArgumentHelp(
            "The rows, one for each that was dealt, in place of --ledger.", valueName: "table"))
    var table: String?
    @Option(
        help: ArgumentHelp("The program duckdb, which reads Parquet.", valueName: "path"))
    var duckdb = "duckdb"

    var isOfFacts: Bool { facts.ledger != nil || facts.lake != nil }

    /// What an absent outcome counts; `nil` for unknown.
    func absentValue() throws -> Double? {
        guard let absent else { return 0 }
        if absent == "unknown" { return nil }
        guard let value = Double(absent), value.isFinite else {
            throw ValidationError("--absent \(absent): write a number, or unknown")
        }
        return value
    }

    func check(_ engine: EngineOptions) throws {
        guard [table, facts.ledger, facts.lake].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --ledger, --lake and --table")
        }
        guard isOfFacts == (catalog != nil) else {
            throw ValidationError(
                isOfFacts
                    ? "--ledger and --lake need --catalog: it says how units are dealt"
                    : "--catalog goes with --ledger or --lake")
        }
        if isOfFacts { try facts.check(engine) }
        guard engine.engine == nil || isOfFacts else {
            throw ValidationError("--engine reads a ledger or a lake; a table is read here")
        }
        guard isOfFacts || (experiment == nil && asOf == nil && horizon == nil && !byExposure)
        else {
            throw ValidationError(
                "--experiment, --as-of, --horizon and --by-exposure go with --ledger or --lake; of a table name --exposed COLUMN"
            )
        }
        guard isOfFacts || (absent == nil && !engine.isSet) else {
            throw ValidationError(
                "--absent, --spark-sql, --master, --spark-conf, --scratch, --engine-memory and --engine-timeout go with --ledger or --lake; a table is read here"
            )
        }
        _ = try absentValue()
    }
}

/// What a table's columns are.
struct AnalyzeColumnOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The arm that a row was dealt.", valueName: "column"))
    var arm: String?
    @Option(
        help: ArgumentHelp("Which arm the others are compared with.", valueName: "value"))
    var control: String?
    @Option(
        help: ArgumentHelp(
            "Rows of one value are of one unit, and are added up to one row.",
            valueName: "column"))
    var unit: String?
    @Option(
        help: ArgumentHelp(
            "Rows of one value are not independent, such as a household's: errors allow for it.",
            valueName: "column"))
    var cluster: String?
    @Option(
        help: ArgumentHelp("Whether the treatment reached the row: 1 or 0.", valueName: "column"))
    var exposed: String?
    @Option(
        help: ArgumentHelp(
            "When the row was dealt: then also how the effect comes about.", valueName: "column"))
    var time: String?
    @Option(
        help: ArgumentHelp(
            "1 over the chance of the row's arm, where it differs within an arm.",
            valueName: "column"))
    var weight: String?
    @Option(
        help: ArgumentHelp(
            "The share that each arm was to have, as control=5%,treatment=95%: then also the sample ratio.",
            valueName: "shares"))
    var shares: String?

    var isAsked: Bool {
        [arm, control, unit, cluster, exposed, time, weight, shares].contains { $0 != nil }
    }

    /// Refuses a time that is also a number or a name: its cells are read as moments.
    func checkTime(_ questions: AnalyzeQuestionOptions) throws {
        guard let time else { return }
        let metrics = try questions.requests().flatMap { [$0.name, $0.denominator] }
        let others = [arm, unit, cluster, exposed, weight, questions.covariate] + metrics
        for name in others.compactMap(\.self) + questions.subgroup where sameBytes(name, time) {
            throw ValidationError(
                "--time \(time) is when a row was dealt, and can be nothing else beside it")
        }
    }

    /// The planned shares, read from `control=5%,treatment=95%`.
    func plannedShares() throws -> [(arm: String, share: Double)]? {
        guard let shares else { return nil }
        var planned: [(arm: String, share: Double)] = []
        for part in shares.split(separator: ",") {
            guard let cut = part.lastIndex(of: "="), cut != part.startIndex else {
                throw ValidationError("--shares \(part): write it as control=5%,treatment=95%")
            }
            let arm = part[..<cut].trimmingCharacters(in: .whitespaces)
            let text = part[part.index(after: cut)...].trimmingCharacters(in: .whitespaces)
            guard let share = ShareText.number(text), share >= 0, share.isFinite else {
                throw ValidationError("--shares \(part): a share is a number, as 5% or 0.05")
            }
            guard !planned.contains(where: { sameBytes($0.arm, arm) }) else {
                throw ValidationError("--shares names \(arm) twice")
            }
            planned.append((arm, share))
        }
        let whole = planned.reduce(0) { $0 + $1.share }
        // Thirds are written as 33.33%; parts without a percent sign may be in any one unit.
        guard planned.count > 1, whole > 0, whole.isFinite,
            !shares.contains("%") || abs(whole - 1) < 0.002
        else {
            throw ValidationError(
                "--shares \(shares): the shares of all arms, which add up to 100%, are meant")
        }
        return planned
    }
}

/// What is compared, and how surely.
struct AnalyzeQuestionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is compared: an outcome's or a column's name, and how: NAME, NAME:mean, NAME:proportion, NAME:ratio/OTHER or NAME:p90; repeatable.",
            valueName: "name[:kind]"))
    var metric: [String] = []
    @Option(
        help: ArgumentHelp(
            "A number known before the start, which takes out noise: a feature, a column, or before (the metric itself in as long a time before).",
            valueName: "name"))
    var covariate: String?
    @Option(
        help: ArgumentHelp(
            "Also look at the parts of the rows by this feature or column; repeatable.",
            valueName: "name"))
    var subgroup: [String] = []
    @Option(parsing: .unconditional, help: "The level of the intervals.")
    var level = 0.95
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "At how many rows, or clusters, the confidence sequence is narrowest: those that are planned.",
            valueName: "rows"))
    var tuningRows = 5_000.0
    @Option(
        help: ArgumentHelp(
            "Show effects although arms did not receive their shares; the reason stands in every report.",
            valueName: "why"))
    var despiteSampleRatio: String?

    func requests() throws -> [MetricRequest] {
        var requests: [MetricRequest] = []
        for text in metric {
            let request: MetricRequest
            do {
                request = try MetricRequest(text)
            } catch {
                throw ValidationError("--metric: \(error)")
            }
            guard !requests.contains(request) else {
                throw ValidationError("--metric \(text) is given twice")
            }
            requests.append(request)
        }
        guard requests.count <= MetricRequest.limit else {
            throw ValidationError("at most \(MetricRequest.limit) metrics are compared at once")
        }
        return requests
    }

    func options() -> AnalysisOptions {
        var options = AnalysisOptions()
        options.level = level
        options.tuningRows = tuningRows
        options.despiteSampleRatio = despiteSampleRatio
        return options
    }

    func validate() throws {
        _ = try requests()
        try LevelArgument.check(level)
        guard tuningRows >= 1 && tuningRows <= 1e12 else {
            throw ValidationError("--tuning-rows is a number of rows, as 5000")
        }
        guard despiteSampleRatio?.isEmpty != true else {
            throw ValidationError("--despite-sample-ratio needs a reason, which reports will show")
        }
        for name in subgroup where subgroup.count(where: { sameBytes($0, name) }) > 1 {
            throw ValidationError("--subgroup \(name) is given twice")
        }
        guard subgroup.count <= 20 else {
            throw ValidationError("at most 20 subgroups are looked at at once")
        }
    }
}
