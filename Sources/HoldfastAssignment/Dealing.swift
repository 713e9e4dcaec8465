internal import HoldfastFormats

/// An experiment made ready to deal: its scopes hashed up to the unit, its shares as boundaries.
package struct Dealing: Sendable {
    package let experiment: Experiment
    package let holdouts: [(name: Name, share: Share, scope: Scope)]
    package let layer: Scope?
    package let traffic: Scope
    package let arm: Scope
    package let split: Scope
    /// The boundary after each arm; the last is 2^52.
    package let armBoundaries: [UInt64]

    package init(_ experiment: Experiment, holdouts: [Holdout], salt: String) {
        self.experiment = experiment
        self.holdouts = holdouts.filter { $0.covers(experiment.name) }.map {
            ($0.name, $0.share, Scope("holdout", of: $0.name, salt: salt))
        }
        layer = experiment.slice.map { Scope("layer", of: $0.layer, salt: salt) }
        traffic = Scope("traffic", of: experiment.name, salt: salt)
        arm = Scope("arm", of: experiment.name, salt: salt)
        split = Scope("split", of: experiment.name, salt: salt)
        armBoundaries = Dealing.cumulativeBoundaries(experiment.arms.map(\.share))
    }

    /// The boundaries after each of some shares, laid end to end.
    package static func cumulativeBoundaries(_ shares: [Share]) -> [UInt64] {
        var sum = 0
        return shares.map {
            sum += $0.millionths
            return Share(millionths: sum).boundary
        }
    }

    func assign(
        _ candidate: Candidate, at time: Timestamp, revision: String
    ) throws(AssignmentFault) -> Assignment {
        func answer(
            _ reason: Reason, arm: Name? = nil, propensity: Double = 1, bucket: UInt64? = nil
        ) -> Assignment {
            Assignment(
                experiment: experiment.name, arm: arm, reason: reason, propensity: propensity,
                bucket: bucket, revision: revision)
        }
        if let forced = experiment.overrides[candidate.unit] {
            return answer(.override, arm: forced)
        }
        if let starts = experiment.starts, time < starts { return answer(.notStarted) }
        if let ends = experiment.ends, time >= ends { return answer(.ended) }
        if let rule = experiment.eligible {
            switch rule.answer(candidate.attributes) {
            case .yes: break
            case .no: return answer(.ineligible)
            case .unknown(.missing(let name)):
                throw .missingAttribute(name, experiment: experiment.name)
            case .unknown(.wrong(let name, let needed, let given)):
                throw .wrongAttribute(name, needed: needed, given: given)
            }
        }
        for holdout in holdouts {
            let bucket = holdout.scope.bucket(of: candidate.unit)
            if bucket < holdout.share.boundary {
                return answer(
                    .holdout(holdout.name), propensity: holdout.share.fraction, bucket: bucket)
            }
        }
        if let slice = experiment.slice, let layer {
            let bucket = layer.bucket(of: candidate.unit)
            if bucket < slice.from.boundary || bucket >= slice.to.boundary {
                let width = slice.to.millionths - slice.from.millionths
                return answer(
                    .outsideSlice, propensity: Share(millionths: 1_000_000 - width).fraction,
                    bucket: bucket)
            }
        }
        let randomised = try randomisedID(of: candidate)
        if experiment.traffic < .all {
            let bucket = traffic.bucket(of: randomised)
            if bucket >= experiment.traffic.boundary {
                let outside = Share(millionths: 1_000_000 - experiment.traffic.millionths)
                return answer(.notEnrolled, propensity: outside.fraction, bucket: bucket)
            }
        }
        let bucket = arm.bucket(of: randomised)
        guard let index = armBoundaries.firstIndex(where: { bucket < $0 }) else {
            preconditionFailure("the arms' shares add up to 100%, and the last boundary is 2^52")
        }
        let arm = experiment.arms[index]
        return answer(.assigned, arm: arm.name, propensity: arm.share.fraction, bucket: bucket)
    }
    /// What chance decides on: the unit, or else its cluster, which must then be known.
    private func randomisedID(of candidate: Candidate) throws(AssignmentFault) -> UnitID {
        guard let kind = experiment.cluster else { return candidate.unit }
        guard let cluster = candidate.cluster else {
            throw .missingCluster(kind: kind, experiment: experiment.name)
        }
        return cluster
    }
}
