/// The decision of an experiment in which nothing but the arms' shares decides: no tester, no time,
/// no rule, no holdout, no layer, no cluster, and everybody enrolled.
///
/// It is what most units of most catalogs are dealt by, and costs little more than its hash.
final class PlainShares: Sendable {
    private let scope: Scope
    /// The first bucket beyond each range, ascending; the last is 2^52.
    private let ends: [UInt64]
    /// The arm of each range, by its place among the experiment's arms.
    let arms: [Int]
    /// The propensity of each range.
    let propensities: [Double]

    /// `nil` where something else has a say.
    init?(_ experiment: Experiment, _ step: Dealing.ArmStep) {
        guard case .shares(let scope, let ranges, let propensities) = step,
            experiment.overrides.isEmpty, experiment.starts == nil, experiment.ends == nil,
            experiment.eligible == nil, experiment.slice == nil, experiment.cluster == nil,
            experiment.traffic == .all
        else { return nil }
        // Ranges of shares lie end to end and reach 2^52, so that their ends say all.
        precondition(ranges.first?.from == 0 && ranges.last?.to == Bucket.count)
        self.scope = scope
        ends = ranges.map(\.to)
        arms = ranges.map(\.arm)
        self.propensities = ranges.map { propensities[$0.arm] }
    }

    /// The range that a unit's bucket falls to, and the bucket.
    @inline(__always)
    func deal(_ unit: UnsafeRawBufferPointer) -> (range: Int, bucket: UInt64) {
        let bucket = scope.bucket(of: unit)
        var range = 0
        while bucket >= ends[range] { range &+= 1 }
        return (range, bucket)
    }
}
