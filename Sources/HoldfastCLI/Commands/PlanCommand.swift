internal import ArgumentParser

/// What must be known before an experiment starts.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say before the start how many units it takes, for how long and at what cost.",
        subcommands: [PlanHoldoutCommand.self, PlanExploreCommand.self])
}
