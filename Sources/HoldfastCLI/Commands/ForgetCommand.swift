internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLake
internal import HoldfastLedger

struct ForgetCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Erase a unit everywhere in a ledger, for good.",
        discussion: """
            Takes out every decision, exposure and outcome of the unit, those of others that name it as \
            their cluster, and refused items that name it; then writes the file anew, so that no page \
            holds a trace. A keyed hash of the id stays (its key is the catalog's salt, which no ledger \
            holds), by which facts of it that come later are refused. Backups that were made before, \
            exported sets and an override in the catalog are not touched.

            With --lake the unit is erased in every file of the lake too, and later shipments, of whatever \
            node, leave it out. Other nodes' ledgers hold it until it is forgotten there.
            """)

    @Argument(
        help:
            "The unit's id; - for ids on standard input, a line each: arguments are seen by whoever lists processes."
    )
    var unit: String
    @OptionGroup var catalog: CatalogOption
    @OptionGroup var ledger: LedgerOption
    @Flag(
        help:
            "Do not write the file anew: for all but the last of many. Older copies of rows may be left in pages until then."
    )
    var keepPages = false
    @Option(help: ArgumentHelp("Erase them in this lake too.", valueName: "folder"))
    var lake: String?
    @OptionGroup var duckdb: DuckDBOption
    @OptionGroup var output: FormatOption

    func execute() async throws -> ExitStatus {
        let units = try units()
        let catalog = try catalog.read()
        // Before anything is erased: a slip of the hand must not look as if it had been.
        let lake = try lake.map { try Lake(path: $0) }
        let ledger = try Ledger(path: try ledger.existing(), now: { .now })
        try await ledger.bringIntoForce(catalog, at: .now)
        var all = Erasure()
        for (index, unit) in units.enumerated() {
            let isLast = index == units.count - 1
            all.add(try await ledger.forget(unit, isCompacting: isLast && !keepPages))
        }
        await ledger.close()
        let progress = Progress()
        // Behind the ledger, so that nothing of it is shipped any more.
        let shipped = try lake.map {
            try LakeErasure(lake: $0, catalog: catalog, now: .now, duckdb: duckdb.program)
                .run(units) { progress.show($0) }
        }
        progress.clear()
        say(all, shipped)
        return all.isLogEmpty ? .success : .failed
    }

    private func units() throws -> [UnitID] {
        let ids =
            unit == "-"
            ? ForgetCommand.lines(FileHandle.standardInput.readDataToEndOfFile())
            : [Array(unit.utf8)]
        guard !ids.isEmpty else {
            throw CommandError(
                "there is no id on standard input", "give one a line; nothing was erased")
        }
        return try ids.enumerated().map { index, bytes in
            // Repaired, what is no UTF-8 would be another id, and nothing would be erased.
            let text = String(validating: bytes, as: UTF8.self)
            guard let unit = text.flatMap({ UnitID($0) }) else {
                throw CommandError(
                    "id \(index + 1) is no unit's",
                    "it has 1 to \(UnitID.byteLimit) bytes of UTF-8; nothing was erased")
            }
            return unit
        }
    }

    /// The lines of a text, with or without a newline at its end.
    private static func lines(_ data: Data) -> [[UInt8]] {
        var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { Array($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0) }
    }

    private func say(_ erasure: Erasure, _ shipped: LakeErasure.Summary?) {
        switch output.format {
        case .json:
            var members = JSONObject([
                ("decisions", .integer(Int64(erasure.decisions))),
                ("exposures", .integer(Int64(erasure.exposures))),
                ("outcomes", .integer(Int64(erasure.outcomes))),
                ("refused_items", .integer(Int64(erasure.refusals))),
                ("was_forgotten", .bool(erasure.wasForgotten)),
                ("overrides", .array(erasure.overrides.map { .string($0) })),
                ("log_emptied", .bool(erasure.isLogEmpty)),
            ])
            if let shipped {
                members.append(
                    "lake",
                    [
                        "rows": .integer(Int64(shipped.rows)),
                        "files": .integer(Int64(shipped.files)),
                        "was_forgotten": .bool(shipped.wasForgotten),
                    ])
            }
            Terminal.say(.object(members))
        case .text:
            Terminal.say(
                "erased: \(erasure.decisions) decisions, \(erasure.exposures) exposures, \(erasure.outcomes) outcomes, \(erasure.refusals) refused items"
                    + (erasure.wasForgotten ? "; it had been forgotten before" : ""))
            if let shipped {
                Terminal.say(
                    "erased in the lake: \(shipped.rows) rows in \(shipped.files) files")
            }
        }
        if !erasure.overrides.isEmpty {
            Terminal.complain(
                "the catalog names the unit as an override, and the ledger keeps catalogs as they were: revisions \(erasure.overrides.joined(separator: ", "))"
            )
        }
        if !erasure.isLogEmpty {
            Terminal.complain(
                "a reader has the ledger open, and the log still holds what was erased: repeat this when it is done"
            )
        }
    }
}
