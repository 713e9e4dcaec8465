import Glibc

/// What a design finds, at any number of units.
///
///     let power = SizePower(SizeDesign(.rate(0.1), shares: [0.05, 0.95]))
///     power.units(effect: 0.01, power: 0.8)                      // 157546.1…, both arms together
///     power.power(effect: 0.01, units: 157_546)                  // 0.7999…
///
/// What no number of units changes is found once: of one design many are tried. Dunnett's bound by
/// Student's t takes up to a second or so for it, where treatments are many and unlike.
package struct SizePower: Sendable {
    /// The design.
    package let design: SizeDesign
    /// Dunnett's bound, where the design has it.
    private let joint: DunnettBound?
    /// The bound, where it is not Student's.
    private let fixed: Double?

    /// The power of a design that has no fault. What `other` has found out is used again where it
    /// holds; `progress` is called now and then while more is.
    package init(
        _ design: SizeDesign, knowing other: SizePower? = nil, progress: () throws -> Void
    ) rethrows {
        self.design = design
        var joint: DunnettBound?
        if design.hasJointBound {
            if let known = other?.joint, let shares = other?.design.shares,
                shares == design.shares, other?.design.isTwoSided == design.isTwoSided,
                other?.design.usesStudent == design.usesStudent
            {
                joint = known
            } else {
                joint = try DunnettBound(
                    control: design.shares[0], treatments: Array(design.shares.dropFirst()),
                    isTwoSided: design.isTwoSided, isStudent: design.usesStudent,
                    progress: progress)
            }
        }
        self.joint = joint
        fixed = design.usesStudent ? nil : Self.critical(design, joint, nil)
    }

    /// The power of a design that has no fault.
    package init(_ design: SizeDesign) { self.init(design) {} }

    /// What a treatment's comparison with control is judged by, at a number of units.
    private struct Bound {
        /// The treatment's units.
        var treatment: Double
        /// Student's degrees of freedom; `nil` for the normal distribution.
        var degreesOfFreedom: Double?
        /// How many standard errors from 0 it must lie.
        var critical: Double
    }

    /// The probability that an effect of this size is found, for the treatment of least power.
    ///
    /// `units` are all arms' together and need not be whole. Of the variants pooled and unpooled an
    /// effect found in the wrong direction is left out, as their formulas do. With a margin the
    /// effect is the true difference and counts as one towards the margin, whichever sign it has.
    /// 0 where the units are too few for any test.
    package func power(effect: Double, units: Double) -> Double {
        powers(effects: [effect], units: units)[0]
    }

    /// The same of several effects, whose bound is one.
    package func powers(effects: [Double], units: Double) -> [Double] {
        let bounds = bounds(units)
        return effects.map { power(distance: testedDistance($0), effect: $0, units, bounds) }
    }

    /// What must be told from 0: the effect, or what is left of a margin.
    private func testedDistance(_ effect: Double) -> Double {
        design.margin.map { $0 - abs(effect) } ?? abs(effect)
    }

    /// The bounds of the treatments, of one of each size; `nil` where units are too few for a test.
    private func bounds(_ units: Double) -> [Bound]? {
        let control = units * design.shares[0]
        var bounds: [Bound] = []
        for size in Set(design.shares.dropFirst()).map({ $0 * units }).sorted() {
            guard let freedom = degreesOfFreedom(control, size, units) else { return nil }
            let degrees = freedom.isFinite ? freedom : nil
            bounds.append(
                Bound(
                    treatment: size, degreesOfFreedom: degrees,
                    critical: critical(degrees, knowing: bounds.last)))
        }
        return bounds
    }

    /// The degrees of freedom of a comparison, infinite for a normal one; `nil` where there are too
    /// few units for a test.
    private func degreesOfFreedom(
        _ control: Double, _ treatment: Double, _ units: Double
    ) -> Double? {
        guard design.usesStudent else { return .infinity }
        let isJoint = design.hasJointBound
        let count = (isJoint ? units : control + treatment) / (design.clusters?.meanSize ?? 1)
        let freedom = count - Double(isJoint ? design.shares.count : 2)
        return freedom >= NoncentralT.leastDegrees ? freedom : nil
    }

    private func critical(_ degreesOfFreedom: Double?, knowing known: Bound?) -> Double {
        if let fixed { return fixed }
        if let known, known.degreesOfFreedom == degreesOfFreedom { return known.critical }
        return Self.critical(design, joint, degreesOfFreedom)
    }

    private static func critical(
        _ design: SizeDesign, _ joint: DunnettBound?, _ degreesOfFreedom: Double?
    ) -> Double {
        if design.isSequential {
            return SequentialInflation.critical(alpha: design.comparisonAlpha)
        }
        if let joint {
            return joint.critical(alpha: design.alpha, degreesOfFreedom: degreesOfFreedom)
        }
        let tail = design.comparisonAlpha / (design.isTwoSided ? 2 : 1)
        return StudentT.exceeded(by: tail, freedom: degreesOfFreedom)
    }

    /// How many standard errors from 0 the smallest treatment must lie, at so many units in all
    /// arms; `nil` where those are too few for a test.
    package func criticalValue(units: Double) -> Double? { bounds(units)?.first?.critical }

    private func power(
        distance: Double, effect: Double, _ units: Double, _ bounds: [Bound]?
    ) -> Double {
        guard let bounds else { return 0 }
        return bounds.map { bound in
            let (x, ratio) = standardised(
                distance, effect, units * design.shares[0], bound.treatment)
            // Beyond it nothing is left to tell, and squares would be infinite.
            let distance = x.isNaN ? 0 : min(x, 1e100)
            return power(distance, bound.critical * ratio, bound.degreesOfFreedom)
        }.min() ?? 0
    }

    private func power(_ x: Double, _ bound: Double, _ degreesOfFreedom: Double?) -> Double {
        let variant = design.variant
        let hasTwoTails = design.isTwoSided && variant != .pooled && variant != .unpooled
        guard let degrees = degreesOfFreedom else {
            return Normal.upperTail(bound - x) + (hasTwoTails ? Normal.upperTail(bound + x) : 0)
        }
        let upper = NoncentralT.upperTail(bound, degreesOfFreedom: degrees, noncentrality: x)
        guard hasTwoTails else { return upper }
        return upper + NoncentralT.upperTail(bound, degreesOfFreedom: degrees, noncentrality: -x)
    }

    /// The distance over its standard error where the effect is there, and the standard error under
    /// no effect over that one, which is 1 but for the pooled variant.
    private func standardised(
        _ distance: Double, _ effect: Double, _ control: Double, _ treatment: Double
    ) -> (x: Double, ratio: Double) {
        // The units that would tell as much without clusters and covariate.
        let factor = design.varianceFactor
        let (n, m) = (control / factor, treatment / factor)
        let parts = (1 / n + 1 / m).squareRoot()
        guard case .rate(let rate) = design.metric else {
            return (distance / (design.deviation * parts), 1)
        }
        let other = min(1, max(0, rate + effect))
        if design.variant == .arcsine {
            let h = 2 * (asin(other.squareRoot()) - asin(rate.squareRoot()))
            return (abs(h) / parts, 1)
        }
        func spread(_ p: Double) -> Double { p * (1 - p) }
        let error = (spread(rate) / n + spread(other) / m).squareRoot()
        guard design.variant == .pooled else { return (distance / error, 1) }
        let none = spread((n * rate + m * other) / (n + m)).squareRoot() * parts
        return (distance / error, none / error)
    }

    // MARK: - The inverses

    /// The units of all arms together that find the effect with a power; not whole. `nil` where
    /// ``SizeDesign/unitLimit`` would not do, or where the effect or the power has a fault.
    package func units(effect: Double, power: Double) -> Double? {
        guard design.fault(effect: effect) == nil, design.fault(power: power) == nil else {
            return nil
        }
        let most = log(SizeDesign.unitLimit)
        return RisingRoot.find(power, from: -10, to: most) {
            self.power(effect: effect, units: exp($0))
        }.map(exp)
    }

    /// The least effect that so many units find with a power, above 0; with `isFall` that of a rate
    /// that falls. `nil` where not even the largest would be found, or with a margin.
    package func detectableEffect(units: Double, power: Double, isFall: Bool = false) -> Double? {
        guard design.margin == nil else { return nil }
        let most: Double
        switch design.metric {
        case .rate(let rate): most = isFall ? rate : 1 - rate
        case .mean, .ratio: most = largest
        }
        return least(upTo: most, power: power, units: units) { size, bounds in
            self.power(distance: size, effect: isFall ? -size : size, units, bounds)
        }
    }

    /// The least margin that so many units show with a power where this is the true difference.
    package func detectableMargin(units: Double, power: Double, effect: Double) -> Double? {
        least(upTo: largest, power: power, units: units) { size, bounds in
            self.power(distance: size, effect: effect, units, bounds)
        }.map { abs(effect) + $0 }
    }

    /// More than any effect that is spoken of.
    private var largest: Double { min(design.deviation * 1e6, 1e300) }

    private func least(
        upTo most: Double, power: Double, units: Double, _ reached: (Double, [Bound]?) -> Double
    ) -> Double? {
        let bounds = bounds(units)
        return RisingRoot.find(power, from: log(most) - 60, to: log(most)) {
            reached(min(exp($0), most), bounds)
        }.map { min(exp($0), most) }
    }
}
