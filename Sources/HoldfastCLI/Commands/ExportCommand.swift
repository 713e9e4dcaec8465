public import ArgumentParser
internal import HoldfastAssignment
public import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastReports

extension ExportRequest.FileFormat: ExpressibleByArgument {}
extension ExportRequest.Observations: ExpressibleByArgument {}

struct ExportCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a retraining set of rows that no treatment could have touched.",
        discussion: "Where a gate fails, the status is 1 and there is no set at the destination.")

    @OptionGroup var catalog: CatalogOption
    @Option(help: ArgumentHelp("The ledger's file.", valueName: "file"))
    var ledger: String
    @Option(help: ArgumentHelp("The experiment.", valueName: "name"))
    var experiment: String
    @Option(
        help: ArgumentHelp("The folder to make; it must not be there yet.", valueName: "folder"))
    var out: String
    @Option(
        help: ArgumentHelp(
            "Read only what was received by then, as 2026-01-01T00:00:00Z; now by default.",
            valueName: "time"))
    var asOf: Timestamp?
    @Option(help: "Rows of control and of holdouts, with equal weights.")
    var mode: Mode = .control
    @Option(help: "The format of the files.")
    var fileFormat: ExportRequest.FileFormat = .csv
    @Option(help: "Which of a unit's clean decisions to keep.")
    var observations: ExportRequest.Observations = .first
    @Option(
        help: ArgumentHelp(
            "Only decisions of this revision; repeatable. By default all that deal as the catalog does.",
            valueName: "revision"))
    var revision: [String] = []
    @Option(help: "The fewest rows that the set may have.")
    var minimumRows = ExportRequest.defaultMinimumRows
    @Option(
        help: ArgumentHelp(
            "Let a gate fail, and say why in the manifest; repeatable.", valueName: "gate=\"why\""))
    var waive: [String] = []
    @OptionGroup var output: FormatOption

    /// The ways to choose rows.
    enum Mode: String, CaseIterable, ExpressibleByArgument {
        case control
    }

    func validate() throws {
        _ = try waivers()
        guard minimumRows >= 0 else { throw ValidationError("--minimum-rows is negative") }
    }

    private func waivers() throws -> [Gate.Name: String] {
        var waivers: [Gate.Name: String] = [:]
        for waiver in waive {
            let parts = waiver.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let gate = Gate.Name(rawValue: String(parts[0])) else {
                let known = Gate.Name.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--waive takes GATE=\"why\", with a gate of: \(known)")
            }
            waivers[gate] = String(parts[1])
        }
        return waivers
    }

    func execute() async throws -> ExitStatus {
        let now = Timestamp.now
        if let asOf, asOf > now {
            // Of what will be received by then nobody knows: rows would be ripe without a label.
            throw CommandError(
                "--as-of \(asOf) is in the future", "give a time until now, which is \(now)")
        }
        let request = ExportRequest(
            catalog: try catalog.read(), experiment: experiment, asOf: asOf ?? now,
            revisions: revision.isEmpty ? nil : revision, observations: observations,
            fileFormat: fileFormat, minimumRows: minimumRows, waivers: try waivers())
        let progress = Progress()
        let manifest = try Export.run(request, ledger: ledger, to: out) { stage in
            progress.show(stage)
        }
        progress.clear()
        switch output.format {
        case .json: Terminal.say(manifest.json)
        case .text: Terminal.say(ManifestText.render(manifest, destination: out))
        }
        return manifest.isOpen ? .success : .negative
    }
}
