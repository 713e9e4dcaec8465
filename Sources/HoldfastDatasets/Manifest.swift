public import HoldfastFormats

/// What a retraining set is made of: every decision of the experiment is in exactly one box.
public struct Manifest: Sendable {
    /// The experiment.
    public var experiment: String
    /// Only what was received by then was read.
    public var asOf: Timestamp
    /// The catalog's revision, whose declarations of washout, horizon and split were used.
    public var revision: String
    /// The revisions whose decisions were taken.
    public var revisions: [String]
    /// Which of a unit's clean decisions were kept.
    public var observations: ExportRequest.Observations
    /// The outcome that is the label.
    public var outcome: (name: String, horizon: String, absent: Double?)
    /// How long a treatment carries over.
    public var washout: String
    /// Decisions that were received in time.
    public var decisionCount: Int
    /// The boxes of those left out, by primary reason.
    public var excluded: [Box]
    /// Decisions that were not randomised, by their stored reason; other revisions' are `assigned`.
    public var notRandomised: [(reason: String, rows: Int)]
    /// The parts of those kept.
    public var parts: [Part]
    /// The gates, in order.
    public var gates: [Gate]
    /// The columns of the files.
    public var columns: [(name: String, type: String, role: String)]
    /// The statement that found the clean rows.
    public var sql: String
    /// The engine and its version.
    public var engine: (name: String, version: String)

    /// Decisions left out for one reason.
    public struct Box: Sendable, Equatable {
        /// The reason.
        public var exclusion: Exclusion
        /// Decisions of which it is the primary reason.
        public var rows: Int
        /// Decisions of which it holds at all.
        public var holds: Int
    }

    /// One part of the set, a file.
    public struct Part: Sendable, Equatable {
        /// Its name: train, eval.
        public var name: String
        /// The file's name in the folder.
        public var file: String
        /// Rows in it.
        public var rows: Int
        /// Rows whose label is not 0.
        public var positives: Int
        /// Bytes in it.
        public var bytes: Int
        /// The file's SHA-256 in hexadecimal.
        public var sha256: String
    }

    /// Rows kept.
    public var keptCount: Int { parts.reduce(0) { $0 + $1.rows } }

    /// Whether every gate is open.
    public var isOpen: Bool { gates.allSatisfy(\.isOpen) }

    /// The manifest as JSON, by `Schemas/manifest.schema.json`.
    public var json: JSON {
        [
            "format": "holdfast-manifest/1",
            "experiment": .string(experiment),
            "mode": "control",
            "as_of": .string(asOf.description),
            "revision": .string(revision),
            "revisions": .array(revisions.map { .string($0) }),
            "observations": .string(observations.rawValue),
            "outcome": [
                "name": .string(outcome.name), "horizon": .string(outcome.horizon),
                "absent": outcome.absent.map { .number($0) } ?? "unknown",
            ],
            "washout": .string(washout),
            "flow": [
                "decisions": .integer(Int64(decisionCount)),
                "excluded": .array(excluded.map(\.json)),
                "not_randomised": .object(
                    JSONObject(notRandomised.map { ($0.reason, .integer(Int64($0.rows))) })),
                "kept": .integer(Int64(keptCount)),
            ],
            "parts": .array(parts.map(\.json)),
            "gates": .array(gates.map(\.json)),
            "columns": .array(
                columns.map {
                    ["name": .string($0.name), "type": .string($0.type), "role": .string($0.role)]
                }),
            "engine": ["name": .string(engine.name), "version": .string(engine.version)],
            "sql": .string(sql),
        ]
    }
}

extension Manifest.Box {
    fileprivate var json: JSON {
        [
            "number": .integer(Int64(exclusion.rawValue)), "reason": .string(exclusion.word),
            "rows": .integer(Int64(rows)), "holds": .integer(Int64(holds)),
        ]
    }
}

extension Manifest.Part {
    fileprivate var json: JSON {
        [
            "name": .string(name), "file": .string(file), "rows": .integer(Int64(rows)),
            "positives": .integer(Int64(positives)), "bytes": .integer(Int64(bytes)),
            "sha256": .string(sha256),
        ]
    }
}

extension Gate {
    fileprivate var json: JSON {
        [
            "name": .string(name.rawValue), "passed": .bool(passed),
            "figure": figure.map { .number($0) } ?? .null, "limit": .number(limit),
            "detail": .string(detail), "waiver": waiver.map { .string($0) } ?? .null,
        ]
    }
}
