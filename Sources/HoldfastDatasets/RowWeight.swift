internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

/// How many randomised rows a row that was left alone stands for: 1 by its chance of that.
///
/// Where a holdout covers the experiment, a unit is left alone in two ways, and its chance is that
/// of both: with h withheld, and a share r of the rest enrolled of which c is control,
/// h + (1 − h)·r are randomised and h + (1 − h)·r·c left alone. To weight the two kinds by their
/// own chances would count everybody twice. Without a holdout it is 1 / c, what the decision says.
///
/// Horvitz and Thompson (1952), "A generalization of sampling without replacement from a finite
/// universe".
struct RowWeight {
    /// Revisions that give the same weights, and how they deal.
    private let groups: [(revisions: [String], dealing: Dealing)]

    /// Of revisions that deal an experiment alike: they may differ in the share that is enrolled.
    init(_ revisions: [LedgerReader.Revision], experiment: Name) {
        var groups: [(revisions: [String], dealing: Dealing)] = []
        for revision in revisions {
            guard let dealing = revision.catalog.dealings[experiment] else { continue }
            let same = groups.firstIndex {
                $0.dealing.experiment.traffic == dealing.experiment.traffic
            }
            if let same {
                groups[same].revisions.append(revision.revision)
            } else {
                groups.append(([revision.revision], dealing))
            }
        }
        self.groups = groups
    }

    /// The weight of a decision, `d`, of control or of a holdout; NULL where it is not known.
    var ofControl: SQL {
        let byRevision = byRevision { dealing in
            // Without a holdout the decision says it all.
            guard RowWeight.free(dealing) < 1 else {
                return "CASE WHEN d.propensity > 0 THEN 1.0 / d.propensity END"
            }
            return weight(
                dealing,
                control: """
                    CASE WHEN d.reason = 'holdout' THEN \(planned(dealing)) ELSE d.propensity END
                    """)
        }
        return """
            CASE WHEN d.reason <> 'holdout' AND (d.arm IS NULL OR d.arm <> 'control') THEN NULL
                ELSE \(byRevision) END
            """
    }

    /// The weight that control would have had in the place of a decision, `d`, of whatever arm.
    var planned: SQL { byRevision { weight($0, control: planned($0)) } }

    /// What a decision's revision gives; NULL for one that is not taken.
    private func byRevision(_ value: (Dealing) -> SQL) -> SQL {
        let cases = groups.map { group -> SQL in
            let revisions = SQL.joined(group.revisions.map { .value(.text($0)) }, by: ", ")
            return "WHEN d.revision IN (\(revisions)) THEN \(value(group.dealing)) "
        }
        return cases.isEmpty ? "NULL" : "CASE \(SQL.joined(cases, by: ""))END"
    }

    /// How many randomised rows stand behind one, where control's chance once enrolled is this;
    /// NULL where a unit is never left alone.
    private func weight(_ dealing: Dealing, control: SQL) -> SQL {
        let free = RowWeight.free(dealing)
        let rest = free * RowWeight.enrolled(dealing)
        return "\(1 - free + rest) / NULLIF(\(1 - free) + \(rest) * \(control), 0)"
    }

    /// The chance that no holdout withholds a unit.
    private static func free(_ dealing: Dealing) -> Double {
        dealing.holdouts.reduce(1) { $0 * (1 - $1.share.fraction) }
    }

    /// The weight of a row that is kept: `x.weight` is that of control.
    func ofKept(_ mode: ExportRequest.Mode) -> SQL {
        switch mode {
        case .control: "1.0"
        case .weighted: "CASE WHEN d.intended = 0 THEN 1.0 ELSE x.weight END"
        }
    }

    /// The chance of a unit that is not withheld to be dealt an arm at all.
    static func enrolled(_ dealing: Dealing) -> Double {
        let experiment = dealing.experiment
        let slice = experiment.slice.map {
            Double($0.to.millionths - $0.from.millionths) / 1_000_000
        }
        var enrolled = (slice ?? 1) * experiment.traffic.fraction
        if case .compatible(let rule) = dealing.arms { enrolled *= rule.enrolled }
        return enrolled
    }

    /// The chance of control that a withheld unit would have had; NULL without the score that it
    /// depends on.
    private func planned(_ dealing: Dealing) -> SQL {
        let control = dealing.experiment.controlIndex
        switch dealing.arms {
        case .shares(_, _, let propensities), .rotation(_, _, _, let propensities),
            .switchback(_, _, _, let propensities):
            return .value(.real(propensities[control]))
        case .compatible(let rule): return .value(.real(rule.propensities[control]))
        case .exploration(_, let bands):
            let chance = byBand(bands, score: "d.score") { _, band in
                .value(.real(band.propensities[control]))
            }
            return "CASE WHEN d.score - d.score = 0 THEN \(chance) END"
        }
    }
}
