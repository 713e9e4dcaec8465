internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// Exposures, each held against the decision of its unit.
extension HealthPass {
    mutating func passExposures() throws {
        try settlePending()
        guard let span = span(\.exposures, to: try facts.lastKey(.exposures)) else { return }
        let facts = facts
        try facts.exposures(after: span.first, through: span.last) { row throws(SQLError) in
            let experiment = row.text(1) ?? ""
            let key = row.integer(0)
            if let cursor = evidences[experiment]?.cursors.exposures, cursor < key {
                let exposure = HealthFacts.exposure(row)
                let hash = healthHash((exposure.cluster ?? exposure.unit).utf8)
                if span.every == 1 || hash % span.every == 0,
                    try !take(exposure)
                {
                    if let count = evidences[experiment]?.pending.count,
                        count < HealthRules.pendingLimit
                    {
                        evidences[experiment]?.pending.append(key)
                    }
                }
            }
            return true
        }
        advance(\.exposures, to: span.last)
    }

    /// Asks again for the decisions of exposures that came before them.
    private mutating func settlePending() throws(SQLError) {
        for name in evidences.keys.sorted() {
            guard let pending = evidences[name]?.pending, !pending.isEmpty else { continue }
            var left: [Int64] = []
            for key in pending {
                guard let exposure = try facts.exposure(key) else { continue }
                if try !take(exposure) { left.append(key) }
            }
            evidences[name]?.pending = left
        }
    }

    /// Holds an exposure against its decision; false where that may still come.
    private mutating func take(
        _ exposure: WatchedExposure
    ) throws(SQLError) -> Bool {
        let name = exposure.experiment
        var found = ExperimentEvidence.Exposed()
        let hash = exposure.cluster.map { healthHash($0.utf8) }
        let decision = try facts.decision(under: exposure)
        let clustered = catalog[experiment: name]?.cluster != nil
        let marks = clustered ? hash.map { memories[name]?.marks(of: $0) ?? 0 } ?? 0 : 0
        let clusterArms = marks & ClusterMemory.Mark.arms
        if let decision {
            try hold(exposure, to: decision, &found)
        } else if clusterArms != 0 {
            // A member that was never scored itself, of a household that was dealt.
            found.isOtherHousehold = clusterArms & mark(of: exposure.arm, in: name) == 0
        } else if let hash, clustered, memories[name]?.holds(hash) == false {
            // Of a cluster that is not looked at nobody knows whether it was dealt.
            return true
        } else {
            // By when it came: what comes in batches comes kind after kind.
            guard exposure.received + HealthRules.grace <= now else { return false }
            found.isDecided = false
        }
        // Whether a member without a decision of its own is exposed first may hang on the arm: the
        // first exposure of a cluster is that of the first member who was dealt.
        if let hash, clustered, decision?.reason == "assigned" {
            let before = memories[name, default: ClusterMemory()].add(
                ClusterMemory.Mark.exposed, to: hash)
            found.isFirst = before.map { $0 & ClusterMemory.Mark.exposed == 0 } ?? false
        }
        evidences[name]?.addExposure(found, at: exposure.at, received: exposure.received)
        return true
    }

    private mutating func hold(
        _ exposure: WatchedExposure, to decision: WatchedDecision,
        _ found: inout ExperimentEvidence.Exposed
    ) throws(SQLError) {
        let name = exposure.experiment
        let isHeldOut = decision.reason == "holdout"
        // Whoever is not part of the experiment may be treated as one likes.
        guard isHeldOut || ["assigned", "override"].contains(decision.reason) else { return }
        let dealt = isHeldOut ? Name.control.text : decision.arm ?? ""
        found.isOtherArm = !sameBytes(dealt, exposure.arm)
        if found.isOtherArm, dealt == Name.control.text {
            found.isCrossover = try !facts.isExposed(before: exposure, byAction: true)
        }
        guard decision.reason == "assigned",
            let plan = plans.plan(of: name, revision: decision.revision)
        else { return }
        found.arm = decision.arm
        found.plan = plan.isLasting ? plan.plan(score: decision.score) : nil
        if !plan.isClustered {
            found.isFirst = try !facts.isExposed(before: exposure, byAction: false)
        }
    }
}
