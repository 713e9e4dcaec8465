/// How much room a text takes in a picture, by estimate.
///
/// A page does not know the reader's font. The widths are those of a wide one (DejaVu Sans), so
/// that a text in any other common font takes less than is kept for it.
enum TextWidth {
    /// The width of a text, in the unit of its size.
    static func estimate(_ text: String, size: Double, isBold: Bool = false) -> Double {
        let width = text.unicodeScalars.reduce(0) { $0 + ems($1) }
        return width * size * (isBold ? 1.1 : 1)
    }

    /// The text, or its beginning and end where it is wider: names that begin alike end otherwise.
    ///
    ///     TextWidth.shortened("household_income_last_year", to: 100, size: 13)  // househ…t_year
    static func shortened(
        _ text: String, to width: Double, size: Double, isBold: Bool = false
    ) -> String {
        if estimate(text, size: size, isBold: isBold) <= width { return text }
        // No text of a picture has more characters, however narrow they are.
        let head = Array(text.prefix(400))
        let tail = Array(text.suffix(400))
        var kept = min(head.count, tail.count, Int(max(width, 0) / (size * 0.3)))
        while kept > 0 {
            let short =
                String(head.prefix((kept + 1) / 2)) + "…" + String(tail.suffix(kept / 2))
            if estimate(short, size: size, isBold: isBold) <= width { return short }
            kept -= 1
        }
        return "…"
    }

    /// The text on lines no wider, broken between words; a word that is too wide is shortened.
    static func wrapped(_ text: String, to width: Double, size: Double) -> [String] {
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            let word = shortened(String(word), to: width, size: size)
            if let last = lines.last, estimate(last + " " + word, size: size) <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(word)
            }
        }
        return lines
    }

    /// In ems.
    private static func ems(_ scalar: Unicode.Scalar) -> Double {
        switch scalar.value {
        case 0x20, 0x21, 0x27, 0x2C, 0x2E, 0x3A, 0x3B, 0x69, 0x6A, 0x6C, 0x7C: 0.41
        case 0x22, 0x28, 0x29, 0x2D, 0x2F, 0x49, 0x5B...0x5D, 0x60, 0x66, 0x72, 0x74: 0.46
        case 0x6D, 0x77, 0x4D, 0x57, 0x40, 0x25: 1
        case 0x23, 0x26, 0x2B, 0x3C...0x3E, 0x41...0x5A, 0x5E, 0x7E: 0.84
        case 0x20..<0x7F: 0.64
        default: emsBeyondASCII(scalar)
        }
    }

    private static func emsBeyondASCII(_ scalar: Unicode.Scalar) -> Double {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: 0
        default:
            switch scalar.value {
            case 0x1F000...: 1.4
            case 0x1100..<0x1200, 0x2E80...: 1.1
            case 0xB7, 0x2013, 0x2032, 0x2070...0x209F: 0.6
            default: 1
            }
        }
    }
}
