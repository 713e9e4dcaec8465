import Glibc
import HoldfastChecks
import HoldfastFormats
import Testing

/// A table in memory.
func table(_ text: String, _ name: String = "t.csv") -> TableInput {
    .bytes(Array(text.utf8), name: name)
}

/// A table of one column, a value a row; `nil` is missing.
func column(_ values: [String?], name: String = "x", file: String = "t.csv") -> TableInput {
    // A second column keeps a missing value from being a blank line.
    table("\(name),row\n" + values.map { ($0 ?? "") + ",r\n" }.joined(), file)
}

/// Only the column `x` of the pair of two tables.
func compare(
    _ one: [String?], _ two: [String?], options: CheckOptions = CheckOptions()
) throws -> ColumnComparison {
    let report = try Agreement.check(train: column(one), serve: column(two), options: options)
    return try #require(report.pairs.first?.columns.first)
}

/// Numbers as texts.
func numbers(_ range: Range<Int>, shift: Int = 0) -> [String?] { range.map { "\($0 + shift)" } }

/// A file beside the tests. A missing one fails.
func goldenPath(_ name: String) -> String {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return folder.joined(separator: "/") + "/Golden/" + name
}

func goldenJSON(_ name: String) throws -> JSON { try JSON.parse(goldenBytes(name)) }

func goldenText(_ name: String) throws -> String {
    String(decoding: try goldenBytes(name), as: UTF8.self)
}

private func goldenBytes(_ name: String) throws -> [UInt8] {
    let handle = try #require(fopen(goldenPath(name), "r"), "no golden file \(name)")
    defer { fclose(handle) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(handle), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
}
