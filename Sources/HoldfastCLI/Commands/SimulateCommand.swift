public import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastReports
public import HoldfastStatistics
internal import HoldfastTables

/// Worlds that are made up, so that what is true in them is known.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Try in a made-up world what a control group changes.",
        subcommands: [SimulateFeedbackCommand.self, SimulateAgreementCommand.self])
}

extension FeedbackScenario: ExpressibleByArgument {}
extension FeedbackRegime: ExpressibleByArgument {}

struct SimulateFeedbackCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "A model that blocks fraud, retrained on what its own blocking left to see.",
        discussion: """
            Cycle after cycle a model blocks the units of the highest scores, nobody learns whether a blocked unit \
            was fraud, and the next model is trained by each regime in its own copy of the world: on everything \
            (oracle, which nobody can), on what was not blocked (naive_drop), with blocked units taken for no fraud \
            (naive_zero), on a control group alone (control_only), on control and unblocked units (pooled_noweight, \
            pooled_ipw), or with blocked units let through by chance (explore_ipw). Each model is judged on units \
            that nobody touched. Chance comes from the seed alone: the same options print the same figures.
            """)

    @Option(help: "Where the fraud sits: tail, in small patterns; mild, all over the population.")
    var scenario: FeedbackScenario = .tail
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What all chance follows from.", valueName: "number"),
        transform: ArgumentForm.seed)
    var seed: UInt64 = 1
    @Option(
        parsing: .unconditional, help: ArgumentHelp("The units of a cycle.", valueName: "count"))
    var units = 40_000
    @Option(parsing: .unconditional, help: ArgumentHelp("The cycles.", valueName: "count"))
    var cycles = 9
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The share of units held out as control, as 5%.", valueName: "share"),
        transform: ArgumentForm.share)
    var holdout = Share(millionths: 50_000)
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The share of units that is blocked; 9% in tail and 6% in mild by default.",
            valueName: "share"), transform: ArgumentForm.share)
    var block: Share?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The latest cycles whose rows a model is trained on.", valueName: "count"))
    var window = 1
    @Option(
        help: ArgumentHelp("Run this regime; repeatable. All by default.", valueName: "name"))
    var regime: [FeedbackRegime] = []
    @Option(help: ArgumentHelp("Draw the curves as a page into this file.", valueName: "file"))
    var html: String?
    @OptionGroup var output: FormatOption

    private var settings: FeedbackSettings {
        FeedbackSettings(
            scenario: scenario, seed: seed, units: units, cycles: cycles,
            controlShare: holdout.fraction, blockShare: block?.fraction, window: window,
            regimes: regime.isEmpty ? FeedbackRegime.allCases : regime)
    }

    func validate() throws {
        if let fault = settings.fault { throw ValidationError(fault) }
        try ReportOptions.refuse(html)
    }

    func execute() async throws -> ExitStatus {
        let progress = Progress()
        let result = try FeedbackSimulation(settings).run { cycle in
            try Task.checkCancellation()
            progress.show("cycle \(cycle + 1) of \(cycles)")
        }
        progress.clear()
        try ReportOptions.write(to: html) { FeedbackHTML.render([result]) }
        switch output.format {
        case .json: Terminal.say(FeedbackJSON.render(result))
        case .text: Terminal.say(FeedbackText.render(result), terminator: "")
        }
        return .success
    }
}
