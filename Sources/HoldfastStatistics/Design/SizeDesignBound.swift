extension SizeDesign {
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
