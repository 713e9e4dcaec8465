package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastSQL

/// A ledger open for reading: a connection beside the writer's, with the bucket as a function of
/// SQL. Belongs to one thread at a time.
package final class LedgerReader {
    package let path: String
    package let connection: SQLiteConnection
    /// The file's format. One of an older format is read as it is: only a writer brings it forward.
    package let format: Int64

    /// Whether the file keeps the numbers of batches: one of an older format does not.
    package var countsBatches: Bool { format >= LedgerSchema.sealedFormat }

    /// Opens a ledger that is there. Buckets are dealt under the catalog's salt; without a catalog
    /// there are none.
    package init(path: String, salt catalog: Catalog?) throws(LedgerError) {
        self.path = path
        do throws(SQLError) {
            // A reader of a WAL database makes the shared-memory file where no writer has, and
            // needs to write for that; it never writes the database itself.
            connection = try SQLiteConnection(path: path, mode: .write)
            try connection.run("PRAGMA query_only = ON")
            // What every writer sets and reads back, so that it can be reported.
            try connection.run("PRAGMA synchronous = FULL")
            connection.stopWhenCancelled()
            if let catalog {
                try connection.define(
                    SQLDialect.bucketFunction, BucketFunction.make(salt: catalog.salt))
            }
        } catch {
            throw LedgerError(error, path: path, tried: "opening it")
        }
        format = try LedgerFile.checkFormat(connection, path: path)
        guard format > 0 else {
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
        /// By which its salt is known from others, and is not found out.
        package let saltFingerprint: String

        package init(
            catalog: Catalog, revision: String, isSameSalt: Bool, saltFingerprint: String
        ) {
            self.catalog = catalog
            self.revision = revision
            self.isSameSalt = isSameSalt
            self.saltFingerprint = saltFingerprint
        }
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
                    isSameSalt: $0.saltFingerprint == catalog.saltFingerprint,
                    saltFingerprint: $0.saltFingerprint)
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

    /// An unsafe change that was accepted when a revision came into force.
    package struct AcceptedChange: Equatable {
        package let experiment: Name
        /// What changed, for people.
        package let changes: String
        /// The revision that changed it.
        package let revision: String
        package let receivedAt: Timestamp
    }

    /// The unsafe changes that were accepted, oldest first; a ledger of format 1 has none.
    package func acceptedChanges() throws(LedgerError) -> [AcceptedChange] {
        guard format >= 2 else { return [] }
        var changes: [AcceptedChange] = []
        do throws(SQLError) {
            try connection.query(
                """
                SELECT a.experiment, a.changes, f.revision, a.received_at
                FROM accepted_changes AS a JOIN in_force AS f ON f.sequence = a.sequence
                ORDER BY a.change
                """
            ) { row throws(SQLError) in
                guard let experiment = row.text(0).flatMap({ Name($0) }) else { return }
                changes.append(
                    AcceptedChange(
                        experiment: experiment, changes: row.text(1) ?? "",
                        revision: row.text(2) ?? "",
                        receivedAt: Timestamp(microseconds: row.integer(3))))
            }
        } catch {
            throw LedgerError(error, path: path, tried: "reading its accepted changes")
        }
        return changes
    }

    /// How many items were refused, by experiment, kind and code; of which experiment an item was
    /// is not known in a ledger of format 1.
    package func refusalCounts() throws(LedgerError) -> [RefusalCount] {
        do throws(SQLError) {
            return try connection.refusalCounts(
                experiment: format >= 2 ? "experiment" : "NULL", where: "1 = 1")
        } catch {
            throw LedgerError(error, path: path, tried: "counting refused items")
        }
    }
}

extension SQLiteConnection {
    /// How many items of one experiment were refused, by kind and code.
    func refusalCounts(of experiment: Name) throws(SQLError) -> [RefusalCount] {
        try refusalCounts(experiment: "experiment", where: "experiment = \(experiment.text)")
    }

    fileprivate func refusalCounts(
        experiment: SQL, where condition: SQL
    ) throws(SQLError) -> [RefusalCount] {
        var counts: [RefusalCount] = []
        try query(
            """
            SELECT \(experiment), kind, code, COUNT(*) FROM refusals WHERE \(condition)
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        ) { row throws(SQLError) in
            guard let kind = row.text(1).flatMap({ Fact.Kind(rawValue: $0) }) else { return }
            counts.append(
                RefusalCount(
                    kind: kind, code: row.text(2) ?? "",
                    experiment: row.text(0).flatMap { Name($0) }, count: Int(row.integer(3))))
        }
        return counts
    }
}
