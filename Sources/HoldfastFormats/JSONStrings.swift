/// Strings in JSON: the only part of its grammar with escapes and encodings.
extension JSONParser {
    /// Reads the string at whose opening quote the reader stands.
    mutating func parseString() throws(JSONError) -> String {
        position += 1
        let start = position
        // Nearly every string has no escape: it is taken in one piece.
        while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
            position += 1
        }
        if byte == UInt8(ascii: "\"") {
            let text = try validated(bytes[start..<position], from: start)
            position += 1
            return text
        }
        var unescaped = Array(bytes[start..<position])
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                let text = try validated(unescaped[...], from: start)
                position += 1
                return text
            case UInt8(ascii: "\\"): try parseEscape(into: &unescaped)
            case 0..<0x20: throw fault("a control character in a string must be escaped")
            default:
                unescaped.append(byte)
                position += 1
            }
        }
        throw fault("the string is not closed")
    }

    private func validated(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String
    {
        // Nearly every string is ASCII, of which nothing is to be validated.
        if slice.allSatisfy({ $0 < 0x80 }) { return String(decoding: slice, as: UTF8.self) }
        if let text = String(validating: slice, as: UTF8.self) { return text }
        var parser = self
        parser.position = start
        throw parser.fault("the string is not valid UTF-8")
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(JSONError) {
        position += 1
        guard let byte else { throw fault("the string is not closed") }
        let plain: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            position += 1
            text.append(contentsOf: Array(Character(try parseUnicodeEscape()).utf8))
            return
        default: throw fault("no such escape: \\ before \(found)")
        }
        text.append(plain)
        position += 1
    }

    private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let high = try parseHexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard (0xD800..<0xDC00).contains(high), byte == UInt8(ascii: "\\"),
            position + 1 < bytes.endIndex, bytes[position + 1] == UInt8(ascii: "u")
        else { throw fault("half of a surrogate pair stands alone") }
        position += 2
        let low = try parseHexadecimal()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw fault("half of a surrogate pair stands alone") }
        return scalar
    }

    private mutating func parseHexadecimal() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("expected four hexadecimal digits after \\u, found \(found)")
            }
            value = value << 4 + UInt32(digit)
            position += 1
        }
        return value
    }
}

/// Appends a JSON string: the text in quotes, escaped where RFC 8259 asks for it.
///
/// Control characters that YAML 1.2 cannot hold are escaped as well, so that what is written can be
/// read as YAML too.
public func appendJSONString(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    // Nearly every text is taken as it is.
    if text.utf8.allSatisfy(isPlainInJSON) {
        output.append(contentsOf: text.utf8)
    } else {
        appendEscaped(text, to: &output)
    }
    output.append(UInt8(ascii: "\""))
}

private func isPlainInJSON(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
}

private func appendEscaped(_ text: String, to output: inout [UInt8]) {
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x22: output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
        case 0x5C: output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\")])
        case 0x0A: output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
        case 0x0D: output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
        case 0x09: output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
            let digits = String(scalar.value, radix: 16)
            output.append(contentsOf: "\\u".utf8)
            output.append(
                contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
            output.append(contentsOf: digits.utf8)
        default: output.append(contentsOf: UTF8.encode(scalar) ?? .init())
        }
    }
}
