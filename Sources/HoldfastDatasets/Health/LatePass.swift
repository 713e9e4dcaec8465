internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// Decisions whose exposure or outcome must be known by now.
extension HealthPass {
    /// Decisions that are old enough, from a key on: the last of them before the first that is not,
    /// of how many units one is looked at, and for how long the first that is left has been due.
    ///
    /// Most of what lies behind the key is younger, where a horizon is months: it must not be taken
    /// for work that is left. `due` gives `nil` for a decision that does not matter.
    private mutating func oldSpan(
        after first: Int64, through last: Int64, due: (SQLiteStatement) -> Int64?
    ) throws(SQLError) -> (last: Int64, every: UInt64, overdue: Int64) {
        let limit = isBounded ? roundRows : .max
        var (end, seen, wanted, overdue) = (first, 0, 0, Int64(0))
        var isStopped = false
        let (facts, now) = (facts, now)
        try facts.decisions(after: first, through: last) { row throws(SQLError) in
            let due = due(row)
            guard due.map({ $0 <= now }) ?? true else {
                isStopped = true
                return false
            }
            seen += 1
            guard seen <= limit else {
                hasMore = true
                isStopped = true
                overdue = due.map { now - $0 } ?? overdue
                return false
            }
            if let due {
                wanted += 1
                // Where the first that is left does not matter, the last that did tells as much.
                overdue = now - due
            }
            end = row.integer(0)
            return true
        }
        let isLeft = isStopped && seen > limit
        return (
            isStopped ? end : last, isBounded ? HealthPass.every(wanted) : 1, isLeft ? overdue : 0
        )
    }

    mutating func passTreated() throws {
        let last = evidences.values.map(\.cursors.decisions).min() ?? 0
        let first = evidences.values.map(\.cursors.treated).min() ?? last
        guard first < last else { return }
        let facts = facts
        let span = try oldSpan(after: first, through: last) { row in
            HealthPass.due(row, by: HealthRules.grace)
        }
        for name in evidences.keys { overdue[name] = span.overdue }
        try facts.decisions(after: first, through: span.last) { row throws(SQLError) in
            let experiment = row.text(1) ?? ""
            guard let cursor = evidences[experiment]?.cursors.treated, cursor < row.integer(0),
                !row.isNull(10), row.integer(10) != 0
            else { return true }
            let decision = HealthFacts.decision(row)
            if decision.reason == "assigned", let arm = decision.arm, arm != Name.control.text,
                span.every == 1 || healthHash(decision.unit.utf8) % span.every == 0
            {
                evidences[experiment]?.addIntended(
                    isExposed: try facts.isExposed(decision), at: decision.at,
                    received: decision.received)
            }
            return true
        }
        advance(\.treated, to: span.last)
    }

    mutating func passRipe(_ experiment: Experiment) throws {
        let name = experiment.name.text
        guard let cursors = evidences[name]?.cursors, cursors.ripe < cursors.decisions else {
            return
        }
        // Where its absence is a value, no outcome is missing.
        guard let outcome = experiment.outcome, outcome.absent == nil else {
            evidences[name]?.cursors.ripe = cursors.decisions
            return
        }
        let age = outcome.horizon.microseconds + HealthRules.grace
        let facts = facts
        let span = try oldSpan(after: cursors.ripe, through: cursors.decisions) { row in
            HealthPass.isOf(name, row) ? HealthPass.due(row, by: age) : nil
        }
        overdue[name] = max(overdue[name] ?? 0, span.overdue)
        try facts.decisions(after: cursors.ripe, through: span.last) { row throws(SQLError) in
            if HealthPass.isOf(name, row) {
                try takeRipe(HealthFacts.decision(row), outcome, every: span.every)
            }
            return true
        }
        evidences[name]?.cursors.ripe = span.last
    }

    /// Whether a decision is an experiment's.
    private static func isOf(_ experiment: String, _ row: SQLiteStatement) -> Bool {
        row.withText(1) { $0?.elementsEqual(experiment.utf8) ?? false }
    }

    /// When enough time has passed since a decision, by the earlier of when it was made and when
    /// it came: a clock that is ahead must not hold up what lies behind. What comes in batches
    /// comes kind after kind: a decision that came just now waits for what belongs to it as well.
    private static func due(_ row: SQLiteStatement, by span: Int64) -> Int64 {
        max(min(row.integer(4), row.integer(5)) + span, row.integer(5) + HealthRules.grace)
    }

    private mutating func takeRipe(
        _ decision: WatchedDecision, _ outcome: Experiment.Outcome, every: UInt64
    ) throws(SQLError) {
        let name = decision.experiment
        guard decision.reason == "assigned", let arm = decision.arm,
            let dealt = plans.plan(of: name, revision: decision.revision)
        else { return }
        let clusterHash = decision.cluster.map { healthHash($0.utf8) }
        let isFirst: Bool
        if dealt.isClustered {
            let before = clusterHash.flatMap {
                memories[name, default: ClusterMemory()].add(ClusterMemory.Mark.ripe, to: $0)
            }
            isFirst = before.map { $0 & ClusterMemory.Mark.ripe == 0 } ?? false
        } else {
            isFirst = true
        }
        let hash = dealt.isClustered ? clusterHash ?? 0 : healthHash(decision.unit.utf8)
        guard isFirst, every == 1 || hash % every == 0 else { return }
        if !dealt.isClustered, try !facts.isFirst(decision, block: dealt.block) { return }
        evidences[name]?.addRipe(
            arm, plan: dealt.plan(score: decision.score),
            isKnown: try facts.isKnown(
                decision, outcome: outcome.name.text, horizon: outcome.horizon.microseconds),
            at: decision.at, received: decision.received)
    }
}
