import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// Nodes that dealt differently at the same time: by a reference that looks at every moment.
@Suite struct NodeDisagreementTests {
    private static let experiment = "offers"

    private static func revision(
        _ name: String, control: Int, washout: Int = 2, salt: String = "disagreement-salt-01",
        holdout: Int = 0
    ) throws -> LedgerReader.Revision {
        let declared = try catalog(
            """
            holdouts: {quiet: {unit: customer, share: \(1 + holdout)%, covers: all}},
            experiments: {offers: {unit: customer, washout: \(washout)h,
            arms: [{control: \(control)%}, {treatment: \(100 - control)%}]}}
            """, salt: salt)
        return LedgerReader.Revision(
            catalog: declared, revision: name, isSameSalt: salt == "disagreement-salt-01",
            saltFingerprint: declared.saltFingerprint)
    }

    /// `a` and `b` deal alike; each of the others deals as none else.
    private static func revisions() throws -> [LedgerReader.Revision] {
        [
            try revision("a", control: 50), try revision("b", control: 50, washout: 3),
            try revision("c", control: 60), try revision("d", control: 50, holdout: 1),
            try revision("e", control: 50, salt: "disagreement-salt-02"),
        ]
    }

    private static func isUnlike(_ one: String, _ other: String) -> Bool {
        one != other && Set([one, other]) != ["a", "b"]
    }

    /// Looks at every moment, and at every two nodes then.
    private static func reference(_ dealt: [NodeDealing]) -> [NodeDisagreement] {
        var found: [String: NodeDisagreement] = [:]
        for moment in 0..<30 {
            let time = Timestamp(microseconds: Int64(moment))
            let now = dealt.filter { $0.first <= time && time <= $0.last }
            for one in now {
                for other in now
                where one.node != other.node && one.revision < other.revision
                    && isUnlike(one.revision, other.revision)
                {
                    let key = one.revision + other.revision
                    var pair =
                        found[key]
                        ?? NodeDisagreement(
                            one: .init(revision: one.revision, nodes: []),
                            other: .init(revision: other.revision, nodes: []), first: time,
                            last: time)
                    pair.last = time
                    pair.one.nodes = Set(pair.one.nodes + [one.node]).sorted()
                    pair.other.nodes = Set(pair.other.nodes + [other.node]).sorted()
                    found[key] = pair
                }
            }
        }
        return found.keys.sorted().compactMap { found[$0] }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `what is found is what was so at some moment, at two nodes`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let revisions = try NodeDisagreementTests.revisions()
        var dealt: [NodeDealing] = []
        for node in ["x", "y", "z"].prefix(1 + chance.below(3)) {
            for revision in revisions where chance.below(2) == 0 {
                let first = chance.below(25)
                dealt.append(
                    NodeDealing(
                        node: node, revision: revision.revision,
                        first: Timestamp(microseconds: Int64(first)),
                        last: Timestamp(microseconds: Int64(first + chance.below(5))), count: 1))
            }
        }
        let offers = try name(NodeDisagreementTests.experiment)
        let found = NodeDisagreement.find(
            dealt.shuffled(using: &chance), revisions: revisions.shuffled(using: &chance),
            experiment: offers)
        #expect(found == NodeDisagreementTests.reference(dealt), "seed \(seed)")
    }

    @Test func `a revision that nobody knows agrees with itself only`() throws {
        let offers = try name(NodeDisagreementTests.experiment)
        func dealing(_ node: String, _ revision: String) -> NodeDealing {
            NodeDealing(
                node: node, revision: revision, first: Timestamp(microseconds: 0),
                last: Timestamp(microseconds: 9), count: 1)
        }
        let revisions = [try NodeDisagreementTests.revision("a", control: 50)]
        func count(_ one: String, _ other: String) -> Int {
            NodeDisagreement.find(
                [dealing("x", one), dealing("y", other)], revisions: revisions, experiment: offers
            ).count
        }
        #expect(count("a", "lost") == 1 && count("lost", "found") == 1)
        #expect(count("lost", "lost") == 0 && count("a", "a") == 0)
    }
}
