/// What may be wrong with a running experiment.
package enum HealthAlarm: String, Sendable, CaseIterable, Comparable {
    /// Units do not come to the arms by their shares: by their first decisions, by the first
    /// exposures, and by the decisions whose outcome is known.
    case sampleRatioDecisions = "sample-ratio-decisions"
    case sampleRatioExposures = "sample-ratio-exposures"
    case sampleRatioKept = "sample-ratio-kept"
    /// So on the last day alone, or on the one before it.
    case sampleRatioDay = "sample-ratio-day"
    /// So among the units of one value of a feature.
    case sampleRatioAttribute = "sample-ratio-attribute"
    /// Traffic in an arm of share 0, or an exposure to an arm that its unit was not dealt.
    case leak
    /// Too many control units that an action reached.
    case crossover
    /// A household with units in two arms, or too many exposures of members to another arm.
    case household
    /// Too many exposures of which no decision is known.
    case undecidedExposures = "undecided-exposures"
    /// Too many intended treatments of which no exposure is known.
    case unexposedDecisions = "unexposed-decisions"
    /// Outcomes are missing more often in one arm than in another.
    case missingOutcomes = "missing-outcomes"
    /// Served features are not like the reference any more.
    case inputDrift = "input-drift"

    /// Whether its evidence never falls by itself: then it stands until it is acknowledged. A
    /// ``household`` does so too where a cluster has units in two arms.
    package var stands: Bool {
        switch self {
        case .sampleRatioDecisions, .sampleRatioExposures, .sampleRatioKept,
            .sampleRatioAttribute, .leak, .missingOutcomes:
            true
        case .sampleRatioDay, .crossover, .household, .undecidedExposures, .unexposedDecisions,
            .inputDrift:
            false
        }
    }

    package static func < (one: HealthAlarm, other: HealthAlarm) -> Bool {
        one.rawValue < other.rawValue
    }
}
