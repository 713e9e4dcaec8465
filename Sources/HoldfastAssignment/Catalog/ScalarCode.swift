/// Stand-ins for characters beyond ASCII while YAML is read, one for one.
///
/// Yams compares the keys of a map by Swift's `==`, which holds two spellings of one character
/// equal: two units, `é` in one code point and `é` in two, would be refused as one key there twice.
/// Private-use characters are equal only to themselves. One stands for each character that a file
/// uses, so that columns stay as they are.
struct ScalarCode {
    private var codes: [Unicode.Scalar: Unicode.Scalar] = [:]
    private var scalars: [Unicode.Scalar: Unicode.Scalar] = [:]

    /// The private-use planes 15 and 16.
    private static let codePoints = [0xF_0000...0xF_FFFD, 0x10_0000...0x10_FFFD]
    private static let limit = codePoints.reduce(0) { $0 + $1.count }

    /// The text with stand-ins. What YAML gives a meaning to, or refuses, stays as it is.
    mutating func encode(_ text: String, at place: Place) throws(CatalogError) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var encoded = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: encoded.append(scalar)
            default:
                guard let code = self.code(of: scalar) else {
                    throw CatalogError(
                        place, "the file has more than \(ScalarCode.limit) different characters",
                        "split it into a folder of files")
                }
                encoded.append(code)
            }
        }
        return String(encoded)
    }

    /// The text without stand-ins.
    func decode(_ text: String) -> String {
        guard !scalars.isEmpty else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { scalars[$0] ?? $0 }))
    }

    private mutating func code(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if let known = codes[scalar] { return known }
        var index = codes.count
        for range in ScalarCode.codePoints {
            if index < range.count, let code = Unicode.Scalar(UInt32(range.lowerBound + index)) {
                codes[scalar] = code
                scalars[code] = scalar
                return code
            }
            index -= range.count
        }
        return nil
    }
}
