internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastServer

/// How `holdfast serve` watches the health of running experiments.
struct HealthServeOptions: ParsableArguments {
    @Flag(
        name: .customLong("no-health"),
        help: "Do not watch the health of running experiments.")
    var isOff = false
    @Option(
        help: ArgumentHelp(
            "Post a JSON here when an alarm of health starts and when it ends: an https URL, or http "
                + "of this machine.", valueName: "url"))
    var notify: String?
    @OptionGroup var references: HealthReferenceOption

    func validate() throws {
        guard !isOff || notify == nil && references.tables.isEmpty else {
            throw ValidationError("--notify and --health-reference do not go with --no-health")
        }
    }

    /// What the service is told; `nil` where nothing is watched.
    func options(_ catalog: Catalog) throws -> HealthOptions? {
        guard !isOff else { return nil }
        var options = HealthOptions()
        options.references = try references.read(catalog)
        if let target = try notify.map({ try NotifyTarget($0) }) {
            options.notify = { await target.post($0) }
        }
        return options
    }
}
