internal import HoldfastFormats
internal import HoldfastTables

/// The time that a cell tells: RFC 3339, one without a zone taken for UTC, a date alone, or a
/// number of seconds since 1970.
enum CellTime {
    /// The microseconds since 1970, or `nil` where the cell is missing or no time.
    static func microseconds(_ column: CellColumn, _ row: Int) -> Int64? {
        switch column.kinds[row] {
        case .number:
            guard abs(column.numbers[row]) < 0x1p40 else { return nil }
            return Int64((column.numbers[row] * 1e6).rounded(.down))
        case .text: return time(column.bytes(row))?.microseconds
        case .missing, .notANumber, .emptyText, .positiveInfinity, .negativeInfinity: return nil
        }
    }

    /// The whole seconds before or at the time.
    static func seconds(_ column: CellColumn, _ row: Int) -> Int64? {
        if column.kinds[row] == .number {
            guard abs(column.numbers[row]) < 0x1p40 else { return nil }
            return Int64(column.numbers[row].rounded(.down))
        }
        guard let moment = microseconds(column, row) else { return nil }
        return moment / 1_000_000 - (moment % 1_000_000 < 0 ? 1 : 0)
    }

    private static func time(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard bytes.count <= 40 else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let attempts = bytes.count == 10 ? [text + "T00:00:00Z"] : [text, text + "Z"]
        for attempt in attempts {
            // What is no time is counted by the caller.
            if let time = try? Timestamp(rfc3339: attempt) { return time }
        }
        return nil
    }
}
