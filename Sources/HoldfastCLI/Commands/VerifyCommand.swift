internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

struct VerifyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say whether a ledger is as it was written.",
        discussion: """
            Looks at SQLite's pages and indexes, at what rows refer to, at the chain of commits (a row that \
            was edited, removed or put in is found, and where) and, with --catalog, deals every stored arm \
            again. Reads only, and may run beside a service. Status 1 where anything is wrong, 2 where no \
            revision deals under the catalog's salt. What is under another salt than it has is counted apart.
            """)

    @OptionGroup var ledger: LedgerOption
    @Option(
        help: ArgumentHelp(
            "The catalog's file or folder: its salt is needed to deal again.", valueName: "path"))
    var catalog: String?
    @Option(
        help: ArgumentHelp(
            "A head that `holdfast stats` showed earlier: the chain must pass through it. Who may write the file could calculate the whole chain anew, but not past a head that was noted elsewhere.",
            valueName: "n:hex"))
    var head: String?
    @OptionGroup var output: FormatOption

    func validate() throws {
        if let head, ChainHead(head) == nil {
            throw ValidationError("--head takes a commit's number, a colon and 64 of 0-9 a-f")
        }
    }

    func execute() async throws -> ExitStatus {
        let catalog = try catalog.map { try CatalogFiles.read($0) }
        let reader = try LedgerReader(path: try ledger.existing(), salt: catalog)
        let progress = Progress()
        let noted = head.flatMap { ChainHead($0) }
        // One transaction: what a service records meanwhile is not seen by half.
        let (verification, arms) = try reader.connection.reading {
            // Before the long way through the chain, not behind it.
            if let catalog { try ArmVerification.refuseOtherSalt(reader, catalog: catalog) }
            let verification = try LedgerVerification(reader, noted: noted) { progress.show($0) }
            // From pages that are damaged there is nothing to be dealt again.
            let isReadable = !verification.faults.contains { $0.check == .integrity }
            let arms = try catalog.flatMap {
                isReadable ? try ArmVerification(reader, catalog: $0) { progress.show($0) } : nil
            }
            return (verification, arms)
        }
        progress.clear()
        let report = VerificationReport(verification: verification, arms: arms)
        switch output.format {
        case .json: Terminal.say(report.json)
        case .text: Terminal.say(report.text)
        }
        return report.isSound ? .success : .negative
    }
}

/// What was found in a ledger, for people and for programs.
private struct VerificationReport {
    let verification: LedgerVerification
    let arms: ArmVerification?

    private var faults: [LedgerFault] { verification.faults + (arms?.faults ?? []) }
    private var faultCount: Int { verification.faultCount + (arms?.faults.count ?? 0) }
    var isSound: Bool { faultCount == 0 }

    var json: JSON {
        [
            "sound": .bool(isSound),
            "head": .string(verification.head.description),
            "sealed": .bool(verification.isSealed),
            "rows": .object(JSONObject(verification.rows.map { ($0.table, .integer($0.count)) })),
            "arms": arms.map {
                [
                    "dealt_again": .integer(Int64($0.recomputedCount)),
                    "not_by_chance": .integer(Int64($0.otherCount)),
                    "other_salt": .integer(Int64($0.otherSaltCount)),
                ]
            } ?? .null,
            "fault_count": .integer(Int64(faultCount)),
            "faults": .array(
                faults.map { ["check": .string($0.check.rawValue), "detail": .string($0.detail)] }),
        ]
    }

    var text: String {
        var lines = faults.map { "\($0.check.rawValue): \($0.detail)" }
        if faultCount > faults.count { lines.append("… and \(faultCount - faults.count) more") }
        let rows = verification.rows.filter { $0.count > 0 }.map { "\($0.count) \($0.table)" }
        if verification.isSealed {
            lines.append("chain: \(rows.joined(separator: ", ")); head \(verification.head)")
        } else {
            lines.append(
                "chain: none: the file is of an older format; a service or `holdfast record` brings it forward"
            )
        }
        if let arms {
            let others =
                arms.otherSaltCount == 0
                ? "" : ", \(arms.otherSaltCount) under another salt NOT dealt again"
            lines.append(
                "arms: \(arms.recomputedCount) decisions dealt again, \(arms.otherCount) were not by chance\(others)"
            )
        } else {
            let isReadable = !faults.contains { $0.check == .integrity }
            lines.append(
                "arms: not dealt again: "
                    + (isReadable ? "give --catalog" : "the file cannot be read to its end"))
        }
        lines.append(verdict)
        return lines.joined(separator: "\n")
    }

    /// What follows, and of what it does not.
    private var verdict: String {
        guard isSound else { return "the ledger is NOT as it was written" }
        let count = arms?.otherSaltCount ?? 0
        return count == 0
            ? "the ledger is as it was written"
            : "the ledger is as it was written, as far as it was looked at: for the arms of \(count) decisions verify with the catalog of their salt too"
    }
}
