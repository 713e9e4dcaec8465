package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastLedger
internal import HoldfastSQL

/// Watches the health of a catalog's running experiments, round by round: what is new in the ledger
/// is added to the evidence.
///
///     let watch = try HealthWatch(reader.healthRows())
///     let round = try watch.round(catalog, reader, now: now)
///     let changes = watch.changes
///     try await ledger.keepHealth(changes.rows, dropping: changes.dropped)
///     watch.settle(changes.rows)
///     round.findings[0].status   // .healthy
///
/// It only reads; whoever has the writer keeps what changed. It does not depend on how facts fall
/// into rounds, so that a restart in between, which loses what was not kept and reads it again,
/// changes nothing. Belongs to one thread at a time.
package final class HealthWatch {
    /// What is looked at, and by what.
    package struct Settings: Sendable {
        /// References of drift that are given, by experiment, in place of its own first decisions.
        package var references: [Name: DriftReference] = [:]
        /// Whether a round is bounded, so that a service has time for its requests; of too many
        /// facts every k-th unit is looked at.
        package var isBounded = false
        /// Whether what changes is kept: else nobody knows since when an alarm stands that was not
        /// known before.
        package var isKept = true
        /// The facts of one kind that a bounded round goes through.
        var roundRows = HealthRules.roundRows

        package init() {}
    }

    /// What a round came to.
    package struct Round: Sendable {
        /// In the catalog's order.
        package var findings: [HealthFindings]
        /// The alarms that began or ended in it.
        package var events: [HealthEvent]
        /// Whether there are facts that were left to the next round.
        package var hasMore: Bool
        /// How far the evidence was behind before it, of the experiment that was furthest.
        package var lagBefore: HealthLag
    }

    private let settings: Settings
    private var evidences: [String: ExperimentEvidence] = [:]
    private var memories: [String: ClusterMemory] = [:]
    /// The experiments whose memories are complete, and the places of all arms in them.
    private var remembered: Set<String> = []
    private var armPlaces: [String: [String: Int]] = [:]
    private var plans: (count: SQLValue, table: PlanTable)?
    /// What is kept of each experiment's evidence.
    private var kept: [String: String] = [:]

    /// Goes on from what is kept; of a ledger without evidence from its first fact.
    ///
    /// What cannot be read, because a later version wrote it, is calculated anew.
    package init(_ rows: [HealthRow], settings: Settings = Settings()) {
        self.settings = settings
        var parts: [String: [String: JSON]] = [:]
        for row in rows {
            // What is no JSON is unreadable, as what is of another form.
            let json = try? JSON.parse(Array(row.state.utf8))
            parts[row.experiment, default: [:]][row.kind] = json ?? .null
            if row.kind == HealthWatch.evidenceKind { kept[row.experiment] = row.state }
        }
        for (experiment, parts) in parts {
            guard let json = parts[HealthWatch.evidenceKind],
                var evidence = ExperimentEvidence(
                    experiment, json, drift: parts[HealthWatch.driftKind])
            else { continue }
            for (kind, json) in parts {
                guard kind.hasPrefix(HealthWatch.dayKind),
                    let day = Int(kind.dropFirst(HealthWatch.dayKind.count)),
                    let seen = HealthDay(json)
                else { continue }
                evidence.restore(day, seen)
            }
            evidences[experiment] = evidence
        }
    }

    private static let (evidenceKind, driftKind, dayKind) = ("evidence", "drift", "day:")

    /// Adds what is new, and says how each of the catalog's experiments is.
    ///
    /// All is read from one state of the ledger. Where it throws, the watch is of no use any more:
    /// begin again from what is kept.
    package func round(
        _ catalog: Catalog, _ reader: LedgerReader, now: Timestamp
    ) throws -> Round {
        try reader.connection.reading {
            let facts = HealthFacts(reader)
            let count = try facts.revisionCount()
            if plans?.count != count {
                plans = (count, PlanTable(try reader.revisions(salt: catalog)))
            }
            try begin(catalog, reader, facts)
            var pass = HealthPass(
                facts: facts, catalog: catalog, plans: plans?.table ?? PlanTable([]),
                now: now.microseconds, isBounded: settings.isBounded)
            pass.logging = try logging(catalog, reader)
            pass.evidences = evidences.filter { catalog[experiment: $0.key] != nil }
            pass.memories = memories
            pass.armPlaces = armPlaces
            pass.roundRows = settings.roundRows
            // The pass has the only copy, so that nothing is copied at each fact.
            evidences = evidences.filter { catalog[experiment: $0.key] == nil }
            memories = [:]
            let unknown = Set(pass.evidences.keys).subtracting(remembered)
            if !unknown.isEmpty { try pass.remember(unknown) }
            remembered.formUnion(unknown)
            var before = HealthLag.none
            for name in pass.evidences.keys { before = before.joined(try pass.lag(of: name)) }
            try pass.run()
            let round = try conclude(&pass, catalog, now: now, lagBefore: before)
            evidences.merge(pass.evidences) { $1 }
            memories = pass.memories
            armPlaces = pass.armPlaces
            return round
        }
    }

    private func begin(
        _ catalog: Catalog, _ reader: LedgerReader, _ facts: HealthFacts
    ) throws {
        let acknowledgements = try reader.healthAcknowledgements()
        let isNew = evidences.isEmpty
        for experiment in catalog.experiments {
            let name = experiment.name.text
            if evidences[name] == nil {
                var fresh = ExperimentEvidence(name)
                let isAlone =
                    try !isNew && !facts.hasDecisions(name) && !facts.hasExposures(name)
                if isAlone {
                    // It was declared just now, and nothing of it lies behind: all that there is
                    // need not be gone through for it.
                    let last = try facts.lastKey(.decisions)
                    fresh.cursors = .init(
                        decisions: last, exposures: try facts.lastKey(.exposures), treated: last,
                        ripe: last)
                }
                evidences[name] = fresh
            }
            for one in acknowledgements where one.experiment == name {
                guard let alarm = HealthAlarm(rawValue: one.alarm) else { continue }
                evidences[name]?.acknowledge(alarm, at: one.received.microseconds)
            }
            if let reference = settings.references[experiment.name] {
                evidences[name]?.watchDrift(reference)
            }
        }
    }

    /// Where each experiment's features are, and which of them are looked at.
    private func logging(
        _ catalog: Catalog, _ reader: LedgerReader
    ) throws -> [String: HealthPass.Logging] {
        var all: [String: HealthPass.Logging] = [:]
        for experiment in catalog.experiments where !experiment.features.isEmpty {
            guard let logged = try reader.featureTable(of: experiment.name) else { continue }
            let features = experiment.features.prefix(HealthRules.featureLimit).filter {
                logged.columns[$0.name.text] != nil
            }
            guard !features.isEmpty else { continue }
            all[experiment.name.text] = try HealthPass.Logging(
                Array(features), table: logged.table, on: reader)
        }
        return all
    }

    private func conclude(
        _ pass: inout HealthPass, _ catalog: Catalog, now: Timestamp, lagBefore: HealthLag
    ) throws -> Round {
        var round = Round(
            findings: [], events: [], hasMore: pass.hasMore, lagBefore: lagBefore)
        for experiment in catalog.experiments {
            let name = experiment.name.text
            guard let evidence = pass.evidences[name] else { continue }
            var findings = HealthFindings(
                evidence, experiment, asOf: now, lag: try pass.lag(of: name))
            // Where more facts come than a round goes through, they are told all the same: there
            // may be more at the end of every round.
            for alarm in findings.alarms where evidence.alarms[alarm.alarm] == nil {
                round.events.append(HealthEvent(alarm, experiment.name, isStart: true))
                pass.evidences[name]?.alarms[alarm.alarm] = now.microseconds
            }
            for alarm in evidence.alarms.keys.sorted()
            where !findings.alarms.contains(where: { $0.alarm == alarm }) {
                round.events.append(
                    HealthEvent(
                        HealthFindings.Alarm(
                            alarm: alarm, text: "It holds no longer.", stands: false),
                        experiment.name, isStart: false))
                pass.evidences[name]?.alarms[alarm] = nil
            }
            findings.note(
                since: settings.isKept ? pass.evidences[name]?.alarms ?? [:] : evidence.alarms)
            round.findings.append(findings)
        }
        return round
    }

    // MARK: - What is kept

    /// What has changed since it was kept: to be kept in one transaction.
    package var changes: (rows: [HealthRow], dropped: [(experiment: String, kind: String)]) {
        var rows: [HealthRow] = []
        var dropped: [(experiment: String, kind: String)] = []
        for (name, evidence) in evidences.sorted(by: { $0.key < $1.key }) {
            func row(_ kind: String, _ state: String) -> HealthRow {
                HealthRow(
                    experiment: name, kind: kind, state: state,
                    cursor: evidence.cursors.decisions)
            }
            let state = evidence.json.text()
            if kept[name].map({ !sameBytes($0, state) }) ?? true {
                rows.append(row(HealthWatch.evidenceKind, state))
            }
            for day in evidence.changedDays.sorted() {
                guard let seen = evidence.days[day] else { continue }
                rows.append(row("\(HealthWatch.dayKind)\(day)", seen.json.text()))
            }
            dropped += evidence.droppedDays.sorted().map { (name, "\(HealthWatch.dayKind)\($0)") }
            guard evidence.isDriftChanged else { continue }
            if let drift = evidence.drift {
                rows.append(row(HealthWatch.driftKind, drift.json.text()))
            } else {
                dropped.append((name, HealthWatch.driftKind))
            }
        }
        return (rows, dropped)
    }

    /// What changed is kept now: the rows of ``changes``.
    package func settle(_ rows: [HealthRow]) {
        for row in rows where row.kind == HealthWatch.evidenceKind {
            kept[row.experiment] = row.state
        }
        for name in evidences.keys { evidences[name]?.settle() }
    }

    /// The evidence of an experiment, as it would be kept: for tests.
    func state(of experiment: String) -> String? {
        evidences[experiment].map {
            let days = $0.days.sorted { $0.key < $1.key }.map {
                "\($0.key) \($0.value.json.text())"
            }
            return ([$0.json.text(), $0.drift?.json.text() ?? ""] + days).joined(separator: "\n")
        }
    }
}

/// An alarm that began or ended.
package struct HealthEvent: Sendable, Equatable {
    /// The experiment.
    package let experiment: Name
    /// What it is about.
    package let alarm: HealthAlarm
    /// In a sentence.
    package let text: String
    /// Whether it began.
    package let isStart: Bool

    init(_ alarm: HealthFindings.Alarm, _ experiment: Name, isStart: Bool) {
        self.experiment = experiment
        self.alarm = alarm.alarm
        text = alarm.text
        self.isStart = isStart
    }
}
