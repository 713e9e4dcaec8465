internal import HoldfastStatistics

/// How a plan of control shares by score writes figures and sentences.
package enum ExploreWords {
    /// What is estimated, in a sentence.
    static func name(_ estimand: ExplorationEstimand) -> String {
        switch estimand {
        case .total: "the total of positives"
        case .negatives: "the total of negatives"
        case .precision: "the precision"
        case .brier: "the Brier score"
        case .effectiveRows: "the effective sample size"
        }
    }

    /// A band of scores: "below 0.5", "0.5 to 0.8", "from 0.8 on", "all".
    static func band(_ plan: ExplorationPlan, _ place: Int) -> String {
        let from = place > 0 ? plan.rows[place - 1].band.below : nil
        let below = plan.rows[place].band.below
        return switch (from, below) {
        case (nil, nil): "all"
        case (nil, let below?): "below \(edge(below))"
        case (let from?, nil): "from \(edge(from)) on"
        case (let from?, let below?): "\(edge(from)) to \(edge(below))"
        }
    }

    /// The same of some bands in as few letters as fit below an axis, by where each begins: "<0.5",
    /// "≥0.8", "all". Edges of many figures do not fit: then bands are numbered from the lowest.
    static func steps(_ plan: ExplorationPlan, _ places: [Int]) -> [String] {
        let names = places.map { step(plan, $0) }
        return names.allSatisfy { $0.count <= 8 } ? names : places.map { "\($0 + 1)" }
    }

    private static func step(_ plan: ExplorationPlan, _ place: Int) -> String {
        if place > 0, let from = plan.rows[place - 1].band.below { return "≥\(edge(from))" }
        return plan.rows[place].band.below.map { "<\(edge($0))" } ?? "all"
    }

    /// A score as the catalog has it: every digit, and none too many.
    package static func edge(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    /// A share that need not be whole millionths.
    static func share(_ share: Double) -> String {
        HoldoutWords.share(min(1_000_000, max(0, Int((share * 1_000_000).rounded()))))
    }

    static func amount(_ value: Double) -> String {
        abs(value) < 100 ? CheckFigures.short(value) : HoldoutWords.amount(value)
    }

    static func headline(_ plan: ExplorationPlan) -> String {
        let name = name(plan.question.estimand)
        guard let saving = plan.saving else {
            return "control shares by score for \(name)"
        }
        // A tenth of a per cent is what rounding to millionths can move.
        if saving >= 0.0005 {
            return "control shares by score for \(name) save \(CheckFigures.percent(saving))"
        }
        return "control shares by score for \(name) save next to nothing"
    }

    /// The answer in a sentence or two.
    static func answer(_ plan: ExplorationPlan) -> String {
        let flat = share(plan.flatShare)
        let (ours, theirs) = (plan.figures, plan.flat)
        var text =
            "For \(name(plan.question.estimand)) as precise as by a flat share of \(flat), shares by "
            + "score cost \(amount(ours.cost)) in place of \(amount(theirs.cost))"
        if let saving = plan.saving {
            let size = CheckFigures.percent(abs(saving))
            text += saving >= 0 ? ", which saves \(size)" : ", which is \(size) more"
        }
        text += ". "
        if let error = ours.standardError, let flatError = theirs.standardError {
            text +=
                "Standard error \(CheckFigures.short(error)) (flat \(CheckFigures.short(flatError))); "
                + "effective sample size \(CheckFigures.short(ours.effectiveRows)) (flat "
                + "\(CheckFigures.short(theirs.effectiveRows)))."
        } else {
            text +=
                "Effective sample size \(CheckFigures.short(ours.effectiveRows)) (flat "
                + "\(CheckFigures.short(theirs.effectiveRows)))."
        }
        return text
    }

    /// What must be known to use the shares.
    static func notes(_ plan: ExplorationPlan) -> [String] {
        var notes: [String] = []
        for row in plan.gainingBands {
            let place = plan.rows.firstIndex { $0 == row } ?? 0
            notes.append(
                "Scores \(band(plan, place)): to leave a unit alone gains \(amount(-row.cost)), so that "
                    + "all are. The model had better not act there: it pays from a rate of "
                    + "\(CheckFigures.percent(plan.question.cost.breakEven)) on.")
        }
        let oneClass = plan.rows.indices.filter {
            plan.rows[$0].band.counted?.isOneClass ?? false
        }
        for place in oneClass {
            notes.append(
                "Scores \(band(plan, place)): all "
                    + "\(CheckFigures.grouped(plan.rows[place].band.counted?.rows ?? 0)) labels are "
                    + "alike; the rate planned with is that of half a row more of each.")
        }
        if plan.isLeastEnough {
            notes.append(
                "The least share, \(HoldoutWords.share(plan.question.least)), is more precise than "
                    + "what is wanted everywhere: a smaller --least would cost less.")
        }
        if let threshold = plan.bands.threshold,
            plan.rows.contains(where: { !$0.band.isActed })
        {
            notes.append(
                "Below \(edge(threshold)) the model does not act: control there costs nothing and "
                    + "adds nothing, and has the next band's share.")
        }
        if let least = plan.question.leastCost {
            notes.append("No unit is taken to cost less than \(CheckFigures.short(least)).")
        }
        if plan.question.estimand == .total {
            notes.append(
                "Positives are where it costs most to leave units alone, so that shares by score save "
                    + "little for their total.")
        }
        notes.append(
            "The standard error is that of chance in who is control alone, against what all units of "
                + "the region would have shown. Shares are rounded up to whole millionths.")
        return notes
    }
}
