internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastTables

/// Deals the units of a file row by row, in order and in bounded memory.
///
/// A class, because a value would be copied for each row by the closures that work on one.
final class RowAssigner {
    /// The columns that are added to each row.
    static let columns = [
        "experiment", "arm", "reason", "act", "propensity", "bucket", "revision",
    ]

    let dealer: Dealer
    let names: ColumnNames
    let now: Timestamp
    private(set) var rowCount = 0
    private(set) var complaints = Complaints()

    private let experiment: Experiment
    private let progress = Progress()
    private let kinds: AttributeKinds

    /// The columns that a decision may need, as the user named them.
    struct ColumnNames {
        var unit: String
        var cluster: String?
        var score: String
        var time: String?
    }

    init(_ dealer: Dealer, _ names: ColumnNames, now: Timestamp) {
        self.dealer = dealer
        self.names = names
        self.now = now
        experiment = dealer.experiment
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

    /// What a row without an answer gets in the place of one.
    private var refusal: [(key: String, value: JSON)] {
        [
            ("experiment", .string(experiment.name.text)), ("arm", .null),
            ("reason", .string(AnswerCells.refused)), ("act", false), ("propensity", .null),
            ("bucket", .null), ("revision", .string(dealer.revision)),
        ]
    }

    // MARK: - CSV

    func assignCSV(_ path: String, to destination: String) throws {
        var reader =
            path == "-"
            ? try CSVReader(descriptor: STDIN_FILENO, path: "standard input")
            : try CSVReader(path: path)
        try writing(to: destination) { output in try assign(&reader, to: &output) }
    }

    /// Deals the rows of a reader, and writes each as it came with its answer; or, for who has the
    /// rows, its number, from 1, with its answer.
    func assign(
        _ reader: inout CSVReader, to output: inout FileWriter, keepingRows: Bool = true
    ) throws {
        let places = try ColumnPlaces(
            names, of: experiment, attributes: kinds.names, in: reader.columns, path: reader.path)
        let cells = AnswerCells(dealer)
        var row = CSVWriter()
        if keepingRows { row.append(record: reader.headerRecord) } else { row.append("row") }
        for column in RowAssigner.columns { row.append(column) }
        try row.end(into: &output)
        while try nextRow(of: &reader) {
            do {
                cells.take(try deal(reader, places))
            } catch {
                complaints.add(
                    "\(reader.path): row \(reader.row) (line \(reader.line)): \(error)")
                cells.takeRefusal()
            }
            if keepingRows {
                try reader.copyRecord(to: &output, then: cells.byteCount) { cells.write(to: $0) }
            } else {
                try output.write("\(reader.row)".utf8)
                try output.write(upTo: cells.byteCount) { cells.write(to: $0) }
            }
            try countRow()
        }
    }

    /// Goes to the next row; one of the wrong width is named and passed over.
    private func nextRow(of reader: inout CSVReader) throws -> Bool {
        while true {
            do throws(TableError) {
                return try reader.next()
            } catch {
                guard error.canContinue else { throw error }
                complaints.add("\(error)")
            }
        }
    }

    private func deal(_ reader: borrowing CSVReader, _ places: ColumnPlaces) throws -> Dealt {
        var attributes: [String: AttributeValue] = [:]
        for (name, index) in places.attributes where !isEmpty(reader, index) {
            attributes[name] = kinds.value(try text(reader, index), of: name)
        }
        let score = try places.score.map { try self.score(reader, $0) } ?? nil
        let at = try places.time.map { try Timestamp(rfc3339: try text(reader, $0)) } ?? now
        return try reader.withBytes(places.unit) { unit in
            let unit = try checked(unit, reader.columns[places.unit], "unit")
            guard let cluster = places.cluster, !isEmpty(reader, cluster) else {
                return try dealer.deal(
                    unit: unit, cluster: nil, attributes: attributes, score: score, at: at)
            }
            return try reader.withBytes(cluster) { bytes in
                let cluster = try checked(bytes, reader.columns[cluster], "cluster")
                return try dealer.deal(
                    unit: unit, cluster: cluster, attributes: attributes, score: score, at: at)
            }
        }
    }

    private func isEmpty(_ reader: borrowing CSVReader, _ index: Int) -> Bool {
        reader.byteCount(index) == 0
    }

    /// The bytes of an id, which must be UTF-8, and as many as an id may have.
    private func checked(
        _ bytes: UnsafeBufferPointer<UInt8>, _ column: @autoclosure () -> String, _ what: String
    ) throws -> UnsafeRawBufferPointer {
        guard (1...UnitID.byteLimit).contains(bytes.count) else {
            throw badLength(what, bytes.count)
        }
        guard isUTF8(bytes) else { throw notUTF8(column()) }
        return UnsafeRawBufferPointer(bytes)
    }

    private func text(_ reader: borrowing CSVReader, _ index: Int) throws -> String {
        let text = reader.withBytes(index) { String(validating: $0, as: UTF8.self) }
        guard let text else { throw notUTF8(reader.columns[index]) }
        return text
    }

    /// The score of a row, `nil` where there is none; the experiment is one that deals by it.
    private func score(_ reader: borrowing CSVReader, _ index: Int) throws -> Double? {
        if isEmpty(reader, index) { return nil }
        if let number = reader.withBytes(index, { ScoreText.number($0) }) { return number }
        throw ScoreText.noNumber(try text(reader, index))
    }

    // MARK: - JSON Lines

    func assignJSONLines(_ path: String, to destination: String) throws {
        var reader =
            path == "-"
            ? JSONLinesReader(descriptor: STDIN_FILENO, path: "standard input")
            : try JSONLinesReader(path: path)
        try writing(to: destination) { output in
            while let line = try reader.next() {
                let place = "\(reader.path): line \(reader.line)"
                let object: JSONObject
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
                try output.write(extended(line, object, by: answer(to: object, at: place)))
                try countRow()
            }
        }
    }

    /// The line as it came with members added, so that no number in it is written otherwise.
    private func extended(
        _ line: ArraySlice<UInt8>, _ object: JSONObject, by added: [(key: String, value: JSON)]
    ) -> [UInt8] {
        // It was read as an object: its last brace ends it.
        let end = line.lastIndex(of: UInt8(ascii: "}")) ?? line.endIndex
        var bytes = Array(line[..<end])
        if !object.members.isEmpty { bytes.append(UInt8(ascii: ",")) }
        var members: [UInt8] = []
        JSON.object(JSONObject(added)).write(to: &members)
        bytes += members.dropFirst()
        bytes.append(0x0A)
        return bytes
    }

    private func answer(
        to object: JSONObject, at place: String
    ) -> [(key: String, value: JSON)] {
        do {
            return RowAssigner.members(of: try assign(object))
        } catch {
            complaints.add("\(place): \(error)")
            return refusal
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
        var candidate = Candidate(unit: try id(names.unit, "unit"))
        if experiment.cluster != nil, let cluster = names.cluster,
            let value = object[cluster], value != .null
        {
            candidate.cluster = try id(cluster, "cluster")
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
        if experiment.dealsByScore, let score = object[names.score], score != .null {
            guard let number = score.double else { throw ScoreText.noNumber(score.text()) }
            candidate.score = number
        }
        var at = now
        if let time = names.time {
            at = try Timestamp(rfc3339: object[time]?.string ?? "")
        }
        return try dealer.assign(candidate, at: at)
    }

    private func badLength(_ what: String, _ count: Int) -> CommandError {
        CommandError("the \(what) has \(count) bytes", "give 1 to \(UnitID.byteLimit) bytes")
    }

    private func notUTF8(_ column: String) -> CommandError {
        CommandError("column \"\(column)\" is not UTF-8", "convert the file, say with iconv")
    }

    // MARK: - Both

    private func countRow() throws {
        rowCount += 1
        if rowCount % 1_024 == 0 {
            try Task.checkCancellation()
            progress.show("\(rowCount) units dealt")
        }
    }

    func writing(
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
}

/// A score as text: a number as JSON has it, so that a file says the same as CSV and as JSON Lines.
enum ScoreText {
    /// The score; `nil` where the text is none: `.5`, `+1`, ` 0.5` and `0x1p3` are not.
    ///
    /// NaN and the infinities are numbers, and the experiment says why it takes none.
    static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        if case .number(let number) = CellValue(bytes: bytes, isQuoted: true) {
            return isJSON(bytes) ? number : nil
        }
        guard let number = Double(String(decoding: bytes, as: UTF8.self)), !number.isFinite
        else { return nil }
        return number
    }

    /// The score that a text says.
    static func number(_ text: String) -> Double? {
        Array(text.utf8).withUnsafeBufferPointer { number($0) }
    }

    /// Whether what a cell has as a number is one of JSON's too: it begins with a digit or a minus
    /// sign and ends with a digit, and each point stands between two.
    private static func isJSON(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        func isDigit(_ index: Int) -> Bool {
            bytes.indices.contains(index) && (0x30...0x39).contains(bytes[index])
        }
        guard bytes.first == UInt8(ascii: "-") || isDigit(0), isDigit(bytes.count - 1) else {
            return false
        }
        guard let point = bytes.firstIndex(of: UInt8(ascii: ".")) else { return true }
        return isDigit(point - 1) && isDigit(point + 1)
    }

    static func noNumber(_ text: String) -> CommandError {
        CommandError(
            "the score \(text.prefix(40)) is no number", "give the model's score as a number")
    }
}
