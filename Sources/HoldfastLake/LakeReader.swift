package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastLedger
package import HoldfastSQL

/// The facts of a lake as an engine reads them: those that bear on one experiment.
///
///     let reader = try LakeReader(Lake(path: "lake"), engine: duckdb, experiment: name, catalog: catalog)
///     try Export.run(request, from: reader, to: "clean")
///
/// Rows that came twice count once: of one node by its key, of several nodes by their id, where the
/// one that was received first counts, as in one ledger that was given them all.
package final class LakeReader: FactStore {
    package let lake: Lake
    package let engine: any SQLEngine
    /// The nodes that ship decisions, exposures, outcomes or batches, in the order of their names.
    package let nodes: [String]
    /// Facts of several nodes that have one id and are not the same; the first to be received
    /// counts.
    package private(set) var conflicts: [ShippedKind: Int64] = [:]
    /// What nodes dealt by in the experiment, in the order of nodes and times.
    package private(set) var dealt: [NodeDealing] = []

    private let kept: [Kept]
    private let features: [LakeColumn]
    private let experiment: Name
    /// Whether a node may have shipped a fact twice, under two keys.
    private let hasTakenOut: Bool

    /// A revision as the lake keeps it.
    private struct Kept {
        var revision: String
        var catalog: Catalog
        var saltFingerprint: String
        var receivedAt: Int64
    }

    /// Looks at the lake and gives the engine its tables.
    ///
    /// An engine that runs elsewhere must find the lake under the same path. `outcomes` are the
    /// names of outcomes that are read besides the experiment's own.
    package init(
        _ lake: Lake, engine: any SQLEngine, experiment: Name, catalog: Catalog,
        outcomes: [String] = [], progress: (String) -> Void = { _ in }
    ) throws {
        self.lake = lake
        self.engine = engine
        self.experiment = experiment
        kept = try LakeReader.keptRevisions(lake, salt: catalog.salt)
        features = try LakeReader.features(of: experiment, in: lake)
        let declared = (kept.map(\.catalog) + [catalog]).flatMap(\.experiments)
        let cluster = catalog[experiment: experiment.text]?.cluster
        let others =
            cluster == nil
            ? []
            : Set(declared.filter { $0.cluster == cluster }.map(\.name)).subtracting([experiment])
        let outcome = catalog[experiment: experiment.text]?.outcome?.name
        var parts: [ShippedKind: [LakePart]] = [:]
        for kind in ShippedKind.allCases { parts[kind] = try LakePart.all(of: kind, in: lake) }
        nodes = Set(parts.values.flatMap { $0.map(\.node) }).sorted()
        hasTakenOut = try nodes.contains { node in
            // A node that is no more is not known to have kept everything.
            try Name(node).flatMap { try LakeNode($0, in: lake) }?.hasTakenOut ?? true
        }
        for kind in ShippedKind.allCases {
            let all = (parts[kind] ?? []).filter { part in
                switch kind {
                case .decisions:
                    part.name == experiment.text || others.contains { $0.text == part.name }
                case .outcomes: part.name == outcome?.text || outcomes.contains(part.name)
                case .exposures, .batches: true
                }
            }
            progress("reading the lake's \(kind.rawValue)")
            do {
                try provide(kind, of: all)
            } catch let error as SQLError {
                throw lake.failure(error, tried: "reading its \(kind.rawValue)")
            }
        }
        do throws(SQLError) {
            dealt = try readDealt()
        } catch {
            throw lake.failure(error, tried: "counting who dealt")
        }
    }

    // MARK: - The store

    /// Every node keeps the numbers of its batches.
    package var countsBatches: Bool { true }

    package func revisions(
        salt catalog: Catalog, receivedBy time: Timestamp
    ) throws -> [LedgerReader.Revision] {
        kept.filter { $0.receivedAt <= time.microseconds }.map { one in
            LedgerReader.Revision(
                catalog: one.catalog, revision: one.revision,
                isSameSalt: one.saltFingerprint == catalog.saltFingerprint,
                saltFingerprint: one.saltFingerprint)
        }
    }

    package func loggedFeatures(of experiment: Name) throws -> LoggedFeatures? {
        precondition(experiment == self.experiment, "the tables are those of one experiment")
        guard !features.isEmpty else { return nil }
        return LoggedFeatures(
            join: "",
            columns: features.reduce(into: [:]) { columns, feature in
                columns[feature.featureName] = "d.\(name: feature.name)"
            })
    }

    package func isMost(_ experiment: Name) -> Bool { false }

    package func staging<Result>(_ body: () throws -> Result) throws -> Result { try body() }

    package func failure(_ error: SQLError, tried: String) -> any Error {
        lake.failure(error, tried: tried)
    }

    // MARK: - Tables

    /// Makes the table of a kind in the engine: a view where every row counts as it stands, and
    /// else a table of its own, which is read many times and made once.
    private func provide(_ kind: ShippedKind, of parts: [LakePart]) throws {
        let columns = columns(of: kind)
        let sources = LakeSource(lake: lake, kind: kind, engine: engine)
        var selections: [SQL] = []
        // Only the experiment's own decisions have its features.
        let isOwn = { (part: LakePart) in
            kind == .decisions && part.name == self.experiment.text
        }
        for (word, group, own) in [
            ("own", parts.filter(isOwn), features), ("others", parts.filter { !isOwn($0) }, []),
        ] {
            for format in LakeFileFormat.allCases where group.contains(where: { $0.has(format) }) {
                let source = try sources.open(
                    group, format, columns: kind.columns + own, as: word)
                let given = columns.map { column -> SQL in
                    let isThere = !column.isFeature || !own.isEmpty
                    return isThere
                        ? "r.\(name: column.name)"
                        : "CAST(NULL AS \(column.type.name(in: engine.dialect))) AS \(name: column.name)"
                }
                let name: SQL = kind.nameColumn.map { ", r.\(name: $0)" } ?? ""
                selections.append(
                    "SELECT r.node AS hf_node, r.key AS hf_key\(name), \(SQL.joined(given, by: ", ")) FROM \(source) AS r"
                )
            }
        }
        let table = SQLTable(kind.rawValue, self.tableColumns(of: kind))
        guard !selections.isEmpty else {
            return try engine.load(table) { _ in }
        }
        let all = SQL.joined(selections, by: "\nUNION ALL\n")
        let isDouble = nodes.count > 1 || hasTakenOut || parts.contains(where: \.overlaps)
        if isDouble, kind != .batches { conflicts[kind] = try countConflicts(kind, in: all) }
        let query = query(kind, of: all, isDouble: isDouble)
        if isDouble || parts.contains(where: { $0.has(.jsonl) }) {
            try engine.store(query, as: table)
        } else {
            try engine.view(kind.rawValue, as: query)
        }
    }

    /// A row of each fact, with the columns of a ledger.
    private func query(_ kind: ShippedKind, of all: SQL, isDouble: Bool) -> SQL {
        let columns = tableColumns(of: kind).map { column -> SQL in
            column.name == kind.keyColumn ? "\(key) AS \(name: column.name)" : .name(column.name)
        }
        let selected = SQL.joined(columns, by: ", ")
        guard isDouble else { return "SELECT \(selected) FROM (\(all)) AS hf_all" }
        let same: SQL = kind == .batches ? "source, sequence" : "id"
        return """
            SELECT \(selected) FROM (
              SELECT hf_all.*, ROW_NUMBER() OVER (
                PARTITION BY \(same) ORDER BY received_at, hf_node, hf_key) AS hf_place
              FROM (\(all)) AS hf_all) AS hf_ranked WHERE hf_place = 1
            """
    }

    /// What tells the rows of all nodes apart: a node has fewer than 2^40.
    private var key: SQL {
        let cases = nodes.enumerated().map { index, node -> SQL in
            "WHEN \(node) THEN \(Int64(index) << 40)"
        }
        return "(CASE hf_node \(SQL.joined(cases, by: " ")) END + hf_key)"
    }

    private func columns(of kind: ShippedKind) -> [LakeColumn] {
        kind.columns + (kind == .decisions ? features : [])
    }

    /// The columns of a ledger's table: those that statements ask for.
    private func tableColumns(of kind: ShippedKind) -> [SQLTable.Column] {
        let names = kind.nameColumn.map { [SQLTable.Column.required($0, .text)] } ?? []
        return [.required(kind.keyColumn, .integer)] + names
            + columns(of: kind).map { .optional($0.name, $0.type) }
    }

    // MARK: - Disagreement

    /// The facts of one id, of which several nodes have taken different ones.
    private func countConflicts(_ kind: ShippedKind, in all: SQL) throws(SQLError) -> Int64 {
        // What a producer says, and the arm that a unit was given. What a node adds differs between
        // nodes, and so does the time where the producer states none: that is not looked at.
        let told: [String] =
            switch kind {
            case .decisions:
                ["unit", "experiment", "cluster", "score", "model", "intended", "arm"]
                    + features.map(\.name)
            case .exposures: ["unit", "experiment", "cluster", "arm"]
            case .outcomes: ["unit", "name", "value"]
            case .batches: []
            }
        let differ = told.map { name -> SQL in
            """
            (MIN(\(name: name)) <> MAX(\(name: name)) OR COUNT(\(name: name)) NOT IN (0, COUNT(*)))
            """
        }
        guard
            case .integer(let count) = try engine.first(
                """
                SELECT COUNT(*) FROM (
                  SELECT id FROM (\(all)) AS hf_all GROUP BY id
                  HAVING COUNT(*) > 1 AND (\(SQL.joined(differ, by: " OR ")))) AS hf_conflicts
                """)
        else { preconditionFailure("a count is an integer") }
        return count
    }

    private func readDealt() throws(SQLError) -> [NodeDealing] {
        var dealt: [NodeDealing] = []
        let number = floorQuotient("decision", 1 << 40)
        try engine.read(
            """
            SELECT \(number) AS node, revision, MIN(received_at), MAX(received_at), COUNT(*)
            FROM decisions WHERE experiment = \(experiment.text)
            GROUP BY \(number), revision ORDER BY 1, 3, 2
            """
        ) { row throws(SQLError) in
            dealt.append(
                NodeDealing(
                    node: nodes[Int(row.integer(0))], revision: row.text(1) ?? "",
                    first: Timestamp(microseconds: row.integer(2)),
                    last: Timestamp(microseconds: row.integer(3)), count: row.integer(4)))
        }
        return dealt
    }

    // MARK: - Documents

    private static func keptRevisions(
        _ lake: Lake, salt: String
    ) throws(LakeError) -> [Kept] {
        var kept: [String: Kept] = [:]
        for node in try lake.folder.names("revisions") {
            for name in try lake.folder.names("revisions/\(node)") where name.hasSuffix(".json") {
                let path = "revisions/\(node)/\(name)"
                guard let json = try lake.folder.readJSON(path) else { continue }
                guard let revision = json["revision"]?.string, let text = json["catalog"]?.string,
                    let fingerprint = json["salt_fingerprint"]?.string,
                    case .integer(let time)? = json["received_at"]
                else {
                    throw LakeError(
                        lake.path, "\(path) is no revision", "ship again from the node")
                }
                // Of a revision that several nodes had in force, when the first had it.
                if let other = kept[revision], other.receivedAt <= time { continue }
                let catalog: Catalog
                do throws(CatalogError) {
                    catalog = try Catalog(canonicalText: text, salt: salt)
                } catch {
                    throw LakeError(
                        lake.path, "\(path) cannot be read: \(error)",
                        "ship again from the node that had it in force")
                }
                kept[revision] = Kept(
                    revision: revision, catalog: catalog, saltFingerprint: fingerprint,
                    receivedAt: time)
            }
        }
        return kept.values.sorted {
            ($0.receivedAt, $0.revision) < ($1.receivedAt, $1.revision)
        }
    }

    private static func features(
        of experiment: Name, in lake: Lake
    ) throws(LakeError) -> [LakeColumn] {
        var features: [String: String] = [:]
        for node in try lake.folder.names("features") {
            let path = "features/\(node)/\(experiment).json"
            guard case .object(let object)? = try lake.folder.readJSON(path)?["features"] else {
                continue
            }
            for (name, type) in object.members.map({ ($0.key, $0.value.string ?? "") }) {
                if let other = features[name], other != type {
                    throw LakeError(
                        lake.path,
                        "nodes have the feature \(name) of \(experiment) as \(other) and as \(type)",
                        "give one of the two another name, and export each part of the time by itself"
                    )
                }
                features[name] = type
            }
        }
        return features.keys.sorted().map {
            LakeColumn(feature: $0, type: features[$0] ?? "")
        }
    }
}

extension Lake {
    /// An engine's error as one for people.
    func failure(_ error: SQLError, tried: String) -> any Error {
        if error.kind == .cancelled { return CancellationError() }
        return LakeError(
            path, "\(tried) failed: \(error.words)",
            "if a compaction or a forget ran meanwhile, run it again")
    }

    /// Where an engine that reads the lake may write meanwhile: all its machines see it.
    package var scratchFolder: String { folder.absolute(Lake.scratch) }
}

extension LakeColumn {
    /// Whether it is a logged feature, and of what name.
    fileprivate var isFeature: Bool { name.hasPrefix("f_") }
    fileprivate var featureName: String { String(name.dropFirst(2)) }
}
