internal import HoldfastFormats

/// Into what stretches the rows of a model in operation are cut.
///
///     let slices = TimeSlices.every(microseconds: 86_400_000_000)
///     try slices.cut(times: [0, 1, 90_000_000_000], count: 3).get().map(\.name)
///     // ["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"]
///
/// Of equal length from 1970 on, as those of a ``SliceRule``; or of equal numbers of rows in the
/// order of time, the last one shorter.
package enum TimeSlices: Sendable, Equatable {
    /// Slices of a width, above 0.
    case every(microseconds: Int64)
    /// Slices of so many rows, above 0.
    case rows(Int)

    /// A stretch of time.
    package struct Slice: Sendable, Equatable {
        /// Its start, RFC 3339; of slices of rows the time of the first, or its number from 1.
        package var name: String
        /// Its rows, in the order in which they came.
        package var rows: [Int]
    }

    /// Why rows cannot be cut.
    package enum Problem: Error, Sendable, Equatable {
        case noRows
        case noTimes
        case tooMany

        /// What a reader is told.
        package var text: String {
            switch self {
            case .noRows: "There is no row to cut into slices of time."
            case .noTimes:
                "The rows have no time, so that they cannot be cut into slices of time: name a "
                    + "column of times, or take slices of a number of rows."
            case .tooMany:
                "The rows make more than \(SliceComparison.limit) slices: take longer ones."
            }
        }
    }

    /// What a rule of length says; `nil` for slices by value.
    package init?(_ rule: SliceRule) {
        guard let seconds = rule.seconds else { return nil }
        self = .every(microseconds: Int64(seconds) * 1_000_000)
    }

    /// The rows in the order of time; those of one time, and all without times, as they stand.
    package static func order(times: [Int64]?, count: Int) -> [Int] {
        guard let times else { return Array(0..<count) }
        return (0..<count).sorted { (times[$0], $0) < (times[$1], $1) }
    }

    /// The slices that have a row, in the order of time.
    package func cut(times: [Int64]?, count: Int) -> Result<[Slice], Problem> {
        guard count > 0 else { return .failure(.noRows) }
        let order = Self.order(times: times, count: count)
        var slices: [Slice] = []
        switch self {
        case .rows(let size):
            precondition(size > 0, "a slice has rows")
            guard (count - 1) / size < SliceComparison.limit else { return .failure(.tooMany) }
            for start in stride(from: 0, to: count, by: size) {
                let rows = Array(order[start..<min(count, start + size)])
                slices.append(
                    Slice(name: name(of: rows[0], start, times, after: slices.last), rows: rows))
            }
        case .every(let width):
            precondition(width > 0, "a slice has a length")
            guard let times else { return .failure(.noTimes) }
            var last: Int64?
            for row in order {
                let rest = times[row] % width
                let start = times[row] - (rest < 0 ? rest + width : rest)
                if start != last {
                    guard slices.count < SliceComparison.limit else { return .failure(.tooMany) }
                    let name = Timestamp(microseconds: start).description
                    slices.append(Slice(name: name, rows: []))
                    last = start
                }
                slices[slices.count - 1].rows.append(row)
            }
        }
        return .success(slices)
    }

    /// The time of a slice's first row; two that begin at one time are told apart by their rows.
    private func name(of first: Int, _ start: Int, _ times: [Int64]?, after last: Slice?) -> String
    {
        let number = "row \(start + 1)"
        guard let times else { return number }
        let time = Timestamp(microseconds: times[first]).description
        return last?.name.hasPrefix(time) ?? false ? "\(time) \(number)" : time
    }
}
