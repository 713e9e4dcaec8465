internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastReports
internal import HoldfastStatistics
internal import HoldfastTables

extension LearningScore: ExpressibleByArgument {}
extension PilotCurve.Model: ExpressibleByArgument {}

struct PlanHoldoutCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdout",
        abstract: "Say how many control rows it takes to retrain a model, and what they cost.",
        discussion: """
            Fits a learning curve a - b / rows^c to the scores of models that were fitted to growing parts of a pilot \
            and scored on rows they never saw, or to a curve of your own (--curve: columns rows, score and, where known, \
            standard_error). Says how many control rows, and how many positives, reach the target, with an interval, and \
            what each control share takes for them in weeks and in cost. Exit status: 0 they are told, 1 no number of \
            rows reaches the target, 3 these rows cannot tell.
            """)

    @OptionGroup(title: "Pilot") var pilot: PilotOptions
    @Option(
        help: ArgumentHelp(
            "A learning curve of your own model, in place of a pilot.", valueName: "table"))
    var curve: String?
    @Option(help: "What the curve is of.")
    var figure: LearningScore = .auc
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What the retrained model is to reach on average, as 0.85.", valueName: "number"))
    var target: Double?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "In place of a target: how far it may be from what no number of rows passes, as 0.01.",
            valueName: "number"))
    var within: Double?
    @Option(parsing: .unconditional, help: ArgumentHelp("The units of a week.", valueName: "count"))
    var weekly: Double?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Name the least share that does in so many.", valueName: "count"))
    var weeks: Double?
    @Option(
        help: ArgumentHelp(
            "What leaving a unit alone costs: missed=100,blocked=8, a positive let go and, as a gain, a negative not acted on.",
            valueName: "costs"))
    var cost: String?
    @Option(help: ArgumentHelp("The control shares of the table.", valueName: "shares"))
    var shares = "1%,2%,5%,10%,20%"
    @Option(
        help: ArgumentHelp(
            "The share of positives, where --curve is given: 5%.", valueName: "share"))
    var rate: String?
    @Option(help: "Answer by this model; by default the better one at the largest size.")
    var model: PilotCurve.Model?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The folds that a pilot is dealt to; 10 by default.", valueName: "count"))
    var folds: Int?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The orders by chance for each fold at the largest size, 2 by default; smaller ones have more.",
            valueName: "count"))
    var draws: Int?
    @Option(parsing: .unconditional, help: "The level of the confidence intervals.")
    var level = 0.95
    @Option(
        parsing: .unconditional, help: "What all chance follows from.", transform: ArgumentForm.seed
    )
    var seed: UInt64 = 0
    @Option(help: ArgumentHelp("Also write a page with pictures.", valueName: "file"))
    var html: String?
    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup var output: FormatOption

    /// The most units of a week, and the most weeks.
    static let unitLimit = 1e12
    static let weekLimit = 5_200.0

    func validate() throws {
        guard pilot.count + (curve == nil ? 0 : 1) == 1 else {
            throw ValidationError("give one of --table, --ledger, --lake and --curve")
        }
        try validateCurve()
        _ = try question()
        guard weekly.map({ $0 >= 1 && $0 <= Self.unitLimit }) ?? true else {
            throw ValidationError("--weekly is a number of units, at least 1")
        }
        guard weeks.map({ $0 >= 1 && $0 <= Self.weekLimit }) ?? true else {
            throw ValidationError("--weeks is from 1 to \(Int(Self.weekLimit))")
        }
        guard weeks == nil || weekly != nil else {
            throw ValidationError("--weeks needs --weekly: the units of a week")
        }
        guard cost == nil || weekly != nil else {
            throw ValidationError("--cost needs --weekly: the units of a week")
        }
        guard (3...50).contains(settings.folds), (1...100).contains(settings.draws) else {
            throw ValidationError("--folds is from 3 to 50, and --draws from 1 to 100")
        }
        guard rate == nil || curve != nil else {
            throw ValidationError("--rate goes with --curve: a pilot has its own")
        }
        guard curve == nil || cost == nil || rate != nil else {
            throw ValidationError("--cost with --curve needs --rate: the share of positives")
        }
        guard pilot.isOfFacts || pilot.threshold == nil || pilot.score != nil else {
            throw ValidationError("--threshold needs --score: the column of scores")
        }
        try LevelArgument.check(level)
        try PlanArguments.check(seed: seed)
        try ReportOptions.refuse(html, besides: pilot.files + [curve], lake: pilot.lake)
        _ = try rate.map { try PlanArguments.share($0, "--rate") }
    }

    /// Refuses what says something of a pilot where there is none.
    private func validateCurve() throws {
        guard curve != nil else { return }
        let others = [
            ("--model", model != nil), ("--folds", folds != nil), ("--draws", draws != nil),
        ]
        let said = pilot.ofRows + others.filter(\.1).map(\.0)
        guard said.isEmpty, pilot.threshold == nil else {
            let names = said + (pilot.threshold == nil ? [] : ["--threshold"])
            throw ValidationError(
                "\(names.joined(separator: ", ")): these go with a pilot, and --curve is of your own"
            )
        }
    }

    /// How a pilot is used.
    private var settings: (folds: Int, draws: Int) { (folds ?? 10, draws ?? 2) }

    private func wanted() throws -> LearningTarget {
        switch (target, within) {
        case (let target?, nil):
            guard figure.isPossible(target) else {
                throw ValidationError(
                    "--target \(target) is no \(figure.rawValue) that a model can reach: "
                        + (figure == .auc ? "between 0.5 and 1" : "above 0"))
            }
            return .score(target)
        case (nil, let within?):
            guard figure.isPossible(distance: within) else {
                throw ValidationError(
                    "--within \(within) is no distance from a ceiling: above 0, as 0.01")
            }
            return .within(within)
        case (nil, nil), (_?, _?):
            throw ValidationError("give one of --target and --within")
        }
    }

    private func question() throws -> HoldoutPlan.Question {
        let parts = shares.split(separator: ",", omittingEmptySubsequences: false)
        let shares = try parts.map { part in
            guard let share = Share(percent: part.filter { $0 != " " }), share > .none else {
                throw ValidationError("--shares \(self.shares): write them as 1%,2%,5%")
            }
            return share.millionths
        }
        return HoldoutPlan.Question(
            score: figure, target: try wanted(), level: level, seed: seed, unitsPerWeek: weekly,
            weeks: weeks, shares: shares, cost: try cost.map(CostArgument.parse))
    }

    func execute() async throws -> ExitStatus {
        let progress = Progress()
        let plan = try curve.map { try ownPlan($0) } ?? pilotPlan(progress)
        progress.clear()
        try ReportOptions.write(to: html) { HoldoutHTML.render(plan) }
        switch output.format {
        case .json: Terminal.say(HoldoutJSON.render(plan))
        case .text: Terminal.say(HoldoutText.render(plan), terminator: "")
        }
        switch plan.reach.verdict {
        case .reached: return .success
        case .unknown: return .inconclusive
        case .beyond: return .negative
        }
    }

    private func ownPlan(_ path: String) throws -> HoldoutPlan {
        let points = try LearningCurveFile.read(path, score: figure, duckdb: pilot.duckdb)
        let rate = try rate.map { try PlanArguments.share($0, "--rate") }
        let target = try wanted()
        let fit = LearningCurveFit(points, score: figure, level: level, seed: seed)
        guard let fit else {
            throw CommandError("\(path) has too few different sizes", "give three at least")
        }
        return HoldoutPlan(
            try question(), source: .curve(name: path, points: points.rows.count),
            curves: [HoldoutPlan.Curve(model: nil, fit: fit, target: target)],
            rate: rate, region: rate.map { ActingRegion(everyUnit: $0) })
    }

    private func pilotPlan(_ progress: Progress) throws -> HoldoutPlan {
        let folder = try ScratchFolder(in: FileManager.default.temporaryDirectory.path)
        let reader = PilotReader(
            options: pilot, engine: engine, wantsFeatures: true, progress: progress)
        let pilot = try reader.read(in: folder)
        let measured: [PilotCurve]
        do {
            measured = try PilotCurve.measure(
                pilot.features.map(\.sample), labels: pilot.labels, score: figure,
                settings: PilotCurve.Settings(
                    folds: settings.folds, draws: settings.draws, seed: seed)
            ) { fold in
                try Task.checkCancellation()
                progress.show("fold \(fold + 1) of \(settings.folds)")
            }
        } catch let fault as PilotFault {
            throw CommandError(pilot.name, "\(fault)")
        }
        let target = try wanted()
        let curves = measured.compactMap { curve in
            LearningCurveFit(curve.points, score: figure, level: level, seed: seed).map {
                HoldoutPlan.Curve(model: curve.model, fit: $0, target: target)
            }
        }
        guard !curves.isEmpty, model == nil || curves.contains(where: { $0.model == model }) else {
            throw CommandError(
                "\(pilot.name): \(model?.rawValue ?? "neither model") has a curve of four sizes",
                "nothing is learnt from these features, or the pilot is too small; take more rows, "
                    + "or give your own model's --curve")
        }
        let region = try region(pilot)
        let varying = PilotCurve.varying(pilot.features.map(\.sample)).count
        return HoldoutPlan(
            try question(),
            source: .pilot(
                name: pilot.name, rows: pilot.labels.count,
                used: min(pilot.labels.count, PilotCurve.rowLimit), positives: pilot.positives,
                features: varying, constant: pilot.features.count - varying,
                folds: settings.folds),
            curves: curves, preferred: model,
            without: PilotCurve.Model.allCases.filter { model in
                !curves.contains { $0.model == model }
            }, rate: region.rate, region: region)
    }

    /// Where the model in operation acts, by the pilot's scores, or everywhere.
    private func region(_ pilot: Pilot) throws -> ActingRegion {
        let rate = Double(pilot.positives) / Double(pilot.labels.count)
        guard let threshold = self.pilot.threshold, let scores = pilot.scores else {
            return ActingRegion(everyUnit: rate)
        }
        let region = ActingRegion(
            scores: scores, labels: pilot.labels, served: pilot.served, threshold: threshold)
        guard let region else {
            throw CommandError(
                "\(pilot.name): no labelled row has a score of at least \(threshold)",
                "check --threshold and --score")
        }
        return region
    }
}
