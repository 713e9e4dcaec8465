internal import HoldfastAssignment
internal import HoldfastLedger
internal import HoldfastSQL

/// Whether a stored decision is what its revision deals: the assignment once more, in SQL.
///
/// Each case is a whole row: the stored reason, arm, propensity and bucket, and the integer
/// comparisons that lead to them. A row that fits no case was edited, or dealt by something else.
/// The rule on attributes cannot be asked again, since attributes are not kept: what the ledger
/// calls eligible is taken to be.
struct Recomputation {
    /// The decisions' alias in the statement.
    private let row: SQL = "d"
    let revisions: [LedgerReader.Revision]
    let experiment: Name

    /// A condition that holds for rows that are as their revision deals them.
    var condition: SQL {
        let cases = revisions.flatMap { revision -> [SQL] in
            guard let dealing = revision.catalog.dealings[experiment] else { return [] }
            return self.cases(of: dealing, revision: revision.revision)
        }
        return cases.isEmpty ? "1 = 0" : SQL.joined(cases, by: " OR ")
    }

    private func cases(of dealing: Dealing, revision: String) -> [SQL] {
        let experiment = dealing.experiment
        let randomised: SQL = experiment.cluster == nil ? "d.unit" : "d.cluster"
        var passed: [SQL] = []  // What lies behind a row that came as far as the next step.
        var cases: [SQL] = []
        func add(_ reason: Reason, arm: Name? = nil, share: Share, bucket: SQL, _ dealt: SQL) {
            let stored: SQL = """
                d.revision = \(revision) AND d.reason = \(reason.word)
                    AND \(equals("d.arm", arm?.text)) AND \(equals("d.holdout", reason.holdout?.text))
                    AND d.propensity = \(share.fraction) AND d.bucket = \(bucket)
                """
            let all = SQL.joined([stored, dealt] + passed, by: "\n    AND ")
            cases.append("\n  (\(all))")
        }
        for holdout in dealing.holdouts {
            let bucket = bucket("holdout:\(holdout.name)", "d.unit")
            let boundary = Int64(holdout.share.boundary)
            add(
                .holdout(holdout.name), share: holdout.share, bucket: bucket,
                "\(bucket) < \(boundary)")
            passed.append("\(bucket) >= \(boundary)")
        }
        if let slice = experiment.slice {
            let bucket = bucket("layer:\(slice.layer)", "d.unit")
            let from = Int64(slice.from.boundary)
            let to = Int64(slice.to.boundary)
            let outside = 1_000_000 - (slice.to.millionths - slice.from.millionths)
            add(
                .outsideSlice, share: Share(millionths: outside), bucket: bucket,
                "(\(bucket) < \(from) OR \(bucket) >= \(to))")
            passed.append("\(bucket) >= \(from) AND \(bucket) < \(to)")
        }
        if experiment.traffic < .all {
            let bucket = bucket("traffic:\(experiment.name)", randomised)
            let boundary = Int64(experiment.traffic.boundary)
            let outside = Share(millionths: 1_000_000 - experiment.traffic.millionths)
            add(.notEnrolled, share: outside, bucket: bucket, "\(bucket) >= \(boundary)")
            passed.append("\(bucket) < \(boundary)")
        }
        let bucket = bucket("arm:\(experiment.name)", randomised)
        var start: Int64 = 0
        for (arm, end) in zip(experiment.arms, dealing.armBoundaries) where arm.share > .none {
            add(
                .assigned, arm: arm.name, share: arm.share, bucket: bucket,
                "\(bucket) >= \(start) AND \(bucket) < \(Int64(end))")
            start = Int64(end)
        }
        return cases
    }

    private func equals(_ column: SQL, _ text: String?) -> SQL {
        text.map { "\(column) = \($0)" } ?? "\(column) IS NULL"
    }

    private func bucket(_ scope: String, _ id: SQL) -> SQL { bucketSQL(scope, id) }
}

/// The bucket of an id in a scope, as SQL.
func bucketSQL(_ scope: String, _ id: SQL) -> SQL {
    "\(SQL(stringLiteral: LedgerReader.bucketFunction))(\(scope), \(id))"
}
