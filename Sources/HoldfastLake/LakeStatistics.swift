internal import HoldfastAssignment
package import HoldfastFormats
package import HoldfastLedger
package import HoldfastSQL

/// What a lake holds: files by their names, rows as an engine counts them, in one statement.
///
///     let statistics = try LakeStatistics(Lake(path: "lake"), engine: duckdb)
///     statistics.facts.first   // decisions of node-a: 19855 rows in 3 files
package struct LakeStatistics: Sendable {
    /// The rows of one kind that one node shipped.
    package struct Facts: Sendable {
        package var kind: ShippedKind
        package var node: String
        /// A fact that two nodes received counts for both.
        package var rows: Int64
        package var files: Int64
        package var bytes: Int64
        /// The first and the last day that has any, as 2026-01-31.
        package var firstDay: String
        package var lastDay: String
    }

    /// Who ships to the lake.
    package struct Node: Sendable {
        package var name: String
        /// When it began to ship last; `nil` where the lake does not say.
        package var shippedAt: Timestamp?
        /// The revisions that it had in force, by name.
        package var revisions: [String]
    }

    /// By kind and node, where there is any.
    package private(set) var facts: [Facts] = []
    package private(set) var nodes: [Node] = []

    /// Lists the lake, and lets the engine count.
    package init(
        _ lake: Lake, engine: any SQLEngine, progress: (String) -> Void = { _ in }
    ) throws {
        progress("listing \(lake.path)")
        let parts = try ShippedKind.allCases.map {
            (kind: $0, all: try LakePart.all(of: $0, in: lake))
        }
        progress("counting what is in \(lake.path)")
        let rows: [String: Int64]
        do throws(SQLError) {
            rows = try LakeStatistics.rows(parts, in: lake, by: engine)
        } catch {
            throw lake.failure(error, tried: "counting its rows")
        }
        for (kind, all) in parts {
            for (node, own) in Dictionary(grouping: all, by: \.node).sorted(by: { $0.key < $1.key })
            {
                facts.append(
                    try LakeStatistics.facts(
                        kind, of: node, own, rows: rows["\(kind) \(node)"] ?? 0, in: lake))
            }
        }
        nodes = try LakeStatistics.nodes(lake, shipping: Set(facts.map(\.node)))
    }

    private static func facts(
        _ kind: ShippedKind, of node: String, _ parts: [LakePart], rows: Int64, in lake: Lake
    ) throws(LakeError) -> Facts {
        let days = parts.map(\.day)
        var facts = Facts(
            kind: kind, node: node, rows: rows, files: 0, bytes: 0, firstDay: days.min() ?? "",
            lastDay: days.max() ?? "")
        for file in parts.flatMap(\.files) {
            // One that a compaction has removed meanwhile is part of another.
            guard let size = try lake.folder.size(file.path) else { continue }
            facts.files += 1
            facts.bytes += size
        }
        return facts
    }

    /// The rows by kind and node, `decisions tokyo-1`: each once, however often it stands there.
    private static func rows(
        _ parts: [(kind: ShippedKind, all: [LakePart])], in lake: Lake, by engine: any SQLEngine
    ) throws(SQLError) -> [String: Int64] {
        var selections: [SQL] = []
        for (kind, all) in parts {
            let source = LakeSource(lake: lake, kind: kind, engine: engine)
            for format in LakeFileFormat.allCases where all.contains(where: { $0.has(format) }) {
                let files = try source.open(all, format, columns: [], as: "all")
                selections.append(
                    "SELECT \(kind.rawValue) AS kind, r.node AS node, r.key AS hf_key FROM \(files) AS r"
                )
            }
        }
        guard !selections.isEmpty else { return [:] }
        let isDouble = parts.contains { $0.all.contains(where: \.overlaps) }
        let count: SQL = isDouble ? "COUNT(DISTINCT hf_key)" : "COUNT(*)"
        var rows: [String: Int64] = [:]
        try engine.read(
            """
            SELECT kind, node, \(count) FROM (
            \(SQL.joined(selections, by: "\nUNION ALL\n"))) AS hf_all
            GROUP BY kind, node
            """
        ) { row throws(SQLError) in
            rows["\(row.text(0) ?? "") \(row.text(1) ?? "")"] = row.integer(2)
        }
        return rows
    }

    /// Who ships, or has shipped: also a node whose document is gone.
    private static func nodes(
        _ lake: Lake, shipping known: Set<String>
    ) throws(LakeError) -> [Node] {
        let documents = try lake.folder.names("nodes").filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(".json".utf8.count)) }
        var nodes: [Node] = []
        for name in known.union(documents).sorted() {
            var node = Node(name: name, shippedAt: nil, revisions: [])
            if let valid = Name(name), let noted = try LakeNode(valid, in: lake),
                noted.shippedAt.microseconds != 0
            {
                node.shippedAt = noted.shippedAt
            }
            node.revisions = try lake.folder.names("revisions/\(name)")
                .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".utf8.count)) }
            nodes.append(node)
        }
        return nodes
    }
}
