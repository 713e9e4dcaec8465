/// Yes or no in text that has no type of its own: a cell of CSV, or an argument. JSON has words for
/// them, and is taken at its word.
package enum BooleanText {
    /// `true` and `false`, in whatever case: pandas writes `True`, spreadsheets `TRUE`.
    package static func word(_ text: String) -> Bool? {
        // The letters of ASCII only: no other alphabet's letter becomes one of these.
        guard text.utf8.count <= 5 else { return nil }
        switch String(decoding: text.utf8.map { $0 | 0x20 }, as: UTF8.self) {
        case "true" where text.utf8.allSatisfy(isLetter): return true
        case "false" where text.utf8.allSatisfy(isLetter): return false
        default: return nil
        }
    }

    /// The same where nothing but yes or no is meant: 1 and 0 are too.
    package static func value(_ text: String) -> Bool? {
        text == "1" ? true : text == "0" ? false : word(text)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
