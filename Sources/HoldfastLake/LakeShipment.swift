internal import Glibc
package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastTables

/// Ships what a ledger holds to a lake, each fact exactly once.
///
///     let shipment = LakeShipment(ledger: ledger, lake: lake, node: node, now: { .now })
///     try await shipment.run { … }.rows[.decisions]   // 19855
///
/// Of each kind, range by range: that a range is on its way is noted in the ledger; its files are
/// written into `_tmp`, put on the disk and renamed, and their folders put on the disk; then the
/// ledger notes that it has arrived. Whatever stops it, and wherever: the next one ships the same
/// range again, to files of the same names.
package struct LakeShipment: Sendable {
    /// The ledger, open for its notes; its rows are read beside it.
    package var ledger: Ledger
    package var lake: Lake
    /// The name under which it ships.
    package var node: Name
    /// The format of new files.
    package var fileFormat: LakeFileFormat = .jsonl
    /// The program `duckdb`, where it is not in PATH.
    package var duckdb: String?
    /// By whose salt those are known who were forgotten; needed where somebody was.
    package var catalog: Catalog?
    /// The most rows of a range. About what a gigabyte of files takes: some seconds, and memory
    /// for the keys only.
    package var rangeRows: Int64 = 1_000_000
    package var now: @Sendable () -> Timestamp

    package init(
        ledger: Ledger, lake: Lake, node: Name, now: @escaping @Sendable () -> Timestamp
    ) {
        self.ledger = ledger
        self.lake = lake
        self.node = node
        self.now = now
    }

    /// What was shipped.
    package struct Summary: Sendable, Equatable {
        /// Rows that were written, by kind.
        package var rows: [ShippedKind: Int] = [:]
        /// Files that were written.
        package var files = 0
        /// Rows of those who were forgotten in the lake, which were not taken in.
        package var leftOut = 0
        /// Revisions that the lake did not have.
        package var revisions = 0
    }

    private var scratch: String { "\(Lake.scratch)/node=\(node)" }

    /// The name for a ledger: the one that was asked for, else that under which it has shipped to
    /// this lake, else that of the machine.
    package static func node(
        of ledger: Ledger, in lake: Lake, asked: Name?, host: Name?
    ) async throws -> Name {
        if let asked { return asked }
        let known = try await ledger.shipments(to: lake.identity).keys.sorted()
        guard known.count <= 1 else {
            throw LakeError(
                lake.path, "the ledger has shipped as \(known.joined(separator: " and as "))",
                "say by --node as which it ships now")
        }
        if let name = known.first.flatMap({ Name($0) }) { return name }
        guard let host else {
            throw LakeError(
                lake.path, "the machine's name is no name of a node",
                "give one by --node: 1 to 64 of A-Z a-z 0-9 . _ -")
        }
        return host
    }

    /// Ships everything that is in the ledger when it begins.
    package func run(progress: (String) -> Void) async throws -> Summary {
        guard node.text != "." && node.text != ".." else {
            throw LakeError(lake.path, "\(node) is no name of a node", "give another by --node")
        }
        let wish = LakeLock.Wish(
            folder: lake.folder, file: "\(Lake.scratch)/lock=\(node)", isShared: false,
            patience: 10_000)
        let lock = try await LakeLock.take(wish) {
            progress("waiting for another shipment of \(node)")
        }
        defer { withExtendedLifetime(lock) {} }
        let identity = try await ledger.identity()
        try await LakeNode(node, in: lake)?.check(ledger, identity: identity, in: lake)
        // Also where nothing is to be shipped: what would be refused tomorrow is refused today.
        _ = try LakeMarks(of: lake, salt: catalog)
        // What a killed shipment left, and what its children may still be writing.
        try lake.folder.removeScratch(scratch)
        let work = "\(scratch)/\(getpid())"
        try lake.folder.make(work)
        let tip = try await ledger.shippingTip()
        try LakeNode(
            name: node, ledger: identity, head: tip.head, shippedAt: now(),
            hasTakenOut: tip.hasTakenOut
        ).write(to: lake, by: work)
        var summary = Summary()
        summary.revisions = try shipRevisions(by: work)
        for kind in ShippedKind.allCases {
            try await ship(kind, upTo: tip.lastKeys[kind] ?? 0, by: work, &summary, progress)
        }
        try lake.folder.removeScratch(scratch)
        return summary
    }

    private func ship(
        _ kind: ShippedKind, upTo tip: Int64, by work: String, _ summary: inout Summary,
        _ progress: (String) -> Void
    ) async throws {
        let known = try await ledger.shipments(to: lake.identity)[node.text]?[kind]
        var shipped = known?.shipped ?? 0
        var isBegun = known?.range != nil
        summary.rows[kind] = 0
        repeat {
            try Task.checkCancellation()
            let noted = try await ledger.intend(
                kind, to: lake.identity, as: node, upTo: min(tip, shipped + rangeRows),
                fileFormat: fileFormat.rawValue)
            guard let keys = noted.range else { return }
            guard let format = LakeFileFormat(rawValue: noted.fileFormat) else {
                throw LakeError(
                    lake.path, "a shipment of \(noted.fileFormat) files is under way",
                    "use the program that began it, or a newer one")
            }
            // Alone with what erases and compacts, until the range has arrived.
            let wish = LakeLock.Wish(folder: lake.folder, file: Lake.lock, isShared: true)
            let lock = try await LakeLock.take(wish) {
                progress("waiting for whoever works on the lake")
            }
            try write(kind, keys, format, isBegun: isBegun, by: work, &summary) { rows in
                progress("shipping \(kind): \(rows) of \(keys.count) rows up to \(tip)")
            }
            try await ledger.arrived(
                kind, in: lake.identity, as: node, upTo: keys.upperBound, at: now())
            withExtendedLifetime(lock) {}
            shipped = keys.upperBound
            isBegun = false
        } while shipped < tip
    }

    /// A file that is written, and where it goes.
    private struct Written {
        var turn: LakeParquet.Turn
        var file: LakeFile
    }

    /// Writes the files of a range, and puts them in their places.
    private func write(
        _ kind: ShippedKind, _ keys: ClosedRange<Int64>, _ format: LakeFileFormat, isBegun: Bool,
        by work: String, _ summary: inout Summary, progress: (Int) -> Void
    ) throws {
        let marks = try LakeMarks(of: lake, salt: catalog)
        let reader = try LedgerReader(path: ledger.path, salt: nil)
        var written: [Written] = []
        try reader.connection.reading {
            if kind == .decisions { try shipFeatures(reader, by: work) }
            let rows = try LakeRows(kind, from: reader)
            var open: LakeLines?
            func close() throws {
                guard let lines = open else { return }
                open = nil
                guard lines.count > 0 else { return try lines.giveUp(lake.folder) }
                try lines.finish()
                let file = LakeFile(
                    folder: lines.partition.folder(of: node), keys: keys, format: format)
                let name = "\(work)/\(written.count)\(format.suffix)"
                written.append(
                    Written(
                        turn: LakeParquet.Turn(
                            from: lines.path, to: name, columns: rows.columns(of: lines.partition),
                            rows: lines.count), file: file))
            }
            var seen = 0
            try rows.partitions(keys) { partition, key in
                if open?.partition != partition {
                    try close()
                    progress(seen)
                    let path = "\(work)/rows-\(written.count).jsonl.gz"
                    try lake.folder.remove(path)
                    open = try LakeLines(partition, path: path, in: lake.folder)
                }
                let isTaken = try open?.append(key, from: rows, unless: marks.contains) ?? false
                if !isTaken { summary.leftOut += 1 }
                seen += 1
                if seen % 10_000 == 0 { progress(seen) }
            }
            try close()
        }
        if format == .parquet {
            try LakeParquet(lake: lake, program: DuckDBProgram(program: duckdb))
                .turn(written.map(\.turn))
        }
        // Of a range that was begun before, files may be part of a compacted one by now.
        if isBegun {
            written = try written.filter { file in
                let isThere = try lake.files(in: file.file.folder).contains {
                    $0.keys != keys && $0.keys.lowerBound <= keys.lowerBound
                        && $0.keys.upperBound >= keys.upperBound
                }
                return !isThere
            }
        }
        try put(written, format)
        summary.files += written.count
        summary.rows[kind, default: 0] += written.reduce(0) { $0 + $1.turn.rows }
    }

    /// Renames files into their places; when it returns they are on the disk there.
    private func put(_ written: [Written], _ format: LakeFileFormat) throws {
        for file in written {
            try lake.folder.make(file.file.folder)
            switch format {
            case .jsonl: try lake.folder.move(file.turn.from, to: file.file.path)
            case .parquet:
                try lake.folder.move(file.turn.to, to: file.file.path)
                try lake.folder.remove(file.turn.from)
            }
        }
        for folder in Set(written.map(\.file.folder)) { try lake.folder.sync(folder) }
    }

    /// Writes the revisions that the lake does not have of this node.
    private func shipRevisions(by work: String) throws -> Int {
        let reader = try LedgerReader(path: ledger.path, salt: nil)
        var documents: [(revision: String, json: JSON)] = []
        try reader.connection.query(
            """
            SELECT revision, catalog, salt_fingerprint, received_at FROM revisions
            ORDER BY received_at, revision
            """
        ) { row throws(SQLError) in
            let revision = row.text(0) ?? ""
            documents.append(
                (
                    revision,
                    [
                        "revision": .string(revision), "catalog": .string(row.text(1) ?? ""),
                        "salt_fingerprint": .string(row.text(2) ?? ""),
                        "received_at": .integer(row.integer(3)),
                    ]
                ))
        }
        var count = 0
        for document in documents {
            let path = "revisions/\(node)/\(document.revision).json"
            if lake.folder.has(path) { continue }
            try lake.folder.put(document.json, at: path, by: work)
            count += 1
        }
        return count
    }

    /// Writes which columns of features the node's ledger has, where that is not there yet.
    private func shipFeatures(_ reader: LedgerReader, by work: String) throws {
        for experiment in try LakeRows.experimentsWithFeatures(reader) {
            let features = try LakeRows.features(of: experiment, in: reader)
            let json: JSON = [
                "experiment": .string(experiment.text),
                "features": .object(
                    JSONObject(features.map { (key: $0.feature, value: .string($0.type)) })),
            ]
            let path = "features/\(node)/\(experiment).json"
            if try lake.folder.readJSON(path) == json { continue }
            try lake.folder.put(json, at: path, by: work)
        }
    }
}
