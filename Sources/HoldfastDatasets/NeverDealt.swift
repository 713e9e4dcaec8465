package import HoldfastAssignment
package import HoldfastLedger

/// An experiment that no recorded revision deals as a catalog does: other arms, or another salt. By
/// that catalog nothing can be said of its facts.
package struct NeverDealt: Error, Sendable, Equatable {
    package let experiment: Name

    init(_ experiment: Name) { self.experiment = experiment }

    package var message: String {
        "no recorded revision deals this experiment as the catalog does: \(experiment)"
    }

    /// What the reader can do, who wanted to do this.
    package func hint(to verb: String) -> String {
        "\(verb) with the catalog and the salt under which decisions were recorded"
    }

    /// The first of some experiments that a catalog deals otherwise than any revision that has it;
    /// or the first of all, where no revision deals any of them.
    ///
    /// One that no revision has, beside others that are dealt, was declared just now: of it there
    /// is nothing yet. Nor is there in a ledger without a revision.
    package static func first(
        of experiments: [Experiment], by catalog: Catalog, _ revisions: [LedgerReader.Revision]
    ) -> NeverDealt? {
        guard !revisions.isEmpty else { return nil }
        let others = experiments.filter {
            ExportPlan.alike(revisions, catalog, $0).isEmpty
        }
        let known = others.first { other in
            revisions.contains { $0.catalog[experiment: other.name.text] != nil }
        }
        let found = known ?? (others.count == experiments.count ? others.first : nil)
        return found.map { NeverDealt($0.name) }
    }
}
