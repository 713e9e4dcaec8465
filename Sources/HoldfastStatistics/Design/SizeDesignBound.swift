extension SizeDesign {
    /// As ``SizePower/power(effect:units:)`` tells; for many numbers of units make one of those.
    package func power(effect: Double, units: Double) -> Double {
        SizePower(self).power(effect: effect, units: units)
    }

    /// As ``SizePower/units(effect:power:)`` tells.
    package func units(effect: Double, power: Double) -> Double? {
        SizePower(self).units(effect: effect, power: power)
    }

    /// As ``SizePower/detectableEffect(units:power:isFall:)`` tells.
    package func detectableEffect(units: Double, power: Double, isFall: Bool = false) -> Double? {
        SizePower(self).detectableEffect(units: units, power: power, isFall: isFall)
    }

    /// Whether the bound is Student's: for means by t, and wherever clusters are dealt, of which
    /// there are few, with clusters − 2 degrees of freedom.
    package var usesStudent: Bool { !isSequential && (variant == .t || clusters != nil) }

    /// Whether all comparisons are held against one bound, Dunnett's.
    var hasJointBound: Bool { correction == .dunnett && treatments > 1 }

    /// The level of one comparison; with Dunnett's bound, which knows no such level, the whole.
    package var comparisonAlpha: Double {
        switch correction {
        case .none, .dunnett: alpha
        case .bonferroni, .holm: alpha / Double(max(1, treatments))
        }
    }
}
