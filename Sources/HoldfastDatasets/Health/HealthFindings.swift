package import HoldfastAssignment
package import HoldfastFormats

/// How one running experiment is: its alarms, and the figures behind them.
package struct HealthFindings: Sendable {
    /// Whether something is wrong.
    package enum Status: String, Sendable {
        /// Units were seen, and nothing is wrong.
        case healthy
        /// An alarm stands.
        case alarm
        /// No unit was seen yet: nothing can be told.
        case unknown
    }

    /// Something that is wrong.
    package struct Alarm: Sendable, Equatable {
        package let alarm: HealthAlarm
        /// What was seen, and what can be done.
        package let text: String
        /// Since when it stands; `nil` where it was found only now, by a reader.
        package var since: Timestamp?
        /// Whether it stands until it is acknowledged: its evidence never falls by itself.
        package let stands: Bool

        init(alarm: HealthAlarm, text: String, stands: Bool) {
            self.alarm = alarm
            self.text = text
            self.stands = stands
        }
    }

    /// Whether units came to the arms by their shares.
    package struct Ratio: Sendable {
        /// Which units: `decisions`, `exposures`, `kept`, `missing`.
        package let population: String
        /// The smallest p-value so far; `nil` where nothing was counted.
        package let pValue: Double?
        /// The logarithm of the evidence as it stands.
        package let logEvidence: Double
        /// Units by arm, and how many were to be expected.
        package let counts: [(arm: String, observed: Int, expected: Double)]
    }

    /// The sample ratio among the units of one value of a feature that enough units have.
    package struct Attribute: Sendable {
        package let feature: String
        package let value: String
        package let units: Int
        package let logEvidence: Double
    }

    /// Whether served features are like the reference.
    package struct Drift: Sendable {
        /// What the reference is made of, and its rows.
        package let source: String
        package let referenceRows: Int
        /// Blocks that were looked at.
        package let blocks: Int
        /// The logarithm of the evidence; `nil` before there is some.
        package let logEvidence: Double?
        /// Features by their evidence, the most first.
        package let features: [(name: String, logEvidence: Double)]
    }

    /// One day.
    package struct Day: Sendable {
        /// Its number since 1970, in UTC.
        package let number: Int
        package let tally: HealthTally
        /// The p-value of its own units' sample ratio.
        package let pValue: Double?
        /// The logarithms of all evidence as it stood then.
        package let ratioLog: Double?
        package let driftLog: Double?
    }

    package let experiment: Name
    /// The experiment's name as a text.
    package var name: String { experiment.text }
    package let asOf: Timestamp
    /// How far the evidence is behind the ledger's newest facts, as of then.
    package let lag: HealthLag
    package private(set) var alarms: [Alarm]
    /// Units that were looked at, and those passed over because there were too many.
    package let lookedAt: Int
    package let passedOver: Int
    /// Units of which no sample ratio could be taken: there were too many sets of shares before.
    package let unplanned: Int
    package let tally: HealthTally
    /// The counts of the days over which rates are taken, whatever was acknowledged.
    package let recent: HealthTally
    package let ratios: [Ratio]
    package let attributes: [Attribute]
    package let attributePValue: Double
    package let clusters: Int
    package let mixedClusters: Int
    package let drift: Drift?
    /// Of the first decisions that become a reference, those that came; `nil` once it is made.
    package let collecting: Int?
    package let days: [Day]
    /// The arms, in declared order.
    package let arms: [String]
    /// How its outcomes are watched; `nil` where none can be missing, since none is declared or
    /// the catalog says what an absent one is worth.
    package let outcomeHorizon: Span?
    /// Exposures whose decision may still come.
    package let pending: Int

    private let isSeen: Bool

    /// Whether something is wrong.
    package var status: Status {
        alarms.isEmpty ? isSeen ? .healthy : .unknown : .alarm
    }

    init(_ evidence: ExperimentEvidence, _ experiment: Experiment, asOf: Timestamp, lag: HealthLag)
    {
        self.experiment = experiment.name
        self.asOf = asOf
        self.lag = lag
        tally = evidence.tally
        lookedAt = evidence.lookedAt
        passedOver = evidence.passedOver
        unplanned = evidence.ratios.values.reduce(0) { $0 + $1.passedOver }
        recent = evidence.window(for: nil)
        isSeen = evidence.lookedAt > 0 || evidence.tally.exposures > 0
        let declared = experiment.arms.map(\.name.text)
        arms = declared + evidence.tally.arms.keys.filter { !declared.contains($0) }.sorted()
        ratios = ExperimentEvidence.Population.allCases.map { population in
            let ratio = evidence.ratios[population]
            return Ratio(
                population: population.rawValue, pValue: ratio?.pValue,
                logEvidence: ratio?.logEvidence ?? 0, counts: ratio?.counts ?? [])
        }
        attributes = evidence.attributes.worst.compactMap { value in
            value.text.map {
                Attribute(
                    feature: value.feature, value: $0,
                    units: value.ratio.counts.reduce(0) { $0 + $1.observed },
                    logEvidence: value.log)
            }
        }
        attributePValue = evidence.attributes.pValue
        (clusters, mixedClusters) = (evidence.clusters, evidence.mixedClusters)
        drift = evidence.drift.map {
            Drift(
                source: $0.reference.source, referenceRows: $0.reference.rows, blocks: $0.blocks,
                logEvidence: $0.logEvidence, features: $0.features)
        }
        collecting =
            evidence.isCollecting && !experiment.features.isEmpty ? evidence.referenceSeen : nil
        days = evidence.days.sorted { $0.key < $1.key }.map { number, day in
            Day(
                number: number, tally: day.tally, pValue: day.ratio.pValue,
                ratioLog: day.ratioLog, driftLog: day.driftLog)
        }
        pending = evidence.pending.count
        outcomeHorizon = experiment.outcome.flatMap { $0.absent == nil ? $0.horizon : nil }
        alarms = HealthJudgement(evidence).alarms
    }

    /// The counts of facts, by name.
    package var counts: [(name: String, count: Int)] {
        HealthTally.counts.map { ($0.name, tally[keyPath: $0.path]) }
    }

    /// Notes since when alarms stand.
    mutating func note(since: [HealthAlarm: Int64]) {
        for place in alarms.indices {
            let time = since[alarms[place].alarm]
            alarms[place].since = time.map { Timestamp(microseconds: $0) }
        }
    }
}
