internal import HoldfastAssignment
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
    /// How rows were chosen and weighted.
    public var mode: ExportRequest.Mode
    /// From when on decisions are in the parts behind the first, where the split is by time too:
    /// the first part then ends one horizon earlier.
    public var splitFrom: Timestamp?
    /// The user's own table of features, where they come from one.
    public var featureTable: FeatureTable?
    /// Whether the weights make up for what was excluded after the assignment.
    public var isCensoringWeighted: Bool
    /// What the set says of itself.
    public var audit: Audit
    /// The fewest rows that were asked for.
    public var minimumRows: Int
    /// The fewest rows with the outcome, and without, that were asked for in each part.
    public var minimumPositives: Int
    /// The statement that found the clean rows.
    public var sql: String
    /// The engine and its version.
    public var engine: (name: String, version: String)
    /// What wrote the files, where that is another program: their bytes depend on its version.
    public var writer: (name: String, version: String)?

    /// The user's own table of features.
    public struct FeatureTable: Sendable, Equatable {
        /// The file's name, without its folder.
        public var file: String
        /// Its SHA-256 in hexadecimal.
        public var sha256: String
        /// How old a value may be; `nil` for any age.
        public var timeToLive: String?
        /// Its rows.
        public var rows: Int
    }

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

    /// SHA-256 of the parts' own digests, each on a line with its file: the same rows, the same.
    public var digest: String {
        SHA256.hexadecimal(of: parts.map { "\($0.sha256)  \($0.file)\n" }.joined().utf8)
    }

    /// The manifest as JSON, by `Schemas/manifest.schema.json`. Where a gate is closed no file was
    /// written, and there are no bytes and no digests of one.
    public var json: JSON {
        guard !isOpen, case .object(let object) = whole else { return whole }
        return .object(JSONObject(object.members.filter { $0.key != "digest" }))
    }

    private var whole: JSON {
        [
            "format": "holdfast-manifest/1",
            "experiment": .string(experiment),
            "mode": .string(mode.rawValue),
            "as_of": .string(asOf.description),
            "revision": .string(revision),
            "revisions": .array(revisions.map { .string($0) }),
            "observations": .string(observations.rawValue),
            "outcome": [
                "name": .string(outcome.name), "horizon": .string(outcome.horizon),
                "absent": outcome.absent.map { .number($0) } ?? "unknown",
            ],
            "washout": .string(washout),
            "split_from": splitFrom.map { .string($0.description) } ?? .null,
            "feature_table": featureTable?.json ?? .null,
            "censoring_weights": .bool(isCensoringWeighted),
            "minimum_rows": .integer(Int64(minimumRows)),
            "minimum_positives": .integer(Int64(minimumPositives)),
            "flow": [
                "decisions": .integer(Int64(decisionCount)),
                "excluded": .array(excluded.map(\.json)),
                "not_randomised": .object(
                    JSONObject(notRandomised.map { ($0.reason, .integer(Int64($0.rows))) })),
                "kept": .integer(Int64(keptCount)),
            ],
            "parts": .array(parts.map { $0.json(isWritten: isOpen) }),
            "digest": .string(digest),
            "gates": .array(gates.map(\.json)),
            "audit": audit.json,
            "columns": .array(
                columns.map {
                    ["name": .string($0.name), "type": .string($0.type), "role": .string($0.role)]
                }),
            "engine": ["name": .string(engine.name), "version": .string(engine.version)],
            "writer": writer.map {
                ["name": .string($0.name), "version": .string($0.version)]
            } ?? .null,
            "sql": .string(sql),
        ]
    }
}

extension Manifest.FeatureTable {
    fileprivate var json: JSON {
        [
            "file": .string(file), "sha256": .string(sha256), "rows": .integer(Int64(rows)),
            "time_to_live": timeToLive.map { .string($0) } ?? .null,
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
    fileprivate func json(isWritten: Bool) -> JSON {
        var object = JSONObject([
            ("name", .string(name)), ("file", .string(file)), ("rows", .integer(Int64(rows))),
            ("positives", .integer(Int64(positives))),
        ])
        if isWritten {
            object.append("bytes", .integer(Int64(bytes)))
            object.append("sha256", .string(sha256))
        }
        return .object(object)
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
