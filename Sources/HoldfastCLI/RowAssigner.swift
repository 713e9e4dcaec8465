internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastTables

/// Deals the units of a file row by row, in order and in bounded memory.
struct RowAssigner {
    /// The columns that are added to each row.
    static let columns = [
        "experiment", "arm", "reason", "act", "propensity", "bucket", "revision",
    ]

    let catalog: Catalog
    let experiment: Experiment
    let unitColumn: String
    let clusterColumn: String?
    let timeColumn: String?
    let now: Timestamp
    var rowCount = 0
    var complaints = Complaints()

    private let progress = Progress()
    private let kinds: AttributeKinds

    init(
        catalog: Catalog, experiment: Experiment, unitColumn: String, clusterColumn: String?,
        timeColumn: String?, now: Timestamp
    ) {
        self.catalog = catalog
        self.experiment = experiment
        self.unitColumn = unitColumn
        self.clusterColumn = clusterColumn
        self.timeColumn = timeColumn
        self.now = now
        kinds = AttributeKinds(experiment)
    }

    /// The members that an assignment adds to a row, in the order of ``columns``.
    static func members(of assignment: Assignment) -> [(key: String, value: JSON)] {
        [
            ("experiment", .string(assignment.experiment.text)),
            ("arm", assignment.arm.map { .string($0.text) } ?? .null),
            ("reason", .string(assignment.reason.word)),
            ("act", .bool(assignment.act)),
            ("propensity", .number(assignment.propensity)),
            ("bucket", assignment.bucket.map { .integer(Int64($0)) } ?? .null),
            ("revision", .string(assignment.revision)),
        ]
    }

    // MARK: - CSV

    mutating func assignCSV(_ path: String, to destination: String) throws {
        var reader =
            path == "-"
            ? try CSVReader(descriptor: STDIN_FILENO, path: "standard input")
            : try CSVReader(path: path)
        let places = try Places(self, columns: reader.columns, path: reader.path)
        try writing(to: destination) { output in
            var row = CSVWriter()
            row.append(record: reader.headerRecord)
            for column in RowAssigner.columns { row.append(column) }
            try row.end(into: &output)
            while try nextRow(of: &reader) {
                row.append(record: reader.record)
                do {
                    append(try assign(reader, places), to: &row)
                } catch {
                    complaints.add(
                        "\(reader.path): row \(reader.row) (line \(reader.line)): \(error)")
                    appendRefusal(to: &row)
                }
                try row.end(into: &output)
                try countRow()
            }
        }
    }

    /// Goes to the next row; one of the wrong width is named and passed over.
    private mutating func nextRow(of reader: inout CSVReader) throws -> Bool {
        while true {
            do throws(TableError) {
                return try reader.next()
            } catch {
                guard error.canContinue else { throw error }
                complaints.add("\(error)")
            }
        }
    }

    private func assign(_ reader: borrowing CSVReader, _ places: Places) throws -> Assignment {
        var candidate = Candidate(unit: try id(reader, places.unit, "unit"))
        if experiment.cluster != nil, let cluster = places.cluster, !isEmpty(reader, cluster) {
            candidate.cluster = try id(reader, cluster, "cluster")
        }
        for (name, index) in places.attributes where !isEmpty(reader, index) {
            candidate.attributes[name] = kinds.value(try reader.text(index), of: name)
        }
        let at = try places.time.map { try Timestamp(rfc3339: try reader.text($0)) } ?? now
        return try catalog.assign(candidate, in: experiment.name.text, at: at)
    }

    private func isEmpty(_ reader: borrowing CSVReader, _ index: Int) -> Bool {
        reader.bytes(index).isEmpty
    }

    private func id(_ reader: borrowing CSVReader, _ index: Int, _ what: String) throws -> UnitID {
        let text = try reader.text(index)
        guard let id = UnitID(text) else { throw badLength(what, text.utf8.count) }
        return id
    }

    private func append(_ assignment: Assignment, to row: inout CSVWriter) {
        row.append(assignment.experiment.text)
        row.append(assignment.arm?.text)
        row.append(assignment.reason.word)
        row.append(assignment.act ? "true" : "false")
        row.append(assignment.propensity.description)
        row.append(assignment.bucket.map { String($0) })
        row.append(assignment.revision)
    }

    /// A row that cannot be dealt keeps its place: no arm, and nobody acts on it.
    private func appendRefusal(to row: inout CSVWriter) {
        row.append(experiment.name.text)
        row.append(nil)
        row.append(RowAssigner.refusedReason)
        row.append("false")
        row.append(nil)
        row.append(nil)
        row.append(catalog.revision)
    }

    private static let refusedReason = "refused"

    // MARK: - JSON Lines

    mutating func assignJSONLines(_ path: String, to destination: String) throws {
        var reader =
            path == "-"
            ? JSONLinesReader(descriptor: STDIN_FILENO, path: "standard input")
            : try JSONLinesReader(path: path)
        try writing(to: destination) { output in
            while let line = try reader.next() {
                let place = "\(reader.path): line \(reader.line)"
                var object: JSONObject
                do throws(JSONError) {
                    guard case .object(let read) = try JSON.parse(Array(line)) else {
                        complaints.add("\(place): is no object; write one object a line")
                        continue
                    }
                    object = read
                } catch {
                    complaints.add(
                        "\(place): column \(error.column): \(error.message); mend the line")
                    continue
                }
                if let taken = RowAssigner.columns.first(where: { object[$0] != nil }) {
                    complaints.add(
                        "\(place): has \"\(taken)\" already, which is to be added; rename it")
                    continue
                }
                append(to: &object, at: place)
                var bytes: [UInt8] = []
                JSON.object(object).write(to: &bytes)
                bytes.append(0x0A)
                try output.write(bytes)
                try countRow()
            }
        }
    }

    private mutating func append(to object: inout JSONObject, at place: String) {
        do {
            for (key, value) in RowAssigner.members(of: try assign(object)) {
                object.append(key, value)
            }
        } catch {
            complaints.add("\(place): \(error)")
            object.append("experiment", .string(experiment.name.text))
            object.append("arm", .null)
            object.append("reason", .string(RowAssigner.refusedReason))
            object.append("act", false)
            object.append("propensity", .null)
            object.append("bucket", .null)
            object.append("revision", .string(catalog.revision))
        }
    }

    private func assign(_ object: JSONObject) throws -> Assignment {
        func id(_ key: String, _ what: String) throws -> UnitID {
            guard let text = object[key]?.string else {
                throw CommandError("has no text \"\(key)\"", "give the \(what) as a string")
            }
            guard let id = UnitID(text) else { throw badLength(what, text.utf8.count) }
            return id
        }
        var candidate = Candidate(unit: try id(unitColumn, "unit"))
        if experiment.cluster != nil, let clusterColumn,
            let value = object[clusterColumn], value != .null
        {
            candidate.cluster = try id(clusterColumn, "cluster")
        }
        for name in kinds.names {
            switch object[name] {
            case .string(let text): candidate.attributes[name] = .text(text)
            case .integer(let integer): candidate.attributes[name] = .number(Double(integer))
            case .number(let number): candidate.attributes[name] = .number(number)
            case .bool(let boolean): candidate.attributes[name] = .boolean(boolean)
            case .null, .array, .object, nil: continue
            }
        }
        var at = now
        if let timeColumn {
            at = try Timestamp(rfc3339: object[timeColumn]?.string ?? "")
        }
        return try catalog.assign(candidate, in: experiment.name.text, at: at)
    }

    private func badLength(_ what: String, _ count: Int) -> CommandError {
        CommandError("the \(what) has \(count) bytes", "give 1 to \(UnitID.byteLimit) bytes")
    }

    // MARK: - Both

    private mutating func countRow() throws {
        rowCount += 1
        if rowCount % 1_024 == 0 {
            try Task.checkCancellation()
            progress.show("\(rowCount) units dealt")
        }
    }

    private func writing(
        to destination: String, _ body: (inout FileWriter) throws -> Void
    ) throws {
        defer { progress.clear() }
        if destination == "-" {
            var output = FileWriter(descriptor: STDOUT_FILENO, path: "standard output")
            try body(&output)
            try output.close()
        } else {
            var file = try AtomicFile(path: destination)
            try body(&file.output)
            try file.commit()
        }
    }

    /// Where the columns are that a decision needs.
    private struct Places {
        let unit: Int
        let cluster: Int?
        let time: Int?
        let attributes: [(name: String, index: Int)]

        init(_ assigner: RowAssigner, columns: [String], path: String) throws {
            func index(_ name: String) -> Int? { columns.firstIndex { sameBytes($0, name) } }
            func required(_ name: String, _ option: String) throws -> Int {
                if let found = index(name) { return found }
                throw CommandError(
                    "\(path): has no column \"\(name)\"",
                    "name another by \(option); there are: \(columns.prefix(20).joined(separator: ", "))"
                )
            }
            if let taken = RowAssigner.columns.first(where: { index($0) != nil }) {
                throw CommandError(
                    "\(path): has a column \"\(taken)\" already, which is to be added",
                    "rename it, or take the file as it was before it was dealt")
            }
            unit = try required(assigner.unitColumn, "--unit-column")
            cluster = try assigner.experiment.cluster.map { _ in
                try required(assigner.clusterColumn ?? "", "--cluster-column")
            }
            time = try assigner.timeColumn.map { try required($0, "--time-column") }
            attributes = assigner.kinds.names.compactMap { name in index(name).map { (name, $0) } }
        }
    }
}

/// What could not be taken of a file: the first are shown, all are counted.
struct Complaints {
    private(set) var count = 0
    private static let shown = 10

    mutating func add(_ text: String) {
        count += 1
        if count <= Complaints.shown { Terminal.complain(text) }
        if count == Complaints.shown + 1 { Terminal.complain("… and more, which are counted only") }
    }

    /// Says how it ended, and gives the status.
    func finish(destination: String, rows: Int) -> ExitStatus {
        guard count > 0 else { return .success }
        Terminal.complain(
            "\(count) of the rows could not be taken; \(rows) were written to \(destination == "-" ? "standard output" : destination)"
        )
        return .negative
    }
}
