internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastTables

/// What served features are measured by, in place of each experiment's first decisions.
struct HealthReferenceOption: ParsableArguments {
    @Option(
        name: .customLong("health-reference"),
        help: ArgumentHelp(
            "Measure served features by this table, as an export's train file, and not by the first "
                + "5,000 decisions. EXPERIMENT=TABLE where the catalog has several. Repeatable.",
            valueName: "table"))
    var tables: [String] = []

    /// The references, by experiment.
    func read(_ catalog: Catalog) throws -> [Name: DriftReference] {
        var references: [Name: DriftReference] = [:]
        for text in tables {
            let (experiment, path) = try named(text, in: catalog)
            guard references[experiment.name] == nil else {
                throw CommandError(
                    "--health-reference names two tables for \(experiment.name)", "give one")
            }
            guard let reference = try DriftReference.read(.file(path), of: experiment) else {
                throw CommandError(
                    "\(path) has no row, or none of the features of \(experiment.name)",
                    "give a table whose columns are named as the catalog's features")
            }
            references[experiment.name] = reference
        }
        return references
    }

    private func named(_ text: String, in catalog: Catalog) throws -> (Experiment, path: String) {
        if let sign = text.firstIndex(of: "=") {
            let name = String(text[..<sign])
            if let experiment = catalog[experiment: name] {
                return (experiment, String(text[text.index(after: sign)...]))
            }
        }
        guard catalog.experiments.count == 1, let only = catalog.experiments.first else {
            throw CommandError(
                "--health-reference \(text) does not say whose it is",
                "write EXPERIMENT=TABLE, with one of "
                    + catalog.experiments.map(\.name.text).joined(separator: ", "))
        }
        return (only, text)
    }
}
