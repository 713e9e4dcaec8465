internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

extension LedgerFile {
    /// The catalogs of all revisions that were dealt under this salt, oldest first.
    func revisions(salt: String) throws(SQLError) -> [Catalog] {
        try LedgerFile.revisions(on: connection, salt: salt).map(\.catalog)
    }

    static func revisions(
        on connection: SQLiteConnection, salt: String
    ) throws(SQLError) -> [(catalog: Catalog, revision: String, saltFingerprint: String)] {
        var revisions: [(catalog: Catalog, revision: String, saltFingerprint: String)] = []
        let query: SQL = """
            SELECT catalog, revision, salt_fingerprint FROM revisions
            ORDER BY received_at, revision
            """
        try connection.query(query) { row throws(SQLError) in
            let text = row.text(0) ?? ""
            do throws(CatalogError) {
                let catalog = try Catalog(canonicalText: text, salt: salt)
                revisions.append((catalog, row.text(1) ?? "", row.text(2) ?? ""))
            } catch {
                throw SQLError.damagedRevision("\(error)")
            }
        }
        return revisions
    }

    /// What a new catalog would change in experiments that run, so that units would change arms.
    func unsafeChanges(to catalog: Catalog, at time: Timestamp) throws(SQLError) -> [String] {
        let query: SQL = """
            SELECT r.catalog, r.salt_fingerprint, r.revision
            FROM in_force AS f JOIN revisions AS r ON r.revision = f.revision
            ORDER BY f.sequence DESC LIMIT 1
            """
        var problems: [String] = []
        try connection.query(query) { row throws(SQLError) in
            do throws(CatalogError) {
                let last = try Catalog(canonicalText: row.text(0) ?? "", salt: catalog.salt)
                let sameSalt = row.text(1) == catalog.saltFingerprint
                problems = catalog.unsafeChanges(
                    since: last, revision: row.text(2) ?? "", sameSalt: sameSalt, at: time)
            } catch {
                throw SQLError.damagedRevision("\(error)")
            }
        }
        return problems
    }
}
