internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastStatistics
internal import HoldfastTables

/// A table of arrivals: `day`, and `new_units` of each or `units` that have come by its end.
///
///     day,new_units            day,units
///     2026-01-01,5200          1,5200
///     2026-01-02,3100          2,8300
///
/// Days are dates or whole numbers, in order; days that are left out had no new unit.
enum ArrivalsFile {
    static func read(_ path: String) throws -> ArrivalCurve {
        let input = TableInput(named: path)
        try input.source.checkIsReadable()
        // Which of the two columns there is, the header says: it is read for it alone.
        let names = try PickedColumns.read(input, ["day"]).columnNames
        let isNew = names.contains("new_units")
        guard isNew != names.contains("units") else {
            throw CommandError(
                "\(path) has \(isNew ? "both new_units and units" : "neither new_units nor units")",
                "it needs the columns day, and new_units of each day or units that had come by its end"
            )
        }
        let column = isNew ? "new_units" : "units"
        let table = try PickedColumns.read(input, ["day", column])
        let days = try (0..<table.rows).map { row in try day(table, row) }
        let units = try table.numbers(column)
        return try curve(path, days, units, column, isNew: isNew)
    }

    private static func curve(
        _ path: String, _ days: [Int], _ units: [Double], _ column: String, isNew: Bool
    ) throws -> ArrivalCurve {
        guard let first = days.first, let last = days.last else {
            throw CommandError("\(path): has no rows", "check what wrote it")
        }
        for row in days.indices {
            guard units[row] >= 0 else {
                throw CommandError(
                    "\(path): row \(row + 1): \(column) is \(units[row].isNaN ? "missing" : "negative")",
                    "write how many, 0 for none")
            }
            guard row > 0 else { continue }
            guard days[row] > days[row - 1] else {
                throw CommandError(
                    "\(path): row \(row + 1): the day does not come after that of the row before",
                    "sort the rows by day, one row a day")
            }
            guard isNew || units[row] >= units[row - 1] else {
                throw CommandError(
                    "\(path): row \(row + 1): fewer units than by the day before",
                    "units are counted from the start, each once; name the column new_units if it is of each day"
                )
            }
        }
        guard last - first < ArrivalCurve.dayLimit else {
            throw CommandError(
                "\(path) spans \(last - first + 1) days",
                "at most \(ArrivalCurve.dayLimit) are read")
        }
        var daily = Array(repeating: 0.0, count: last - first + 1)
        var before = 0.0
        for (day, count) in zip(days, units) {
            daily[day - first] = isNew ? count : count - before
            before = count
        }
        guard let curve = ArrivalCurve(newUnits: daily) else {
            throw CommandError("\(path): no unit comes", "check the column \(column)")
        }
        return curve
    }

    /// The number of a day: a date's since 1970, or as it is written.
    private static func day(_ table: PickedColumns, _ row: Int) throws -> Int {
        let text = table.text("day", row: row) ?? ""
        if let number = Int(text), number.magnitude < 1_000_000 { return number }
        // No time of day means: not a date.
        if let time = try? Timestamp(rfc3339: text + "T00:00:00Z") {
            return Int(time.microseconds / 86_400_000_000)
        }
        throw CommandError(
            "\(table.name): row \(row + 1): \"\(text.prefix(64))\" is no day",
            "write a date as 2026-01-31, or a whole number")
    }
}
