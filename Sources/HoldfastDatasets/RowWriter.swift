internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastTables

/// A column of a retraining set.
struct ExportColumn {
    /// Its name in the file.
    var name: String
    /// What it holds.
    var type: Kind
    /// What it is, for the manifest.
    var role: String
    /// Where it comes from.
    var sql: SQL

    enum Kind: String {
        case text
        case number
        case integer
        case boolean
        case time
    }
}

/// Writes the rows of one part, straight from the statement to the file.
struct RowWriter: ~Copyable {
    private var output: FileWriter
    private var hash = SHA256()
    private let columns: [ExportColumn]
    private let format: ExportRequest.FileFormat
    private var csv = CSVWriter()
    private var line: [UInt8] = []
    private(set) var rowCount = 0
    private(set) var byteCount = 0

    init(path: String, columns: [ExportColumn], format: ExportRequest.FileFormat) throws(TableError)
    {
        output = try FileWriter(path: path)
        self.columns = columns
        self.format = format
    }

    /// Writes what stands above the rows: a header in CSV.
    mutating func begin() throws(TableError) {
        guard format != .jsonl else { return }
        for column in columns { csv.append(column.name) }
        try emit(csv.takeRow())
    }

    mutating func write(_ row: any SQLRow) throws(TableError) {
        rowCount += 1
        switch format {
        case .csv, .parquet:
            for index in columns.indices { appendCSV(row, index) }
            try emit(csv.takeRow())
        case .jsonl:
            line.removeAll(keepingCapacity: true)
            line.append(UInt8(ascii: "{"))
            for index in columns.indices { appendJSON(row, index) }
            line.append(contentsOf: "}\n".utf8)
            try emit(line)
        }
    }

    /// Ends the file, on disk, and gives its digest.
    mutating func finish() throws(TableError) -> String {
        try output.close(sync: true)
        return hash.finish().hexadecimal
    }

    private mutating func emit(_ bytes: [UInt8]) throws(TableError) {
        hash.update(bytes)
        byteCount += bytes.count
        try output.write(bytes)
    }

    private mutating func appendCSV(_ row: any SQLRow, _ index: Int) {
        guard !row.isNull(index) else { return csv.append(nil) }
        switch columns[index].type {
        case .text:
            row.withBytes(index) { csv.append(bytes: $0) }
        case .number: csv.append(row.real(index).description)
        case .integer: csv.append(String(row.integer(index)))
        case .boolean: csv.append(row.integer(index) == 0 ? "false" : "true")
        case .time: csv.append(Timestamp(microseconds: row.integer(index)).description)
        }
    }

    private mutating func appendJSON(_ row: any SQLRow, _ index: Int) {
        if index > 0 { line.append(UInt8(ascii: ",")) }
        appendJSONString(columns[index].name, to: &line)
        line.append(UInt8(ascii: ":"))
        guard !row.isNull(index) else { return line.append(contentsOf: "null".utf8) }
        switch columns[index].type {
        case .text: appendJSONString(row.text(index) ?? "", to: &line)
        case .number: JSON.number(row.real(index)).write(to: &line)
        case .integer: line.append(contentsOf: String(row.integer(index)).utf8)
        case .boolean: line.append(contentsOf: (row.integer(index) == 0 ? "false" : "true").utf8)
        case .time:
            appendJSONString(Timestamp(microseconds: row.integer(index)).description, to: &line)
        }
    }
}
