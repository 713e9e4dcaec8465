internal import HoldfastAssignment
internal import HoldfastFormats

/// Whether a text of a producer's names a unit: rather once too often than once too seldom.
///
///     Mention.found(of: unit, in: #"{"unit": "customer-1", "score": "high"}"#)   // true
///
/// In JSON a whole string, a number or a member's name must be the unit's id, so that `customer-1`
/// is not found in `customer-10`, nor in `customer-1-b`. In what is no JSON, a record of CSV or a
/// broken line, it must stand with neither a letter nor a digit beside it, as it is or escaped.
enum Mention {
    static func found(of unit: UnitID, in text: String) -> Bool {
        // What is no JSON is searched as it stands.
        if let json = try? JSON.parse(Array(text.utf8)) { return isNamed(unit, in: json) }
        let (word, bytes) = (Array(unit.text.utf8), Array(text.utf8))
        return isWord(word, in: bytes) || isWord(word, in: unescaped(bytes))
            || isWord(word, in: unquoted(bytes))
    }

    private static func isNamed(_ unit: UnitID, in json: JSON) -> Bool {
        switch json {
        case .string(let text): sameBytes(text, unit.text)
        case .array(let items): items.contains { isNamed(unit, in: $0) }
        case .object(let object):
            object.members.contains {
                sameBytes($0.key, unit.text) || isNamed(unit, in: $0.value)
            }
        // A producer that sent an id as a number was refused for that.
        case .integer, .number: sameBytes(json.text(), unit.text)
        case .null, .bool: false
        }
    }

    /// The bytes with JSON's escapes undone, wherever they stand: `caf\u00e9` and `a\/b` as writers
    /// of pure ASCII and of PHP have them.
    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        var units: [UInt16] = []
        var plain: [UInt8] = []
        /// Escapes side by side may be the two halves of one character.
        func flush() {
            plain += Array(String(decoding: units, as: UTF16.self).utf8)
            units = []
        }
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                flush()
                plain.append(bytes[index])
                index += 1
                continue
            }
            let digits = bytes[(index + 2)...].prefix(4)
            if bytes[index + 1] == UInt8(ascii: "u"), digits.count == 4,
                let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                units.append(unit)
                index += 6
                continue
            }
            flush()
            plain.append(escapes[bytes[index + 1]] ?? bytes[index + 1])
            index += 2
        }
        flush()
        return plain
    }

    /// What JSON's short escapes stand for, where that is not the character itself.
    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A,
        UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    /// The bytes with CSV's doubled quotes made single.
    private static func unquoted(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        var isQuoted = false
        for byte in bytes {
            let isQuote = byte == UInt8(ascii: "\"")
            if !(isQuote && isQuoted) { plain.append(byte) }
            isQuoted = isQuote && !isQuoted
        }
        return plain
    }

    /// Whether the word stands in the bytes with neither a letter nor a digit beside it.
    private static func isWord(_ word: [UInt8], in bytes: [UInt8]) -> Bool {
        guard !word.isEmpty, bytes.count >= word.count else { return false }
        func isInWord(_ index: Int) -> Bool {
            guard bytes.indices.contains(index) else { return false }
            let byte = bytes[index] | 0x20
            return (0x61...0x7A).contains(byte) || (0x30...0x39).contains(bytes[index])
        }
        return (0...(bytes.count - word.count)).contains { start in
            bytes[start] == word[0] && bytes[start..<(start + word.count)].elementsEqual(word)
                && !isInWord(start - 1) && !isInWord(start + word.count)
        }
    }
}
