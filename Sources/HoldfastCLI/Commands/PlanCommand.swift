internal import ArgumentParser
internal import Foundation
internal import HoldfastFormats
internal import HoldfastReports
internal import HoldfastTables

/// What must be known before an experiment starts.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say before the start how many units it takes, for how long and at what cost.",
        subcommands: [
            PlanSizeCommand.self, PlanHoldoutCommand.self, PlanExploreCommand.self,
            PlanBalanceCommand.self,
        ],
        defaultSubcommand: PlanSizeCommand.self)
}

struct PlanSizeCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "size",
        abstract: "Sample size, power, detectable effect and duration.",
        discussion: """
            Give the least effect that matters for the units and the weeks it takes; or the units for the effect they find; or \
            both for the power. Without any option on a terminal it asks. What is measured is told by figures or taken from a \
            table of units from before the start. Exit status: 0 the plan can be carried out, 1 it cannot: the units do not \
            come before the arrivals end, or no number of them would do.
            """)

    @OptionGroup(title: "Goal") var goal: PlanGoalOptions
    @OptionGroup(title: "Metric") var metric: PlanMetricOptions
    @OptionGroup(title: "Arms and units") var arms: PlanArmOptions
    @Option(
        help: ArgumentHelp(
            "A YAML file that begins with plan: 1, then lines such as baselineRate: 10% and effect: 0.01; options go before it.",
            valueName: "file"))
    var plan: String?
    @Option(help: ArgumentHelp("Also write a page with power curves.", valueName: "file"))
    var html: String?
    @OptionGroup var output: FormatOption

    func validate() throws {
        _ = try PlanRequest(goal, metric, arms)
        try ReportOptions.refuse(
            html, besides: [metric.table, arms.arrivals, arms.catalog, plan])
    }

    func execute() async throws -> ExitStatus {
        let flags = try PlanRequest(goal, metric, arms)
        var request = try plan.map { try PlanFile.read($0) } ?? PlanRequest()
        request.override(by: flags)
        let isAsked = request.isEmpty && plan == nil
        if isAsked { request = try asked() }
        // Only now the files that the plan's file names are known.
        try ReportOptions.refuse(html, besides: request.files)
        let progress = Progress()
        let report: SizeReport
        do {
            report = try PlanReader(request: request, progress: progress).report()
        } catch let fault as PlanFault {
            // What stands in a file is no wrong usage of the program.
            guard let plan else { throw ValidationError("\(fault.message); \(fault.hint)") }
            throw CommandError("\(plan): \(fault.message)", fault.hint)
        }
        progress.clear()
        try ReportOptions.write(to: html) { SizeHTML.render(report) }
        switch output.format {
        case .json: Terminal.say(SizeJSON.render(report))
        case .text: Terminal.say(SizeText.render(report), terminator: "")
        }
        if isAsked {
            Terminal.complain(
                "\nThe same again: holdfast plan size \(request.flags.joined(separator: " "))")
        }
        return report.isReached ? .success : .negative
    }

    /// The next line of the terminal, `nil` at its end or where Ctrl-C came: reading alone would
    /// wait for a line even then.
    private func typedLine() -> String? {
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while poll(&input, 1, 100) == 0 {
            if Task.isCancelled { return nil }
        }
        return readLine()
    }

    /// What a person answers on the terminal.
    private func asked() throws -> PlanRequest {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError(
                "nothing is known of the experiment; give --baseline-rate and --effect, say, or run it on a terminal to be asked"
            )
        }
        // Questions go to standard error, so that the answer alone is on standard output.
        var questions = PlanQuestions(
            ask: { question in
                // Where standard error is gone, the answers still come.
                try? FileHandle.standardError.write(contentsOf: Data(question.utf8))
                return typedLine()
            }, say: { Terminal.complain($0) })
        do {
            return try questions.run()
        } catch is PlanQuestions.Ended {
            throw CancellationError()
        }
    }
}
