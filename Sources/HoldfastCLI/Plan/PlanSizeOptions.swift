internal import ArgumentParser

/// What is to be found, and how surely.
struct PlanGoalOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The least effect that matters, as a difference: 0.01 of a rate is one percentage point.",
            valueName: "difference"))
    var effect: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same as a part of the baseline, as 5%.", valueName: "part"))
    var relativeEffect: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The units there will be, all arms together: then the effect they find, or the power.",
            valueName: "count"))
    var units: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The chance to find it; 0.8 by default.", valueName: "part"))
    var power: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The chance of a false finding; 0.05 by default, 0.025 with a margin.",
            valueName: "part"))
    var alpha: String?
    @Flag(help: "Only an effect in one direction counts.")
    var oneSided = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Show that treatment is not worse by this; --effect is then the true difference, 0 by default, which counts towards the margin whichever its sign.",
            valueName: "difference"))
    var nonInferiorityMargin: String?
    @Option(
        help: ArgumentHelp(
            "How it is tested: t or z for means, pooled, unpooled or arcsine for rates.",
            valueName: "name"))
    var variant: String?
    @Option(
        help: ArgumentHelp(
            "Over several treatments: none, bonferroni, holm or dunnett; none by default.",
            valueName: "name"))
    var correction: String?
    @Flag(help: "It will be looked at any time, by a confidence sequence.")
    var sequential = false
}

/// What is measured.
struct PlanMetricOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A rate, and what it is without an effect, as 10%.", valueName: "part"))
    var baselineRate: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A mean; needed for --relative-effect only.", valueName: "number"))
    var mean: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The standard deviation of units about a mean.", valueName: "number"))
    var sd: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A ratio: the mean of its numerator a unit.", valueName: "number"))
    var numeratorMean: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The numerator's standard deviation.", valueName: "number"))
    var numeratorSd: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The mean of the ratio's denominator.", valueName: "number"))
    var denominatorMean: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The denominator's standard deviation.", valueName: "number"))
    var denominatorSd: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The correlation of the two, over units.", valueName: "number"))
    var ratioCorrelation: String?
    @Option(
        help: ArgumentHelp(
            "A table of units from before the start, a row each, in place of these figures.",
            valueName: "table"))
    var table: String?
    @Option(
        help: ArgumentHelp("The metric in --table, or a ratio's numerator.", valueName: "column"))
    var metric: String?
    @Option(help: ArgumentHelp("The denominator of a ratio in --table.", valueName: "column"))
    var denominator: String?
    @Option(
        help: ArgumentHelp("What units are dealt with together, in --table.", valueName: "column"))
    var cluster: String?
    @Option(
        help: ArgumentHelp(
            "What is known of a unit beforehand and used in the analysis, in --table.",
            valueName: "column"))
    var covariate: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Clusters: their mean size in units.", valueName: "number"))
    var clusterSize: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The sizes' standard deviation over their mean; 0 by default.", valueName: "number"))
    var clusterVariation: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The metric's intraclass correlation in clusters.", valueName: "number"))
    var icc: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The metric's correlation with a covariate.", valueName: "number"))
    var covariateCorrelation: String?
}

/// The arms, and how units come.
struct PlanArmOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The shares of control and of each treatment, as 5%,95%; 50%,50% by default.",
            valueName: "shares"))
    var shares: String?
    @Option(
        help: ArgumentHelp(
            "A catalog: arms, shares, enrolled part and horizon from there.", valueName: "path"))
    var catalog: String?
    @Option(
        help: ArgumentHelp("Its experiment; not needed where there is one.", valueName: "name"))
    var experiment: String?
    @Option(
        help: ArgumentHelp(
            "How different units come: a table of day and new_units, or day and units so far.",
            valueName: "table"))
    var arrivals: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The same as a number of new units each week, which seldom holds for long.",
            valueName: "count"))
    var weekly: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The enrolled part of them; 100% by default.", valueName: "share"))
    var traffic: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long an outcome takes to be known, as 90d.", valueName: "span"))
    var horizon: String?
}

extension PlanRequest {
    /// What the flags say.
    init(
        _ goal: PlanGoalOptions, _ metric: PlanMetricOptions, _ arms: PlanArmOptions
    ) throws(ValidationError) {
        self.init()
        let given: [(PlanKey, String?)] = [
            (.effect, goal.effect), (.relativeEffect, goal.relativeEffect), (.units, goal.units),
            (.power, goal.power), (.alpha, goal.alpha),
            (.oneSided, goal.oneSided ? "true" : nil),
            (.nonInferiorityMargin, goal.nonInferiorityMargin), (.variant, goal.variant),
            (.correction, goal.correction), (.sequential, goal.sequential ? "true" : nil),
            (.baselineRate, metric.baselineRate), (.mean, metric.mean), (.sd, metric.sd),
            (.numeratorMean, metric.numeratorMean), (.numeratorSd, metric.numeratorSd),
            (.denominatorMean, metric.denominatorMean), (.denominatorSd, metric.denominatorSd),
            (.ratioCorrelation, metric.ratioCorrelation), (.table, metric.table),
            (.metric, metric.metric), (.denominator, metric.denominator),
            (.cluster, metric.cluster), (.covariate, metric.covariate),
            (.clusterSize, metric.clusterSize), (.clusterVariation, metric.clusterVariation),
            (.icc, metric.icc), (.covariateCorrelation, metric.covariateCorrelation),
            (.shares, arms.shares), (.catalog, arms.catalog), (.experiment, arms.experiment),
            (.arrivals, arms.arrivals), (.weekly, arms.weekly), (.traffic, arms.traffic),
            (.horizon, arms.horizon),
        ]
        for case (let key, let text?) in given {
            do {
                try set(key, to: text)
            } catch {
                let what = error.message.hasPrefix(key.rawValue) ? key.flag : "\(key.flag): "
                let rest =
                    error.message.hasPrefix(key.rawValue)
                    ? String(error.message.dropFirst(key.rawValue.count)) : error.message
                throw ValidationError("\(what)\(rest); \(error.hint)")
            }
        }
    }
}
