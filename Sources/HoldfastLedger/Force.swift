internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// What became of a catalog that was to come into force.
enum ForceVerdict {
    /// It is in force; of these experiments an unsafe change was accepted.
    case inForce(accepted: Set<Name>)
    /// Experiments were to be accepted that nobody knows; these are known.
    case unknown([Name], known: [Name])
    /// It would change what must not change without a word: units' arms, features' types.
    case unsafe([UnsafeChange], features: [String])

    /// What to throw; `nil` where it is in force.
    func error(path: String) -> LedgerError? {
        switch self {
        case .inForce: return nil
        case .unknown(let names, let known):
            let names = names.map { "\"\($0)\"" }.joined(separator: ", ")
            let list = known.prefix(20).map(\.text).joined(separator: ", ")
            return LedgerError(
                .unknownExperiment, path: path,
                "a change of \(names) was to be accepted, and neither the catalog nor the ledger has it",
                "name one of: \(list)\(known.count > 20 ? ", …" : "")")
        case .unsafe(let changes, let features):
            var hints: [String] = []
            if !changes.isEmpty {
                let names = Set(changes.map(\.experiment)).sorted()
                let flags = names.map { "--accept-unsafe \($0)" }.joined(separator: " ")
                hints = [
                    "restore what was declared, or end the experiment and declare the changed one under a new name",
                    "or move the units all the same, and have that recorded, by \(flags)",
                ]
            }
            if !features.isEmpty { hints.append("give the changed feature a new name") }
            return LedgerError(
                .unsafeChange, path: path,
                (changes.map(\.description) + features).joined(separator: "; "),
                hints.joined(separator: "; "))
        }
    }
}

extension LedgerFile {
    /// Records a catalog's revision, and makes the columns that its features need; or says what is
    /// in the way, and changes nothing.
    ///
    /// Asked and done in one transaction: another process may bring a catalog into force as well.
    func bringIntoForce(
        _ catalog: Catalog, at moment: Timestamp, accepting: Set<Name>
    ) throws(SQLError) -> ForceVerdict {
        let verdict = try sealing { commit, received throws(SQLError) -> ForceVerdict in
            if let unknown = try unknown(accepting, catalog) { return unknown }
            let changes = try unsafeChanges(to: catalog, at: moment)
            let features = try unsafeFeatures(in: catalog)
            let refused = changes.filter { !accepting.contains($0.experiment) }
            guard refused.isEmpty, features.isEmpty else {
                return .unsafe(refused, features: features)
            }
            for experiment in catalog.experiments where !experiment.features.isEmpty {
                try createColumns(of: experiment)
            }
            try enter(catalog, accepting: changes, received, &commit)
            return .inForce(accepted: Set(changes.map(\.experiment)))
        }
        clusterRuns = nil
        try readFeatureTables()
        if case .inForce = verdict {
            forgotten.key = (catalog.salt, catalog.saltFingerprint)
            try readForgotten()
        }
        return verdict
    }

    /// Enters the revision and the changes that were accepted, unless it is the one in force.
    private func enter(
        _ catalog: Catalog, accepting changes: [UnsafeChange], _ received: Timestamp,
        _ commit: inout CommitBuilder
    ) throws(SQLError) {
        try connection.run(
            """
            INSERT INTO revisions (revision, catalog, salt_fingerprint, received_at)
            VALUES (\(catalog.revision), \(catalog.canonicalText), \(catalog.saltFingerprint), \(received.microseconds))
            ON CONFLICT (revision) DO NOTHING
            """)
        let last = try connection.value(
            "SELECT revision FROM in_force ORDER BY sequence DESC LIMIT 1")
        guard last != .text(catalog.revision) else { return }
        let sequence = commit.nextKey(.revisions)
        try insertion(.revisions).run(
            sequence, received.microseconds, [.text(catalog.revision)])
        try keepAccepted(changes, sequence: sequence, time: received.microseconds)
        let leaves = try LeafReader(.revisions, on: connection)
        commit.add(try leaves.leaf(of: sequence), to: .revisions)
    }

    private func keepAccepted(
        _ changes: [UnsafeChange], sequence: Int64, time: Int64
    ) throws(SQLError) {
        for name in Set(changes.map(\.experiment)).sorted() {
            let texts = changes.filter { $0.experiment == name }.map(\.description)
            try connection.run(
                """
                INSERT INTO accepted_changes (sequence, experiment, changes, received_at)
                VALUES (\(sequence), \(name.text), \(texts.joined(separator: "; ")), \(time))
                """)
        }
    }

    /// Names to be accepted that neither the catalog nor any revision has.
    private func unknown(
        _ accepting: Set<Name>, _ catalog: Catalog
    ) throws(SQLError) -> ForceVerdict? {
        var known = Set(catalog.experiments.map(\.name))
        guard !accepting.isSubset(of: known) else { return nil }
        for revision in try revisions(salt: catalog.salt) {
            known.formUnion(revision.experiments.map(\.name))
        }
        let unknown = accepting.subtracting(known)
        return unknown.isEmpty ? nil : .unknown(unknown.sorted(), known: known.sorted())
    }

    /// What a new catalog would change in experiments that run, or that it opens again, so that
    /// units would change arms.
    ///
    /// Each experiment is compared with the last revision under which it ran: to take it out, or to
    /// end it, and to bring it back with other shares moves units just as well, whatever revisions
    /// lie between. That one was taken out is told of the revision in force only: of an older one
    /// it has happened already.
    func unsafeChanges(
        to catalog: Catalog, at time: Timestamp
    ) throws(SQLError) -> [UnsafeChange] {
        let query: SQL = """
            SELECT r.catalog, r.salt_fingerprint, r.revision, f.received_at
            FROM in_force AS f JOIN revisions AS r ON r.revision = f.revision
            ORDER BY f.sequence DESC
            """
        let declared = Set(catalog.experiments.map(\.name))
        var problems: [UnsafeChange] = []
        var compared: Set<Name> = []
        var until: Timestamp?
        try connection.query(query) { row throws(SQLError) in
            guard until == nil || !compared.isSuperset(of: declared) else { return }
            let since = Timestamp(microseconds: row.integer(3))
            do throws(CatalogError) {
                let last = try Catalog(canonicalText: row.text(0) ?? "", salt: catalog.salt)
                // The revision in force still is: what runs now runs under it.
                let end = until ?? max(time, Timestamp(microseconds: since.microseconds + 1))
                let isLast = until == nil
                func names(_ isMeant: (Experiment) -> Bool) -> Set<Name> {
                    Set(last.experiments.filter(isMeant).map(\.name))
                }
                let runs = names { isLast && $0.isRunning(at: time) }
                let ran = names { $0.ran(from: since, to: end) }.union(runs)
                problems += catalog.unsafeChanges(
                    since: last, revision: row.text(2) ?? "",
                    sameSalt: row.text(1) == catalog.saltFingerprint, at: time,
                    except: compared.union(names { _ in true }.subtracting(ran)),
                    hasRun: ran.subtracting(runs)
                ).filter { isLast || declared.contains($0.experiment) }
                compared.formUnion(ran)
                until = since
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

    private func createColumns(of experiment: Experiment) throws(SQLError) {
        let name = experiment.name.text
        try connection.run(
            """
            INSERT INTO feature_tables (experiment) VALUES (\(name))
            ON CONFLICT (experiment) DO NOTHING
            """)
        let number = try connection.value(
            "SELECT number FROM feature_tables WHERE experiment = \(name)")
        guard case .integer(let number) = number else { preconditionFailure("just inserted") }
        let table = LedgerFile.featureTable(number)
        try connection.run(
            """
            CREATE TABLE IF NOT EXISTS \(name: table) (
              decision INTEGER PRIMARY KEY REFERENCES decisions
            ) STRICT
            """)
        for feature in experiment.features {
            try connection.run(
                """
                INSERT INTO features (experiment, name, type)
                VALUES (\(name), \(feature.name.text), \(feature.type.rawValue))
                ON CONFLICT (experiment, name) DO NOTHING
                """)
            if connection.changes > 0 {
                let column = SQL.name(feature.name.text)
                let type = SQL(stringLiteral: feature.type.column)
                try connection.run("ALTER TABLE \(name: table) ADD COLUMN \(column) \(type)")
            }
        }
    }
}

extension FeatureType {
    /// The column's type.
    fileprivate var column: String {
        switch self {
        case .number: "REAL"
        case .integer, .boolean: "INTEGER"
        case .category: "TEXT"
        }
    }
}
