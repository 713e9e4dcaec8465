/// How another system deals an experiment's units: by its hashes, in ranges of their buckets.
///
///     compatible: {with: growthbook, hashVersion: 2, key: my-test, coverage: 80%}
///
/// Each peer compares in its own way: GrowthBook and PostHog halves of floating-point numbers,
/// PlanOut with an end that belongs to the range, Unleash by percent, flagd by integers. The ranges
/// were found by asking the peer's own comparison of each bucket (or by bisection, where there are
/// 2^60), so that dealing is exact and compares integers only.
///
/// A unit that a gate turns away, or whose bucket is in no arm's range, is not enrolled.
public struct Compatibility: Sendable, Hashable {
    /// The system that dealt before.
    public let system: PeerSystem
    /// What a unit must pass first, in the peer's order: rollouts, namespaces, its holdouts.
    package let gates: [Gate]
    /// The hash by whose bucket the arms are dealt.
    public let hash: PeerHash
    /// The arms' buckets. The first range that holds the bucket, and whose conditions hold, wins.
    package let ranges: [ArmRange]
    /// What else must hold for each range, in the order of `ranges`; empty where nothing does.
    package let conditions: [[Gate]]
    /// The probability by design that a unit passes the gates and falls in an arm's range.
    public let enrolled: Double
    /// The probability by design of each arm, given that a unit is enrolled.
    ///
    /// Chance that comes before, such as a rollout, is in ``enrolled``: as with `traffic`.
    public let propensities: [Double]

    /// Buckets of a hash that let a unit through.
    package struct Gate: Sendable, Hashable {
        package let hash: PeerHash
        /// The buckets: ascending, and never touching each other.
        package let passing: [Range<UInt64>]

        /// A gate for these buckets, which may come in any order and overlap.
        package init(_ hash: PeerHash, passing: [Range<UInt64>]) {
            self.hash = hash
            var merged: [Range<UInt64>] = []
            for range in passing.sorted(by: { $0.lowerBound < $1.lowerBound })
            where !range.isEmpty {
                guard let last = merged.last, range.lowerBound <= last.upperBound else {
                    merged.append(range)
                    continue
                }
                merged[merged.count - 1] =
                    last.lowerBound..<max(last.upperBound, range.upperBound)
            }
            self.passing = merged
        }

        /// Whether a bucket passes.
        package func passes(_ bucket: UInt64) -> Bool {
            var low = 0
            var high = passing.count
            while low < high {
                let middle = (low + high) / 2
                if passing[middle].upperBound <= bucket { low = middle + 1 } else { high = middle }
            }
            return low < passing.count && passing[low].lowerBound <= bucket
        }
    }

    /// What becomes of one unit.
    package struct Deal: Sendable, Hashable {
        /// The arm's place among the experiment's; `nil` where the unit is not enrolled.
        package let arm: Int?
        /// The bucket that decided.
        package let bucket: UInt64
        /// The place of the gate that turned the unit away, if one did.
        package let gate: Int?
    }

    /// Why a rule is none that can be dealt by.
    package enum Fault: Error {
        /// No unit at all would be in an arm.
        case empty
        /// So many conditions that the probabilities cannot be counted out.
        case tooManyCombinations
    }

    package init(
        _ system: PeerSystem, arms: Int, gates: [Gate] = [], hash: PeerHash, ranges: [ArmRange],
        conditions: [[Gate]] = []
    ) throws(Fault) {
        precondition(conditions.isEmpty || conditions.count == ranges.count)
        let counted = PeerProbabilities(
            arms: arms, gates: gates, hash: hash, ranges: ranges, conditions: conditions)
        guard let probabilities = counted else { throw .tooManyCombinations }
        guard probabilities.enrolled > 0 else { throw .empty }
        self.system = system
        self.gates = gates
        self.hash = hash
        self.ranges = ranges
        self.conditions = conditions.allSatisfy(\.isEmpty) ? [] : conditions
        enrolled = probabilities.enrolled
        propensities = probabilities.arms
    }

    /// Deals a unit, or a cluster, by its bytes.
    package func deal(_ id: UnsafeRawBufferPointer) -> Deal {
        for index in gates.indices {
            let bucket = gates[index].hash.bucket(of: id)
            if !gates[index].passes(bucket) { return Deal(arm: nil, bucket: bucket, gate: index) }
        }
        let bucket = hash.bucket(of: id)
        guard !conditions.isEmpty else {
            return Deal(arm: ranges.arm(of: bucket), bucket: bucket, gate: nil)
        }
        for (index, range) in ranges.enumerated()
        where bucket >= range.from && bucket < range.to
            && conditions[index].allSatisfy({ $0.passes($0.hash.bucket(of: id)) })
        {
            return Deal(arm: range.arm, bucket: bucket, gate: nil)
        }
        return Deal(arm: nil, bucket: bucket, gate: nil)
    }

    /// The probability by design of an arm, given enrolment; of not being enrolled, for `nil`.
    package func propensity(ofArm arm: Int?) -> Double {
        arm.map { propensities[$0] } ?? 1 - enrolled
    }

    /// The arms' shares of enrolled units to the nearest millionth, made to add up to 100%.
    package var shares: [Share] {
        let exact = propensities.map { $0 * 1_000_000 }
        var whole = exact.map { Int($0) }
        // The largest remainders are rounded up (Hamilton's method).
        let byRemainder = exact.indices.sorted {
            (exact[$0] - Double(whole[$0]), $1) > (exact[$1] - Double(whole[$1]), $0)
        }
        for index in byRemainder.prefix(max(0, 1_000_000 - whole.reduce(0, +))) {
            whole[index] += 1
        }
        return whole.map { Share(millionths: min($0, 1_000_000)) }
    }
}

/// A system whose dealing Holdfast repeats.
public enum PeerSystem: String, CaseIterable, Sendable, Hashable {
    case growthbook, unleash, flagd, eppo, statsig, planout, optimizely, posthog
}
