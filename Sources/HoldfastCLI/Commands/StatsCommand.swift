internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLake
internal import HoldfastLedger
internal import HoldfastSQL

struct StatsCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what a ledger holds, and what is missing in it; or what a lake holds.",
        discussion: """
            Of a ledger: counts, how many facts came within the last hour and day, how late they came, numbered \
            batches that are missing, refused items that wait for repair, sizes, and the head of the \
            chain of commits: note it elsewhere for `holdfast verify --head`. Of a lake: rows, \
            files, bytes and days by kind and node, and when each node shipped last; with --catalog also who dealt \
            the experiment by which revision and when, and what nodes disagree on. Reads only.
            """)

    @OptionGroup var facts: FactOptions
    @Option(
        help: ArgumentHelp(
            "The catalog's file or folder: also tell who dealt its experiment in the lake.",
            valueName: "path"))
    var catalog: String?
    @Option(help: ArgumentHelp("The experiment; not needed where there is one.", valueName: "name"))
    var experiment: String?
    @OptionGroup var duckdb: DuckDBOption
    @OptionGroup(title: "Engine, of a lake") var engine: EngineOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        try facts.check(engine)
        if facts.ledger != nil {
            guard catalog == nil && experiment == nil && (engine.engine ?? .sqlite) == .sqlite
            else {
                throw ValidationError("--catalog, --experiment and --engine go with --lake")
            }
        }
        guard experiment == nil || catalog != nil else {
            throw ValidationError("--experiment goes with --catalog")
        }
    }

    func execute() async throws -> ExitStatus {
        if let lake = facts.lake { return try show(Lake(path: lake)) }
        let path = try LedgerOption.existing(facts.path)
        let reader = try LedgerReader(path: path, salt: nil)
        let statistics = try reader.connection.reading {
            try LedgerStatistics(reader, now: .now)
        }
        switch output.format {
        case .json: Terminal.say(statistics.json)
        case .text: Terminal.say(statistics.text)
        }
        return .success
    }

    private func show(_ lake: Lake) throws -> ExitStatus {
        let progress = Progress()
        let catalog = try self.catalog.map { try CatalogFiles.read($0) }
        let known = try catalog.map { (catalog: $0, experiment: try $0.only(experiment).name) }
        let name = engine.engine ?? .duckdb
        progress.show("starting \(name.rawValue)")
        let started = try engine.start(
            name, salt: catalog?.salt, duckdb: duckdb.program, shared: lake.scratchFolder)
        let statistics = try LakeStatistics(lake, engine: started) { progress.show($0) }
        let findings = try known.map { known in
            let reader = try LakeReader(
                lake, engine: started, experiment: known.experiment, catalog: known.catalog
            ) { progress.show($0) }
            return try NodeFindings(reader, known.experiment, known.catalog)
        }
        progress.clear()
        let shown = LakeStatisticsText(
            lake: lake.path, statistics: statistics, findings: findings)
        switch output.format {
        case .json: Terminal.say(shown.json)
        case .text: Terminal.say(shown.text)
        }
        return .success
    }
}

extension LedgerStatistics {
    fileprivate var json: JSON {
        [
            "format": .integer(format),
            "journal_mode": .string(durability.journalMode),
            "synchronous": .string(durability.synchronous),
            "head": .string(head.description),
            "last_received": lastReceived.map { .string($0.description) } ?? .null,
            "revision": revision.map { .string($0) } ?? .null,
            "revisions": .integer(revisionCount),
            "facts": .object(JSONObject(facts.map { ($0.table, $0.json) })),
            "sources": .array(sources.map(\.json)),
            "gaps": .array(
                gaps.map {
                    [
                        "source": .string($0.source), "first": .integer($0.numbers.lowerBound),
                        "last": .integer($0.numbers.upperBound),
                    ]
                }),
            "refused": .array(
                refusals.map {
                    [
                        "kind": .string($0.kind.rawValue), "code": .string($0.code),
                        "experiment": $0.experiment.map { .string($0.text) } ?? .null,
                        "count": .integer(Int64($0.count)),
                    ]
                }),
            "forgotten": .integer(forgottenCount),
            "erased_rows": .integer(erasedCount),
            "bytes": .integer(byteCount),
            "free_bytes": .integer(freeBytes),
            "log_bytes": .integer(logBytes),
        ]
    }

    fileprivate var text: String {
        var lines = [
            "format \(format), journal \(durability.journalMode), synchronous \(durability.synchronous)",
            "head \(head)" + (lastReceived.map { ", received \($0)" } ?? ""),
            "revision \(revision ?? "none"), \(revisionCount) kept", "",
            "facts          in all      last hour       last day    lag: median       greatest",
        ]
        for fact in facts {
            let name = fact.table.padding(to: 9)
            let counts = [fact.count, fact.lastHour, fact.lastDay].map { "\($0)".leading(to: 15) }
            let lags = [fact.medianLag, fact.greatestLag].map { lag in
                (lag.map { "\(Double($0 / 100_000) / 10) s" } ?? "–").leading(to: 15)
            }
            lines.append(name + (counts + lags).joined().dropFirst(4))
        }
        if !sources.isEmpty { lines.append("") }
        for source in sources {
            let missing = source.missing == 0 ? "none missing" : "\(source.missing) MISSING"
            lines.append(
                "source \(source.source): \(source.batchCount) batches, the last \(source.lastSequence), \(missing)"
            )
        }
        for gap in gaps {
            let (first, last) = (gap.numbers.lowerBound, gap.numbers.upperBound)
            lines.append(
                "  gap of \(gap.source): \(first == last ? "\(first)" : "\(first)–\(last)")")
        }
        if !refusals.isEmpty { lines += ["", "refused, kept for repair"] }
        for refusal in refusals {
            let experiment = refusal.experiment.map { " of \($0)" } ?? ""
            lines.append("  \(refusal.count) \(refusal.kind.rawValue) \(refusal.code)\(experiment)")
        }
        if forgottenCount > 0 {
            lines += ["", "\(forgottenCount) units forgotten, \(erasedCount) rows erased"]
        }
        lines += ["", "\(byteCount) bytes, \(freeBytes) of them free; \(logBytes) in the log"]
        return lines.joined(separator: "\n")
    }
}

extension LedgerStatistics.Facts {
    fileprivate var json: JSON {
        [
            "count": .integer(count), "last_hour": .integer(lastHour),
            "last_day": .integer(lastDay),
            "median_lag_seconds": medianLag.map { .number(Double($0) / 1e6) } ?? .null,
            "greatest_lag_seconds": greatestLag.map { .number(Double($0) / 1e6) } ?? .null,
        ]
    }
}

extension SourceState {
    fileprivate var json: JSON {
        [
            "source": .string(source), "last_sequence": .integer(lastSequence),
            "batches": .integer(batchCount), "missing": .integer(missing),
            "last_received": .string(lastReceived.description),
        ]
    }
}

extension String {
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    func leading(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
