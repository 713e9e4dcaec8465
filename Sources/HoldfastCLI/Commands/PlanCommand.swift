internal import ArgumentParser

/// What must be known before an experiment starts.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Design an experiment: who is held out, and what that can show.",
        subcommands: [PlanBalanceCommand.self])
}
