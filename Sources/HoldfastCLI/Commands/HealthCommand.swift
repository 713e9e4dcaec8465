internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastReports
internal import HoldfastTables

struct HealthCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract:
            "Say whether running experiments are still valid, looked at as often as one likes.",
        discussion: """
            Reads the evidence that a service has kept in the ledger and adds what is newer; without a service, or \
            with --from-start, all is read from the first fact. Watched are the sample ratio on decisions, exposures and \
            known outcomes, traffic in arms that nobody dealt, control units that an action reached, households in two arms, \
            exposures without a decision and treatments without an exposure, outcomes that are missing more often in one arm, \
            and the drift of served features. It only reads, but for --acknowledge.

            Exit status: 0 nothing is wrong, 1 an alarm, 2 the catalog deals an experiment otherwise than the ledger \
            has it (other arms, another salt), 3 no unit was seen yet, so that nothing can be told.
            """)

    @OptionGroup var ledger: LedgerOption
    @OptionGroup var catalog: CatalogOption
    @Option(help: ArgumentHelp("Only this experiment; all by default.", valueName: "name"))
    var experiment: String?
    @Flag(help: "Calculate all anew, and leave the evidence that is kept aside.")
    var fromStart = false
    @Option(
        help: ArgumentHelp(
            "Say that an alarm was looked at: its evidence begins anew from now, here and in a "
                + "service. Tells nothing else.", valueName: "experiment/alarm"))
    var acknowledge: String?
    @OptionGroup var references: HealthReferenceOption
    @Option(help: ArgumentHelp("Also write a page with pictures.", valueName: "file"))
    var html: String?
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard acknowledge == nil || html == nil && !fromStart && experiment == nil else {
            throw ValidationError("--acknowledge goes alone: look again without it")
        }
        _ = try acknowledge.map(Self.named)
        // A reference is TABLE, or EXPERIMENT=TABLE.
        let tables = references.tables
        let named = tables.map { String($0.drop { $0 != "=" }.dropFirst()) }
        let files: [String?] = [catalog.path] + tables + named
        try ReportOptions.refuse(
            html, besides: files + ReportOptions.files(ofLedger: ledger.path))
    }

    func execute() async throws -> ExitStatus {
        let path = try ledger.existing()
        let catalog = try catalog.read()
        if let acknowledge { return try await take(acknowledge, catalog, path) }
        if let experiment { _ = try catalog.only(experiment) }
        let report = try report(catalog, path)
        try ReportOptions.write(to: html) { HealthHTML.render(report) }
        switch output.format {
        case .json: Terminal.say(HealthReportJSON.render(report))
        case .text: Terminal.say(HealthText.render(report), terminator: "")
        }
        switch report.status {
        case .healthy: return .success
        case .alarm: return .negative
        case .unknown: return .inconclusive
        }
    }

    private func report(_ catalog: Catalog, _ path: String) throws -> HealthReport {
        let progress = Progress()
        progress.show("reading the ledger")
        let reader = try LedgerReader(path: path, salt: catalog)
        let asked = try experiment.map { [try catalog.only($0)] } ?? catalog.experiments
        if let never = NeverDealt.first(
            of: asked, by: catalog, try reader.revisions(salt: catalog))
        {
            throw CommandError("health: \(never.message)", never.hint(to: "look"))
        }
        var settings = HealthWatch.Settings()
        settings.references = try references.read(catalog)
        settings.isKept = false
        let rows = fromStart ? [] : try reader.healthRows()
        let watch = HealthWatch(rows, settings: settings)
        let round = try watch.round(catalog, reader, now: .now)
        let refused = try reader.refusalCounts()
        progress.clear()
        let isKept = rows.contains { $0.kind == "evidence" }
        return HealthReport(
            revision: catalog.revision, asOf: .now, isFromStart: !isKept,
            keptLag: isKept ? round.lagBefore : nil,
            findings: round.findings.filter { findings in
                experiment.map { sameBytes($0, findings.experiment.text) } ?? true
            },
            refused: refused.compactMap { count in
                count.experiment.map {
                    HealthReport.Refused(
                        experiment: $0.text, kind: count.kind.rawValue, code: count.code,
                        count: count.count)
                }
            })
    }

    /// The alarm of an experiment that --acknowledge names.
    private static func named(_ text: String) throws -> (experiment: String, alarm: HealthAlarm) {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let alarm = HealthAlarm(rawValue: parts[1]) else {
            let all = HealthAlarm.allCases.sorted().map(\.rawValue).joined(separator: ", ")
            throw ValidationError(
                "--acknowledge \(text): write EXPERIMENT/ALARM, the alarm one of \(all)")
        }
        return (parts[0], alarm)
    }

    private func take(
        _ text: String, _ catalog: Catalog, _ path: String
    ) async throws -> ExitStatus {
        let (name, alarm) = try Self.named(text)
        let experiment = try catalog.only(name)
        let standing = try report(catalog, path).findings.first { $0.experiment == experiment.name }
        guard standing?.alarms.contains(where: { $0.alarm == alarm }) == true else {
            throw CommandError(
                "\(alarm.rawValue) of \(experiment.name) does not stand, and its evidence would be "
                    + "lost", "acknowledge an alarm that holdfast health tells")
        }
        let writer = try Ledger(path: path, now: { .now })
        do {
            try await writer.acknowledge(alarm.rawValue, of: experiment.name)
        } catch {
            await writer.close()
            throw error
        }
        await writer.close()
        switch output.format {
        case .json:
            Terminal.say([
                "health": 1, "acknowledged": .string(alarm.rawValue),
                "experiment": .string(experiment.name.text),
            ])
        case .text:
            Terminal.say(
                "\(alarm.rawValue) of \(experiment.name) is acknowledged: its evidence begins anew")
        }
        return .success
    }
}
