/// An experiment made ready to deal: its scopes hashed up to the unit, its shares as boundaries.
///
/// The one description of how units are dealt. `assign` follows it; SQL, explanations and
/// differences between catalogs are made from it.
///
/// A class, so that finding an experiment does not copy all that belongs to it.
package final class Dealing: Sendable {
    package let experiment: Experiment
    package let holdouts: [(name: Name, share: Share, scope: Scope)]
    package let layer: Scope?
    package let traffic: Scope
    package let arms: ArmStep
    package let split: Scope
    /// The whole decision, where nothing but the arms' shares decides.
    let plain: PlainShares?

    /// How the last step deals. Arms are named by their place in the experiment.
    package enum ArmStep: Sendable {
        case shares(Scope, [ArmRange], propensities: [Double])
        /// Arms other than control in ranges of the place within the panel.
        case rotation(Rotation, Scope, rest: [ArmRange], propensities: [Double])
        case exploration(Scope, [Band])
        case switchback(Switchback, EpochScope, [ArmRange], propensities: [Double])
        case compatible(Compatibility)
    }

    /// A band of scores with the ranges of its arms.
    package struct Band: Sendable {
        package let below: Double?
        package let ranges: [ArmRange]
        package let propensities: [Double]
    }

    package init(_ experiment: Experiment, holdouts: [Holdout], salt: String) {
        self.experiment = experiment
        self.holdouts = holdouts.filter { $0.covers(experiment.name) }.map {
            ($0.name, $0.share, Scope("holdout", of: $0.name, salt: salt))
        }
        layer = experiment.slice.map { Scope("layer", of: $0.layer, salt: salt) }
        traffic = Scope("traffic", of: experiment.name, salt: salt)
        split = Scope("split", of: experiment.name, salt: salt)
        arms = Dealing.armStep(of: experiment, salt: salt)
        plain = self.holdouts.isEmpty ? PlainShares(experiment, arms) : nil
    }

    /// The boundaries after each of some shares, laid end to end.
    package static func cumulativeBoundaries(_ shares: [Share]) -> [UInt64] {
        var sum = 0
        return shares.map {
            sum += $0.millionths
            return Share(millionths: sum).boundary
        }
    }

    private static func armStep(of experiment: Experiment, salt: String) -> ArmStep {
        let scope = Scope("arm", of: experiment.name, salt: salt)
        // Where the method makes control, the shares are those of what is not control.
        let shares = experiment.arms.enumerated().compactMap { index, arm in
            arm.share.map { (arm: index, share: $0) }
        }
        let ranges = [ArmRange](shares: shares)
        /// The propensities of all arms, where a part of so many of `whole` is control.
        func propensities(control: Int, of whole: Int) -> [Double] {
            experiment.arms.map { arm in
                guard let share = arm.share else { return Double(control) / Double(whole) }
                // Exact in integers, and rounded once.
                return Double((whole - control) * share.millionths) / Double(whole * 1_000_000)
            }
        }
        switch experiment.method {
        case .shares:
            return .shares(scope, ranges, propensities: propensities(control: 0, of: 1))
        case .switchback(let switchback):
            let scope = EpochScope(of: experiment.name, salt: salt)
            return .switchback(
                switchback, scope, ranges, propensities: propensities(control: 0, of: 1))
        case .compatible(let rule): return .compatible(rule)
        case .rotation(let rotation):
            return .rotation(
                rotation, scope, rest: ranges,
                propensities: propensities(control: rotation.stay, of: rotation.panels))
        case .exploration(let bands):
            let control = experiment.controlIndex
            return .exploration(
                scope,
                bands.map { band in
                    Band(
                        below: band.below, ranges: ranges.ceding(band.control, to: control),
                        propensities: propensities(
                            control: band.control.millionths, of: 1_000_000))
                })
        }
    }
}

extension Experiment {
    /// The place of the control arm, which every method that makes one has declared.
    package var controlIndex: Int {
        guard let index = arms.firstIndex(where: { $0.name == .control }) else {
            preconditionFailure("a rotation and an exploration have a control arm")
        }
        return index
    }
}

/// What a unit was dealt, without its names: an answer that costs no allocation.
package struct Dealt: Sendable, Equatable {
    /// The step that decided.
    package var step: Step
    /// The arm's place among the experiment's arms.
    package var arm: Int?
    package var propensity: Double
    package var bucket: UInt64?
    /// Whether the moment is burn-in; `nil` unless blocks of time are dealt.
    package var isBurnIn: Bool?

    /// The steps of the decision, in order.
    package enum Step: Sendable, Equatable {
        case override, notStarted, ended, ineligible
        /// By its place among the holdouts that cover the experiment.
        case holdout(Int)
        case outsideSlice, notEnrolled, assigned
    }

    package init(
        _ step: Step, arm: Int? = nil, propensity: Double = 1, bucket: UInt64? = nil,
        isBurnIn: Bool? = nil
    ) {
        self.step = step
        self.arm = arm
        self.propensity = propensity
        self.bucket = bucket
        self.isBurnIn = isBurnIn
    }
}
