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

    /// What a new catalog would change in experiments that run, so that units would change arms.
    ///
    /// Each experiment is compared with the last revision that had it: to take it out and put it
    /// back with other shares moves units just as well.
    func unsafeChanges(to catalog: Catalog, at time: Timestamp) throws(SQLError) -> [String] {
        let query: SQL = """
            SELECT r.catalog, r.salt_fingerprint, r.revision
            FROM in_force AS f JOIN revisions AS r ON r.revision = f.revision
            ORDER BY f.sequence DESC
            """
        var problems: [String] = []
        var compared: Set<Name> = []
        try connection.query(query) { row throws(SQLError) in
            do throws(CatalogError) {
                let last = try Catalog(canonicalText: row.text(0) ?? "", salt: catalog.salt)
                let sameSalt = row.text(1) == catalog.saltFingerprint
                problems += catalog.unsafeChanges(
                    since: last, revision: row.text(2) ?? "", sameSalt: sameSalt, at: time,
                    except: compared
                ).map(\.description)
                compared.formUnion(last.experiments.map(\.name))
            } catch {
                throw SQLError.damagedRevision("\(error)")
            }
        }
        return problems
    }

    /// The features that do not fit the columns that there are.
    ///
    /// A column keeps what was recorded in it, under one name and one type: also that of an
    /// experiment that has ended. SQL compares the names of columns without case.
    func unsafeFeatures(in catalog: Catalog) throws(SQLError) -> [String] {
        var kept: [String: (name: String, type: String)] = [:]
        try connection.query("SELECT experiment, name, type FROM features") {
            row throws(SQLError) in
            let name = row.text(1) ?? ""
            kept["\(row.text(0) ?? "")/\(name.lowercased())"] = (name, row.text(2) ?? "")
        }
        return catalog.experiments.flatMap { experiment in
            experiment.features.compactMap { feature -> String? in
                let name = feature.name.text
                let what = "experiment \(experiment.name): its feature \"\(name)\""
                guard let column = kept["\(experiment.name)/\(name.lowercased())"] else {
                    return nil
                }
                if column.name != name {
                    return "\(what) differs in case only from \"\(column.name)\", which is recorded"
                }
                return column.type == feature.type.rawValue
                    ? nil
                    : "\(what) is recorded as \(column.type) and is \(feature.type.rawValue) now"
            }
        }
    }
}
