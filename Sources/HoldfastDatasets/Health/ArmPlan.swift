internal import HoldfastAssignment
internal import HoldfastLedger

/// The chance by design of each arm of an experiment, for the units of one stratum.
struct ArmPlan: Hashable, Sendable {
    /// The arms' names, in declared order.
    var arms: [String]
    /// Their probabilities by design, which add up to 1.
    var shares: [Double]

    /// Whether chance decides on the arm at all.
    var isRandom: Bool { shares.count(where: { $0 > 0 }) > 1 }
}

/// How an experiment deals under one revision of the catalog.
struct RevisionPlan: Sendable {
    /// A plan for each band of scores; one where the score does not matter.
    var strata: [ArmPlan]
    /// The scores below which each band but the last lies.
    var bounds: [Double]
    /// The length of a block, where units are dealt anew in each.
    var block: Int64?
    /// Whether a unit keeps its arm while the experiment runs.
    var isLasting: Bool
    /// Whether clusters are dealt in place of units.
    var isClustered: Bool

    init?(_ experiment: Experiment, of catalog: Catalog) {
        guard let dealing = catalog.dealings[experiment.name] else { return nil }
        let arms = experiment.arms.map(\.name.text)
        isClustered = experiment.cluster != nil
        strata = dealing.arms.strata.map { ArmPlan(arms: arms, shares: $0) }
        bounds = []
        isLasting = true
        switch dealing.arms {
        case .shares, .compatible: break
        case .rotation: isLasting = false
        case .switchback(let switchback, _, _, _):
            block = switchback.every.microseconds
            isLasting = false
        case .exploration(_, let bands): bounds = bands.compactMap(\.below)
        }
    }

    /// The plan of a unit with this score.
    func plan(score: Double?) -> ArmPlan {
        guard let score, !bounds.isEmpty else { return strata[0] }
        return strata[bounds.firstIndex { score < $0 } ?? bounds.count]
    }
}

/// The plans of all experiments under all revisions that the ledger has seen.
struct PlanTable: Sendable {
    private var plans: [String: [String: RevisionPlan]] = [:]

    init(_ revisions: [LedgerReader.Revision]) {
        for revision in revisions {
            for experiment in revision.catalog.experiments {
                plans[revision.revision, default: [:]][experiment.name.text] =
                    RevisionPlan(experiment, of: revision.catalog)
            }
        }
    }

    /// How an experiment deals under a revision; `nil` where the ledger has no such revision.
    func plan(of experiment: String, revision: String) -> RevisionPlan? {
        plans[revision]?[experiment]
    }
}
