public import HoldfastFormats

/// Why a unit is given what it is given: the steps of the decision, up to the one that decided.
public struct Explanation: Sendable {
    /// The steps, in order. The last is the one that decided, or that could not.
    public var steps: [Step]
    /// What was dealt, or why nothing could be.
    public var outcome: Result<Assignment, AssignmentFault>

    /// One step of the decision.
    public struct Step: Sendable, Equatable {
        /// The step's word: `override`, `time`, `eligible`, `holdout`, `slice`, `traffic`, `block`,
        /// `band` or `arm`.
        public var name: String
        /// The scope under which the id was hashed: `arm:credit-limit`; `nil` without chance.
        public var scope: String?
        /// The bucket, from 0 to 2^52 − 1.
        public var bucket: UInt64?
        /// The buckets that pass, or that the arm has: from the first up to, not including, the
        /// last.
        public var ranges: [Range<UInt64>]
        /// Whether the unit went on to the next step.
        public var passes: Bool
        /// What the step found, for people.
        public var finding: String
    }
}

extension Catalog {
    /// Deals a unit, and says how.
    ///
    ///     try catalog.explain(Candidate(unit: unit), in: "credit-limit", at: now).steps.map(\.finding)
    ///     // ["not withheld: beyond the share", "within the slice", "control"]
    ///
    /// The answer is that of ``assign(_:in:at:)``: the same code gives both. Throws only where
    /// there is no such experiment.
    public func explain(
        _ candidate: Candidate, in experiment: String, at time: Timestamp
    ) throws(AssignmentFault) -> Explanation {
        guard let name = Name(experiment), let dealing = dealings[name] else {
            throw .unknownExperiment(experiment, known: experiments.map(\.name))
        }
        var traced: [TracedStep] = []
        let outcome: Result<Assignment, AssignmentFault>
        do throws(AssignmentFault) {
            outcome = .success(
                try dealing.assign(candidate, at: time, revision: revision) { traced.append($0) })
        } catch {
            outcome = .failure(error)
        }
        return Explanation(steps: traced.map { $0.step(in: dealing) }, outcome: outcome)
    }
}

extension TracedStep {
    fileprivate func step(in dealing: Dealing) -> Explanation.Step {
        func step(
            _ name: String, _ scope: String? = nil, _ bucket: UInt64? = nil,
            _ ranges: [Range<UInt64>] = [], passes: Bool, _ finding: String
        ) -> Explanation.Step {
            Explanation.Step(
                name: name, scope: scope, bucket: bucket, ranges: ranges, passes: passes,
                finding: finding)
        }
        switch self {
        case .override(let arm):
            return step(
                "override", passes: arm == nil,
                arm.map { "a tester, forced to \($0)" } ?? "no tester")
        case .time(let starts, let ends, let time):
            let isEarly = starts.map { time < $0 } ?? false
            let isLate = ends.map { time >= $0 } ?? false
            let finding =
                isEarly
                ? "\(time) is before the start at \(starts.map(\.description) ?? "")"
                : isLate
                    ? "\(time) is not before the end at \(ends.map(\.description) ?? "")"
                    : "the experiment runs at \(time)"
            return step("time", passes: !isEarly && !isLate, finding)
        case .eligible(let isEligible):
            return step(
                "eligible", passes: isEligible,
                isEligible ? "the rule holds" : "the rule does not hold")
        case .holdout(let scope, let bucket, let boundary, let isHeld):
            return step(
                "holdout", scope, bucket, [0..<boundary], passes: !isHeld,
                isHeld ? "withheld: within the share" : "not withheld: beyond the share")
        case .slice(let scope, let bucket, let from, let to, let isWithin):
            return step(
                "slice", scope, bucket, [from..<to], passes: isWithin,
                isWithin ? "within the slice" : "outside the slice")
        case .traffic(let scope, let bucket, let boundary, let isEnrolled):
            return step(
                "traffic", scope, bucket, [0..<boundary], passes: isEnrolled,
                isEnrolled ? "enrolled" : "not enrolled")
        case .block(let epoch, let isBurnIn):
            return step(
                "block", passes: true, "block \(epoch)\(isBurnIn ? ", in its burn-in" : "")")
        case .band(let below, let score):
            return step(
                "band", passes: true,
                "the score \(score) is in the band \(below.map { "below \($0)" } ?? "above the others")"
            )
        case .panel(let scope, let bucket, let arm, let panel, let period, let left):
            let finding =
                left.map { "control for \($0) more \($0 == 1 ? "period" : "periods")" }
                ?? "not its turn: \(arm)"
            return step(
                "arm", scope, bucket, passes: false,
                "panel \(panel) in period \(period): \(finding)"
            )
        case .peer(let rule, let deal, let arm):
            if let gate = deal.gate {
                return step(
                    "traffic", rule.gates[gate].hash.description, deal.bucket,
                    rule.gates[gate].passing, passes: false,
                    "not enrolled, as \(rule.system.rawValue) deals")
            }
            let own = rule.ranges.filter { $0.arm == deal.arm }.map { $0.from..<$0.to }
            return step(
                "arm", rule.hash.description, deal.bucket, own, passes: false,
                "\(arm?.text ?? "not enrolled"), as \(rule.system.rawValue) deals")
        case .arm(let scope, let bucket, let arm, let ranges):
            let own = ranges.filter { dealing.experiment.arms[$0.arm].name == arm }
            return step(
                "arm", scope, bucket, own.map { $0.from..<$0.to }, passes: false, arm.text)
        }
    }
}
