internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLake
internal import HoldfastLedger

/// Who dealt an experiment by which revision, and what the nodes of a lake disagree on.
struct NodeFindings {
    let lake: String
    let experiment: Name
    let dealt: [NodeDealing]
    /// The revisions that deal as the catalog does.
    let alike: Set<String>
    /// Of each kind of fact, how many ids stand for several facts.
    let conflicts: [(kind: ShippedKind, count: Int64)]
    let disagreements: [NodeDisagreement]

    init(_ reader: LakeReader, _ experiment: Name, _ catalog: Catalog) throws {
        lake = reader.lake.path
        self.experiment = experiment
        dealt = reader.dealt
        let revisions = try reader.revisions(
            salt: catalog, receivedBy: Timestamp(microseconds: .max))
        alike = NodeDisagreement.revisions(dealingAs: catalog, experiment, among: revisions)
        conflicts = ShippedKind.allCases.filter { $0 != .batches }
            .map { ($0, reader.conflicts[$0] ?? 0) }
        disagreements = NodeDisagreement.find(
            dealt, revisions: revisions, experiment: experiment)
    }

    /// What its user must know, a sentence each.
    var warnings: [String] {
        disagreements.map(warning)
            + conflicts.filter { $0.count > 0 }.map { kind, count in
                "\(lake): \(count) \(kind) came to several nodes with one id and other content; the first to be received counts. "
                    + "Let producers give each fact an id of its own, and send it again as it was"
            }
    }

    private func warning(_ one: NodeDisagreement) -> String {
        let sides = [one.one, one.other].map { "\(list($0.nodes)) by \($0.revision)" }
        let others = [one.one, one.other].map(\.revision).filter { !alike.contains($0) }
        let isLeftOut =
            others.isEmpty
            ? "" : "; a set by this catalog leaves out what was dealt by \(list(others))"
        return
            "\(lake): nodes dealt \(experiment) differently at the same time, from \(one.first) to \(one.last): "
            + sides.joined(separator: ", ")
            + ". A unit's arm depended on the node. Give every node one catalog (holdfast diff says what differs)"
            + isLeftOut
    }

    var json: JSON {
        [
            "experiment": .string(experiment.text),
            "dealt": .array(
                dealt.map {
                    [
                        "node": .string($0.node), "revision": .string($0.revision),
                        "as_catalog": .bool(alike.contains($0.revision)),
                        "decisions": .integer($0.count), "first": .string($0.first.description),
                        "last": .string($0.last.description),
                    ]
                }),
            "disagreements": .array(
                disagreements.map {
                    [
                        "first": .string($0.first.description),
                        "last": .string($0.last.description),
                        "sides": .array([$0.one.json, $0.other.json]),
                    ]
                }),
            "conflicts": .object(
                JSONObject(conflicts.map { ($0.kind.rawValue, .integer($0.count)) })),
        ]
    }

    var lines: [String] {
        var lines = ["experiment \(experiment)"]
        if dealt.isEmpty { lines.append("  no node dealt it") }
        for one in dealt {
            let other =
                alike.contains(one.revision) ? "" : ", which deals otherwise than the catalog"
            lines.append(
                "  \(one.node) dealt \(one.count) by \(one.revision)\(other), from \(one.first) to \(one.last)"
            )
        }
        return lines + warnings.map { "  warning: \($0)" }
    }

    /// `a`, `a and b`, `a, b and 7 more`.
    private func list(_ names: [String]) -> String {
        switch names.count {
        case ...1: names.first ?? ""
        case 2...4: names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1])"
        default: names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
        }
    }
}

extension NodeDisagreement.Side {
    fileprivate var json: JSON {
        ["revision": .string(revision), "nodes": .array(nodes.map { .string($0) })]
    }
}
