/// How big a control group must be for a model to be retrained on it: the rows that reach a wanted
/// score, and what shares of the units take for them in weeks and in cost.
package struct HoldoutPlan: Sendable {
    /// What is asked.
    package struct Question: Sendable, Equatable {
        package var score: LearningScore
        /// What the retrained model is to reach.
        package var target: LearningTarget
        package var level: Double
        package var seed: UInt64
        /// The units of a week, where they are known.
        package var unitsPerWeek: Double?
        /// The weeks in which the target is to be reached, where they are said.
        package var weeks: Double?
        /// The shares of the table, in millionths.
        package var shares: [Int]
        package var cost: LeavingAlone?

        package init(
            score: LearningScore, target: LearningTarget, level: Double = 0.95, seed: UInt64 = 0,
            unitsPerWeek: Double? = nil, weeks: Double? = nil, shares: [Int] = usualShares,
            cost: LeavingAlone? = nil
        ) {
            self.score = score
            self.target = target
            self.level = level
            self.seed = seed
            self.unitsPerWeek = unitsPerWeek
            self.weeks = weeks
            self.shares = shares
            self.cost = cost
        }

        /// 1%, 2%, 5%, 10% and 20%.
        package static let usualShares = [10_000, 20_000, 50_000, 100_000, 200_000]
    }

    /// Where the curve comes from.
    package enum Source: Sendable, Equatable {
        /// Holdfast's own models on the rows of a pilot, of which `used` were taken, by its
        /// `features` of two values; `constant` more have one.
        case pilot(
            name: String, rows: Int, used: Int, positives: Int, features: Int, constant: Int,
            folds: Int)
        /// A user's own points.
        case curve(name: String, points: Int)
    }

    /// A curve with what it says of the target.
    package struct Curve: Sendable {
        /// Whose it is; `nil` for a user's own.
        package let model: PilotCurve.Model?
        package let fit: LearningCurveFit
        package let reach: RowsToReach

        package init(model: PilotCurve.Model?, fit: LearningCurveFit, target: LearningTarget) {
            self.model = model
            self.fit = fit
            reach = fit.reach(target)
        }
    }

    /// What to beware of.
    package enum Warning: Sendable, Equatable {
        /// A model of Holdfast's own stands in for the user's.
        case standIn
        /// The model still became better at its last doubling, beyond chance.
        case stillRises(PilotCurve.Model?, from: Double, to: Double, gain: Double)
        /// The models' rows differ beyond their intervals.
        case modelsDisagree(chosen: RowsToReach, other: RowsToReach)
        /// The rows are beyond four times the largest size.
        case farBeyond(rows: Double, largest: Double)
        /// A model of the pilot had no curve.
        case noCurve(PilotCurve.Model)
        /// Scores do not become better with rows.
        case flat(PilotCurve.Model?)
        /// The fitted exponent is an end of those that are looked among.
        case exponentAtEnd(PilotCurve.Model?, exponent: Double)
        /// The smallest size reaches the target already.
        case alreadyReached(rows: Double)
        /// Nothing is known of the chance of the points.
        case noChance
        /// Leaving units alone gains more than it costs.
        case gain(rate: Double, breakEven: Double)
        /// It is not known where the model acts.
        case everyUnit
    }

    /// A share with its weeks.
    package struct Row: Sendable, Equatable {
        package let millionths: Int
        package let week: HoldoutWeek
        /// Whole weeks until the target: by the estimate and by the ends of its interval.
        package let weeks: Double?
        package let fewestWeeks: Double?
        package let mostWeeks: Double?
        /// The same by the estimate in weighted mode.
        package let weightedWeeks: Double?
        /// What all those weeks cost.
        package let costInAll: Double?
        package let weightedCostInAll: Double?
        /// Whether it is the least share that reaches the target in the weeks that were said.
        package let isLeast: Bool
    }

    package let question: Question
    package let source: Source
    package let curves: [Curve]
    /// The curve that answers: that of the model which is best at its largest size.
    package let chosen: Curve
    /// The share of positives, where it is known.
    package let rate: Double?
    /// Where the model acts, where the share of positives is known.
    package let region: ActingRegion?
    package let rows: [Row]
    /// The least shares, in millionths, that reach the target in the weeks that were said; `nil`
    /// where none does or nothing was said.
    package let leastShare: Int?
    package let leastWeightedShare: Int?
    package let warnings: [Warning]

    package var reach: RowsToReach { chosen.reach }

    /// Whether the smallest size reaches the target already: fewer rows may do.
    package var isAtMost: Bool {
        guard let rows = reach.rows, let smallest = chosen.fit.points.rows.min() else {
            return false
        }
        return rows <= smallest
    }

    /// The score of the target: by the fitted ceiling where it is a distance from that.
    package var targetScore: Double {
        switch question.target {
        case .score(let score): score
        case .within(let distance):
            chosen.fit.law.ceiling - (question.score.isRising ? distance : -distance)
        }
    }

    /// A plan of one or two curves.
    package init(
        _ question: Question, source: Source, curves: [Curve], preferred: PilotCurve.Model? = nil,
        without: [PilotCurve.Model] = [], rate: Double?, region: ActingRegion?
    ) {
        precondition(!curves.isEmpty, "a plan has a curve")
        self.question = question
        self.source = source
        self.curves = curves
        let isRising = question.score.isRising
        chosen =
            curves.first { preferred != nil && $0.model == preferred }
            ?? curves.dropFirst().reduce(curves[0]) { best, other in
                let (one, two) = (Self.last(best), Self.last(other))
                return (isRising ? two > one : two < one) ? other : best
            }
        self.rate = rate
        self.region = region
        let needed = chosen.reach.rows
        var (least, leastWeighted): (Int?, Int?)
        if let needed, let units = question.unitsPerWeek, let weeks = question.weeks {
            let region = region ?? ActingRegion(everyUnit: rate ?? 0)
            least = HoldoutWeek.leastShare(
                rows: needed, units: units, weeks: weeks, region: region, weighted: false)
            leastWeighted = HoldoutWeek.leastShare(
                rows: needed, units: units, weeks: weeks, region: region, weighted: true)
        }
        leastShare = least
        leastWeightedShare = leastWeighted
        rows = Self.rows(question, chosen.reach, rate: rate, region: region, least: least)
        warnings = Self.warnings(question, curves, chosen, without, region, source)
    }

    /// The score at the largest size.
    private static func last(_ curve: Curve) -> Double {
        let points = curve.fit.points
        return points.rows.indices.max { points.rows[$0] < points.rows[$1] }.map {
            points.scores[$0]
        } ?? curve.fit.law.ceiling
    }

    private static func rows(
        _ question: Question, _ reach: RowsToReach, rate: Double?, region: ActingRegion?,
        least: Int?
    ) -> [Row] {
        guard let units = question.unitsPerWeek else { return [] }
        let shares = Set(question.shares + [least].compactMap { $0 }).sorted()
        let region = region ?? ActingRegion(everyUnit: rate ?? 0)
        return shares.map { share in
            let week = HoldoutWeek(
                units: units, share: Double(share) / 1_000_000, region: region, rate: rate ?? 0,
                cost: question.cost)
            let weeks = reach.rows.flatMap { week.weeks(for: $0) }
            let weighted = reach.rows.flatMap { week.weeks(for: $0, weighted: true) }
            return Row(
                millionths: share, week: week, weeks: weeks,
                fewestWeeks: reach.lower.flatMap { week.weeks(for: $0) },
                mostWeeks: reach.upper.flatMap { week.weeks(for: $0) }, weightedWeeks: weighted,
                costInAll: weeks.flatMap { weeks in week.cost.map { $0 * weeks } },
                weightedCostInAll: weighted.flatMap { weeks in week.cost.map { $0 * weeks } },
                isLeast: share == least)
        }
    }
}

extension HoldoutPlan {
    /// Beyond so many times the largest size a fitted curve is a guess.
    package static let farBeyond = 4.0

    private static func warnings(
        _ question: Question, _ curves: [Curve], _ chosen: Curve, _ without: [PilotCurve.Model],
        _ region: ActingRegion?, _ source: Source
    ) -> [Warning] {
        var warnings: [Warning] = []
        if case .pilot = source { warnings.append(.standIn) }
        warnings += without.map { .noCurve($0) }
        for curve in curves {
            if curve.fit.law.gap == 0 {
                warnings.append(.flat(curve.model))
            } else {
                let (ends, exponent) = (InversePowerLaw.exponents, curve.fit.law.exponent)
                if exponent <= ends.lowerBound * (1 + 1e-9)
                    || exponent >= ends.upperBound * (1 - 1e-9)
                {
                    warnings.append(.exponentAtEnd(curve.model, exponent: exponent))
                }
                if let rise = rise(curve) { warnings.append(rise) }
            }
        }
        for other in curves where other.model != chosen.model {
            if disagree(chosen.reach, other.reach) {
                warnings.append(.modelsDisagree(chosen: chosen.reach, other: other.reach))
            }
        }
        let sizes = chosen.fit.points.rows
        if let rows = chosen.reach.rows, let largest = sizes.max(), let smallest = sizes.min() {
            if rows > farBeyond * largest {
                warnings.append(.farBeyond(rows: rows, largest: largest))
            }
            if rows <= smallest { warnings.append(.alreadyReached(rows: smallest)) }
        }
        if !chosen.fit.hasChance { warnings.append(.noChance) }
        if let cost = question.cost, let region {
            if cost.perUnit(rate: region.precision) < 0 {
                warnings.append(.gain(rate: region.precision, breakEven: cost.breakEven))
            }
            if region.threshold == nil { warnings.append(.everyUnit) }
        }
        return warnings
    }

    /// Whether scores still became better from the last size but one to the last: of folds by
    /// their differences, and of points by their errors, beyond twice the standard error.
    private static func rise(_ curve: Curve) -> Warning? {
        let points = curve.fit.points
        let order = points.rows.indices.sorted { points.rows[$0] < points.rows[$1] }
        guard let last = order.last,
            let before = order.last(where: { points.rows[$0] <= points.rows[last] / 2 * 1.01 })
        else { return nil }
        let sign = curve.fit.score.isRising ? 1.0 : -1
        let gain = sign * (points.scores[last] - points.scores[before])
        let error: Double
        switch points.chance {
        case .folds(let folds):
            let count = Double(folds.count)
            let squares = folds.reduce(0.0) {
                let difference = sign * ($1[last] - $1[before]) - gain
                return $0 + difference * difference
            }
            error = (squares / (count * (count - 1))).squareRoot()
        case .standardErrors(let errors):
            error = (errors[last] * errors[last] + errors[before] * errors[before]).squareRoot()
        case .scatter: return nil
        }
        guard gain > 2 * error, gain > 0 else { return nil }
        return .stillRises(
            curve.model, from: points.rows[before], to: points.rows[last], gain: gain)
    }

    /// Whether one model's rows lie outside the interval of the other's, either way.
    private static func disagree(_ one: RowsToReach, _ other: RowsToReach) -> Bool {
        func isWithin(_ rows: Double?, _ reach: RowsToReach) -> Bool {
            // Rows that no number reaches lie within an interval without an upper end.
            guard let rows else { return reach.upper == nil }
            return rows >= (reach.lower ?? .infinity) && rows <= (reach.upper ?? .infinity)
        }
        return !isWithin(one.rows, other) || !isWithin(other.rows, one)
    }
}
