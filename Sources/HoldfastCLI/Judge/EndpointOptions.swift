internal import ArgumentParser
internal import Foundation

/// What is spoken with a model that is asked.
enum ModelProtocol: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// MLflow's scoring server: POST /invocations with `dataframe_split`.
    case mlflow
    /// The Open Inference Protocol: POST /v2/models/NAME/infer.
    case v2
}

/// How a model is asked.
struct EndpointOptions: ParsableArguments {
    @Option(
        name: .customLong("protocol"),
        help: "What the model speaks; by its URL's path where nothing is said.")
    var spoken: ModelProtocol?
    @Option(help: ArgumentHelp("A file with the token that the model asks for.", valueName: "file"))
    var modelToken: String?
    @Option(help: ArgumentHelp("A file of certificates (PEM) to trust.", valueName: "file"))
    var modelCa: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long one answer may take.", valueName: "seconds"))
    var modelTimeout = 60
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most rows of one question.", valueName: "rows"))
    var modelBatch = 5_000
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The rows that stand for what is usual when reasons are looked for.",
            valueName: "rows"))
    var background = 50

    func validate() throws {
        guard (1...3_600).contains(modelTimeout) else {
            throw ValidationError("--model-timeout takes 1 to 3600 seconds")
        }
        guard (1...1_000_000).contains(modelBatch) else {
            throw ValidationError("--model-batch takes 1 to 1000000 rows")
        }
        guard (1...10_000).contains(background) else {
            throw ValidationError("--background takes 1 to 10000 rows")
        }
    }

    /// The protocol of a URL: what was said, or what its path shows.
    func spoken(at url: String) throws -> ModelProtocol {
        if let spoken { return spoken }
        if url.hasSuffix("/invocations") { return .mlflow }
        if url.contains("/v2/models/") { return .v2 }
        throw CommandError(
            "\(url) does not show what the model speaks",
            "name its whole address, ending in /invocations or /v2/models/NAME/infer, or say "
                + "--protocol")
    }
}
