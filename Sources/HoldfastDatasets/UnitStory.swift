public import HoldfastAssignment
public import HoldfastFormats
package import HoldfastLedger
internal import HoldfastSQL

/// One unit's story as an export sees it: its decisions with what became of each, and what happened
/// to it and to the other members of its clusters.
public struct UnitStory: Sendable {
    /// The unit.
    public var unit: String
    /// The experiment.
    public var experiment: String
    /// Only what was received by then is told.
    public var asOf: Timestamp
    /// Its decisions, earliest first.
    public var decisions: [Decision]
    /// What happened, earliest first.
    public var events: [Event]

    /// One decision.
    public struct Decision: Sendable {
        /// Its id.
        public var id: String
        /// When it was made.
        public var at: Timestamp
        /// The unit's cluster.
        public var cluster: String?
        /// The arm that was dealt; `nil` where none was.
        public var arm: String?
        /// Why that arm: `assigned`, `holdout`, `override` and so on.
        public var reason: String
        /// The chance by design of what was received.
        public var propensity: Double
        /// The span in which a treatment touches it, the end not included.
        public var window: (start: Timestamp, end: Timestamp)
        /// Why it is left out: the first is the primary reason. None: it is kept.
        public var exclusions: [Exclusion]
        /// The part in which it is, where it is clean.
        public var part: String?
        /// Its label, where it has one.
        public var label: Double?
        /// How many rows it stands for, where it is kept.
        public var weight: Double?
    }

    /// Something that happened.
    public struct Event: Sendable {
        /// When.
        public var at: Timestamp
        /// What.
        public var what: What

        /// The kinds of what can happen.
        public enum What: Sendable, Equatable {
            /// An action of an experiment's arm reached the unit.
            case exposure(experiment: String, arm: String)
            /// A treatment reached another member of one of its clusters, or all of it.
            case member(unit: String?, cluster: String)
            /// An outcome was recorded.
            case outcome(name: String, value: Double)
        }
    }

    /// Tells a unit's story. Takes as long as an export without writing: what a treatment of
    /// somebody else did to it is not known before all were looked at.
    ///
    /// Throws `ExportError` where the experiment has no decision of the unit.
    public static func tell(
        _ unit: UnitID, _ request: ExportRequest, ledger path: String,
        progress: (String) -> Void = { _ in }
    ) throws -> UnitStory {
        try Export.reading(path, request.catalog) {
            try tell(unit, request, from: $0, progress: progress)
        }
    }

    /// Tells the story by the facts of a ledger or of a lake.
    package static func tell(
        _ unit: UnitID, _ request: ExportRequest, from facts: any FactStore,
        progress: (String) -> Void = { _ in }
    ) throws -> UnitStory {
        try Export.telling(facts, tried: "telling a unit's story") {
            // What a row makes up for is not known from one unit's rows.
            let (stage, _) = try Export.prepare(
                request, from: facts, only: request.isCensoringWeighted ? nil : unit,
                progress: progress)
            var story = UnitStory(
                unit: unit.text, experiment: stage.plan.experiment.name.text, asOf: request.asOf,
                decisions: [], events: [])
            try story.readDecisions(stage)
            guard !story.decisions.isEmpty else {
                throw ExportError(
                    "experiment \(story.experiment) has no decision of the unit by \(request.asOf)",
                    "check its id, byte by byte, and --as-of")
            }
            try story.readEvents(stage)
            return story
        }
    }

    private mutating func readDecisions(_ stage: ExportStage) throws(SQLError) {
        let experiment = stage.plan.experiment
        let horizon = stage.plan.outcome.horizon.microseconds
        try stage.engine.read(
            """
            SELECT d.id, d.decided_at, d.cluster, d.arm, d.reason, d.propensity, x.box, x.label,
              k.part, COALESCE(k.reasons, 0), k.weight
            FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
            LEFT JOIN hf_kept AS k ON k.decision = x.decision
            WHERE d.unit = \(unit) ORDER BY d.decided_at, d.id
            """
        ) { row throws(SQLError) in
            let at = row.integer(1)
            let exclusions = Exclusion.all(in: RowBox(row.integer(6)).bits | row.integer(9))
            decisions.append(
                Decision(
                    id: row.text(0) ?? "", at: Timestamp(microseconds: at), cluster: row.text(2),
                    arm: row.text(3), reason: row.text(4) ?? "", propensity: row.real(5),
                    window: (
                        Timestamp(microseconds: at - experiment.washout.microseconds),
                        Timestamp(microseconds: at + horizon)
                    ), exclusions: exclusions,
                    part: row.isNull(8) ? nil : experiment.split[Int(row.integer(8))].name.text,
                    label: row.isNull(7) ? nil : row.real(7),
                    weight: row.isNull(10) || !exclusions.isEmpty ? nil : row.real(10)))
        }
    }

    private mutating func readEvents(_ stage: ExportStage) throws(SQLError) {
        let asOf = self.asOf.microseconds
        try stage.engine.read(
            """
            SELECT exposed_at, experiment, arm FROM exposures
            WHERE unit = \(unit) AND received_at <= \(asOf) ORDER BY exposed_at, id
            """
        ) { row throws(SQLError) in
            events.append(
                Event(
                    at: Timestamp(microseconds: row.integer(0)),
                    what: .exposure(experiment: row.text(1) ?? "", arm: row.text(2) ?? "")))
        }
        try stage.engine.read(
            """
            SELECT observed_at, name, value FROM outcomes
            WHERE unit = \(unit) AND received_at <= \(asOf) ORDER BY observed_at, id
            """
        ) { row throws(SQLError) in
            events.append(
                Event(
                    at: Timestamp(microseconds: row.integer(0)),
                    what: .outcome(name: row.text(1) ?? "", value: row.real(2))))
        }
        if stage.plan.experiment.cluster != nil {
            try stage.engine.read(
                """
                SELECT DISTINCT t.exposed_at, t.unit, t.cluster FROM hf_cluster_treatments AS t
                WHERE t.cluster IN (
                    SELECT d.cluster FROM hf_export AS x
                    JOIN decisions AS d ON d.decision = x.decision AND d.unit = \(unit))
                  AND t.unit <> \(unit)
                ORDER BY t.exposed_at, t.unit, t.cluster
                """
            ) { row throws(SQLError) in
                events.append(
                    Event(
                        at: Timestamp(microseconds: row.integer(0)),
                        what: .member(
                            unit: row.text(1).flatMap { $0.isEmpty ? nil : $0 },
                            cluster: row.text(2) ?? "")))
            }
        }
        // In the order of kinds where two have one time: a stable order by the place they had.
        events = events.enumerated().sorted { one, other in
            (one.element.at, one.offset) < (other.element.at, other.offset)
        }.map(\.element)
    }
}
