internal import HoldfastAssignment
internal import HoldfastFormats
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

    /// Whether chance decided: only that can be dealt again.
    static let isByChance: SQL =
        "d.reason IN ('assigned', 'holdout', 'outside_slice', 'not_enrolled')"

    /// A condition that holds for rows that are as their revision deals them.
    ///
    /// Revisions that deal the experiment alike share their cases, and each group is a branch of
    /// one flat CASE: an OR of them all would grow deeper with every revision, and engines bound
    /// that.
    var condition: SQL {
        var groups: [(dealing: Dealing, revisions: [String])] = []
        for revision in revisions {
            guard let dealing = revision.catalog.dealings[experiment] else { continue }
            if let index = groups.firstIndex(where: { isSame($0.dealing, dealing) }) {
                groups[index].revisions.append(revision.revision)
            } else {
                groups.append((dealing, [revision.revision]))
            }
        }
        guard !groups.isEmpty else { return "1 = 0" }
        let branches = groups.map { group -> SQL in
            let revisions = SQL.joined(group.revisions.map { SQL.value(.text($0)) }, by: ", ")
            let cases = SQL.joined(cases(of: group.dealing), by: " OR ")
            // Testers once for all cases: each id is a value, and engines bound how many there are.
            let testers = testers(of: group.dealing)
            return
                "\n  WHEN d.revision IN (\(revisions)) THEN CASE \(testers)WHEN \(cases) THEN 1 ELSE 0 END"
        }
        return "CASE \(SQL.joined(branches, by: "")) ELSE 0 END = 1"
    }

    /// Whether two dealings give every row the same cases.
    private func isSame(_ one: Dealing, _ other: Dealing) -> Bool {
        func shares(_ dealing: Dealing) -> [String] {
            dealing.holdouts.map { "\($0.name) \($0.share)" }
        }
        let (a, b) = (one.experiment, other.experiment)
        return a.dealsAlike(b) && a.traffic == b.traffic && a.overrides == b.overrides
            && a.starts == b.starts && a.ends == b.ends && shares(one) == shares(other)
    }

    private func cases(of dealing: Dealing) -> [SQL] {
        let experiment = dealing.experiment
        let randomised: SQL = experiment.cluster == nil ? "d.unit" : "d.cluster"
        var passed: [SQL] = []  // What lies behind a row that came as far as the next step.
        var cases: [SQL] = []
        func add(_ reason: Reason, share: Share, bucket: SQL, _ dealt: SQL) {
            let stored: SQL = """
                d.reason = \(reason.word)
                    AND d.arm IS NULL AND \(equals("d.holdout", reason.holdout?.text))
                    AND d.propensity = \(share.fraction) AND d.bucket = \(bucket)
                """
            let all = SQL.joined([stored, dealt] + passed, by: "\n    AND ")
            cases.append("\n  (\(all))")
        }
        if let starts = experiment.starts {
            passed.append("d.decided_at >= \(starts.microseconds)")
        }
        if let ends = experiment.ends { passed.append("d.decided_at < \(ends.microseconds)") }
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
            add(
                .outsideSlice, share: slice.outside, bucket: bucket,
                "(\(bucket) < \(from) OR \(bucket) >= \(to))")
            passed.append("\(bucket) >= \(from) AND \(bucket) < \(to)")
        }
        if experiment.traffic < .all {
            let bucket = bucket("traffic:\(experiment.name)", randomised)
            let boundary = Int64(experiment.traffic.boundary)
            add(
                .notEnrolled, share: experiment.traffic.rest, bucket: bucket,
                "\(bucket) >= \(boundary)")
            passed.append("\(bucket) < \(boundary)")
        }
        if case .compatible(let rule) = dealing.arms {
            let turned = CompatibleSQL(
                rule: rule, arms: experiment.arms.map(\.name), randomised: randomised
            ).isTurnedAway
            let stored: SQL = "d.reason = 'not_enrolled' AND d.arm IS NULL AND d.holdout IS NULL"
            cases.append("\n  (\(SQL.joined([stored] + passed + [turned], by: "\n    AND ")))")
        }
        let arm = RecomputedArm(dealing: dealing, randomised: randomised)
        let stored: SQL = """
            d.reason = 'assigned' AND d.holdout IS NULL AND d.bucket = \(arm.bucket)
            """
        cases.append("\n  (\(SQL.joined([stored] + passed + [arm.condition], by: "\n    AND ")))")
        return cases
    }

    /// Testers are not dealt by chance.
    private func testers(of dealing: Dealing) -> SQL {
        let testers = dealing.experiment.overrides.keys.map(\.text).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        guard !testers.isEmpty else { return "" }
        let list = SQL.joined(testers.map { SQL.value(.text($0)) }, by: ", ")
        return "WHEN d.unit IN (\(list)) THEN 0 "
    }

    private func equals(_ column: SQL, _ text: String?) -> SQL {
        text.map { "\(column) = \($0)" } ?? "\(column) IS NULL"
    }

    private func bucket(_ scope: String, _ id: SQL) -> SQL { bucketSQL(scope, id) }
}

/// The bucket of an id in a scope, as SQL.
func bucketSQL(_ scope: String, _ id: SQL) -> SQL { bucketSQL(scope: "\(scope)", id) }

/// The bucket of an id in a scope that is itself made in SQL.
func bucketSQL(scope: SQL, _ id: SQL) -> SQL { SQL.bucket(scope: scope, id: id) }
