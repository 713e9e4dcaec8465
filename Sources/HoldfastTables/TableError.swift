/// Why a table could not be read or written, where, and what to do about it.
///
///     train.csv: row 17 (line 18): has 3 fields, the header has 5: quote fields that hold a comma
///
/// What the rows *say* is never an error; this is thrown only where they could not be found out.
public struct TableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file as its user named it; `-` or another word for a stream.
    public var path: String
    /// The row, from 1, the header not counted; `nil` where the fault belongs to none.
    public var row: Int?
    /// The line on which the record begins or the fault stands, from 1; `nil` where there is none.
    public var line: Int?
    /// The column's name, where the fault is one field's.
    public var column: String?
    /// What was found, and what was expected.
    public var message: String
    /// What the reader of the message can do.
    public var hint: String
    /// Whether the reader stands behind the fault, so that the rows after it can still be read.
    public var canContinue: Bool

    /// An error at a place. Leave `row`, `line` and `column` out where there is none.
    public init(
        path: String, row: Int? = nil, line: Int? = nil, column: String? = nil,
        message: String, hint: String, canContinue: Bool = false
    ) {
        self.path = path
        self.row = row
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
        self.canContinue = canContinue
    }

    /// The whole error in one line: file, row, line, column, what was found, what to do.
    public var description: String {
        var text = path + ": "
        switch (row, line) {
        case (let row?, let line?): text += "row \(row) (line \(line)): "
        case (let row?, nil): text += "row \(row): "
        case (nil, let line?): text += "line \(line): "
        case (nil, nil): break
        }
        if let column { text += "column \"\(column)\": " }
        return text + message + ": " + hint
    }
}
