internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
public import HoldfastLake
internal import HoldfastLedger

extension LakeFileFormat: ExpressibleByArgument {}

struct ShipCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "ship",
        abstract: "Ship what a ledger holds to a lake of files, each fact exactly once.",
        discussion: """
            A lake is a folder, local or mounted, to which any number of nodes ship: decisions, exposures, outcomes \
            and numbered batches by day, and revisions without their salt. The ledger notes what is on its way and \
            what has arrived: stopped at any point, the next one ships the same files again. Run it as often as \
            you like, beside the service; `holdfast compact` merges small files.

            With --keep, facts that were received longer ago are taken out of the ledger once every lake has them \
            to which it ever shipped. Their place in the chain stays, so do numbered batches, and of clustered \
            units the first decision, which says in which cluster they are. Their ids are not known any more: what \
            is sent again later is taken, and dropped by the lake's readers. Export from the lake then.
            """)

    @OptionGroup var ledger: LedgerOption
    @OptionGroup var lake: LakeOption
    @Option(
        help: ArgumentHelp(
            "The name under which this ledger ships: by default the one that it has in this lake, and at first the machine's.",
            valueName: "name"), transform: ArgumentForm.name)
    var node: Name?
    @Option(help: "The format of the files; parquet needs the program duckdb.")
    var fileFormat: LakeFileFormat = .jsonl
    @OptionGroup var duckdb: DuckDBOption
    @Option(
        help: ArgumentHelp(
            "The catalog: its salt tells who was forgotten, and is needed once somebody was.",
            valueName: "path"))
    var catalog: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Then take out of the ledger what was received longer ago, as 30d, and was shipped.",
            valueName: "span"), transform: ArgumentForm.span)
    var keep: Span?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most rows that are on their way at once.", valueName: "rows"))
    var rangeRows: Int64 = 1_000_000
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard (1...100_000_000).contains(rangeRows) else {
            throw ValidationError("--range-rows is from 1 to 100000000")
        }
    }

    func execute() async throws -> ExitStatus {
        let path = try ledger.existing()
        let catalog = try catalog.map { try CatalogFiles.read($0) }
        let ledger = try Ledger(path: path, now: { .now })
        let lake = try Lake(path: lake.path, making: ShipCommand.identity())
        let name = try await LakeShipment.node(
            of: ledger, in: lake, asked: node, host: ShipCommand.host)
        var shipment = LakeShipment(ledger: ledger, lake: lake, node: name, now: { .now })
        shipment.fileFormat = fileFormat
        shipment.duckdb = duckdb.program
        shipment.catalog = catalog
        shipment.rangeRows = rangeRows
        let progress = Progress()
        let summary = try await shipment.run { progress.show($0) }
        var retention: Retention?
        if let keep {
            let before = Timestamp(
                microseconds: Timestamp.now.microseconds - keep.microseconds)
            retention = try await ledger.takeOut(receivedBefore: before) { progress.show($0) }
        }
        await ledger.close()
        progress.clear()
        say(summary, retention, as: name)
        return .success
    }

    private static func identity() -> String {
        UUID().uuidString.replacing("-", with: "").lowercased()
    }

    /// The machine's name, with a dash for what a name cannot have.
    private static var host: Name? {
        let host = ProcessInfo.processInfo.hostName
        let valid = host.unicodeScalars.prefix(Name.byteLimit).map {
            Name(String($0)) == nil ? "-" : String($0)
        }
        return Name(valid.joined())
    }

    private func say(
        _ summary: LakeShipment.Summary, _ retention: Retention?, as node: Name
    ) {
        func rows(_ counts: [ShippedKind: Int], _ kinds: [ShippedKind]) -> JSON {
            .object(
                JSONObject(kinds.map { ($0.rawValue, .integer(Int64(counts[$0] ?? 0))) }))
        }
        let personal = ShippedKind.allCases.filter { $0 != .batches }
        switch output.format {
        case .json:
            Terminal.say([
                "lake": .string(lake.path), "node": .string(node.text),
                "rows": rows(summary.rows, ShippedKind.allCases),
                "files": .integer(Int64(summary.files)),
                "revisions": .integer(Int64(summary.revisions)),
                "left_out": .integer(Int64(summary.leftOut)),
                "retention": retention.map {
                    [
                        "taken": rows($0.taken, personal), "kept": .integer(Int64($0.kept)),
                        "waiting": .integer(Int64($0.waiting)),
                    ]
                } ?? .null,
            ])
        case .text:
            let counts = ShippedKind.allCases.map { "\(summary.rows[$0] ?? 0) \($0)" }
            Terminal.say(
                "\(node) shipped \(counts.joined(separator: ", ")) in \(summary.files) files"
                    + (summary.leftOut > 0
                        ? "; \(summary.leftOut) rows of units that were forgotten were left out"
                        : ""))
            guard let retention else { return }
            let taken = personal.map { "\(retention.taken[$0] ?? 0) \($0)" }
            Terminal.say(
                "taken out of the ledger: \(taken.joined(separator: ", "))"
                    + (retention.kept > 0
                        ? "; \(retention.kept) stay, which place units in clusters" : "")
                    + (retention.waiting > 0
                        ? "; \(retention.waiting) stay until another lake has them" : ""))
        }
    }
}

/// The option of every command on a lake.
struct LakeOption: ParsableArguments {
    @Option(
        name: .customLong("lake"),
        help: ArgumentHelp("The lake's folder.", valueName: "folder"))
    var path: String
}

/// Where the program is that reads and writes Parquet.
struct DuckDBOption: ParsableArguments {
    @Option(
        name: .customLong("duckdb"),
        help: ArgumentHelp("The program duckdb, where it is not in PATH.", valueName: "program"))
    var program: String?
}
