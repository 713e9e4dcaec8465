import HoldfastStatistics

/// The rows of a table that a model is asked about: all, or as many as its budget has room for,
/// each with the same chance.
///
/// A table of a million rows is cut to these before anything is laid out for asking.
struct AskedRows {
    /// The rows.
    let rows: JudgeRows
    /// Their numbers in the table, from 0, ascending.
    let numbers: [Int]
    /// The rows of the table.
    let total: Int

    init(_ all: JudgeRows, most: Int, seed: UInt64, stream: UInt64) {
        let numbers = RandomOrder.sample(
            all.count, most: max(1, most), seed: seed, stream: stream)
        self.numbers = numbers
        total = all.count
        rows = all.taking(numbers)
    }
}
