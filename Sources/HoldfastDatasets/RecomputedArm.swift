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
            let position = RotationSQL.stored(rotation)
            let control = SQL.value(.real(propensities[dealing.experiment.controlIndex]))
            return """
                CASE WHEN \(position.place) < \(Int64(rotation.stay))
                  THEN CASE WHEN d.arm = 'control' AND d.propensity = \(control) THEN 1 ELSE 0 END
                  ELSE \(arms(rest, of: position.rest, propensities)) END = 1
                """
        case .exploration(_, let bands):
            let dealt = byBand(bands, score: "d.score") { _, band in
                arms(band.ranges, of: "d.bucket", band.propensities)
            }
            // Neither NULL nor infinite: no such score was dealt.
            return "d.score - d.score = 0 AND \(dealt) = 1"
        }
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
