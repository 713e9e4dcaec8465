import Glibc

/// How long an experiment takes: whole weeks, so that each day of the week counts alike, and then
/// the horizon until the last unit's outcome is known.
package struct SizeDuration: Sendable {
    /// The day, from 1, by whose end enough units are enrolled, and the weeks up to its own; `nil`
    /// where the curve ends before, or no number of units would do.
    package let day: Int?
    package let weeks: Int?
    /// The units that are enrolled by the end of the curve, which of a rate is its most days.
    package let unitsByEnd: Double
    /// What is so at the end of the curve, be it told in ``byWeek`` or beyond.
    package let end: Week
    /// Units and effects week by week, up to the end of the curve or somewhat beyond the duration.
    package let byWeek: [Week]
    /// Whether the curve ends before, and how many days it has.
    package var isReached: Bool { day != nil }
    package let curveDays: Int

    /// The most weeks that are told one by one.
    package static let weekLimit = 104

    /// The state at the end of a week.
    package struct Week: Sendable, Equatable {
        /// Its number, from 1; of the curve's last days, where they are no whole week, the last.
        package var number: Int
        /// The days until its end.
        package var days: Int
        /// The units enrolled by then.
        package var units: Double
        /// The least effect they find with the power, in the direction of the one that was asked
        /// for; with a margin the least margin.
        package var detectable: Double?
        /// The power for the effect; `nil` without one.
        package var power: Double?
    }

    /// The days until the last label, from the first unit; `nil` where the size is not reached.
    package func daysUntilRipe(horizon: Double) -> Double? {
        weeks.map { Double($0 * 7) + horizon }
    }

    /// The duration of a plan that needs so many units, `nil` for more than anybody has.
    init?(
        _ question: SizeQuestion, _ planned: SizePower, _ curve: ArrivalCurve, units: Double?
    ) {
        let traffic = question.traffic
        day = units.flatMap { curve.day(reaching: $0 / traffic) }
        weeks = day.map { ($0 + 6) / 7 }
        curveDays = curve.days
        unitsByEnd = curve.units(by: curve.days) * traffic
        // A rate has no end: some weeks beyond the duration are told.
        let whole = curve.isRate ? min(curve.weeks, (weeks ?? 26) + 4) : curve.weeks
        var ends = (1...max(1, whole)).prefix(Self.weekLimit).map { $0 * 7 }
        if !curve.isRate && ends.count == whole && curve.days % 7 != 0 { ends.append(curve.days) }
        if whole == 0 { ends = [curve.days] }
        let design = question.design
        func week(_ number: Int, days: Int) -> Week {
            let enrolled = curve.units(by: days) * traffic
            var week = Week(number: number, days: days, units: enrolled)
            guard design.fault(units: enrolled) == nil else { return week }
            week.detectable =
                design.margin == nil
                ? planned.detectableEffect(
                    units: enrolled, power: question.power, isFall: (question.effect ?? 0) < 0)
                : planned.detectableMargin(
                    units: enrolled, power: question.power, effect: question.testedEffect ?? 0)
            week.power = question.testedEffect.map { planned.power(effect: $0, units: enrolled) }
            return week
        }
        byWeek = ends.enumerated().map { week($0.offset + 1, days: $0.element) }
        end = week((curve.days + 6) / 7, days: curve.days)
    }
}

/// Power by units, for an effect and for its half and its double.
package struct PowerCurve: Sendable {
    /// The units of all arms.
    package let units: [Double]
    /// The effects, and the power of each at those units.
    package let lines: [(effect: Double, powers: [Double])]

    /// The points of a line.
    package static let pointCount = 49

    /// The curves of a plan, up to twice its units; `nil` with nothing to draw: no units, or no
    /// effect that they find.
    package init?(_ plan: SizePlan) {
        guard let whole = plan.exactUnits else { return nil }
        let design = plan.question.design
        let effect: Double
        if let asked = plan.question.testedEffect {
            effect = asked
        } else if let found = plan.detectable?.rise ?? plan.detectable?.fall.map({ -$0 }) {
            effect = found
        } else {
            return nil
        }
        let factors = design.margin == nil ? [0.5, 1, 2] : [1]
        let effects = factors.map { $0 * effect }.filter { design.fault(effect: $0) == nil }
        let points = (1...Self.pointCount).map {
            2 * whole * Double($0) / Double(Self.pointCount - 1)
        }.filter { design.fault(units: $0) == nil }
        guard !effects.isEmpty, points.count > 1 else { return nil }
        let powers = points.map { plan.planned.powers(effects: effects, units: $0) }
        units = points
        lines = effects.enumerated().map { place, effect in (effect, powers.map { $0[place] }) }
    }
}
