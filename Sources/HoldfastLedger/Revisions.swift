internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

extension LedgerFile {
    /// The catalogs of all revisions that were dealt under this salt, oldest first.
    func revisions(salt: String) throws(SQLError) -> [Catalog] {
        try LedgerFile.revisions(on: connection, salt: salt).map(\.catalog)
    }

    static func revisions(
        on connection: SQLiteConnection, salt: String,
        receivedBy time: Timestamp = Timestamp(microseconds: .max)
    ) throws(SQLError) -> [(catalog: Catalog, revision: String, saltFingerprint: String)] {
        var revisions: [(catalog: Catalog, revision: String, saltFingerprint: String)] = []
        let query: SQL = """
            SELECT catalog, revision, salt_fingerprint FROM revisions
            WHERE received_at <= \(time.microseconds)
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
}
