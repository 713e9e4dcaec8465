/// Numbers as notes say them.
enum JudgeNumber {
    /// Four digits that tell, or a whole number with all of its own.
    ///
    ///     JudgeNumber.text(0.123456)    // "0.1235"
    ///     JudgeNumber.text(12_000)      // "12,000"
    ///     JudgeNumber.text(0.000012)    // "1.2e-05"
    static func text(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        if value == value.rounded(), abs(value) < 1e15 { return grouped(Int(value)) }
        var scale = 1.0
        var digits = abs(value)
        while digits < 1_000, scale < 1e300 {
            digits *= 10
            scale *= 10
        }
        if scale == 1 { return abs(value) < 1e15 ? grouped(Int(value.rounded())) : "\(value)" }
        return "\((value * scale).rounded() / scale)"
    }

    private static func grouped(_ value: Int) -> String {
        let digits = Array("\(value.magnitude)")
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }
}
