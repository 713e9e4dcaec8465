package import HoldfastFormats

/// The decision itself: what ``Reason`` lists, in that order.
extension Dealing {
    /// An id's bytes: UTF-8, 1 to 1,024 of them.
    package typealias IDBytes = UnsafeRawBufferPointer

    /// Deals a unit by its bytes.
    ///
    /// `trace` is told every step that was passed and the one that decided, where somebody asks.
    package func deal(
        unit: IDBytes, cluster: IDBytes?, attributes: [String: AttributeValue], score: Double?,
        at time: Timestamp, trace: ((TracedStep) -> Void)? = nil
    ) throws(AssignmentFault) -> Dealt {
        if let plain, trace == nil {
            let (range, bucket) = plain.deal(unit)
            return Dealt(
                .assigned, arm: plain.arms[range], propensity: plain.propensities[range],
                bucket: bucket)
        }
        if let settled = try settled(unit, attributes, at: time, trace) { return settled }
        if let withheld = withheld(unit, trace) { return withheld }
        let randomised: IDBytes
        if let kind = experiment.cluster {
            guard let cluster else {
                throw .missingCluster(kind: kind, experiment: experiment.name)
            }
            randomised = cluster
        } else {
            randomised = unit
        }
        if experiment.traffic < .all {
            let bucket = traffic.bucket(of: randomised)
            let isEnrolled = bucket < experiment.traffic.boundary
            trace?(
                .traffic(traffic.text, bucket, boundary: experiment.traffic.boundary, isEnrolled))
            if !isEnrolled {
                let outside = experiment.traffic.rest
                return Dealt(.notEnrolled, propensity: outside.fraction, bucket: bucket)
            }
        }
        return try arm(of: randomised, score: score, at: time, trace)
    }

    /// What is settled without chance: overrides, the time, the rule.
    @inline(__always)
    private func settled(
        _ unit: IDBytes, _ attributes: [String: AttributeValue], at time: Timestamp,
        _ trace: ((TracedStep) -> Void)?
    ) throws(AssignmentFault) -> Dealt? {
        if !experiment.overrides.isEmpty {
            let forced = UnitID(String(decoding: unit, as: UTF8.self)).flatMap {
                experiment.overrides[$0]
            }
            trace?(.override(forced))
            if let forced {
                let index = experiment.arms.firstIndex { $0.name == forced }
                return Dealt(.override, arm: index)
            }
        }
        let isEarly = experiment.starts.map { time < $0 } ?? false
        let isLate = experiment.ends.map { time >= $0 } ?? false
        if experiment.starts != nil || experiment.ends != nil {
            trace?(.time(starts: experiment.starts, ends: experiment.ends, time))
        }
        if isEarly { return Dealt(.notStarted) }
        if isLate { return Dealt(.ended) }
        if let rule = experiment.eligible {
            switch rule.answer(attributes) {
            case .yes: trace?(.eligible(true))
            case .no:
                trace?(.eligible(false))
                return Dealt(.ineligible)
            case .unknown(.missing(let name)):
                throw .missingAttribute(name, experiment: experiment.name)
            case .unknown(.wrong(let name, let needed, let given)):
                throw .wrongAttribute(name, needed: needed, given: given)
            }
        }
        return nil
    }

    /// What keeps a unit from the experiment: holdouts, the layer's slice.
    @inline(__always)
    private func withheld(_ unit: IDBytes, _ trace: ((TracedStep) -> Void)?) -> Dealt? {
        for index in holdouts.indices {
            let bucket = holdouts[index].scope.bucket(of: unit)
            let share = holdouts[index].share
            trace?(
                .holdout(
                    holdouts[index].scope.text, bucket, boundary: share.boundary,
                    bucket < share.boundary))
            if bucket < share.boundary {
                return Dealt(.holdout(index), propensity: share.fraction, bucket: bucket)
            }
        }
        guard let slice = experiment.slice, let layer else { return nil }
        let bucket = layer.bucket(of: unit)
        let isWithin = bucket >= slice.from.boundary && bucket < slice.to.boundary
        trace?(
            .slice(
                layer.text, bucket, from: slice.from.boundary, to: slice.to.boundary, isWithin))
        if isWithin { return nil }
        return Dealt(.outsideSlice, propensity: slice.outside.fraction, bucket: bucket)
    }

    @inline(__always)
    private func arm(
        of id: IDBytes, score: Double?, at time: Timestamp, _ trace: ((TracedStep) -> Void)?
    ) throws(AssignmentFault) -> Dealt {
        switch arms {
        case .shares(let scope, let ranges, let propensities):
            let bucket = scope.bucket(of: id)
            let arm = Dealing.arm(of: bucket, in: ranges)
            trace?(.arm(scope.text, bucket, arm: experiment.arms[arm].name, ranges))
            return Dealt(.assigned, arm: arm, propensity: propensities[arm], bucket: bucket)
        case .rotation(let rotation, let scope, let rest, let propensities):
            let bucket = scope.bucket(of: id)
            let (panel, place) = rotation.panel(of: bucket)
            let period = rotation.period(at: time)
            let left = rotation.periodsLeft(panel: panel, period: period)
            let arm = left == nil ? Dealing.arm(of: place, in: rest) : experiment.controlIndex
            trace?(
                .panel(
                    scope.text, bucket, arm: experiment.arms[arm].name, panel: panel,
                    period: period, periodsLeft: left))
            return Dealt(.assigned, arm: arm, propensity: propensities[arm], bucket: bucket)
        case .exploration(let scope, let bands):
            let score = try known(score)
            guard let band = bands.first(where: { band in band.below.map { score < $0 } ?? true })
            else { preconditionFailure("the last band holds all other scores") }
            let bucket = scope.bucket(of: id)
            let arm = Dealing.arm(of: bucket, in: band.ranges)
            trace?(.band(below: band.below, score: score))
            trace?(.arm(scope.text, bucket, arm: experiment.arms[arm].name, band.ranges))
            return Dealt(.assigned, arm: arm, propensity: band.propensities[arm], bucket: bucket)
        case .switchback(let switchback, let scope, let ranges, let propensities):
            let epoch = switchback.epoch(at: time)
            let bucket = scope.bucket(of: id, epoch: epoch)
            let arm = Dealing.arm(of: bucket, in: ranges)
            let isBurnIn = switchback.isBurnIn(at: time)
            trace?(.block(epoch: epoch, isBurnIn: isBurnIn))
            trace?(.arm(scope.text(epoch: epoch), bucket, arm: experiment.arms[arm].name, ranges))
            return Dealt(
                .assigned, arm: arm, propensity: propensities[arm], bucket: bucket,
                isBurnIn: isBurnIn)
        case .compatible(let rule):
            let deal = rule.deal(id)
            trace?(.peer(rule, deal, arm: deal.arm.map { experiment.arms[$0].name }))
            return Dealt(
                deal.arm == nil ? .notEnrolled : .assigned, arm: deal.arm,
                propensity: rule.propensity(ofArm: deal.arm), bucket: deal.bucket)
        }
    }

    @inline(__always)
    private static func arm(of bucket: UInt64, in ranges: [ArmRange]) -> Int {
        guard let arm = ranges.arm(of: bucket) else {
            preconditionFailure("the arms' shares add up to 100%, and the last boundary is 2^52")
        }
        return arm
    }

    /// The score that an exploration deals by.
    private func known(_ score: Double?) throws(AssignmentFault) -> Double {
        guard let score else { throw .missingScore(experiment: experiment.name) }
        guard score.isFinite else { throw .scoreNotFinite(score, experiment: experiment.name) }
        return score
    }
}

/// One step of a decision, as it is explained.
package enum TracedStep: Sendable {
    case override(Name?)
    case time(starts: Timestamp?, ends: Timestamp?, Timestamp)
    case eligible(Bool)
    case holdout(String, UInt64, boundary: UInt64, Bool)
    case slice(String, UInt64, from: UInt64, to: UInt64, Bool)
    case traffic(String, UInt64, boundary: UInt64, Bool)
    case block(epoch: Int64, isBurnIn: Bool)
    case band(below: Double?, score: Double)
    case panel(String, UInt64, arm: Name, panel: Int, period: Int64, periodsLeft: Int?)
    case arm(String, UInt64, arm: Name, [ArmRange])
    case peer(Compatibility, Compatibility.Deal, arm: Name?)
}
