import Foundation
@testable import HoldfastDatasets
import HoldfastFormats
import Testing
import TestSupport

/// A retraining set made by hand, whose files stand in `Golden/Package`.
enum PackagedSet {
    static let folder = "Tests/HoldfastDatasetsTests/Golden/Package"

    /// Every kind of column, and names that mean something elsewhere: a path, a number, a word of
    /// Croissant's, one that differs from another's by its last step only.
    static let columns: [(name: String, type: String, role: String)] = [
        ("id", "text", "decision"), ("unit", "text", "unit"), ("cluster", "text", "cluster"),
        ("experiment", "text", "experiment"), ("decided_at", "time", "time"),
        ("arm", "text", "arm"), ("reason", "text", "reason"),
        ("propensity", "number", "propensity"), ("score", "number", "score"),
        ("model", "text", "model"), ("weight", "number", "weight"), ("a.b-c", "number", "feature"),
        ("1", "integer", "feature"), ("..", "boolean", "feature"), ("split", "text", "feature"),
        ("defaulted", "number", "label"),
    ]

    static func manifest(
        experiment: String = "credit-limit.v2",
        parts: [Manifest.Part],
        columns: [(name: String, type: String, role: String)] = columns,
        gates: [Gate] = [gate(.recomputation)]
    ) -> Manifest {
        Manifest(
            experiment: experiment, asOf: moment(0, 500_000), revision: "r0f3c2b8a91d4e576",
            revisions: ["r0f3c2b8a91d4e576"], observations: .first,
            outcome: ("defaulted", "90d", nil), washout: "30d",
            decisionCount: parts.reduce(40) { $0 + $1.rows }, excluded: [], notRandomised: [],
            parts: parts, gates: gates, columns: columns, mode: .weighted,
            isCensoringWeighted: false,
            audit: Audit(
                attrition: [], balance: [], bands: [],
                weights: Audit.Weights(
                    rows: 0, sum: 0, effectiveSize: 0, largest: 0, largestShare: 0, edges: [],
                    counts: []),
                features: []),
            minimumRows: 100, minimumPositives: 10,
            sql: "SELECT \"a.b-c\" FROM decisions", engine: ("sqlite", "3.40.1"))
    }

    static func gate(_ name: Gate.Name, passed: Bool = true, waiver: String? = nil) -> Gate {
        Gate(
            name: name, passed: passed, figure: passed ? 1 : nil, limit: 1,
            detail: passed ? "as it should be" : "0 of 40", waiver: waiver)
    }

    static func part(
        _ name: String, _ format: ExportRequest.FileFormat = .csv, rows: Int = 3
    ) -> Manifest.Part {
        let digits = String(repeating: "0123456789abcdef", count: 4)
        return Manifest.Part(
            name: name, file: "\(name).\(format.rawValue)", rows: rows, positives: 1,
            bytes: 100 * rows, sha256: digits)
    }

    /// The set of the golden files, with their true sizes and digests.
    static func golden() throws -> Manifest {
        let told = try JSON.parse(Array(Repository.text("\(folder)/manifest.json").utf8))
        let parts = try #require(told["parts"]?.array).map { part in
            Manifest.Part(
                name: try #require(part["name"]?.string), file: try #require(part["file"]?.string),
                rows: Int(try #require(part["rows"]?.double)),
                positives: Int(try #require(part["positives"]?.double)),
                bytes: Int(try #require(part["bytes"]?.double)),
                sha256: try #require(part["sha256"]?.string))
        }
        return manifest(
            parts: parts,
            gates: [
                gate(.sampleRatio), gate(.recomputation),
                gate(.minimumRows, passed: false, waiver: "a \"trial\" run"),
            ])
    }

    static let run = OpenLineage.Run(
        id: "0193c8a2-7f00-7000-8000-0123456789ab", experiment: "credit-limit.v2",
        asOf: moment(0, 500_000), ledger: .file("/srv/private/holdfast.db"),
        destination: .file("/srv/private/clean"))
}
