/// How a report for people writes figures: the same on every machine and in every language.
enum CheckFigures {
    /// A number with a fixed count of decimals: `fixed(0.12345, 3)` is "0.123".
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        precondition(scaled < 0x1p53, "figures of a report are small")
        let whole = Int(scaled)
        var digits = String(whole)
        while digits.count <= decimals { digits = "0" + digits }
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return sign + digits }
        return sign + digits.dropLast(decimals) + "." + digits.suffix(decimals)
    }

    /// A share as a percentage: `percent(0.0312)` is "3.1%"; a little is not written as nothing.
    static func percent(_ share: Double) -> String {
        share > 0 && share < 0.0005 ? "<0.1%" : fixed(share * 100, 1) + "%"
    }

    /// A share as a percentage of as many decimals as it needs, up to four: `share(0.012345)` is
    /// "1.2345%". What is not 0 is never written as 0, however small.
    static func share(_ share: Double, decimals: Int = 4) -> String {
        let text = trimmed(fixed(share * 100, decimals))
        return (text == "0" && share != 0 ? short(share * 100) : text) + "%"
    }

    /// The level of intervals: `level(0.95)` is "95%", and 0.9999 is "99.99%".
    static func level(_ level: Double) -> String { share(level, decimals: 2) }

    /// A row of a table of texts: cells of some widths side by side, without blanks at its end.
    static func row(_ cells: [String], _ widths: [Int], gap: String = "  ") -> String {
        let text = zip(cells, widths).map(padded).joined(separator: gap)
        return "  " + text.reversed().drop { $0 == " " }.reversed()
    }

    /// An estimated count, rounded up to two figures: `rough(47_684)` is "48,000".
    static func rough(_ count: Int) -> String {
        var unit = 1
        while count / unit >= 100 { unit *= 10 }
        return grouped((count + unit - 1) / unit * unit)
    }

    /// A count with its thousands apart: `grouped(51200)` is "51,200".
    static func grouped(_ count: Int) -> String {
        var text = ""
        for (place, digit) in String(count).reversed().enumerated() {
            if place > 0 && place % 3 == 0 && digit != "-" { text = "," + text }
            text = String(digit) + text
        }
        return text
    }

    /// A p-value: "0.0312", "<0.0001", or "-" where there is none.
    static func pValue(_ value: Double?) -> String {
        guard let value else { return "-" }
        return value < 0.0001 ? "<0.0001" : fixed(value, 4)
    }

    /// A count and its noun: `counted(1, "row")` is "1 row".
    static func counted(_ count: Int, _ noun: String) -> String {
        "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// A text of exactly that many characters, cut or filled; what breaks a line becomes a space.
    static func padded(_ text: String, _ width: Int) -> String {
        let clean = oneLine(text)
        let cut = clean.count > width ? clean.prefix(width - 1) + "…" : clean
        return cut + String(repeating: " ", count: width - cut.count)
    }

    /// The last characters of a text: `ending("data/train.csv", 10)` is "…train.csv".
    static func ending(_ text: String, _ width: Int) -> String {
        text.count > width ? "…" + text.suffix(width - 1) : text
    }

    /// A text on one line: control characters become spaces, so that no file steers a terminal.
    static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .control
                        || $0.properties.generalCategory == .format
                        ? " " : $0
                }))
    }
}
