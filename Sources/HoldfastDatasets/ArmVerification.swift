package import HoldfastAssignment
package import HoldfastLedger
internal import HoldfastSQL

/// Deals every stored decision again, and says which are not what their revisions deal.
///
/// Only what chance decided can be dealt again, and only under the salt that is known: attributes
/// are not kept, so that eligibility is taken as it was recorded. Where no revision was dealt under
/// that salt there is nothing to deal, which is no answer: ``refuseOtherSalt(_:catalog:)``.
package struct ArmVerification: Sendable {
    /// Decisions that were dealt again.
    package private(set) var recomputedCount = 0
    /// Decisions that cannot be, since chance did not make them.
    package private(set) var otherCount = 0
    /// Decisions that chance made under another salt than the one that is known.
    package private(set) var otherSaltCount = 0
    /// One line for each experiment that has decisions that are not what their revisions deal.
    package private(set) var faults: [LedgerFault] = []

    /// Looks at every experiment that any revision has.
    package init(
        _ ledger: LedgerReader, catalog: Catalog, progress: (String) -> Void
    ) throws(LedgerError) {
        let revisions: [LedgerReader.Revision]
        switch try Self.revisions(of: ledger, catalog) {
        case .success(let read): revisions = read
        case .failure(let damage):
            faults.append(LedgerFault(check: .arms, detail: damage.message))
            return
        }
        let names = Set(revisions.flatMap { $0.catalog.experiments.map(\.name) }).sorted()
        for name in names {
            progress("dealing the decisions of \(name) again")
            do throws(SQLError) {
                try deal(name, revisions.filter(\.isSameSalt), on: ledger.connection)
            } catch {
                guard error.isDamage else {
                    throw LedgerError(error, path: ledger.path, tried: "dealing decisions again")
                }
                let detail = "experiment \(name) could not be dealt again: \(error.message)"
                faults.append(LedgerFault(check: .arms, detail: detail))
            }
        }
    }

    /// Throws where the ledger has revisions, and none of them deals under the catalog's salt.
    ///
    /// Revisions that cannot be read are for the verification to tell.
    package static func refuseOtherSalt(
        _ ledger: LedgerReader, catalog: Catalog
    ) throws(LedgerError) {
        guard case .success(let revisions) = try revisions(of: ledger, catalog),
            !revisions.isEmpty, !revisions.contains(where: \.isSameSalt)
        else { return }
        throw LedgerError(
            .otherSalt, path: ledger.path,
            "none of its revisions deals under this catalog's salt, so that no decision can be dealt again",
            "give the catalog with the salt under which decisions were recorded, or leave --catalog out to look at all else"
        )
    }

    /// The revisions, or what is damaged in them; throws where that is not why there are none.
    private static func revisions(
        of ledger: LedgerReader, _ catalog: Catalog
    ) throws(LedgerError) -> Result<[LedgerReader.Revision], LedgerError> {
        do throws(LedgerError) {
            return .success(try ledger.revisions(salt: catalog))
        } catch {
            guard error.code == .damaged || error.code == .notALedger else { throw error }
            return .failure(error)
        }
    }

    private mutating func deal(
        _ name: Name, _ revisions: [LedgerReader.Revision], on connection: SQLiteConnection
    ) throws(SQLError) {
        let recomputation = Recomputation(revisions: revisions, experiment: name)
        let known = textsSQL(revisions.map(\.revision))
        var wrong = 0
        var first: Int64 = 0
        try connection.query(
            """
            SELECT COUNT(*), COALESCE(SUM(is_known), 0), COALESCE(SUM(is_known * is_wrong), 0),
              COALESCE(MIN(CASE WHEN is_known * is_wrong = 1 THEN decision END), 0),
              COALESCE(SUM(is_chance), 0)
            FROM (
              SELECT d.decision,
                CASE WHEN \(Recomputation.isByChance) THEN 1 ELSE 0 END AS is_chance,
                CASE WHEN \(Recomputation.isByChance) AND d.revision IN (\(known)) THEN 1 ELSE 0 END
                  AS is_known,
                CASE WHEN \(recomputation.condition) THEN 0 ELSE 1 END AS is_wrong
              FROM decisions AS d WHERE d.experiment = \(name.text)) AS hf_dealt
            """
        ) { row throws(SQLError) in
            recomputedCount += Int(row.integer(1))
            otherCount += Int(row.integer(0) - row.integer(4))
            otherSaltCount += Int(row.integer(4) - row.integer(1))
            wrong = Int(row.integer(2))
            first = row.integer(3)
        }
        guard wrong > 0 else { return }
        faults.append(
            LedgerFault(
                check: .arms,
                detail:
                    "experiment \(name): \(wrong) decisions are not what their revision deals, the first is decision \(first)"
            ))
    }
}
