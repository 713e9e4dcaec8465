/// A moment in microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
///     try Timestamp(rfc3339: "2026-01-01T09:00:00+09:00").description   // 2026-01-01T00:00:00Z
///
/// Times are integers, so that half-open intervals are decided exactly. Years 0000 to 9999, as
/// RFC 3339 has them.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public var microseconds: Int64

    /// The moment this many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public static func < (one: Timestamp, other: Timestamp) -> Bool {
        one.microseconds < other.microseconds
    }

    /// Reads an RFC 3339 time: `2026-01-01T00:00:00.5Z`, `2026-01-01 09:00:00+09:00`.
    ///
    /// The zone is required: a time without one means another moment on another machine. At most
    /// six decimals of a second. A leap second (`:60`) is refused, as POSIX time has none.
    public init(rfc3339 text: String) throws(TimestampError) {
        var fields = Fields(Array(text.utf8))
        do throws(FieldFault) {
            self = try fields.timestamp()
        } catch {
            throw TimestampError(text: text, message: error.message)
        }
    }

    /// The time in RFC 3339, in UTC, with decimals only where the second is not whole.
    ///
    ///     Timestamp(microseconds: 1_500_000).description   // 1970-01-01T00:00:01.500000Z
    public var description: String {
        let seconds = floorDivide(microseconds, by: 1_000_000)
        // Not by `seconds * 1_000_000`, which can lie before the least Int64.
        let remainder = microseconds % 1_000_000
        let fraction = remainder < 0 ? remainder + 1_000_000 : remainder
        let days = floorDivide(seconds, by: 86_400)
        let second = Int(seconds - days * 86_400)
        let date = civilDate(days: days)
        var text = padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2)
        text += "T" + padded(second / 3_600, 2) + ":" + padded(second / 60 % 60, 2)
        text += ":" + padded(second % 60, 2)
        if fraction != 0 { text += "." + padded(Int(fraction), 6) }
        return text + "Z"
    }
}

/// A text that is not an RFC 3339 time with a zone.
public struct TimestampError: Error, Equatable, CustomStringConvertible, Sendable {
    /// What was to be read.
    public var text: String
    /// What is wrong with it.
    public var message: String

    public var description: String {
        "\"\(text.prefix(64))\" is no time: \(message); write it as 2026-01-01T00:00:00Z"
    }
}

private struct FieldFault: Error {
    var message: String
}

/// A cursor over the characters of a time.
private struct Fields {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func timestamp() throws(FieldFault) -> Timestamp {
        let year = try number(digits: 4, "year")
        try expect("-", "date")
        let month = try number(digits: 2, "month")
        try expect("-", "date")
        let day = try number(digits: 2, "day")
        guard (1...12).contains(month), day >= 1, day <= dayCount(year: year, month: month) else {
            throw FieldFault(message: "there is no such date")
        }
        guard let separator = byte, "Tt ".utf8.contains(separator) else {
            throw FieldFault(message: "the time of day is missing")
        }
        position += 1
        let hour = try number(digits: 2, "hour")
        try expect(":", "time of day")
        let minute = try number(digits: 2, "minute")
        try expect(":", "time of day")
        let second = try number(digits: 2, "second")
        guard hour < 24, minute < 60, second < 60 else {
            throw FieldFault(message: "there is no such time of day")
        }
        let fraction = try self.fraction()
        let offset = try zone()
        guard position == bytes.count else {
            throw FieldFault(message: "there are characters after the zone")
        }
        let days = dayNumber(year: year, month: month, day: day)
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - offset
        // The zone can carry a time over either end, to a year that has no four digits.
        guard seconds >= dayNumber(year: 0, month: 1, day: 1) * 86_400,
            seconds < dayNumber(year: 10_000, month: 1, day: 1) * 86_400
        else { throw FieldFault(message: "in UTC it is outside the years 0000 to 9999") }
        return Timestamp(microseconds: seconds * 1_000_000 + fraction)
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func number(digits: Int, _ name: String) throws(FieldFault) -> Int {
        var value = 0
        for _ in 0..<digits {
            guard let byte, byte >= 0x30, byte <= 0x39 else {
                throw FieldFault(message: "the \(name) is not \(digits) digits")
            }
            value = value * 10 + Int(byte - 0x30)
            position += 1
        }
        return value
    }

    private mutating func expect(_ character: Unicode.Scalar, _ name: String) throws(FieldFault) {
        guard byte == UInt8(ascii: character) else {
            throw FieldFault(message: "the \(name) is not complete")
        }
        position += 1
    }

    private mutating func fraction() throws(FieldFault) -> Int64 {
        guard byte == UInt8(ascii: ".") else { return 0 }
        position += 1
        var value: Int64 = 0
        var count = 0
        while let byte, byte >= 0x30, byte <= 0x39 {
            guard count < 6 else {
                throw FieldFault(message: "it has more than six decimals of a second")
            }
            value = value * 10 + Int64(byte - 0x30)
            count += 1
            position += 1
        }
        guard count > 0 else { throw FieldFault(message: "the decimals are missing") }
        while count < 6 {
            value *= 10
            count += 1
        }
        return value
    }

    private mutating func zone() throws(FieldFault) -> Int64 {
        switch byte {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            position += 1
            return 0
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            let sign: Int64 = byte == UInt8(ascii: "+") ? 1 : -1
            position += 1
            let hours = try number(digits: 2, "zone's hour")
            try expect(":", "zone")
            let minutes = try number(digits: 2, "zone's minute")
            guard hours < 24, minutes < 60 else {
                throw FieldFault(message: "there is no such zone")
            }
            return sign * Int64(hours * 3_600 + minutes * 60)
        default: throw FieldFault(message: "the zone is missing")
        }
    }
}

private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

private func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-(value + 1)) / divisor) - 1
}

private func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
}

// Days from the civil calendar and back: Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms", 2013. Years begin in March, so that the leap day is the last; eras are 400 years.
private func dayNumber(year: Int, month: Int, day: Int) -> Int64 {
    let year = Int64(month <= 2 ? year - 1 : year)
    let era = floorDivide(year, by: 400)
    let yearOfEra = year - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}

private func civilDate(days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
        (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
    return (Int(year), Int(civilMonth), Int(day))
}
