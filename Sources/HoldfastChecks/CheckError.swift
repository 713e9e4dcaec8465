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

    /// Message and hint in one line: "serve.csv: has no rows: check what wrote it".
    public var description: String { "\(message): \(hint)" }
}
