internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastReports
internal import HoldfastStatistics
internal import HoldfastTables

extension ExplorationEstimand: ExpressibleByArgument {}

struct PlanExploreCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Find the control shares by score that estimate something at the least cost.",
        discussion: """
            The expensive end of a scale of scores need not be held out as often as the cheap one. Of all shares by score \
            that estimate one thing as precisely, p = k * sqrt(m / c) is the cheapest, where c is what it costs to leave a \
            unit of that score alone and m what it adds to the variance. Prints the shares as the line `explore:` of a \
            catalog, beside a flat share of the same precision.
            """)

    @OptionGroup(title: "Pilot") var pilot: PilotOptions
    @Option(
        help: ArgumentHelp(
            "The rate of positives of each band, in place of a pilot: 0.2,0.5,0.9.",
            valueName: "rates"))
    var rates: String?
    @Option(
        help: ArgumentHelp(
            "The units of each band of --rates; alike by default.", valueName: "counts"))
    var units: String?
    @Option(
        help: ArgumentHelp(
            "What is estimated: total (of positives), negatives, precision, brier or effective_rows.",
            valueName: "name"))
    var estimand: ExplorationEstimand
    @Option(
        help: ArgumentHelp(
            "What leaving a unit alone costs: missed=100,blocked=8.", valueName: "costs"))
    var cost: String
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Take no unit to cost less than this.", valueName: "number"))
    var leastCost: Double?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "As precise as by this share of all; 5% where nothing else is said.",
            valueName: "share"), transform: ArgumentForm.share)
    var flat: Share?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("With this standard error of what is estimated.", valueName: "number"))
    var standardError: Double?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With this effective sample size; for effective_rows.", valueName: "count"))
    var effectiveRows: Double?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The least share of a band.", valueName: "share"),
        transform: ArgumentForm.share)
    var least = Share(millionths: 1_000)
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("So many bands of about as many rows each.", valueName: "count"))
    var bands: Int?
    @Option(
        help: ArgumentHelp("The scores between the bands: 0.5,0.8,0.9.", valueName: "scores"))
    var edges: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The units of the period; those of the pilot by default.", valueName: "count"))
    var weekly: Double?
    @Option(parsing: .unconditional, help: "The level of the rates' intervals.")
    var level = 0.95
    @Option(help: ArgumentHelp("Also write a page with pictures.", valueName: "file"))
    var html: String?
    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup var output: FormatOption

    /// The bands where nothing is said of them.
    static let usualBands = 5
    /// A catalog takes 100, of which one may be that below the threshold.
    static let bandLimit = 99
    /// The most that a unit costs, as by --cost.
    static let costLimit = 1e12

    func validate() throws {
        guard pilot.count + (rates == nil ? 0 : 1) == 1 else {
            throw ValidationError("give one of --table, --ledger, --lake and --rates")
        }
        guard pilot.table == nil || pilot.score != nil else {
            throw ValidationError("--table needs --score: the column of scores")
        }
        guard [flat == nil, standardError == nil, effectiveRows == nil].count(where: { !$0 }) <= 1
        else { throw ValidationError("give one of --flat, --standard-error and --effective-rows") }
        guard flat != Share.none, least != Share.none else {
            throw ValidationError("a share is above 0: what is never seen cannot be weighted")
        }
        guard standardError.map({ $0 > 0 && $0.isFinite }) ?? true,
            effectiveRows.map({ $0 > 0 && $0.isFinite }) ?? true,
            leastCost.map({ $0 > 0 && $0 <= Self.costLimit }) ?? true,
            weekly.map({ $0 >= 1 && $0 <= PlanHoldoutCommand.unitLimit }) ?? true
        else {
            throw ValidationError(
                "--standard-error, --effective-rows, --least-cost and --weekly are above 0, and the "
                    + "last two at most 1e12")
        }
        guard effectiveRows == nil || estimand == .effectiveRows else {
            throw ValidationError("--effective-rows goes with --estimand effective_rows")
        }
        guard standardError == nil || estimand != .effectiveRows else {
            throw ValidationError(
                "an effective sample size has no standard error; give --effective-rows or --flat")
        }
        guard bands == nil || edges == nil else {
            throw ValidationError("give one of --bands and --edges")
        }
        guard bands.map({ (1...Self.bandLimit).contains($0) }) ?? true else {
            throw ValidationError("--bands is from 1 to \(Self.bandLimit)")
        }
        _ = try CostArgument.parse(cost)
        let edges = try edgeList()
        guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }), edges.count < Self.bandLimit
        else { throw ValidationError("--edges ascend, and are fewer than \(Self.bandLimit)") }
        try LevelArgument.check(level)
        try ReportOptions.refuse(html, besides: pilot.files, lake: pilot.lake)
        try validateRates(edges)
    }

    private func validateRates(_ edges: [Double]) throws {
        guard let rates else {
            guard units == nil else { throw ValidationError("--units goes with --rates") }
            return
        }
        let values = try PlanArguments.numbers(rates, "--rates")
        guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
            throw ValidationError("--rates are from 0 to 1")
        }
        guard values.count == edges.count + 1, bands == nil else {
            throw ValidationError(
                "--rates names \(values.count) bands, and --edges parts \(edges.count + 1): give one "
                    + "edge fewer than rates")
        }
        guard pilot.threshold == nil else {
            throw ValidationError(
                "--threshold goes with a pilot: give --rates of the region where the model acts")
        }
        guard pilot.ofRows.isEmpty else {
            throw ValidationError(
                "\(pilot.ofRows.joined(separator: ", ")): these go with a pilot, and --rates are in "
                    + "place of one")
        }
        let counts = try units.map { try PlanArguments.numbers($0, "--units") }
        let limit = PlanHoldoutCommand.unitLimit
        guard counts.map({ $0.count == values.count }) ?? true,
            counts?.allSatisfy({ $0 > 0 && $0 <= limit }) ?? true
        else {
            throw ValidationError(
                "--units has a number above 0, at most 1e12, for each of --rates")
        }
    }

    private func edgeList() throws -> [Double] {
        try edges.map { try PlanArguments.numbers($0, "--edges") } ?? []
    }

    private var wanted: ExplorationPlan.Wanted {
        if let standardError { return .standardError(standardError) }
        if let effectiveRows { return .effectiveRows(effectiveRows) }
        return .flat(flat?.millionths ?? 50_000)
    }

    func execute() async throws -> ExitStatus {
        let progress = Progress()
        let bands = try rates.map { try givenBands($0) } ?? countedBands(progress)
        progress.clear()
        let question = ExplorationPlan.Question(
            estimand: estimand, cost: try CostArgument.parse(cost), leastCost: leastCost,
            wanted: wanted, least: least.millionths)
        let plan: ExplorationPlan
        do {
            plan = try ExplorationPlan(question, bands: bands)
        } catch {
            throw CommandError("no shares can be found", "\(error)")
        }
        let catalog = ExploreLine.text(plan)
        try ReportOptions.write(to: html) { ExploreHTML.render(plan, catalog: catalog) }
        switch output.format {
        case .json: Terminal.say(ExploreJSON.render(plan, catalog: catalog))
        case .text: Terminal.say(ExploreText.render(plan, catalog: catalog), terminator: "")
        }
        return .success
    }

    private func givenBands(_ text: String) throws -> ExplorationBands {
        let rates = try PlanArguments.numbers(text, "--rates")
        let given =
            try units.map { try PlanArguments.numbers($0, "--units") } ?? rates.map { _ in 1_000 }
        let scale = weekly.map { $0 / given.reduce(0, +) } ?? 1
        return ExplorationBands(
            edges: try edgeList(), rates: rates, units: given.map { $0 * scale })
    }

    private func countedBands(_ progress: Progress) throws -> ExplorationBands {
        let folder = try ScratchFolder(in: FileManager.default.temporaryDirectory.path)
        let reader = PilotReader(
            options: pilot, engine: engine, wantsFeatures: false, progress: progress)
        let pilot = try reader.read(in: folder)
        guard let scores = pilot.scores else {
            throw CommandError("\(pilot.name): its predictions are no scores", "check --score")
        }
        let edges =
            self.edges == nil
            ? ExplorationBands.edges(
                pilot.served ?? scores, bands: bands ?? Self.usualBands,
                threshold: self.pilot.threshold) : try edgeList()
        do {
            return try ExplorationBands(
                scores: scores, labels: pilot.labels, served: pilot.served, edges: edges,
                threshold: self.pilot.threshold, units: weekly, level: level)
        } catch {
            throw CommandError(pilot.name, "\(error)")
        }
    }
}

/// The line of a catalog that deals by shares by score.
enum ExploreLine {
    /// As `explore: [{below: 0.5, control: 10%}, {control: 1%}]`.
    static func text(_ plan: ExplorationPlan) -> String {
        let bands = plan.rows.map { row in
            let control = "control: \(Share(millionths: row.millionths))"
            return row.band.below.map { "{below: \(ExploreWords.edge($0)), \(control)}" }
                ?? "{\(control)}"
        }
        return "explore: [\(bands.joined(separator: ", "))]"
    }
}
