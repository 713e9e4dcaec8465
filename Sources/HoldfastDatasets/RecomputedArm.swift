internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The last step of an assignment in SQL: whether a stored arm and its propensity are what the
/// stored bucket is dealt, by shares, rotation, score or block of time.
///
/// All is integer arithmetic that engines share: a quotient is taken of what divides without a
/// remainder, so that it is the same where `/` gives a double, and a product stays below 2^63.
struct RecomputedArm {
    let dealing: Dealing
    /// What was dealt: the column of the unit, or of its cluster.
    let randomised: SQL

    /// The bucket by which the arm is dealt.
    var bucket: SQL {
        let scope = "arm:\(dealing.experiment.name)"
        switch dealing.arms {
        case .shares, .rotation, .exploration: return bucketSQL(scope, randomised)
        case .compatible(let rule): return bucketSQL(rule.hash.description, randomised)
        case .switchback(let switchback, _, _, _):
            let epoch = floorQuotient("d.decided_at", switchback.every.microseconds)
            return bucketSQL(scope: "\(scope + "@") || \(epoch)", randomised)
        }
    }

    /// Whether the stored arm and propensity follow from the stored bucket, score and time.
    ///
    /// Cases stand side by side: engines bound how deep a condition may be, and a catalog may have
    /// a hundred bands of a hundred arms.
    var condition: SQL {
        switch dealing.arms {
        case .compatible(let rule):
            return CompatibleSQL(
                rule: rule, arms: dealing.experiment.arms.map(\.name), randomised: randomised
            ).isAssigned
        case .shares(_, let ranges, let propensities),
            .switchback(_, _, let ranges, let propensities):
            return "\(arms(ranges, of: "d.bucket", propensities)) = 1"
        case .rotation(let rotation, _, let rest, let propensities):
            let position = RotationSQL(rotation: rotation)
            let control = SQL.value(.real(propensities[controlIndex]))
            return """
                CASE WHEN \(position.place) < \(Int64(rotation.stay))
                  THEN CASE WHEN d.arm = 'control' AND d.propensity = \(control) THEN 1 ELSE 0 END
                  ELSE \(arms(rest, of: position.rest, propensities)) END = 1
                """
        case .exploration(_, let bands):
            let cases = bands.map { band -> SQL in
                let dealt = arms(band.ranges, of: "d.bucket", band.propensities)
                return band.below.map { "WHEN d.score < \($0) THEN \(dealt) " } ?? "ELSE \(dealt) "
            }
            // One band alone would be a CASE without a condition, which engines do not take.
            let dealt =
                bands.count == 1
                ? arms(bands[0].ranges, of: "d.bucket", bands[0].propensities)
                : "CASE \(SQL.joined(cases, by: ""))END"
            // Neither NULL nor infinite: no such score was dealt.
            return "d.score - d.score = 0 AND \(dealt) = 1"
        }
    }

    private var controlIndex: Int {
        guard let index = dealing.experiment.arms.firstIndex(where: { $0.name == .control }) else {
            preconditionFailure("a rotation has a control arm")
        }
        return index
    }

    /// 1 where the stored arm is that of a bucket, with its propensity; else 0.
    private func arms(_ ranges: [ArmRange], of bucket: SQL, _ propensities: [Double]) -> SQL {
        let cases = dealing.experiment.arms.enumerated().compactMap { index, arm -> SQL? in
            let own = ranges.filter { $0.arm == index }.map { range -> SQL in
                "\(bucket) >= \(Int64(range.from)) AND \(bucket) < \(Int64(range.to))"
            }
            guard !own.isEmpty else { return nil }
            return """
                WHEN d.arm = \(arm.name.text) AND d.propensity = \(propensities[index]) AND (\(SQL.joined(own, by: " OR "))) THEN 1
                """
        }
        return "CASE \(SQL.joined(cases, by: " ")) ELSE 0 END"
    }
}

/// Where a decision stands in a rotation, by its stored bucket and its time.
struct RotationSQL {
    let rotation: Rotation

    private var panels: Int64 { Int64(rotation.panels) }
    private var product: SQL { "(d.bucket * \(panels))" }
    private var elapsed: SQL { "(d.decided_at - \(rotation.from.microseconds))" }

    /// The place within the panel, as a bucket.
    var rest: SQL { "(\(product) % \(Int64(Bucket.count)))" }

    /// How many periods of control are left after this one; `stay` or more outside control.
    var place: SQL {
        let panel = floorQuotient(product, Int64(Bucket.count))
        let period = floorQuotient(elapsed, rotation.every.microseconds)
        return floorRemainder("(\(panel) - \(period))", panels)
    }

    /// The time since the stretch of control began in which the decision lies.
    var sinceStart: SQL {
        let every = rotation.every.microseconds
        return """
            (\(floorRemainder(elapsed, every)) + \(every) * (\(Int64(rotation.stay) - 1) - \(place)))
            """
    }
}
