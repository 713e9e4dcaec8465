package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastSQL

/// A ledger open for reading: a connection beside the writer's, with the bucket as a function of
/// SQL. Belongs to one thread at a time.
package final class LedgerReader {
    package let path: String
    package let connection: SQLiteConnection

    /// The name of the function of SQL that gives a bucket: `holdfast_bucket('arm:NAME', unit)`.
    package static let bucketFunction = "holdfast_bucket"

    /// Opens a ledger that is there. Buckets are dealt under the catalog's salt.
    package init(path: String, salt catalog: Catalog) throws(LedgerError) {
        self.path = path
        do throws(SQLError) {
            // A reader of a WAL database makes the shared-memory file where no writer has, and
            // needs to write for that; it never writes the database itself.
            connection = try SQLiteConnection(path: path, mode: .write)
            try connection.run("PRAGMA query_only = ON")
            connection.stopWhenCancelled()
            try connection.define(
                LedgerReader.bucketFunction, LedgerReader.bucket(salt: catalog.salt))
        } catch {
            throw LedgerError(error, path: path, tried: "opening it")
        }
        try LedgerFile.checkFormat(connection, path: path)
        guard (try? connection.value("PRAGMA user_version")) != .integer(0) else {
            throw LedgerError(
                .notALedger, path: path, "the file is empty", "record facts in it first")
        }
    }

    /// A revision of the catalog that the ledger keeps.
    package struct Revision {
        package let catalog: Catalog
        package let revision: String
        /// Whether it dealt under the salt that is known now.
        package let isSameSalt: Bool
    }

    /// The revisions that were received by then, oldest first.
    package func revisions(
        salt catalog: Catalog, receivedBy time: Timestamp = Timestamp(microseconds: .max)
    ) throws(LedgerError) -> [Revision] {
        do throws(SQLError) {
            return try LedgerFile.revisions(
                on: connection, salt: catalog.salt, receivedBy: time
            ).map {
                Revision(
                    catalog: $0.catalog, revision: $0.revision,
                    isSameSalt: $0.saltFingerprint == catalog.saltFingerprint)
            }
        } catch {
            throw LedgerError(error, path: path, tried: "reading its revisions")
        }
    }

    /// The table of an experiment's features and its columns, or `nil` where none were declared.
    package func featureTable(
        of experiment: Name
    ) throws(LedgerError) -> (table: String, columns: [String: String])? {
        do throws(SQLError) {
            let number = try connection.value(
                "SELECT number FROM feature_tables WHERE experiment = \(experiment.text)")
            guard case .integer(let number) = number else { return nil }
            var columns: [String: String] = [:]
            try connection.query(
                "SELECT name, type FROM features WHERE experiment = \(experiment.text)"
            ) { row throws(SQLError) in
                if let name = row.text(0) { columns[name] = row.text(1) }
            }
            return (LedgerFile.featureTable(number), columns)
        } catch {
            throw LedgerError(error, path: path, tried: "reading its features")
        }
    }

    /// The function of SQL that deals buckets.
    ///
    /// A statement asks for few scopes again and again: each is hashed up to the unit once.
    private static func bucket(salt: String) -> TextFunction {
        var known: [(text: [UInt8], scope: Scope)] = []
        return { scope, unit in
            for entry in known where entry.text.elementsEqual(scope) {
                return Int64(entry.scope.bucket(of: unit))
            }
            let text = String(decoding: scope, as: UTF8.self)
            let new = Scope(text, salt: salt)
            known.append((Array(scope), new))
            return Int64(new.bucket(of: unit))
        }
    }
}
