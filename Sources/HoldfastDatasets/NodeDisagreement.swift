package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastLedger

/// Two revisions that deal an experiment differently, by which different nodes dealt at the same
/// time: a unit may have been given one arm by one node and another arm by the next.
///
///     NodeDisagreement.find(dealt, revisions: revisions, experiment: "limits")
///     // [node-a and node-b by r1, node-c by r2, from 10:00 until 10:20]
///
/// As long as a catalog is being rolled out this is so, and afterwards it is not; nodes that stay
/// apart were forgotten. Says nothing of nodes whose clocks are apart by more than the roll-out
/// took.
package struct NodeDisagreement: Sendable, Equatable {
    /// Nodes that dealt by one revision.
    package struct Side: Sendable, Equatable {
        package var revision: String
        package var nodes: [String]
    }

    package var one: Side
    package var other: Side
    /// From when until when both were dealt by, as far as is recorded.
    package var first: Timestamp
    package var last: Timestamp

    /// What nodes disagreed on, by the revisions' names.
    ///
    /// A node that goes from one revision to another by itself disagrees with nobody.
    package static func find(
        _ dealt: [NodeDealing], revisions: [LedgerReader.Revision], experiment: Name
    ) -> [NodeDisagreement] {
        let groups = ExportPlan.groups(revisions, experiment)
        let byRevision = Dictionary(grouping: dealt, by: \.revision)
        let names = byRevision.keys.sorted()
        var found: [NodeDisagreement] = []
        for (index, name) in names.enumerated() {
            for other in names[(index + 1)...] {
                // A revision that nobody knows deals as nobody knows.
                if let group = groups[name], group == groups[other] { continue }
                if let pair = overlap(byRevision[name] ?? [], byRevision[other] ?? []) {
                    found.append(pair)
                }
            }
        }
        return found
    }

    /// The revisions that deal an experiment as a catalog does: a set takes their decisions.
    package static func revisions(
        dealingAs catalog: Catalog, _ experiment: Name, among revisions: [LedgerReader.Revision]
    ) -> Set<String> {
        guard let declared = catalog[experiment: experiment.text] else { return [] }
        return Set(ExportPlan.alike(revisions, catalog, declared).map(\.revision))
    }

    /// When and where two revisions were in force at once, at two nodes.
    private static func overlap(
        _ ones: [NodeDealing], _ others: [NodeDealing]
    ) -> NodeDisagreement? {
        var found: NodeDisagreement?
        for one in ones {
            for other in others where one.node != other.node {
                let first = max(one.first, other.first)
                let last = min(one.last, other.last)
                guard first <= last else { continue }
                var pair =
                    found
                    ?? NodeDisagreement(
                        one: Side(revision: one.revision, nodes: []),
                        other: Side(revision: other.revision, nodes: []), first: first, last: last)
                pair.first = min(pair.first, first)
                pair.last = max(pair.last, last)
                pair.one.add(one.node)
                pair.other.add(other.node)
                found = pair
            }
        }
        return found
    }
}

extension NodeDisagreement.Side {
    /// In the order of their names.
    fileprivate mutating func add(_ node: String) {
        if nodes.contains(node) { return }
        nodes.insert(node, at: nodes.firstIndex { $0 > node } ?? nodes.count)
    }
}
