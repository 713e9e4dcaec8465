/// Why an agreement could not be found out. A disagreement is a ``Verdict``, never an error.
public struct CheckError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was found, and what was expected.
    public var message: String
    /// What the reader of the message can do.
    public var hint: String

    /// An error with what to do about it.
    public init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    /// A column that a table does not have, among those that it has.
    static func noColumn(_ name: String, in table: String, of columns: [String]) -> CheckError {
        let some = columns.prefix(20).joined(separator: ", ")
        return CheckError(
            "\(table) has no column \"\(CategoryList.cut(name))\"",
            hint: "its columns are \(some)" + (columns.count > 20 ? ", …" : ""))
    }

    /// A table without a row.
    static func noRows(_ table: String) -> CheckError {
        CheckError("\(table): has no rows", hint: "check what wrote it")
    }

    /// Message and hint in one line: "serve.csv: has no rows: check what wrote it".
    public var description: String { "\(message): \(hint)" }
}
