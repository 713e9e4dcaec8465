internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastTables

/// Rows on their way into an engine: JSON Lines, whose values are named `c0`, `c1`, … by place.
///
/// JSON tells a missing text from an empty one, and every text and number comes back as it was.
/// NaN is none, as SQLite has it.
struct LoadedRows: ~Copyable {
    private let table: SQLTable
    private let engine: String
    private var writer: FileWriter
    private var bytes: [UInt8] = []
    /// The longest row, in bytes.
    private(set) var longest = 0

    init(_ table: SQLTable, to path: String, engine: String) throws {
        self.table = table
        self.engine = engine
        writer = try FileWriter(path: path)
    }

    /// Writes the row.
    mutating func write(_ values: [SQLValue]) throws {
        precondition(values.count == table.columns.count, "a row has a value for each column")
        bytes.removeAll(keepingCapacity: true)
        for (place, value) in values.enumerated() {
            bytes += "\(place == 0 ? "{" : ",")\"c\(place)\":".utf8
            try append(value, of: table.columns[place])
        }
        bytes += "}\n".utf8
        longest = max(longest, bytes.count)
        try writer.write(bytes)
    }

    mutating func close() throws { try writer.close() }

    private mutating func append(_ value: SQLValue, of column: SQLTable.Column) throws {
        switch (value, column.type) {
        case (.null, _) where column.isRequired:
            throw refusal(.constraint, column, "has no value in a row and must have one")
        case (.null, _): bytes += "null".utf8
        case (.integer(let integer), .integer): bytes += String(integer).utf8
        case (.integer(let integer), .real): append(Double(integer))
        case (.real(let real), .real) where real.isNaN: try append(.null, of: column)
        case (.real(let real), .real): append(real)
        case (.text(let text), .text): appendJSONString(text, to: &bytes)
        case (.integer, _), (.real, _), (.text, _), (.blob, _):
            throw refusal(.constraint, column, "is \(column.type.rawValue), and a value is not")
        }
    }

    private mutating func append(_ real: Double) {
        let word = real > 0 ? "\"Infinity\"" : "\"-Infinity\""
        bytes += (real.isFinite ? real.description : word).utf8
    }

    private func refusal(
        _ kind: SQLError.Kind, _ column: SQLTable.Column, _ message: String
    ) -> SQLError {
        SQLError(kind, engine: engine, message: "\(table.name).\(column.name) \(message)")
    }
}
