/// Rows as CSV, so that reading them again gives the same fields.
///
///     var row = CSVWriter()
///     row.append("customer-1")
///     row.append("Kyoto, Japan")
///     row.append(nil)
///     row.append("")
///     try row.end(into: &output)          // customer-1,"Kyoto, Japan",,""
///
/// Comma, LF; a field is quoted only where it must be: it holds a comma, a quote or a line break,
/// or begins or ends with a space, or is a text that ``CellValue`` would take for a missing value,
/// or begins with a byte order mark, which a reader would pass over at the start of a file. An
/// empty text is `""`, a missing value is nothing.
package struct CSVWriter {
    private var row: [UInt8] = []
    private var count = 0

    /// A writer at the start of a row.
    package init() {}

    /// Adds a text, or a missing value for `nil`.
    package mutating func append(_ text: String?) {
        guard let text else { return separate() }
        add(text.utf8)
    }

    /// Adds a text given as bytes.
    package mutating func append(bytes: UnsafeBufferPointer<UInt8>) { add(bytes) }

    /// Adds a text given as bytes.
    package mutating func append(bytes: some BidirectionalCollection<UInt8>) { add(bytes) }

    /// Adds a text; here, where the compiler knows the collection, and not across modules.
    @inline(__always)
    private mutating func add(_ bytes: some BidirectionalCollection<UInt8>) {
        separate()
        let space = UInt8(ascii: " ")
        let isQuoted =
            bytes.isEmpty || bytes.first == space || bytes.last == space
            || bytes.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0D || $0 == 0x0A }
            || CellValue.isMissingToken(bytes)
            || bytes.first == 0xEF && bytes.starts(with: [0xEF, 0xBB, 0xBF])
        guard isQuoted else {
            row.append(contentsOf: bytes)
            return
        }
        row.append(0x22)
        for byte in bytes {
            if byte == 0x22 { row.append(0x22) }
            row.append(byte)
        }
        row.append(0x22)
    }

    /// Adds bytes that are already CSV, as ``CSVReader/record`` gives them: fields go on behind.
    package mutating func append(record: some Sequence<UInt8>) {
        separate()
        row.append(contentsOf: record)
    }

    /// Adds bytes that are already CSV: a record, or a part of one.
    package mutating func append(record: [UInt8]) {
        separate()
        row.append(contentsOf: record)
    }

    /// Ends the row and writes it.
    package mutating func end(into output: inout FileWriter) throws(TableError) {
        row.append(0x0A)
        try output.write(row)
        row.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Ends the row and gives its bytes, for who counts or hashes what is written.
    package mutating func takeRow() -> [UInt8] {
        row.append(0x0A)
        count = 0
        defer { row.removeAll(keepingCapacity: true) }
        return row
    }

    private mutating func separate() {
        if count > 0 { row.append(0x2C) }
        count += 1
    }
}
