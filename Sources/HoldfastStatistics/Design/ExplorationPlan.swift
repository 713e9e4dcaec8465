import Glibc

/// Control shares by score for an experiment, beside a flat share of the same precision.
package struct ExplorationPlan: Sendable, Equatable {
    /// What is asked.
    package struct Question: Sendable, Equatable {
        package var estimand: ExplorationEstimand
        package var cost: LeavingAlone
        /// No unit is taken to cost less than this to leave alone; `nil` for what it costs.
        package var leastCost: Double?
        package var wanted: Wanted
        /// The least share of a band, in millionths, at least 1: what has no propensity can never
        /// be weighted.
        package var least: Int

        package init(
            estimand: ExplorationEstimand, cost: LeavingAlone, leastCost: Double? = nil,
            wanted: Wanted, least: Int = 1_000
        ) {
            precondition((1...1_000_000).contains(least), "a least share is above 0")
            self.estimand = estimand
            self.cost = cost
            self.leastCost = leastCost
            self.wanted = wanted
            self.least = least
        }
    }

    /// The precision that is wanted.
    package enum Wanted: Sendable, Equatable {
        /// That of a flat share, in millionths.
        case flat(Int)
        /// A standard error of the estimand, above 0.
        case standardError(Double)
        /// An effective sample size, above 0.
        case effectiveRows(Double)
    }

    /// A band with its share.
    package struct Row: Sendable, Equatable {
        package let band: ExplorationBands.Band
        /// What it costs to leave one of its units alone.
        package let cost: Double
        /// The share by the formula; `nil` where the model does not act.
        package let exact: Double?
        /// The share that is written: rounded up to whole millionths, so that no precision is lost.
        package let millionths: Int
    }

    /// What shares give and cost.
    package struct Figures: Sendable, Equatable {
        /// The control units among those that the model would have acted on.
        package let leftAlone: Double
        package let cost: Double
        /// The standard error of the estimand by the design: how far an estimate from control
        /// units is from what all units would have shown. `nil` for an effective sample size.
        package let standardError: Double?
        /// (Σ w)² / Σ w² of the control units, as expected.
        package let effectiveRows: Double
    }

    /// Why no shares can be found.
    package enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// No unit adds anything to the estimand.
        case nothingToEstimate(ExplorationEstimand)
        /// More effective rows are wanted than there are units.
        case tooManyRows(wanted: Double, units: Double)
        /// A standard error is wanted of what has none.
        case noStandardError
        /// A flat share of less than a millionth would do.
        case tooLittle

        package var description: String {
            switch self {
            case .nothingToEstimate(let estimand):
                "by these rates no unit adds anything to what --estimand \(estimand.rawValue) "
                    + "estimates; choose another, or check the rates"
            case .tooManyRows(let wanted, let units):
                "\(wanted) effective rows are wanted of \(units) units; want fewer, or plan for a "
                    + "longer period"
            case .noStandardError:
                "an effective sample size has no standard error; give --effective-rows or --flat"
            case .tooLittle:
                "a flat share of less than a millionth, the least there is, would be as precise; "
                    + "want a smaller standard error or more effective rows"
            }
        }
    }

    package let question: Question
    package let bands: ExplorationBands
    package let rows: [Row]
    /// The flat share of the same precision: a number of millionths where it was given.
    package let flatShare: Double
    /// What the written shares give and cost, and what the flat share does.
    package let figures: Figures
    package let flat: Figures
    /// Whether the least share everywhere is better than what is wanted.
    package let isLeastEnough: Bool

    /// The part of the flat share's cost that is saved; `nil` where that costs nothing, or no more
    /// than rounding leaves of costs and gains that make up for each other.
    package var saving: Double? {
        let size = rows.reduce(0) { $0 + $1.band.units * abs($1.cost) * flatShare }
        return flat.cost > 1e-9 * size ? 1 - figures.cost / flat.cost : nil
    }

    /// The control units of the region that a smaller share could have had, and its bands in which
    /// leaving alone gains more than it costs.
    package var gainingBands: [Row] { rows.filter { $0.band.isActed && $0.cost <= 0 } }

    package init(_ question: Question, bands: ExplorationBands) throws(Fault) {
        self.question = question
        self.bands = bands
        let acted = bands.acted.map { band in
            ExplorationCurve.Band(
                units: band.units, moment: question.estimand.moment(rate: band.rate),
                cost: Self.cost(band, question))
        }
        let units = acted.reduce(0) { $0 + $1.units }
        let certain = acted.reduce(0) { $0 + $1.units * $1.moment }
        guard certain > 0 else { throw .nothingToEstimate(question.estimand) }
        let wanted: Double
        switch question.wanted {
        case .flat(let millionths):
            precondition((1...1_000_000).contains(millionths), "a flat share is above 0")
            wanted = certain / (Double(millionths) / 1_000_000)
        case .standardError(let error):
            precondition(error > 0, "a standard error is above 0")
            guard question.estimand != .effectiveRows else { throw .noStandardError }
            let scaled = error * (question.estimand.isMean ? units : 1)
            wanted = certain + scaled * scaled
        case .effectiveRows(let rows):
            precondition(rows > 0 && question.estimand == .effectiveRows, "rows are asked of rows")
            guard rows <= units else { throw .tooManyRows(wanted: rows, units: units) }
            wanted = units * units / rows
        }
        // Of what a double cannot hold the share is 0, or none.
        guard certain / wanted >= 1e-6 else { throw .tooLittle }
        let least = Double(question.least) / 1_000_000
        let exact = ExplorationCurve.shares(acted, spread: wanted, least: least)
        isLeastEnough =
            zip(acted, exact).allSatisfy { $0.cost <= 0 || $1 <= least }
            && ExplorationCurve.spread(acted, shares: exact) < wanted * (1 - 1e-9)
        var left = exact[...]
        var rows: [Row] = []
        for band in bands.bands {
            let share = band.isActed ? left.popFirst() : nil
            // Where the model does not act, control is what all units are: the next band's share.
            let written = Self.millionths(share ?? left.first ?? least)
            rows.append(
                Row(
                    band: band, cost: band.isActed ? Self.cost(band, question) : 0, exact: share,
                    millionths: max(question.least, written)))
        }
        self.rows = rows
        flatShare = certain / wanted
        let shares = rows.filter(\.band.isActed).map { Double($0.millionths) / 1_000_000 }
        figures = Self.figures(acted, shares, question.estimand)
        flat = Self.figures(acted, acted.map { [flatShare] _ in flatShare }, question.estimand)
    }

    private static func cost(_ band: ExplorationBands.Band, _ question: Question) -> Double {
        max(question.leastCost ?? -.infinity, question.cost.perUnit(rate: band.rate))
    }

    /// Rounded up, but for what a double adds to a whole number.
    static func millionths(_ share: Double) -> Int {
        min(1_000_000, max(1, Int((share * 1_000_000 - 1e-6).rounded(.up))))
    }

    private static func figures(
        _ bands: [ExplorationCurve.Band], _ shares: [Double], _ estimand: ExplorationEstimand
    ) -> Figures {
        let units = bands.reduce(0) { $0 + $1.units }
        let spread = ExplorationCurve.spread(bands, shares: shares)
        let certain = bands.reduce(0) { $0 + $1.units * $1.moment }
        let error = max(0, spread - certain).squareRoot()
        let inverse = zip(bands, shares).reduce(0) { $0 + $1.0.units / $1.1 }
        return Figures(
            leftAlone: zip(bands, shares).reduce(0) { $0 + $1.0.units * $1.1 },
            cost: ExplorationCurve.cost(bands, shares: shares),
            standardError: estimand == .effectiveRows
                ? nil : error / (estimand.isMean ? units : 1),
            effectiveRows: units * units / inverse)
    }
}
