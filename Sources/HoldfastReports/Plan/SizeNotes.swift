internal import HoldfastStatistics

/// What must be known to read a plan.
enum SizeNotes {
    static func all(_ plan: SizePlan, _ pilot: SizeReport.Pilot?) -> [String] {
        let design = plan.question.design
        var notes = [variant(design)]
        notes += correction(design)
        notes += clusters(plan)
        if design.covariateCorrelation != 0 {
            let part = design.covariateCorrelation * design.covariateCorrelation
            notes.append(
                "A covariate from before the start takes \(CheckFigures.percent(part)) off the variance, if it is used in the analysis (CUPED)."
            )
        }
        if design.isSequential { notes += sequence(plan) }
        if let margin = design.margin {
            notes.append(
                "No worse means by less than \(SizeWords.value(margin)). A true difference counts as one towards the margin, whichever sign it has."
            )
        }
        if let duration = plan.duration, plan.question.arrivals?.isRate == true,
            duration.weeks.map({ $0 > 4 }) ?? true
        {
            notes.append(
                "The same number of new units every week is an assumption: units come back, and new ones become fewer. --arrivals FILE plans with a curve."
            )
        }
        if let pilot { notes += self.pilot(pilot) }
        return notes
    }

    private static func variant(_ design: SizeDesign) -> String {
        switch design.variant {
        case .t: "Variant t: Student's t-test with a common variance, by the noncentral t."
        case .z:
            design.isSequential
                ? "Variant z: normal, as an asymptotic confidence sequence is."
                : "Variant z: the normal distribution."
        case .pooled:
            "Variant pooled: z-test of two rates, the variance under no effect from both arms together, no correction for continuity."
        case .unpooled: "Variant unpooled: z-test of two rates, each arm with its own variance."
        case .arcsine: "Variant arcsine: z-test of the rates' arcsines (Cohen's h)."
        }
    }

    private static func correction(_ design: SizeDesign) -> [String] {
        guard design.treatments > 1 else { return [] }
        let k = design.treatments
        let power = "Power is that of each comparison with control, the weakest where arms differ."
        switch design.correction {
        case .none:
            return [
                "\(k) treatments are each compared at the whole level: the chance of some false finding is up to \(k) times as large. --correction dunnett keeps it.",
                power,
            ]
        case .bonferroni:
            return ["Bonferroni: each comparison at the level divided by \(k).", power]
        case .holm:
            return [
                "Holm's first step is planned for, which is Bonferroni's: the level divided by \(k). Later steps only add power.",
                power,
            ]
        case .dunnett:
            return [
                "Dunnett: the bound of the largest of \(k) comparisons that share a control.",
                power,
            ]
        }
    }

    private static func clusters(_ plan: SizePlan) -> [String] {
        let design = plan.question.design
        guard let clusters = design.clusters else { return [] }
        var notes = [
            "Clusters of \(SizeWords.value(clusters.meanSize)) units with an intraclass correlation of \(SizeWords.value(clusters.correlation)) raise the variance by a factor of \(SizeWords.value(design.designEffect)) (design effect)."
        ]
        if design.usesStudent {
            notes[0] += " Student's t with clusters less 2 degrees of freedom is planned for."
        }
        if plan.hasFewClusters {
            notes.append(
                "A comparison rests on fewer than \(SizePlan.fewClusters) clusters: errors by cluster are then rough, and one odd cluster can make the effect. More clusters help, more units in each hardly."
            )
        }
        return notes
    }

    private static func sequence(_ plan: SizePlan) -> [String] {
        let factor =
            plan.inflation.map {
                ", \(CheckFigures.fixed($0, 2)) times the units of one look"
            } ?? ""
        return [
            "It may be looked at any time: a confidence sequence tuned at the planned end\(factor). Power is that at the end; a clear effect shows earlier."
        ]
    }

    private static func pilot(_ pilot: SizeReport.Pilot) -> [String] {
        let found = pilot.estimate
        var text =
            "Estimated from \(CheckFigures.counted(found.rows, "row")) of \(CheckSentences.name(pilot.table, limit: 80))"
        if found.rowsLeftOut > 0 {
            text += "; \(CheckFigures.grouped(found.rowsLeftOut)) without a value are left out"
        }
        if found.rowsWithoutCovariate > 0 {
            text += "; \(CheckFigures.grouped(found.rowsWithoutCovariate)) have no covariate"
        }
        if found.clusters != nil {
            text += "; \(CheckFigures.counted(found.clusterCount, "cluster"))"
            if found.clusterCount < 30 {
                text += ", so few that their correlation is a rough guess"
            }
        }
        return [text + ". The plan takes the estimates for the truth."]
    }
}
