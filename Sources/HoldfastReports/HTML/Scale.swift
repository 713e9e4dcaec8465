/// Where a value lies in a picture: values from `low` to `high` on lengths from `start` to `end`.
struct Scale: Sendable {
    /// The ends, in values; `low < high`, both finite.
    private(set) var low: Double
    private(set) var high: Double
    /// The same ends, in the picture.
    var start: Double
    var end: Double

    /// A scale over these values. Where there is nothing between them, it is made of what there is:
    /// a picture of one value, or of none, has a scale all the same.
    init(_ low: Double, _ high: Double, from start: Double, to end: Double) {
        // A difference of larger ones is no number.
        let bound = 1e300
        var low = low.isNaN ? 0 : min(max(low, -bound), bound)
        var high = high.isNaN ? 0 : min(max(high, -bound), bound)
        if low > high { swap(&low, &high) }
        let least = max(abs(low), abs(high)) * 1e-9
        if high - low <= least {
            let middle = low / 2 + high / 2
            let room = middle == 0 ? 0.5 : abs(middle) * 0.1
            (low, high) = (middle - room, middle + room)
        }
        (self.low, self.high, self.start, self.end) = (low, high, start, end)
    }

    /// A scale whose ends are ticks, over these values.
    init(round low: Double, _ high: Double, ticks: Int, from start: Double, to end: Double) {
        self.init(low, high, from: start, to: end)
        let step = Scale.step(self.low, self.high, count: ticks)
        (self.low, self.high) = (
            (self.low / step).rounded(.down) * step, (self.high / step).rounded(.up) * step
        )
    }

    /// Where a value lies; one beyond an end lies at that end.
    func place(_ value: Double) -> Double {
        guard !value.isNaN else { return start }
        let share = (min(max(value, low), high) - low) / (high - low)
        return start + share * (end - start)
    }

    /// Whether a value is beyond an end.
    func isBeyond(_ value: Double) -> Bool { !(value >= low && value <= high) }

    /// About that many round values, with their texts, all with as many decimals.
    func ticks(_ count: Int) -> [(value: Double, text: String)] {
        let step = Scale.step(low, high, count: count)
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        guard last >= first, last - first < 100 else { return [] }
        return (0...Int(last - first)).map { place in
            let value = (first + Double(place)) * step
            return (value, CheckFigures.tick(value, step: step))
        }
    }

    /// 1, 2 or 5 times a power of ten, so that about `count` of them fit.
    private static func step(_ low: Double, _ high: Double, count: Int) -> Double {
        let wanted = (high - low) / Double(max(count, 1))
        var power = 1.0
        while power * 10 <= wanted { power *= 10 }
        while power > wanted { power /= 10 }
        for factor in [1.0, 2, 5] where power * factor >= wanted * 0.999 { return power * factor }
        return power * 10
    }
}

extension CheckFigures {
    /// A number to three figures: `short(0.01234)` is "0.0123", `short(51_234.5)` is "51,235".
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-∞" : "∞" }
        let size = abs(value)
        if size == 0 { return "0" }
        if size >= 1e9 || size < 0.0001 { return scientific(value) }
        if size >= 999.5 { return grouped(Int(value.rounded())) }
        let decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
        return trimmed(fixed(value, decimals))
    }

    /// A value of an axis, with the decimals that its step needs.
    static func tick(_ value: Double, step: Double) -> String {
        guard abs(value) < 1e9, step >= 0.00001 else { return short(value) }
        var decimals = 0
        var unit = 1.0
        while unit > step * 1.001 && decimals < 6 {
            unit /= 10
            decimals += 1
        }
        return decimals == 0 ? grouped(Int(value.rounded())) : fixed(value, decimals)
    }

    /// A share of a count as a percentage, or "-" where there is nothing to share.
    static func percent(_ count: Int, of total: Int) -> String {
        total == 0 ? "-" : percent(Double(count) / Double(total))
    }

    private static func scientific(_ value: Double) -> String {
        var mantissa = abs(value)
        var exponent = 0
        while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return (value < 0 ? "-" : "") + trimmed(fixed(mantissa, 1)) + "e\(exponent)"
    }

    static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
