/// What both readers of CSV say of a table that is none, so that they say the same.
enum CSVFault {
    /// A file without any byte.
    static func empty(path: String) -> TableError {
        TableError(
            path: path, message: "is empty", hint: "a first line with the column names is needed")
    }

    /// A record of more or fewer fields than the header.
    static func wrongWidth(
        _ found: Int, of columns: Int, path: String, row: Int?, line: Int
    ) -> TableError {
        TableError(
            path: path, row: row, line: line,
            message: "has \(found) field\(found == 1 ? "" : "s"), the header has \(columns)",
            hint: found > columns
                ? "quote a field that holds a comma" : "is the line cut off, or a comma missing?",
            canContinue: true)
    }

    /// A record beyond ``CSVReader/recordLimit``.
    static func tooLong(path: String, row: Int?, line: Int) -> TableError {
        TableError(
            path: path, row: row, line: line,
            message: "the record is longer than \(CSVReader.recordLimit) bytes",
            hint: "look for a quote that opens here and is never closed")
    }
}

extension CSVRecordParser {
    /// The names of the columns, where the record that was parsed last is the header.
    func names(
        _ bytes: UnsafeRawBufferPointer, path: String, line: Int
    ) throws(TableError) -> [String] {
        var names: [String] = []
        var places: [[UInt8]: Int] = [:]
        for (index, field) in fields.enumerated() {
            let name =
                field.isUnescaped ? Array(unescaped[field.range]) : Array(bytes[field.range])
            guard let text = String(validating: name, as: UTF8.self) else {
                throw TableError(
                    path: path, line: line,
                    message: "the name of column \(index + 1) is not UTF-8",
                    hint: "convert the file, say with iconv")
            }
            if let first = places.updateValue(index + 1, forKey: name) {
                throw TableError(
                    path: path, line: line,
                    message: "columns \(first) and \(index + 1) are both named \"\(text)\"",
                    hint: "rename one of them")
            }
            names.append(text)
        }
        return names
    }
}
