internal import Foundation
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastReports
internal import HoldfastServer
internal import HoldfastTables

/// The whole story: a service deals the visitors of a front page, the logged world answers, the
/// ledger keeps it, and a clean retraining set comes out.
struct Demo {
    let folder: String
    let log: DemoLog
    let catalog: Catalog
    private let progress = Progress()

    init(folder: String) throws {
        self.folder = folder
        log = try DemoLog()
        let path = "\(folder)/catalog.yaml"
        try Data((Demo.catalogText + "\n").utf8).write(to: URL(fileURLWithPath: path))
        catalog = try CatalogFiles.read(path)
    }

    func run() async throws -> DemoResult {
        let clock = LogClock(Demo.start)
        let ledgerPath = "\(folder)/ledger.db"
        let ledger = try Ledger(path: ledgerPath, now: { clock.now })
        let service = try await HoldfastService(
            catalog: catalog, ledger: ledger, now: { clock.now })
        let replay = try await service.run(host: "127.0.0.1", port: 0) { port in
            progress.show("replaying the log")
            return try await DemoReplay(
                log: log, client: ServiceClient(port: port), clock: clock, folder: folder,
                progress: progress
            ).run()
        }
        var request = ExportRequest(catalog: catalog, experiment: "front-page", asOf: Demo.end)
        request.observations = .first
        // A click in 250 views: a day's more of the log would make it ten.
        request.minimumPositives = 5
        request.waivers[.controlServe] =
            "item_id is what an arm shows, and the arms choose it by different rules"
        let manifest = try Export.run(
            request, ledger: ledgerPath, to: "\(folder)/clean", report: ManifestHTML.render
        ) { progress.show($0) }
        guard manifest.isOpen else {
            throw CommandError(
                "a gate of the demo's export failed:\n"
                    + ManifestText.render(manifest, destination: "\(folder)/clean"),
                "this is a fault of the demo")
        }
        progress.clear()
        return DemoResult(
            folder: folder, replay: replay, manifest: manifest,
            agreement: try check(eval: true, serve: "served-control.csv"),
            contamination: try check(eval: false, serve: "served-treatment.csv"))
    }

    private func check(eval: Bool, serve: String) throws -> CheckReport {
        let train = "\(folder)/clean/train.csv"
        var options = CheckOptions()
        try ManifestColumns.apply(to: &options, besides: train)
        return try Agreement.check(
            train: .file(train), eval: eval ? .file("\(folder)/clean/eval.csv") : nil,
            serve: .file("\(folder)/\(serve)"), options: options)
    }

    /// The log's week.
    static let start = Timestamp(microseconds: 1_574_553_600_000_000)  // 2019-11-24T00:00:00Z
    static let end = Timestamp(microseconds: 1_575_158_400_000_000)  // 2019-12-01T00:00:00Z

    static let catalogText = """
        holdfast: 1
        salt: open-bandit-demo-2020          # in place, because this is a demo; keep yours secret
        holdouts:
          program: {unit: visitor, share: 2%, covers: [front-page]}
        experiments:
          front-page:
            description: A bandit chooses the item that a visitor sees; control sees a random one
            unit: visitor
            arms: [{control: 50%}, {treatment: 50%}]
            overrides: {visitor-00007: treatment, visitor-00008: control}
            starts: 2019-11-24T00:00:00Z
            washout: 1h
            interferes: [free-shipping]
            outcome: {name: clicked, horizon: 1h, absent: 0}
            features:
              item_id: category
              position: integer
              user_feature_0: category
              user_feature_1: category
              user_feature_2: category
              user_feature_3: category
            split: {train: 80%, eval: 20%}
          free-shipping:
            description: Another team's banner, which changes clicks as well (made up for the demo)
            unit: visitor
            arms: [{control: 95%}, {treatment: 5%}]
        """
}
