internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastReports

/// What came out of the demo, as a page of text and as JSON.
struct DemoResult {
    let folder: String
    let replay: DemoReplay.Counts
    let manifest: Manifest
    let agreement: CheckReport
    let contamination: CheckReport

    var text: String {
        """
        Holdfast demo: a bandit chooses what 1 in 2 visitors of a shop's front page sees.
        Open Bandit Dataset (Saito, Aihara, Matsutani, Narita 2020), 10,000 logged impressions an arm.
        Impressions and clicks are the log's, and so is the clock. Made up: which visitor saw which, two
        testers, a holdout of 2%, and another team's banner, free-shipping, that reaches 5% of visitors.

        1. Serve and record: \(replay.requests) requests to the service, each answered after its facts were on disk
             \(replay.visitors) visitors dealt, the model acted on \(replay.acted)
             \(replay.decisions) decisions, \(replay.exposures) exposures, \(replay.outcomes) clicks in \(folder)/ledger.db

        2. Export what no treatment can have touched
        \(indented(ManifestText.render(manifest, destination: "\(folder)/clean")))

        3. Check that the clean set agrees with itself and with what control units were served
        \(indented(CheckText.summary(agreement)))

        4. Check it against the rows that the model chose: they must disagree on item_id
        \(indented(CheckText.summary(contamination)))

        Retrained on what the model chose, it would learn its own choices. Look further:
          holdfast check --train \(folder)/clean/train.csv --serve \(folder)/served-treatment.csv
          sqlite3 \(folder)/ledger.db "SELECT reason, arm, count(*) FROM decisions GROUP BY 1, 2"
          \(folder)/catalog.yaml declares the experiment
        """
    }

    var json: JSON {
        [
            "folder": .string(folder),
            "visitors": .integer(Int64(replay.visitors)),
            "acted": .integer(Int64(replay.acted)),
            "decisions": .integer(Int64(replay.decisions)),
            "exposures": .integer(Int64(replay.exposures)),
            "outcomes": .integer(Int64(replay.outcomes)),
            "manifest": manifest.json,
            "agreement": CheckJSON.render(agreement),
            "contamination": CheckJSON.render(contamination),
        ]
    }

    private func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "     " + $0 }.joined(separator: "\n")
    }
}
