/// What health holds an experiment to, and how much of it is looked at.
package enum HealthRules {
    /// The probability, at most, that the evidence of one sample ratio of a sound experiment ever
    /// alarms, however often it is looked at: the level of the export's gate.
    package static let level = 0.001
    /// How long a fact may come after the one that it belongs to, in microseconds: ten minutes.
    package static let grace: Int64 = 600_000_000
    /// The days of which counts are kept, and those over which a rate is taken.
    package static let (dayLimit, windowDays) = (400, 7)
    /// The largest share of control units that an action reached.
    package static let crossoverLimit = 0.01
    /// The largest share of exposures of which no decision is known.
    package static let undecidedLimit = 0.01
    /// The largest share of intended treatments of which no exposure is known.
    package static let unexposedLimit = 0.2
    /// The largest share of exposures that reached a household of another arm.
    package static let householdLimit = 0.01
    /// Of fewer cases than these a rate says nothing.
    package static let leastCases = 5
    /// The exposures of each arm after which their sample ratio begins: an arm whose exposures
    /// nobody records has no share of them.
    package static let leastExposures = 10
    /// The features whose values are watched one by one, and the values of each.
    package static let (attributeLimit, valueLimit) = (8, 12)
    /// The sets of shares of one experiment whose units are counted apart.
    package static let strataLimit = 32

    /// The first decisions by which later ones are measured.
    package static let referenceRows = 5_000
    /// A block of decisions has at least so many, and spans at least an hour of decisions.
    package static let (blockRows, blockSpan) = (200, Int64(3_600_000_000))
    /// The units of a block whose rows count as bets of their own, however many it has.
    package static let blockBets = 200.0
    /// The blocks, on average, to a first false alarm of drift at least. A block is an hour or
    /// longer: 24,000 are a thousand days or more.
    package static let averageRunLength = 24_000.0
    /// How far a bin's share may move, beside the reference's own uncertainty.
    package static let margin = 0.05
    /// The bins of numbers, the values of a category with a bin of their own, and the features.
    package static let (numberBins, categoryBins, featureLimit) = (10, 9, 200)
    /// A value of fewer units than these might name a person: it has no bin of its own in the
    /// reference, and is not told.
    package static let leastOfCategory = 10

    /// The facts of one kind that a round of a service looks at; of more it takes every k-th unit.
    package static let roundUnits = 20_000
    /// The facts of one kind that a round goes through; more are left to the next.
    package static let roundRows = 500_000
    /// The exposures that wait for their decision, by their keys.
    package static let pendingLimit = 10_000
    /// The clusters of an experiment that are kept in memory; of more, those of a hash.
    package static let clusterLimit = 1_000_000
}

/// Microseconds of a day.
let dayLength: Int64 = 86_400_000_000

/// The number of the day of a moment since 1970, in UTC.
func dayNumber(_ microseconds: Int64) -> Int {
    Int((Double(microseconds) / Double(dayLength)).rounded(.down))
}
