internal import HoldfastFormats
internal import HoldfastLake
internal import HoldfastLedger

/// What a lake holds, for people and for programs.
struct LakeStatisticsText {
    let lake: String
    let statistics: LakeStatistics
    /// What nodes disagree on, where an experiment was asked for.
    let findings: NodeFindings?

    private var files: Int64 { statistics.facts.reduce(0) { $0 + $1.files } }
    private var bytes: Int64 { statistics.facts.reduce(0) { $0 + $1.bytes } }

    var json: JSON {
        [
            "lake": .string(lake),
            "format": .integer(Lake.format),
            "files": .integer(files),
            "bytes": .integer(bytes),
            "nodes": .array(statistics.nodes.map(json)),
            "experiment": findings?.json ?? .null,
        ]
    }

    private func json(_ node: LakeStatistics.Node) -> JSON {
        let own = statistics.facts.filter { $0.node == node.name }
        return [
            "node": .string(node.name),
            "last_shipped": node.shippedAt.map { .string($0.description) } ?? .null,
            "revisions": .array(node.revisions.map { .string($0) }),
            "facts": .object(
                JSONObject(
                    ShippedKind.allCases.map { kind in
                        (
                            kind.rawValue,
                            own.first { $0.kind == kind }?.json ?? LakeStatisticsText.none
                        )
                    })),
        ]
    }

    private static let none: JSON = [
        "rows": 0, "files": 0, "bytes": 0, "first_day": .null, "last_day": .null,
    ]

    var text: String {
        var lines = [
            "lake \(lake), format \(Lake.format): \(statistics.nodes.count) nodes, \(files) files, \(bytes) bytes"
        ]
        let width = max(4, statistics.nodes.map(\.name.count).max() ?? 0) + 2
        if !statistics.facts.isEmpty {
            lines += [
                "",
                "kind       " + "node".padding(to: width)
                    + "          rows     files           bytes  first day   last day",
            ]
        }
        for fact in statistics.facts {
            lines.append(
                fact.kind.rawValue.padding(to: 11) + fact.node.padding(to: width)
                    + "\(fact.rows)".leading(to: 14) + "\(fact.files)".leading(to: 10)
                    + "\(fact.bytes)".leading(to: 16) + "  \(fact.firstDay)  \(fact.lastDay)")
        }
        if !statistics.nodes.isEmpty { lines.append("") }
        for node in statistics.nodes {
            let shipped =
                node.shippedAt.map { "shipped last at \($0)" } ?? "does not say when it shipped"
            let revisions = node.revisions.isEmpty ? "none" : node.revisions.joined(separator: ", ")
            lines.append("\(node.name) \(shipped), revisions: \(revisions)")
        }
        if let findings { lines += [""] + findings.lines }
        return lines.joined(separator: "\n")
    }
}

extension LakeStatistics.Facts {
    fileprivate var json: JSON {
        [
            "rows": .integer(rows), "files": .integer(files), "bytes": .integer(bytes),
            "first_day": .string(firstDay), "last_day": .string(lastDay),
        ]
    }
}
