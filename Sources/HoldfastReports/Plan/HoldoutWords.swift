internal import HoldfastStatistics

/// How a plan of a holdout for retraining writes figures and sentences.
enum HoldoutWords {
    /// The score's name in a sentence.
    static func name(_ score: LearningScore) -> String {
        switch score {
        case .auc: "AUC"
        case .logLoss: "log loss"
        case .brier: "Brier score"
        }
    }

    static func name(_ model: PilotCurve.Model?) -> String {
        switch model {
        case .trees: "boosted trees"
        case .logistic: "logistic regression"
        case nil: "your curve"
        }
    }

    /// The same beside a line.
    static func shortName(_ model: PilotCurve.Model?) -> String { model?.rawValue ?? "yours" }

    /// The curve of a model in a sentence.
    static func curve(_ model: PilotCurve.Model?) -> String {
        model == nil ? name(model) : "the curve of \(name(model))"
    }

    /// A score with four decimals.
    static func score(_ value: Double) -> String {
        abs(value) < 1e6 ? CheckFigures.fixed(value, 4) : CheckFigures.short(value)
    }

    static func interval(_ interval: Interval?) -> String {
        interval.map { "\(score($0.lower))…\(score($0.upper))" } ?? "-"
    }

    /// Rows rounded up; beyond a thousand million by a power.
    static func rows(_ rows: Double) -> String {
        rows < 1e9 ? CheckFigures.grouped(Int(rows.rounded(.up))) : CheckFigures.short(rows)
    }

    /// The ends of an interval of rows: "900…2,400", or "900…no end".
    static func rowInterval(_ reach: RowsToReach) -> String {
        guard let lower = reach.lower else { return "-" }
        return rows(lower) + "…" + (reach.upper.map(rows) ?? "no end")
    }

    /// A number of units, rows or weeks to one decimal where it is small.
    static func count(_ value: Double) -> String {
        guard value < 1e9 else { return CheckFigures.short(value) }
        return value < 99.95 && value != value.rounded()
            ? CheckFigures.fixed(value, 1) : CheckFigures.grouped(Int(value.rounded()))
    }

    /// An amount, which may be a gain.
    static func amount(_ value: Double) -> String {
        let size = abs(value)
        let text = size < 1e9 ? CheckFigures.grouped(Int(size.rounded())) : CheckFigures.short(size)
        return (value < 0 && text != "0" ? "-" : "") + text
    }

    static func weeks(_ weeks: Double) -> String {
        weeks < 1e9 ? CheckFigures.grouped(Int(weeks)) : CheckFigures.short(weeks)
    }

    // MARK: - Sentences

    static func headline(_ plan: HoldoutPlan) -> String {
        let wanted = self.target(plan.question)
        let reach = plan.reach
        switch reach.verdict {
        case .reached:
            let about = plan.isAtMost ? "at most" : "about"
            let rows = reach.rows.map { "\(about) \(rowCount($0, "control row"))" }
            let positives = positiveCount(plan).map { ", \(about) \($0) among them" } ?? ""
            return "\(wanted): \(rows ?? "control rows")\(positives)"
        case .unknown: return "\(wanted): inconclusive"
        case .beyond: return "\(wanted): not reached by any number of rows"
        }
    }

    /// What is to be reached: "AUC 0.8500", "AUC within 0.0100 of its ceiling".
    static func target(_ question: HoldoutPlan.Question) -> String {
        let name = self.name(question.score)
        return switch question.target {
        case .score(let score): "\(name) \(self.score(score))"
        case .within(let distance):
            "\(name) within \(score(distance)) of its \(question.score.isRising ? "ceiling" : "floor")"
        }
    }

    /// "1 positive", of the rows that are needed.
    private static func positiveCount(_ plan: HoldoutPlan) -> String? {
        plan.rate.flatMap { rate in plan.reach.rows.map { rowCount($0 * rate, "positive") } }
    }

    /// Rows with their noun: "1 row", "2,400 control rows".
    private static func rowCount(_ count: Double, _ noun: String = "row") -> String {
        "\(rows(count)) \(noun)\(rows(count) == "1" ? "" : "s")"
    }

    /// The interval in a sentence: where its lower end is the smallest size, up to its upper one.
    private static func sentenceInterval(_ plan: HoldoutPlan) -> String {
        let smallest = plan.chosen.fit.points.rows.min() ?? 1
        guard let upper = plan.reach.upper, let lower = plan.reach.lower, lower <= smallest else {
            return rowInterval(plan.reach)
        }
        return "up to \(rows(upper))"
    }

    /// The answer in a sentence or two.
    static func answer(_ plan: HoldoutPlan) -> String {
        let (fit, reach) = (plan.chosen.fit, plan.reach)
        let level = CheckFigures.level(plan.question.level)
        let ceiling =
            fit.ceiling.map {
                "its \(fit.score.isRising ? "ceiling" : "floor") is \(score(fit.law.ceiling)) "
                    + "(\(level) \(interval($0)))"
            } ?? "its \(fit.score.isRising ? "ceiling" : "floor") is \(score(fit.law.ceiling))"
        switch reach.verdict {
        case .reached:
            let rows = reach.rows.map { rowCount($0) } ?? "rows"
            let positives = positiveCount(plan).map {
                " At the rate of \(plan.rate.map(CheckFigures.percent) ?? "-") there "
                    + "\($0 == "1 positive" ? "is" : "are") \($0) among them."
            }
            return "By \(curve(plan.chosen.model)) \(plan.isAtMost ? "at most " : "")\(rows) "
                + "\(rows == "1 row" ? "reaches" : "reach") the target (\(level) interval "
                + "\(sentenceInterval(plan))); \(ceiling).\(positives ?? "")"
        case .unknown:
            guard fit.hasChance else {
                return
                    "By \(curve(plan.chosen.model)) \(reach.rows.map(self.rows) ?? "no") "
                    + "rows reach the target, and nothing is known of how sure that is; \(ceiling)."
            }
            let guess = reach.rows.map {
                " By the fitted curve itself it would be \(self.rows($0)) rows."
            }
            if case .within = plan.question.target {
                return
                    "By \(curve(plan.chosen.model)) \(reach.rows.map(self.rows) ?? "no number of") rows "
                    + "reach the target, and the interval of the rows has no end; \(ceiling)."
            }
            let end = fit.score.isRising ? "ceiling" : "floor"
            return "It cannot be told whether any number of rows reaches the target: it lies "
                + "within what the \(end) may be. By \(curve(plan.chosen.model)) "
                + "\(ceiling); at least \(reach.lower.map(self.rows) ?? "-") rows are needed."
                + (guess ?? "")
        case .beyond:
            return
                "By \(curve(plan.chosen.model)) no number of rows reaches the target: "
                + "\(ceiling)."
        }
    }

    /// What to do, by the verdict.
    static func advice(_ plan: HoldoutPlan) -> String {
        let better = plan.question.score.isRising ? "lower" : "higher"
        switch plan.reach.verdict {
        case .reached:
            guard let weeks = plan.question.weeks else {
                return
                    "choose a share from the table by the weeks you have; --weeks W names the least."
            }
            guard let least = plan.leastShare else {
                return
                    "in \(count(weeks)) weeks not even all units are enough: plan for longer, or "
                    + "for a \(better) target."
            }
            let weighted = plan.leastWeightedShare.map {
                "; in weighted mode \(share($0)) would do by effective rows"
            }
            return "hold out \(share(least)) for \(count(weeks)) weeks\(weighted ?? "")."
        case .unknown:
            if case .within = plan.question.target {
                return "collect a larger pilot, or accept a larger distance."
            }
            return
                "collect a larger pilot, which narrows the ceiling, set a \(better) target, or ask by "
                + "--within for a distance from the ceiling, of which the same rows know more."
        case .beyond:
            return
                "set a \(better) target, or give the model better features: rows are not what it "
                + "lacks."
        }
    }

    static func sentence(_ warning: HoldoutPlan.Warning) -> String {
        switch warning {
        case .standIn:
            return
                "Boosted trees and a logistic regression of Holdfast's own stand in for your model. "
                + "If yours is more flexible it starts lower and gains for longer: measure its own "
                + "curve and give it by --curve."
        case .stillRises(let model, let from, let to, let gain):
            return
                "\(model == nil ? "Your curve" : "The curve of \(name(model))") still rises at its largest size (by "
                + "\(score(gain)) from \(rows(from)) to \(rows(to)) rows): what it will gain further on is "
                + "usually underestimated for flexible models."
        case .modelsDisagree(let chosen, let other):
            return "The two models disagree: \(chosen.rows.map(rows) ?? "no number of") rows "
                + "(\(rowInterval(chosen))) by the one that answers, "
                + "\(other.rows.map(rows) ?? "no number of") (\(rowInterval(other))) by the other."
        case .farBeyond(let rows, let largest):
            return
                "\(self.rows(rows)) rows are more than \(count(HoldoutPlan.farBeyond)) times the "
                + "\(self.rows(largest)) of the largest size: the curve was never seen there."
        case .noCurve(let model):
            return "There is no curve of \(name(model)): it could not be fitted at "
                + "\(PilotCurve.sizesNeeded) sizes (too few rows, or too many columns)."
        case .flat(let model):
            return
                "The scores of \(model == nil ? "your model" : name(model)) do not become better with rows: "
                + "the curve is flat."
        case .exponentAtEnd(let model, let exponent):
            return
                "The exponent of \(curve(model)) is \(CheckFigures.short(exponent)), an end of those that "
                + "are looked among: the curve may have another form, and what it says beyond its "
                + "sizes is a guess."
        case .alreadyReached(let rows):
            return
                "The target lies at or below what the smallest size, \(self.rows(rows)) rows, has "
                + "already: fewer rows were not tried."
        case .noChance:
            return
                "With few points, or points that all lie on the curve, and no standard errors there "
                + "is no interval; give a column standard_error, or more points."
        case .gain(let rate, let breakEven):
            return
                "A cost below 0 is a gain: \(CheckFigures.percent(rate)) of the units that the model "
                + "acts on are positives, and below \(CheckFigures.percent(breakEven)) it had better "
                + "let them be."
        case .everyUnit:
            return
                "Without --score and --threshold the model is taken to act on every unit, at the "
                + "base rate."
        }
    }

    /// A share of whole millionths as a percentage: `share(12_345)` is "1.2345%".
    static func share(_ millionths: Int) -> String {
        CheckFigures.share(Double(millionths) / 1_000_000)
    }

    /// Where the curve comes from.
    static func source(_ source: HoldoutPlan.Source) -> String {
        switch source {
        case .pilot(
            let name, let rows, let used, let positives, let features, let constant, let folds):
            let part = used < rows ? ", \(CheckFigures.grouped(used)) of them used" : ""
            let more =
                constant > 0 ? " (\(CheckFigures.grouped(constant)) of one value left out)" : ""
            return
                "pilot \(CheckFigures.oneLine(name)): \(CheckFigures.counted(rows, "row"))\(part), "
                + "\(CheckFigures.counted(positives, "positive")), "
                + "\(CheckFigures.counted(features, "feature"))\(more), \(folds) folds"
        case .curve(let name, let points):
            return "curve \(CheckFigures.oneLine(name)): \(CheckFigures.counted(points, "point"))"
        }
    }
}
