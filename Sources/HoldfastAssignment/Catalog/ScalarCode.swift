/// Stand-ins for characters beyond ASCII while YAML is read, one for one.
///
/// Yams compares the keys of a map by Swift's `==`, which holds two spellings of one character
/// equal: two units, `é` in one code point and `é` in two, would be refused as one key there twice.
/// Private-use characters are equal only to themselves. One stands for each character that a file
/// uses, so that columns stay as they are.
struct ScalarCode {
    private var codes: [Unicode.Scalar: Unicode.Scalar] = [:]
    private var scalars: [Unicode.Scalar: Unicode.Scalar] = [:]
    /// The escapes that were replaced, by their replacements: `\uE000` for `\u00e9`.
    private var escapes: [String: String] = [:]

    /// Private use: a part of the basic plane, where four digits tell a character, and planes 15
    /// and 16.
    private static let codePoints = [0xE000...0xF8FF, 0xF_0000...0xF_FFFD, 0x10_0000...0x10_FFFD]
    private static let limit = codePoints.reduce(0) { $0 + $1.count }

    /// The text with stand-ins. What YAML gives a meaning to, or refuses, stays as it is.
    mutating func encode(_ text: String, at place: Place) throws(CatalogError) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) { return text }
        let scalars = Array(text.unicodeScalars)
        var encoded = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\\", let escape = encodeEscape(scalars[index...]) {
                encoded.append(contentsOf: escape.replacement.unicodeScalars)
                index += escape.length
                continue
            }
            index += 1
            guard ScalarCode.isEncoded(scalar) else {
                encoded.append(scalar)
                continue
            }
            guard let code = self.code(of: scalar) else {
                throw CatalogError(
                    place, "the file has more than \(ScalarCode.limit) different characters",
                    "split it into a folder of files")
            }
            encoded.append(code)
        }
        return String(encoded)
    }

    private static func isEncoded(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    /// The stand-in of an escape as `\u00e9`, or of the pair that JSON writes for a character
    /// beyond the basic plane and that YAML does not know.
    ///
    /// What is no escape after all, because it stands in single quotes, is put back when decoded;
    /// so each replacement stands for one spelling.
    private mutating func encodeEscape(
        _ scalars: ArraySlice<Unicode.Scalar>
    ) -> (replacement: String, length: Int)? {
        guard let high = ScalarCode.unit(scalars) else { return nil }
        var value = high
        var length = 6
        if (0xD800..<0xDC00).contains(high), let low = ScalarCode.unit(scalars.dropFirst(6)),
            (0xDC00..<0xE000).contains(low)
        {
            value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
            length = 12
        }
        guard let scalar = Unicode.Scalar(value), ScalarCode.isEncoded(scalar),
            let code = code(of: scalar), code.value <= 0xFFFF
        else { return nil }
        let replacement = "\\u" + String(code.value, radix: 16, uppercase: true)
        let spelling = String(String.UnicodeScalarView(scalars.prefix(length)))
        guard escapes[replacement, default: spelling] == spelling else { return nil }
        escapes[replacement] = spelling
        return (replacement, length)
    }

    /// The four digits behind `\u`.
    private static func unit(_ scalars: ArraySlice<Unicode.Scalar>) -> UInt32? {
        let head = Array(scalars.prefix(6))
        guard head.count == 6, head[0] == "\\", head[1] == "u",
            head[2...].allSatisfy({ $0.properties.isASCIIHexDigit })
        else { return nil }
        return UInt32(String(String.UnicodeScalarView(head[2...])), radix: 16)
    }

    /// The text without stand-ins.
    func decode(_ text: String) -> String {
        guard !scalars.isEmpty else { return text }
        var decoded = String.UnicodeScalarView()
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.first {
            if scalar == "\\", !escapes.isEmpty,
                let spelling = escapes[String(String.UnicodeScalarView(rest.prefix(6)))]
            {
                decoded.append(contentsOf: spelling.unicodeScalars)
                rest = rest.dropFirst(6)
            } else {
                decoded.append(scalars[scalar] ?? scalar)
                rest = rest.dropFirst()
            }
        }
        return String(decoded)
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
