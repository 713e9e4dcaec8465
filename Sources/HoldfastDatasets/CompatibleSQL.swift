internal import HoldfastAssignment
internal import HoldfastSQL

/// What another system's rule deals, in SQL: its gates, and its arms' ranges, as integers.
struct CompatibleSQL {
    let rule: Compatibility
    let arms: [Name]
    /// What was dealt: the column of the unit, or of its cluster.
    let randomised: SQL

    /// Whether the stored arm and propensity are what the rule deals; the stored bucket is known to
    /// be the hash's.
    var isAssigned: SQL {
        let cases = arms.enumerated().map { index, arm -> SQL in
            """
            WHEN \(Int64(index)) THEN CASE WHEN d.arm = \(arm.text) AND d.propensity = \(rule.propensities[index]) THEN 1 ELSE 0 END
            """
        }
        let passed = rule.gates.map { "\(isPassed($0)) = 1" as SQL }
        let dealt: SQL = "CASE \(self.dealt) \(SQL.joined(cases, by: " ")) ELSE 0 END = 1"
        return SQL.joined(passed + [dealt], by: " AND ")
    }

    /// Whether a stored row that is not enrolled is one that the rule turns away, by the bucket
    /// that decided.
    var isTurnedAway: SQL {
        var cases = rule.gates.map { gate -> SQL in
            "WHEN \(isPassed(gate)) = 0 THEN \(bucket(gate.hash))"
        }
        cases.append("WHEN \(dealt) = -1 THEN \(bucket(rule.hash))")
        return """
            d.propensity = \(rule.propensity(ofArm: nil))
              AND d.bucket = CASE \(SQL.joined(cases, by: " ")) END
            """
    }

    /// The place of the arm, or -1 in no arm's range. The first range that holds the bucket, and
    /// whose conditions hold, wins.
    private var dealt: SQL {
        let hash = bucket(rule.hash)
        let cases = rule.ranges.enumerated().map { index, range -> SQL in
            let conditions = rule.conditions.isEmpty ? [] : rule.conditions[index]
            let own: SQL = "\(hash) >= \(Int64(range.from)) AND \(hash) < \(Int64(range.to))"
            let all = [own] + conditions.map { "\(isPassed($0)) = 1" }
            return "WHEN \(SQL.joined(all, by: " AND ")) THEN \(Int64(range.arm))"
        }
        return "CASE \(SQL.joined(cases, by: " ")) ELSE -1 END"
    }

    /// 1 where a gate lets through, else 0.
    ///
    /// Ascending ends side by side: engines bound how deep a condition may be, and a namespace may
    /// have thousands of ranges.
    private func isPassed(_ gate: Compatibility.Gate) -> SQL {
        if gate.passing.isEmpty { return "0" }
        let bucket = bucket(gate.hash)
        let cases = gate.passing.map { range -> SQL in
            """
            WHEN \(bucket) < \(Int64(range.lowerBound)) THEN 0 WHEN \(bucket) < \(Int64(range.upperBound)) THEN 1
            """
        }
        return "CASE \(SQL.joined(cases, by: " ")) ELSE 0 END"
    }

    private func bucket(_ hash: PeerHash) -> SQL { bucketSQL(hash.description, randomised) }
}
