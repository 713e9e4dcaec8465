internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastFormats

struct ValidateCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Say whether a catalog is valid, and where it is not.")

    @Argument(help: "The catalog's file or folder.")
    var catalog: String
    @OptionGroup var output: FormatOption

    func execute() async throws -> ExitStatus {
        do {
            say(try CatalogFiles.read(catalog))
            return .success
        } catch let error as CatalogError {
            say(error)
            return .negative
        }
    }

    private func say(_ catalog: Catalog) {
        switch output.format {
        case .json:
            Terminal.say([
                "valid": true, "revision": .string(catalog.revision),
                "experiments": .array(catalog.experiments.map { .string($0.name.text) }),
                "layers": .array(catalog.layers.map { .string($0.name.text) }),
                "holdouts": .array(catalog.holdouts.map { .string($0.name.text) }),
                "problems": [],
                "warnings": .array(
                    catalog.warnings.map {
                        [
                            "experiment": .string($0.experiment.text),
                            "message": .string($0.message), "hint": .string($0.hint),
                        ]
                    }),
            ])
        case .text:
            Terminal.say("\(self.catalog) is valid: revision \(catalog.revision)")
            for experiment in catalog.experiments {
                Terminal.say(
                    "  experiment \(experiment.name) by \(experiment.cluster ?? experiment.unit): "
                        + experiment.armText)
            }
            for holdout in catalog.holdouts {
                Terminal.say("  holdout \(holdout.name) by \(holdout.unit): \(holdout.share)")
            }
            for warning in catalog.warnings { Terminal.complain("warning: \(warning)") }
        }
    }

    private func say(_ error: CatalogError) {
        switch output.format {
        case .json:
            Terminal.say([
                "valid": false, "revision": .null, "experiments": [], "layers": [], "holdouts": [],
                "problems": .array(
                    error.problems.map {
                        [
                            "file": .string($0.place.file), "line": .integer(Int64($0.place.line)),
                            "column": .integer(Int64($0.place.column)),
                            "message": .string($0.message), "hint": .string($0.hint),
                        ]
                    }),
                "warnings": [],
            ])
        case .text:
            for problem in error.problems { Terminal.complain("\(problem)") }
            let count = error.problems.count
            Terminal.complain("\(catalog) is refused: \(count) \(count == 1 ? "fault" : "faults")")
        }
    }
}
