internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastTables

/// Records the rows of a file in batches; each row is taken or refused by itself.
struct FileRecorder {
    let kind: Fact.Kind
    let reader: FactReader
    let ledger: Ledger
    let experiment: String?
    var accepted = 0
    var duplicates = 0
    var complaints = Complaints()

    private var batch: [Fact] = []
    private var places: [(text: String, source: [UInt8])] = []
    /// The bytes of the batch's items.
    private var batchBytes = 0
    /// The times of the first and the last fact so far.
    private var span: ClosedRange<Timestamp>?
    private let progress = Progress()

    /// Facts a transaction, unless their items reach ``batchByteLimit`` first. Random ids touch a
    /// page each: with 1,000 a transaction, each page of the indexes of a million rows was written
    /// a hundred times instead of ten.
    private static let batchSize = 20_000
    private static let batchByteLimit = 8 << 20
    /// Refused items that are taken up again at a time.
    private static let repairSize = 1_000

    init(kind: Fact.Kind, reader: FactReader, ledger: Ledger, experiment: String?) {
        self.kind = kind
        self.reader = reader
        self.ledger = ledger
        // An outcome belongs to a unit, whatever the experiments.
        self.experiment = kind == .outcome ? nil : experiment
    }

    /// What is to be recorded, open: what cannot be read must not leave a ledger behind.
    enum Input: ~Copyable {
        case lines(JSONLinesReader)
        /// With what holds the rows of a Parquet file.
        case rows(CSVReader, of: ParquetRows?)

        init(_ path: String, as format: RowFormat, duckdb: String?) throws {
            let isStream = path == "-"
            switch format {
            case .csv:
                self = .rows(
                    isStream
                        ? try CSVReader(descriptor: STDIN_FILENO, path: "standard input")
                        : try CSVReader(path: path), of: nil)
            case .jsonl:
                self = .lines(
                    isStream
                        ? JSONLinesReader(descriptor: STDIN_FILENO, path: "standard input")
                        : try JSONLinesReader(path: path))
            case .parquet:
                try RowFormat.refuseStream(path)
                let parquet = try ParquetRows(program: duckdb)
                self = .rows(try parquet.reader(of: path), of: parquet)
            }
        }
    }

    mutating func record(_ input: consuming Input) async throws {
        switch consume input {
        case .lines(var lines): try await record(&lines)
        case .rows(var rows, of: let parquet):
            try await record(&rows)
            // Its folder is gone with it.
            withExtendedLifetime(parquet) {}
        }
    }

    private mutating func record(_ lines: inout JSONLinesReader) async throws {
        while let line = try lines.next() {
            let bytes = Array(line)
            let place = "\(lines.path): line \(lines.line)"
            let item: Result<JSON, Refusal>
            do throws(JSONError) {
                item = .success(try JSON.parse(bytes))
            } catch {
                item = .failure(
                    Refusal(
                        code: "malformed",
                        detail: "malformed JSON at column \(error.column): \(error.message)",
                        hint: "mend the line and record it again"))
            }
            try await add(item, source: bytes, at: place, stated: .unstated)
        }
        try await flush()
        progress.clear()
    }

    private mutating func record(_ rows: inout CSVReader) async throws {
        let columns = CSVFacts(kind: kind, reader: reader, columns: rows.columns)
        if !columns.ignored.isEmpty {
            Terminal.complain(
                "\(rows.path): columns that are no part of the fact are not recorded: \(columns.ignored.joined(separator: ", "))"
            )
        }
        while true {
            do throws(TableError) {
                guard try rows.next() else { break }
            } catch {
                guard error.canContinue else { throw error }
                let refusal = Refusal(code: "malformed", detail: error.message, hint: error.hint)
                try await add(
                    .failure(refusal), source: Array(rows.record),
                    at: "\(rows.path): row \(rows.row) (line \(rows.line))",
                    stated: .unstated)
                continue
            }
            let place = "\(rows.path): row \(rows.row) (line \(rows.line))"
            let item = columns.item(rows, experiment: experiment)
            try await add(
                item, source: Array(rows.record), at: place, stated: columns.statedArm(rows))
        }
        try await flush()
        progress.clear()
    }

    private mutating func add(
        _ item: Result<JSON, Refusal>, source: [UInt8], at place: String, stated: StatedArm
    ) async throws {
        // As the service would take it: nobody can mend a CSV record without its header.
        var source = source
        if case .success(let json) = item { source = Array(json.text().utf8) }
        let fact = fact(item, source: source, stated: stated)
        span =
            fact.at.map { at in
                span.map { min($0.lowerBound, at)...max($0.upperBound, at) } ?? at...at
            } ?? span
        batch.append(fact)
        places.append((place, source))
        batchBytes += source.count
        let isFull =
            batch.count >= FileRecorder.batchSize || batchBytes >= FileRecorder.batchByteLimit
        if isFull { try await flush() }
    }

    private func fact(_ item: Result<JSON, Refusal>, source: [UInt8], stated: StatedArm) -> Fact {
        var experiment: Name?
        do throws(Refusal) {
            let json = try item.get()
            experiment = reader.experiment(of: json)
            switch kind {
            case .decision:
                let decision = try reader.decision(json)
                try compare(decision.assignment, with: stated)
                return .decision(decision)
            case .exposure: return .exposure(try reader.exposure(json))
            case .outcome: return .outcome(try reader.outcome(json))
            }
        } catch {
            return .refused(
                RefusedItem(kind: kind, source: source, refusal: error, experiment: experiment))
        }
    }

    /// A file that says which arm was acted upon must say what the catalog deals.
    private func compare(_ assignment: Assignment, with stated: StatedArm) throws(Refusal) {
        guard case .stated(let dealt) = stated, dealt != assignment.arm?.text else { return }
        throw Refusal(
            code: "other_arm",
            detail:
                "the row says arm \"\(dealt ?? "")\", and the catalog deals \"\(assignment.arm?.text ?? "")\"",
            hint: "record it with the catalog and the salt that dealt it")
    }

    /// Enters the number of the whole file, once all of it is recorded: a file that was recorded by
    /// half is missing still.
    mutating func finish(_ number: BatchNumber?) async throws {
        guard var number else { return }
        number.span = span
        _ = try await ledger.append([], number: number)
    }

    /// Takes up again what was refused and is kept.
    mutating func retryRefused() async throws {
        var last: Int64 = 0
        while true {
            let kept = try await ledger.refusedItems(
                kind, after: last, limit: FileRecorder.repairSize)
            guard let next = kept.last?.key else { break }
            last = next
            for refusal in kept {
                let source = Array(refusal.item.source.utf8)
                let place = "refused item \(refusal.key)"
                let item: Result<JSON, Refusal>
                do throws(JSONError) {
                    item = .success(try JSON.parse(source))
                } catch {
                    item = .failure(refusal.item.refusal)
                }
                batch.append(fact(item, source: source, stated: .unstated))
                places.append((place, source))
            }
            try await flush(repairing: kept.map(\.key))
        }
        progress.clear()
    }

    private mutating func flush(repairing keys: [Int64]? = nil) async throws {
        guard !batch.isEmpty else { return }
        try Task.checkCancellation()
        let sources = places.map(\.source)
        let receipts =
            if let keys {
                try await ledger.append(batch, repairing: keys)
            } else {
                try await ledger.append(batch, source: { sources[$0] })
            }
        for (place, receipt) in zip(places, receipts) {
            switch receipt {
            case .accepted: accepted += 1
            case .duplicate: duplicates += 1
            case .refused(let refusal): complaints.add("\(place.text): \(refusal)")
            }
        }
        batch.removeAll(keepingCapacity: true)
        batchBytes = 0
        places.removeAll(keepingCapacity: true)
        progress.show("\(accepted) recorded")
    }
}

/// Whether a file says which arm was dealt, and which (or that there was none).
enum StatedArm {
    case unstated
    case stated(String?)
}

/// How the columns of a CSV file make up the members of a fact.
struct CSVFacts {
    /// Columns that are part of no fact.
    private(set) var ignored: [String] = []

    private enum Role {
        case text(String)
        case number(String)
        case boolean(String)
        case value
        case feature(String, FeatureType)
        case attribute(String, AttributeKind)
        case dealtArm
    }

    private var roles: [(index: Int, role: Role)] = []

    init(kind: Fact.Kind, reader: FactReader, columns: [String]) {
        let features = reader.catalog.experiments.flatMap(\.features)
        let attributes = reader.catalog.experiments.flatMap { $0.eligible?.attributes ?? [] }
        for (index, column) in columns.enumerated() {
            var found = CSVFacts.members(of: kind).filter { sameBytes($0.name, column) }.map(\.role)
            if kind == .decision, found.isEmpty {
                if let feature = features.first(where: { sameBytes($0.name.text, column) }) {
                    found.append(.feature(column, feature.type))
                }
                if let attribute = attributes.first(where: { sameBytes($0.name, column) }) {
                    found.append(.attribute(column, attribute.kind))
                }
            }
            if found.isEmpty { ignored.append(column) }
            roles += found.map { (index, $0) }
        }
    }

    private static func members(of kind: Fact.Kind) -> [(name: String, role: Role)] {
        let common: [(name: String, role: Role)] = ["id", "unit", "at"].map { ($0, .text($0)) }
        switch kind {
        case .decision:
            let texts: [(name: String, role: Role)] = ["experiment", "cluster", "model"].map {
                ($0, .text($0))
            }
            return common + texts + [
                ("score", .number("score")), ("intended", .boolean("intended")), ("arm", .dealtArm),
            ]
        case .exposure: return common + ["experiment", "cluster", "arm"].map { ($0, .text($0)) }
        case .outcome: return common + [("name", .text("name")), ("value", .value)]
        }
    }

    /// The arm that the row says was dealt.
    func statedArm(_ rows: borrowing CSVReader) -> StatedArm {
        for (index, role) in roles {
            guard case .dealtArm = role else { continue }
            let bytes = rows.bytes(index)
            return .stated(bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self))
        }
        return .unstated
    }

    /// The row as the object that the service would take. An empty field is a missing member.
    func item(_ rows: borrowing CSVReader, experiment: String?) -> Result<JSON, Refusal> {
        var object = JSONObject()
        var features = JSONObject()
        var attributes = JSONObject()
        for (index, role) in roles where !rows.bytes(index).isEmpty {
            let text: String
            do {
                text = try rows.text(index)
            } catch {
                return .failure(
                    Refusal(code: "malformed", detail: error.message, hint: error.hint))
            }
            switch role {
            case .text(let name): object.append(name, .string(text))
            case .number(let name): object.append(name, CSVFacts.number(text))
            case .boolean(let name): object.append(name, CSVFacts.boolean(text))
            case .value:
                // 1 and 0 may be amounts.
                object.append(
                    "value", BooleanText.word(text).map(JSON.bool) ?? CSVFacts.number(text))
            case .feature(let name, .category): features.append(name, .string(text))
            case .feature(let name, .boolean): features.append(name, CSVFacts.boolean(text))
            case .feature(let name, .number), .feature(let name, .integer):
                features.append(name, CSVFacts.number(text))
            case .attribute(let name, .text): attributes.append(name, .string(text))
            case .attribute(let name, .number): attributes.append(name, CSVFacts.number(text))
            case .attribute(let name, .boolean): attributes.append(name, CSVFacts.boolean(text))
            case .dealtArm: continue
            }
        }
        if object["experiment"] == nil, let experiment {
            object.append("experiment", .string(experiment))
        }
        if !features.members.isEmpty { object.append("features", .object(features)) }
        if !attributes.members.isEmpty { object.append("attributes", .object(attributes)) }
        return .success(.object(object))
    }

    /// A number, or the text as it is: the fact's reader then says what is wrong.
    private static func number(_ text: String) -> JSON {
        AttributeKinds.number(text) ?? .string(text)
    }

    private static func boolean(_ text: String) -> JSON {
        BooleanText.value(text).map(JSON.bool) ?? .string(text)
    }
}
