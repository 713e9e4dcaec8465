extension SizeDesign {
    /// What is wrong with the design and what to do about it, or `nil` where it can be planned.
    package var fault: (message: String, hint: String)? {
        metricFault ?? levelFault ?? shareFault ?? clusterFault ?? variantFault ?? marginFault
    }

    /// What is wrong with a power to plan for.
    package func fault(power: Double) -> (message: String, hint: String)? {
        guard power > 0, power < 1 else {
            return ("a power of \(power)", "it lies between 0 and 1, customarily 0.8 or 0.9")
        }
        guard power > alpha else {
            return (
                "a power of \(power) at a level of \(alpha)",
                "chance alone finds an effect as often: ask for more power"
            )
        }
        return nil
    }

    /// What is wrong with an effect to plan for; with a margin the effect is the true difference.
    package func fault(effect: Double) -> (message: String, hint: String)? {
        guard effect.isFinite else { return ("an effect of \(effect)", "give a finite number") }
        if let margin {
            guard abs(effect) < margin else {
                return (
                    "a true difference of \(effect) with a margin of \(margin)",
                    "a treatment that differs by the margin cannot be shown to be within it"
                )
            }
        } else if effect == 0 {
            return (
                "an effect of 0",
                "no number of units finds nothing: give the least effect that matters"
            )
        }
        if case .rate(let rate) = metric, !(0...1).contains(rate + effect) {
            return (
                "an effect of \(effect) takes the rate from \(rate) to \(rate + effect)",
                "a rate lies between 0 and 1; --effect is a difference, 0.01 is one percentage point"
            )
        }
        return nil
    }

    /// What is wrong with a number of units, all arms together.
    package func fault(units: Double) -> (message: String, hint: String)? {
        guard units.isFinite, units > 0, units <= Self.unitLimit else {
            return ("\(units) units", "give a number from 1 to \(Self.unitLimit)")
        }
        // A cluster is wholly in an arm; two of either tell how much they differ.
        let size = clusters?.meanSize ?? 1
        let what = clusters == nil ? "units" : "clusters"
        for (place, share) in shares.enumerated() where units * share / size < Self.leastInArm {
            let name = place == 0 ? "control" : "treatment \(place)"
            return (
                "\(Self.plain(units)) units leave \(name) with \(Self.plain(units * share / size)) \(what)",
                "an arm needs \(Int(Self.leastInArm)) at least: give it a larger share, or more units"
            )
        }
        return nil
    }

    /// A number with as many decimals as a reader needs.
    private static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15
            ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
    }

    /// The most units that are spoken of: nobody has as many.
    package static let unitLimit = 1e12
    /// The fewest units, or clusters, of an arm: of one nobody knows how much it varies.
    package static let leastInArm = 2.0
    /// The most arms.
    package static let armLimit = 101

    private var metricFault: (message: String, hint: String)? {
        switch metric {
        case .rate(let rate):
            guard rate > 0, rate < 1 else {
                return (
                    "a rate of \(rate)",
                    "it lies between 0 and 1: where every unit is alike there is nothing to compare"
                )
            }
        case .mean(let mean, let deviation):
            guard deviation > 0, deviation.isFinite else {
                return (
                    "a standard deviation of \(deviation)",
                    "it is above 0: where every unit is alike there is nothing to compare"
                )
            }
            if let mean, !mean.isFinite { return ("a mean of \(mean)", "give a finite number") }
        case .ratio(let moments):
            if let fault = moments.fault { return (fault, "check the moments of the ratio") }
        }
        guard abs(covariateCorrelation) < 1 else {
            return (
                "a correlation of \(covariateCorrelation) with the covariate",
                "it lies between -1 and 1; at 1 the outcome is known beforehand"
            )
        }
        return nil
    }

    private var levelFault: (message: String, hint: String)? {
        guard alpha > 0, alpha < 0.5 else {
            return ("a level of \(alpha)", "alpha lies between 0 and 0.5, customarily 0.05")
        }
        return nil
    }

    private var shareFault: (message: String, hint: String)? {
        guard shares.count >= 2 else {
            return (
                "there is no arm beside control",
                "give the share of control and of each treatment, as 50%,50%"
            )
        }
        guard shares.count <= Self.armLimit else {
            return ("\(shares.count) arms", "at most \(Self.armLimit) are planned")
        }
        for (place, share) in shares.enumerated() where !(share > 0 && share < 1) {
            let name = place == 0 ? "control" : "treatment \(place)"
            return ("\(name) has a share of \(share)", "an arm without units cannot be compared")
        }
        guard abs(shares.reduce(0, +) - 1) < 1e-9 else {
            return ("the arms' shares add up to \(shares.reduce(0, +))", "they add up to 1")
        }
        return nil
    }

    private var clusterFault: (message: String, hint: String)? {
        guard let clusters else { return nil }
        guard clusters.meanSize >= 1, clusters.meanSize <= Self.unitLimit else {
            return (
                "clusters of \(clusters.meanSize) units",
                "a cluster has 1 or more, and at most \(Self.unitLimit)"
            )
        }
        guard clusters.variation >= 0, clusters.variation.isFinite else {
            return (
                "a variation of cluster sizes of \(clusters.variation)",
                "it is the standard deviation of the sizes over their mean, 0 where all are equal"
            )
        }
        guard clusters.correlation >= 0, clusters.correlation <= 1 else {
            return (
                "an intraclass correlation of \(clusters.correlation)",
                "it lies between 0 and 1; plan with 0 where an estimate is below"
            )
        }
        guard designEffect.isFinite, designEffect <= Self.unitLimit else {
            return (
                "clusters that raise the variance by a factor of \(designEffect)",
                "no number of units would do: check their mean size and its variation"
            )
        }
        return nil
    }

    private var variantFault: (message: String, hint: String)? {
        let possible = Self.variants(metric, margin: margin, isSequential: isSequential)
        guard possible.contains(variant) else {
            let names = possible.map(\.rawValue).joined(separator: ", ")
            return ("the variant \(variant.rawValue) is none of this design", "it can be \(names)")
        }
        guard isSequential else { return nil }
        guard isTwoSided, margin == nil else {
            return (
                "a confidence sequence has two sides",
                "leave out what makes it one-sided, or plan for one look at the end"
            )
        }
        guard correction != .dunnett || treatments == 1 else {
            return (
                "Dunnett's bound is for one look, and a sequence is looked at any time",
                "correct by bonferroni or holm"
            )
        }
        return nil
    }

    private var marginFault: (message: String, hint: String)? {
        guard let margin else { return nil }
        guard margin > 0, margin.isFinite else {
            return ("a margin of \(margin)", "it is above 0: how much worse is still no worse")
        }
        if case .rate(let rate) = metric, margin >= max(rate, 1 - rate) {
            return (
                "a margin of \(margin) for a rate of \(rate)",
                "no rate is worse by as much; a margin is a difference, 0.01 is one percentage point"
            )
        }
        guard !isTwoSided else {
            return (
                "a test against a margin has one side", "plan it one-sided, customarily at 0.025"
            )
        }
        return nil
    }
}
