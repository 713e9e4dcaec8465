internal import HoldfastStatistics

/// The sentences and figures of a plan.
enum SizeWords {
    /// A figure in four digits or so.
    static func value(_ value: Double) -> String {
        if value == value.rounded() && abs(value) < 1e9 { return CheckFigures.grouped(Int(value)) }
        let size = abs(value)
        return size < 1_000 && size >= 0.0005
            ? CheckFigures.trimmed(CheckFigures.fixed(value, size < 0.1 ? 5 : 4))
            : CheckFigures.short(value)
    }

    /// A whole number of units.
    static func count(_ units: Double) -> String {
        units < 1e15 ? CheckFigures.grouped(Int(units.rounded(.up))) : CheckFigures.short(units)
    }

    /// An effect, with where it leads to where that is known: "0.01 (from 0.1 to 0.11)".
    static func effect(_ effect: Double, _ design: SizeDesign) -> String {
        guard design.margin == nil, let baseline = design.baseline else { return value(effect) }
        return "\(value(effect)) (from \(value(baseline)) to \(value(baseline + effect)))"
    }

    /// A fall by its size: "0.01 (from 0.1 to 0.09)".
    private static func fall(_ size: Double, _ design: SizeDesign) -> String {
        guard let baseline = design.baseline else { return value(size) }
        return "\(value(size)) (from \(value(baseline)) to \(value(baseline - size)))"
    }

    /// The answer in one sentence.
    static func headline(_ report: SizeReport) -> String {
        let plan = report.plan
        guard plan.exactUnits != nil else {
            let most = "No number of units up to \(CheckFigures.short(SizeDesign.unitLimit))"
            let effect = plan.question.testedEffect ?? 0
            guard let margin = plan.question.design.margin else {
                return "\(most) finds an effect of \(value(effect))."
            }
            let what = effect == 0 ? "no difference" : "a difference of \(value(effect))"
            return "\(most) shows that \(what) is within a margin of \(value(margin))."
        }
        if plan.question.units != nil { return found(plan) + time(plan) + "." }
        return arms(plan) + time(plan) + "."
    }

    /// "1,000 units: 50 control and 950 treatment".
    static func arms(_ plan: SizePlan) -> String {
        let parts = plan.arms.map { arm in
            let clusters = arm.clusters.map { " in \(CheckFigures.counted($0, "cluster"))" } ?? ""
            return "\(CheckFigures.grouped(arm.units)) \(CheckFigures.oneLine(arm.name))\(clusters)"
        }
        let list = parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")
        return "\(CheckFigures.counted(plan.units, "unit")): \(list)"
    }

    private static func found(_ plan: SizePlan) -> String {
        let design = plan.question.design
        let units = CheckFigures.counted(plan.units, "unit")
        if let effect = plan.question.testedEffect, let power = plan.power {
            let what =
                design.margin.map { "show a difference within a margin of \(value($0))" }
                ?? "find an effect of \(self.effect(effect, design))"
            return "\(units) \(what) with a power of \(CheckFigures.percent(power))"
        }
        let power = CheckFigures.percent(plan.question.power)
        guard let list = detectable(plan) else {
            return "\(units) find no effect with a power of \(power), however large"
        }
        return "\(units) find \(list) with a power of \(power)"
    }

    /// What the units find with the power asked for; `nil` for nothing.
    static func detectable(_ plan: SizePlan) -> String? {
        guard let found = plan.detectable else { return nil }
        let design = plan.question.design
        if design.margin != nil { return found.margin.map { "a margin of \(value($0))" } }
        switch (found.rise, found.fall) {
        case (let rise?, let fall?):
            if rise == fall { return "an effect of \(value(rise))" }
            return "a rise of \(effect(rise, design)) or a fall of \(self.fall(fall, design))"
        case (let rise?, nil): return "a rise of \(effect(rise, design)), and no fall"
        case (nil, let fall?): return "a fall of \(self.fall(fall, design)), and no rise"
        case (nil, nil): return nil
        }
    }

    /// What follows the units: weeks, and days until the last label.
    private static func time(_ plan: SizePlan) -> String {
        let horizon = plan.question.horizonDays
        let ripe = horizon > 0 ? ", and \(days(horizon)) until the last label" : ""
        guard let duration = plan.duration else {
            return horizon > 0 ? ";" + ripe.dropFirst(5) : ""
        }
        if let weeks = duration.weeks {
            return "; \(weeks) whole \(weeks == 1 ? "week" : "weeks")\(ripe)"
        }
        return
            "; not reached: the curve ends on day \(CheckFigures.grouped(duration.curveDays)) with \(CheckFigures.grouped(Int(duration.unitsByEnd)))"
    }

    private static func days(_ days: Double) -> String {
        "\(value(days)) \(days == 1 ? "day" : "days")"
    }

    /// What was asked for, in one sentence.
    static func question(_ plan: SizePlan) -> String {
        let (question, design) = (plan.question, plan.question.design)
        let level = CheckFigures.share(design.alpha, decimals: 3)
        let sides = design.isTwoSided ? "two-sided" : "one-sided"
        let power = CheckFigures.share(question.power, decimals: 2)
        var text = "To find "
        if let margin = design.margin {
            let effect = question.testedEffect ?? 0
            text =
                "To show that treatment is not worse by \(value(margin)) where it differs by \(value(effect))"
        } else if let effect = question.testedEffect {
            text += "an effect of \(self.effect(effect, design))"
            // A mean that is nothing but its rounding, as that of a centred column, is no baseline.
            if let baseline = design.baseline, abs(effect) < 1e6 * abs(baseline) {
                text +=
                    ", \(CheckFigures.share(effect / baseline, decimals: 2)) of the baseline"
            }
        } else {
            text = "The least effect that is found"
        }
        return text + ", with a power of \(power) at a level of \(level), \(sides)."
    }

    /// What each part of the design costs, in sentences.
    static func rivals(_ plan: SizePlan) -> [String] {
        plan.rivals.map { rival in
            let units = "\(count(rival.units)) units"
            switch rival.kind {
            case .bestShares:
                let shares = rival.shares.map { CheckFigures.fixed($0 * 100, 1) + "%" }
                return
                    "With shares of \(shares.joined(separator: ", ")), the best for \(CheckFigures.counted(rival.shares.count - 1, "treatment")), \(units) would do."
            case .withoutClusters: return "Dealt one by one, \(units) would do."
            case .withoutCovariate: return "Without the covariate it would take \(units)."
            case .oneLook: return "With one look at the end, \(units) would do."
            }
        }
    }

    /// What is found by the end of a curve that does not reach the size.
    static func shortfall(_ plan: SizePlan) -> String? {
        guard let duration = plan.duration, !duration.isReached else { return nil }
        let last = duration.end
        let what = plan.question.design.margin == nil ? "an effect" : "a margin"
        let found = last.detectable.map { "\(what) of \(value($0))" } ?? "no effect, however large"
        return
            "By its end \(count(last.units.rounded(.down))) units are enrolled: they find \(found) with the same power. The curve is not drawn on: nobody knows who comes after it."
    }
}
