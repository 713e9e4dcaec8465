internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastTables

/// The user's own table of features, brought into a table of the engine's by unit and time.
///
/// A CSV file with the columns `unit`, `at` (RFC 3339 with a zone) and one for each feature: the
/// history of each unit, a row for each time at which its values became known. A column that the
/// catalog declares as a feature is of that type; another is one of numbers where every cell is,
/// and of texts otherwise.
struct UserFeatures {
    /// The features, in the order of the file.
    let columns: [(name: Name, type: ExportColumn.Kind)]
    let rows: Int
    /// The file's SHA-256.
    let sha256: String

    /// The most columns, as for features that are declared: SQLite has no room for twice as many.
    static let columnLimit = 1_002

    private struct Column {
        var name: Name
        var index: Int
        var declared: FeatureType?
        var hasText = false

        var kind: ExportColumn.Kind {
            declared.map { ExportColumn.Kind($0) } ?? (hasText ? .text : .number)
        }
    }

    /// Reads the file twice: for what its columns are, and for their values.
    ///
    /// Throws `ExportError` or `TableError` where it is not such a table, naming the row.
    static func load(
        _ path: String, of experiment: Experiment, into engine: any SQLEngine
    ) throws -> UserFeatures {
        var (columns, unit, at) = try readHeader(path, experiment)
        var hash = SHA256()
        try readBytes(path) { hash.update($0) }
        var reader = try CSVReader(path: path)
        while try reader.next() {
            for index in columns.indices where columns[index].declared == nil {
                let cell = columns[index].index
                let isQuoted = reader.isQuoted(cell)
                reader.withBytes(cell) { bytes in
                    switch CellValue(bytes: bytes, isQuoted: isQuoted) {
                    case .text, .infinite: columns[index].hasText = true
                    // A whole number that a double cannot hold is an id: it keeps its digits.
                    case .number(let value) where abs(value) >= 0x1p53:
                        columns[index].hasText = true
                    case .missing, .emptyText, .number: break
                    }
                }
            }
        }
        let rows = try load(path, columns, unit: unit, at: at, into: engine)
        try refuseDoubles(path, engine)
        return UserFeatures(
            columns: columns.map { ($0.name, $0.kind) }, rows: rows,
            sha256: hash.finish().hexadecimal)
    }

    private static func readHeader(
        _ path: String, _ experiment: Experiment
    ) throws -> (columns: [Column], unit: Int, at: Int) {
        let reader = try CSVReader(path: path)
        guard let unit = reader.index(of: "unit"), let at = reader.index(of: "at") else {
            throw ExportError(
                "\(path) has no column \"unit\" or no column \"at\"",
                "a table of features says whose values became known when: unit,at,income")
        }
        let reserved =
            Experiment.reservedColumns + ["stamped_at"]
            + [experiment.outcome?.name.text.lowercased()].compactMap { $0 }
        guard reader.columns.count <= UserFeatures.columnLimit else {
            throw ExportError(
                "\(path) has \(reader.columns.count) columns",
                "at most \(UserFeatures.columnLimit) are possible: leave out what no model needs")
        }
        var columns: [Column] = []
        for (index, text) in reader.columns.enumerated() where index != unit && index != at {
            guard let name = Name(text), !reserved.contains(text.lowercased()) else {
                throw ExportError(
                    "\(path): the column \"\(text.prefix(80))\" cannot be one of the set",
                    "letters, digits, dots, dashes and underscores make a name; taken: \(reserved.joined(separator: ", "))"
                )
            }
            if columns.contains(where: { $0.name.text.lowercased() == text.lowercased() }) {
                throw ExportError("\(path): the column \"\(text)\" is there twice", "keep one")
            }
            let type = experiment.features.first { $0.name == name }?.type
            columns.append(Column(name: name, index: index, declared: type))
        }
        return (columns, unit, at)
    }

    private static func load(
        _ path: String, _ columns: [Column], unit: Int, at: Int, into engine: any SQLEngine
    ) throws -> Int {
        let table = SQLTable(
            "hf_features", index: ["unit", "stamped_at"],
            [.required("unit", .text), .required("stamped_at", .integer)]
                + columns.map { .optional($0.name.text, $0.kind.sqlType) })
        var rows = 0
        try engine.load(table) { load in
            var reader = try CSVReader(path: path)
            while try reader.next() {
                func place(_ what: String) -> ExportError {
                    ExportError(
                        "\(path): row \(reader.row) (line \(reader.line)): \(what)", "mend it")
                }
                guard let unit = UnitID(try reader.text(unit)) else {
                    throw place("the unit has not 1 to \(UnitID.byteLimit) bytes")
                }
                let text = try reader.text(at)
                let stamp: Timestamp
                do {
                    stamp = try Timestamp(rfc3339: text)
                } catch {
                    throw place("the time \"\(text.prefix(80))\" is none: \(error)")
                }
                var values: [SQLValue] = [.text(unit.text), .integer(stamp.microseconds)]
                for column in columns {
                    guard let value = try value(of: column, reader) else {
                        throw place("the value of \(column.name) is not of its type")
                    }
                    values.append(value)
                }
                try load(values)
            }
            rows = reader.row
        }
        return rows
    }

    private static func refuseDoubles(_ path: String, _ engine: any SQLEngine) throws {
        let doubles = try engine.first(
            """
            SELECT COUNT(*) FROM (
              SELECT unit FROM hf_features GROUP BY unit, stamped_at HAVING COUNT(*) > 1
            ) AS hf_doubles
            """)
        guard doubles == .integer(0) else {
            throw ExportError(
                "\(path): two rows of one unit have the same time, and which counts is not known",
                "keep one of them")
        }
    }

    /// A cell as its column's type, `nil` where it is not of it.
    private static func value(
        of column: Column, _ reader: borrowing CSVReader
    ) throws(TableError) -> SQLValue? {
        let isText = column.kind == .text
        // Some writers quote everything: a quoted nothing is a text only.
        if reader.isMissing(column.index) || !isText && reader.byteCount(column.index) == 0 {
            return .null
        }
        let text = try reader.text(column.index)
        switch column.kind {
        case .text: return .text(text)
        case .integer: return Int64(text).map { .integer($0) }
        case .boolean:
            switch text {
            case "true", "1": return .integer(1)
            case "false", "0": return .integer(0)
            case _: return nil
            }
        case .number, .time:
            switch CellValue(text, isQuoted: reader.isQuoted(column.index)) {
            case .number(let value): return .real(value)
            case .missing, .emptyText: return .null
            case .infinite, .text: return nil
            }
        }
    }
}

extension ExportColumn.Kind {
    /// How an engine keeps it.
    fileprivate var sqlType: SQLType {
        switch self {
        case .text: .text
        case .integer, .boolean, .time: .integer
        case .number: .real
        }
    }
}
