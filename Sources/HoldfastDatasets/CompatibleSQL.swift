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
    /// A namespace of PlanOut may have tens of thousands of ranges. The hash is asked once, in a
    /// query of its own; its ends are searched by steps of 16, since engines bound how deep cases
    /// may stand in cases; and they are written out, since engines bound how many values there are.
    private func isPassed(_ gate: Compatibility.Gate) -> SQL {
        // Bucket b is in piece i where i ends are at or below b: inside where i is odd.
        let ends = gate.passing.flatMap { [$0.lowerBound, $0.upperBound] }
        guard !ends.isEmpty else { return "0" }
        var text = ""
        CompatibleSQL.decide(0..<ends.count + 1, ends, into: &text)
        let decision = SQL(stringLiteral: text)
        return """
            (SELECT \(decision) FROM (SELECT \(bucket(gate.hash)) AS bucket) AS hf_gate)
            """
    }

    /// How many cases stand side by side before others stand within them.
    private static let breadth = 16

    /// Writes the case that tells which of some pieces holds the bucket: nothing but its own words
    /// and whole numbers.
    private static func decide(_ pieces: Range<Int>, _ ends: [UInt64], into text: inout String) {
        guard pieces.count > 1 else {
            text += pieces.lowerBound.isMultiple(of: 2) ? "0" : "1"
            return
        }
        let step = (pieces.count + breadth - 1) / breadth
        text += "CASE"
        for first in stride(from: pieces.lowerBound, to: pieces.upperBound, by: step) {
            let last = min(first + step, pieces.upperBound)
            text += last < pieces.upperBound ? " WHEN bucket < \(ends[last - 1]) THEN " : " ELSE "
            decide(first..<last, ends, into: &text)
        }
        text += " END"
    }

    private func bucket(_ hash: PeerHash) -> SQL { bucketSQL(hash.description, randomised) }
}
