internal import ArgumentParser
internal import Foundation
internal import HoldfastDatasets
internal import HoldfastFormats

/// Whom an export tells that it ran.
struct LineageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Tell OpenLineage's run events to a file, an event a line, or to a service by its URL.",
            valueName: "file|url"))
    var openlineage: String?
    @Option(help: ArgumentHelp("A file with the service's token.", valueName: "file"))
    var openlineageToken: String?
    @Option(help: ArgumentHelp("The job's namespace.", valueName: "name"))
    var openlineageNamespace = "holdfast"

    /// Tells that the export began, and how it ended.
    func telling(
        _ request: ExportRequest, ledger: String, out: String, _ body: () throws -> Manifest
    ) async throws -> Manifest {
        guard let openlineage else { return try body() }
        let sink = try LineageSink(openlineage, tokenFile: openlineageToken, authorities: nil)
        let run = OpenLineage.Run(
            id: UUID().uuidString.lowercased(), namespace: openlineageNamespace,
            experiment: request.experiment, asOf: request.asOf, ledger: .file(ledger),
            destination: .file(out))
        await sink.tell([OpenLineage.start(run, at: .now)])
        do {
            let manifest = try body()
            await sink.tell([OpenLineage.end(run, at: .now, OpenLineage.End(manifest))])
            return manifest
        } catch {
            // What an error says may hold paths, which are nobody else's business.
            let end: OpenLineage.End =
                Task.isCancelled ? .aborted : .failed("the export could not be made")
            await sink.tell([OpenLineage.end(run, at: .now, end)])
            throw error
        }
    }
}
