/// What it costs to leave a unit alone on which the model would have acted.
///
///     let cost = LeavingAlone(missed: 100, blocked: 8)
///     cost.perUnit(rate: 0.5)     // 46.0
///     cost.perUnit(rate: 0.05)    // -2.6: the model had better let such a unit be
///     cost.breakEven              // 0.0740…
package struct LeavingAlone: Sendable, Equatable {
    /// What a positive costs that is let go.
    package let missed: Double
    /// What is gained by not acting on a negative.
    package let blocked: Double

    /// Costs of at least 0, which are not both 0.
    package init(missed: Double, blocked: Double) {
        precondition(missed >= 0 && blocked >= 0 && missed + blocked > 0, "costs are at least 0")
        self.missed = missed
        self.blocked = blocked
    }

    /// The cost of a unit that is positive with this probability: missed · q − blocked · (1 − q).
    package func perUnit(rate: Double) -> Double { missed * rate - blocked * (1 - rate) }

    /// The rate below which leaving alone gains more than it costs.
    package var breakEven: Double { blocked / (missed + blocked) }
}

/// Where a model acts, as a pilot's scores and labels tell.
package struct ActingRegion: Sendable, Equatable {
    /// The part of all units on which it acts, above 0.
    package let share: Double
    /// The part of those that are positive.
    package let precision: Double
    /// The part of the others that are positive; `nil` where there are none.
    package let rateBelow: Double?
    /// The score from which on it acts; `nil` where nothing is known, and it acts on all.
    package let threshold: Double?

    /// A model that acts on every unit.
    package init(everyUnit rate: Double) {
        share = 1
        precision = rate
        rateBelow = nil
        threshold = nil
    }

    /// The region of scores from a threshold on; `nil` where no labelled row is in it. `served` are
    /// the scores of all units, where these are known apart from the labelled ones.
    package init?(scores: [Double], labels: [Bool], served: [Double]? = nil, threshold: Double) {
        precondition(scores.count == labels.count, "a label for each score")
        let acted = scores.indices.filter { scores[$0] >= threshold }
        let population = served ?? scores
        let actedOn = population.count { $0 >= threshold }
        guard !acted.isEmpty, actedOn > 0 else { return nil }
        let rest = scores.count - acted.count
        let yes = acted.count { labels[$0] }
        share = Double(actedOn) / Double(population.count)
        precision = Double(yes) / Double(acted.count)
        rateBelow = rest > 0 ? Double(labels.count { $0 } - yes) / Double(rest) : nil
        self.threshold = threshold
    }

    /// The part of all units that are positive.
    package var rate: Double { share * precision + (1 - share) * (rateBelow ?? 0) }
}

/// What a control share gives a week, and what it costs.
///
/// In control mode a set has control rows alone. In weighted mode it has control rows of the
/// region where the model acts, weighted by the inverse of the share, and rows of any arm where it
/// does not act, of weight 1. Of N units a week, a part A of them in the region, with a control
/// share h these are worth N / (A/h + 1 − A) rows of equal weight (L. Kish, "Survey sampling", 1965): as many as
/// all N where h is 1, and N · h where the model acts on all.
///
///     let week = HoldoutWeek(
///         units: 40_000, share: 0.02, region: ActingRegion(everyUnit: 0.05), rate: 0.05,
///         cost: nil)
///     week.controlRows      // 800.0
///     week.positives        // 40.0
package struct HoldoutWeek: Sendable, Equatable {
    /// The control share, above 0.
    package let share: Double
    /// The control rows of a week.
    package let controlRows: Double
    /// The positives among them.
    package let positives: Double
    /// The control units of a week on which the model would have acted.
    package let leftAlone: Double
    /// What leaving those alone costs; `nil` where costs are not known. Below 0 it is a gain.
    package let cost: Double?
    /// The rows of a week in weighted mode, and the rows of equal weight that they are worth; `nil`
    /// where it is not known where the model acts.
    package let weightedRows: Double?
    package let weightedEffectiveRows: Double?

    package init(
        units: Double, share: Double, region: ActingRegion, rate: Double, cost: LeavingAlone?
    ) {
        precondition(units > 0 && share > 0 && share <= 1, "a week has units, of which a share")
        self.share = share
        controlRows = units * share
        positives = units * share * rate
        leftAlone = units * region.share * share
        self.cost = cost.map { [leftAlone] in leftAlone * $0.perUnit(rate: region.precision) }
        let isKnown = region.threshold != nil
        weightedRows = isKnown ? units * (region.share * share + 1 - region.share) : nil
        weightedEffectiveRows =
            isKnown ? units / (region.share / share + 1 - region.share) : nil
    }

    /// The whole weeks until so many rows have come.
    package func weeks(for rows: Double, weighted: Bool = false) -> Double? {
        (weighted ? weightedEffectiveRows : controlRows).map { a in max(1, (rows / a).rounded(.up))
        }
    }

    /// The least share, in millionths rounded up, whose rows of some weeks are worth so many; `nil`
    /// where not even all units are enough.
    package static func leastShare(
        rows: Double, units: Double, weeks: Double, region: ActingRegion, weighted: Bool
    ) -> Int? {
        let all = units * weeks
        guard all >= rows, !weighted || region.threshold != nil else { return nil }
        // Where the rows of no action alone suffice, weighted mode takes next to none.
        let share =
            weighted ? region.share / (all / rows - 1 + region.share) : rows / all
        return ExplorationPlan.millionths(share)
    }
}
