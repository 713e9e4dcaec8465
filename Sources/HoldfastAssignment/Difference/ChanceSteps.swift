internal import HoldfastFormats

/// Where a unit is, as far as an experiment is concerned.
public enum Standing: Sendable, Hashable, CustomStringConvertible {
    /// In an arm.
    case arm(Name)
    /// Withheld by a holdout.
    case heldOut
    /// In another range of the layer.
    case outsideSlice
    /// Beyond the enrolled share.
    case notEnrolled
    /// Not in the experiment: it is not declared, has not started or has ended, or the rule on
    /// attributes does not hold.
    case none

    public var description: String {
        switch self {
        case .arm(let name): name.text
        case .heldOut: "held out"
        case .outsideSlice: "outside the slice"
        case .notEnrolled: "not enrolled"
        case .none: "not in the experiment"
        }
    }
}

/// One step that chance decides: the buckets of one hash, cut in pieces.
struct ChanceStep {
    /// What the hash is of. Steps of one dimension see the same bucket; others are independent.
    let dimension: String
    /// The number of buckets.
    let count: UInt64
    /// Half-open pieces with what they decide, ascending and apart. A bucket in no piece passes on
    /// to the next step.
    let pieces: [Piece]
    /// The step's place in the order of decision: of two that decide, the first one counts.
    let order: Int

    struct Piece {
        let from: UInt64
        let to: UInt64
        let standing: Standing
    }

    /// What the step decides for a bucket.
    func standing(of bucket: UInt64) -> Standing? {
        // A rotation of 1,000 panels and 100 arms has 100,000 pieces.
        var (low, high) = (0, pieces.count)
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].to <= bucket { low = middle + 1 } else { high = middle }
        }
        guard low < pieces.count, pieces[low].from <= bucket else { return nil }
        return pieces[low].standing
    }
}

extension Dealing {
    /// The steps of chance at one moment and, where the score decides, for one score.
    ///
    /// Buckets of another salt are other dimensions: `salt` names which.
    func chanceSteps(at time: Timestamp, score: Double?, salt: String) -> [ChanceStep] {
        var steps: [ChanceStep] = []
        let unit = experiment.unit.text
        let randomised = (experiment.cluster ?? experiment.unit).text
        func add(
            _ scope: String, by kind: String, order: Int, count: UInt64 = Bucket.count,
            _ pieces: [ChanceStep.Piece]
        ) {
            steps.append(
                ChanceStep(
                    dimension: "\(salt)/\(scope)/\(kind)", count: count,
                    pieces: pieces.filter { $0.from < $0.to }, order: order))
        }
        for holdout in holdouts {
            // Which of several withholds a unit changes nothing for it: they are one step.
            add(
                holdout.scope.text, by: unit, order: 0,
                [.init(from: 0, to: holdout.share.boundary, standing: .heldOut)])
        }
        if let slice = experiment.slice, let layer {
            add(
                layer.text, by: unit, order: 1,
                [
                    .init(from: 0, to: slice.from.boundary, standing: .outsideSlice),
                    .init(
                        from: slice.to.boundary, to: Bucket.count, standing: .outsideSlice),
                ])
        }
        if experiment.traffic < .all {
            add(
                traffic.text, by: randomised, order: 2,
                [
                    .init(
                        from: experiment.traffic.boundary, to: Bucket.count,
                        standing: .notEnrolled)
                ])
        }
        func pieces(_ ranges: [ArmRange]) -> [ChanceStep.Piece] {
            ranges.map {
                .init(from: $0.from, to: $0.to, standing: .arm(experiment.arms[$0.arm].name))
            }
        }
        switch arms {
        case .shares(let scope, let ranges, _):
            add(scope.text, by: randomised, order: 3, pieces(ranges))
        case .rotation(let rotation, let scope, let rest, _):
            let ranges = rotation.ranges(at: time, control: experiment.controlIndex, rest: rest)
            add(scope.text, by: randomised, order: 3, pieces(ranges))
        case .exploration(let scope, let bands):
            let score = score ?? -.infinity
            let band = bands.first { band in band.below.map { score < $0 } ?? true }
            add(scope.text, by: randomised, order: 3, pieces(band?.ranges ?? []))
        case .switchback(let switchback, let scope, let ranges, _):
            let text = scope.text(epoch: switchback.epoch(at: time))
            add("\(text) of \(switchback.every)", by: randomised, order: 3, pieces(ranges))
        case .compatible(let rule):
            steps += rule.chanceSteps(of: experiment, by: randomised)
        }
        return steps
    }
}

extension Rotation {
    /// The arms' buckets at one moment, ascending.
    func ranges(at time: Timestamp, control: Int, rest: [ArmRange]) -> [ArmRange] {
        let period = period(at: time)
        return (0..<panels).flatMap { panel -> [ArmRange] in
            if periodsLeft(panel: panel, period: period) != nil {
                return [
                    ArmRange(
                        arm: control, from: firstBucket(panel, 0),
                        to: firstBucket(panel, Bucket.count))
                ]
            }
            return rest.map {
                ArmRange(
                    arm: $0.arm, from: firstBucket(panel, $0.from), to: firstBucket(panel, $0.to))
            }
        }
    }

    /// The first bucket at a place of a panel: the least b with b · panels ≥ panel · 2^52 + place.
    private func firstBucket(_ panel: Int, _ place: UInt64) -> UInt64 {
        let count = UInt64(panels)
        return (UInt64(panel) * Bucket.count + place + count - 1) / count
    }
}

extension Compatibility {
    /// The steps of chance by another system's hashes, which no salt of ours changes.
    func chanceSteps(of experiment: Experiment, by kind: String) -> [ChanceStep] {
        guard conditions.isEmpty else { return [jointStep(of: experiment, by: kind)] }
        var steps = gates.map { gate in
            let starts = [0] + gate.passing.map(\.upperBound)
            let ends = gate.passing.map(\.lowerBound) + [gate.hash.count]
            let outside = zip(starts, ends).filter { $0 < $1 }.map {
                ChanceStep.Piece(from: $0, to: $1, standing: .notEnrolled)
            }
            return ChanceStep(
                dimension: "\(gate.hash)/\(kind)", count: gate.hash.count, pieces: outside,
                order: 2)
        }
        // The arms' ranges have gaps, come in any order, and may overlap: the first one counts.
        let edges = Set(ranges.flatMap { [$0.from, $0.to] } + [0, hash.count]).sorted()
        let pieces = zip(edges, edges.dropFirst()).map { from, to in
            let arm = ranges.first { $0.from <= from && from < $0.to }?.arm
            return ChanceStep.Piece(
                from: from, to: to,
                standing: arm.map { .arm(experiment.arms[$0].name) } ?? .notEnrolled)
        }
        steps.append(
            ChanceStep(
                dimension: "\(hash)/\(kind)", count: hash.count, pieces: pieces, order: 3))
        return steps
    }

    /// One step for a rule whose ranges have conditions on other hashes, by its probabilities.
    ///
    /// The same rule is the same dimension, and nothing moves. Two such rules are taken to be
    /// independent: that overstates how many units move, and never hides one.
    private func jointStep(of experiment: Experiment, by kind: String) -> ChanceStep {
        var sum = 0.0
        var pieces: [ChanceStep.Piece] = []
        func add(_ share: Double, _ standing: Standing) {
            let from = UInt64(sum * Double(Bucket.count))
            sum = min(1, sum + share)
            pieces.append(
                .init(from: from, to: UInt64(sum * Double(Bucket.count)), standing: standing))
        }
        for (arm, propensity) in zip(experiment.arms, propensities) {
            add(propensity * enrolled, .arm(arm.name))
        }
        if let last = pieces.last, last.to < Bucket.count {
            pieces.append(.init(from: last.to, to: Bucket.count, standing: .notEnrolled))
        }
        return ChanceStep(
            dimension: "\(gates)\(hash)\(ranges)\(conditions)/\(kind)", count: Bucket.count,
            pieces: pieces, order: 3)
    }
}
