/// Room for the cells of a batch, column by column, that is filled again and again.
///
/// A batch has as many rows as fit into ``cellLimit`` cells, and at least one.
final class CellStore {
    /// The most cells of a batch of more than one row: 17 bytes each, half of a usual second-level
    /// cache with the bytes that they lie in.
    static let cellLimit = 1 << 15
    /// The most rows of a batch: more gain nothing, and a table of one column stays small.
    static let rowLimit = 1 << 12

    /// How each column is read.
    private(set) var readings: [CellReading] = []
    /// The most rows that fit now.
    private(set) var rowCapacity = 0
    /// From a cell to the one of the next column.
    private(set) var stride = 0
    /// Where cells are: that of row r and column c at `c * stride + r`.
    private(set) var places = UnsafeMutableBufferPointer<CellPlace>(start: nil, count: 0)
    /// What cells are.
    private(set) var kinds = UnsafeMutableBufferPointer<CellKind>(start: nil, count: 0)
    /// The values of those that are numbers.
    private(set) var numbers = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)
    /// The bytes in which the places are.
    var text: UnsafeMutablePointer<UInt8>
    private let nothing = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    private let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 32)

    init() { text = nothing }

    deinit {
        places.deallocate()
        kinds.deallocate()
        numbers.deallocate()
        nothing.deallocate()
        scratch.deallocate()
    }

    /// Makes room for columns that are read so. What was in it is gone.
    func prepare(_ readings: [CellReading]) {
        self.readings = readings
        let columns = max(1, readings.count)
        rowCapacity = min(CellStore.rowLimit, max(1, CellStore.cellLimit / columns))
        // An odd number of cache lines: the columns of a row then lie in different sets of a cache.
        stride = (rowCapacity + 7) / 8 * 8
        if stride / 8 % 2 == 0 { stride += 8 }
        let cells = stride * columns
        guard cells > places.count else { return }
        places.deallocate()
        kinds.deallocate()
        numbers.deallocate()
        places = .allocate(capacity: cells)
        kinds = .allocate(capacity: cells)
        numbers = .allocate(capacity: cells)
        places.initialize(repeating: CellPlace(start: 0, count: 0, flags: 0))
        kinds.initialize(repeating: .missing)
        numbers.initialize(repeating: 0)
    }

    /// A column, for its reader.
    func column(_ index: Int, rows: Int) -> CellColumn {
        precondition(readings[index] != .ignored, "an ignored column has no cells")
        let range = index * stride..<index * stride + rows
        guard let places = places.baseAddress else { preconditionFailure("room was made") }
        return CellColumn(
            kinds: UnsafeBufferPointer(rebasing: kinds[range]),
            numbers: UnsafeBufferPointer(rebasing: numbers[range]),
            places: places + range.lowerBound, text: text, store: self)
    }

    /// Where the first cell of a row is.
    func start(of row: Int) -> Int { Int(places[row].start) }

    /// The text of a number, a whole one without a point, until the next call.
    func write(_ number: Double) -> UnsafeBufferPointer<UInt8> {
        let text = CellValue.text(of: number)
        let count = scratch.update(fromContentsOf: text.utf8.prefix(scratch.count))
        return UnsafeBufferPointer(rebasing: scratch[..<count])
    }

    /// Finds out what the cells of each column are.
    func type(rows: Int) {
        for (index, reading) in readings.enumerated() {
            switch reading {
            case .ignored: break
            case .byContent: type(index, rows: rows, asText: false)
            case .asText: type(index, rows: rows, asText: true)
            }
        }
    }

    @inline(__always)
    private func type(_ index: Int, rows: Int, asText: Bool) {
        guard let placeStart = places.baseAddress, let kindStart = kinds.baseAddress,
            let numberStart = numbers.baseAddress
        else { return }
        let (places, kinds) = (placeStart + index * stride, kindStart + index * stride)
        let (numbers, text) = (numberStart + index * stride, text)
        for row in 0..<rows {
            let place = places[row]
            if place.isDoubled { places[row] = CellStore.unescape(place, in: text) }
            let (start, count) = (text + Int(place.start), places[row].count)
            kinds[row] =
                asText
                ? CellScanner.textKind(start, count, isQuoted: place.isQuoted)
                : CellScanner.kind(
                    start, count, isQuoted: place.isQuoted, number: numbers + row)
        }
    }

    /// Makes doubled quotes one, in place. Quotes fill what that leaves, so that the line breaks in
    /// the bytes stay as many as they were: an error's line is found by counting them.
    private static func unescape(
        _ place: CellPlace, in text: UnsafeMutablePointer<UInt8>
    ) -> CellPlace {
        let start = text + Int(place.start)
        let quote = UInt8(ascii: "\"")
        var (read, write) = (0, 0)
        while read < place.count {
            start[write] = start[read]
            read += start[read] == quote ? 2 : 1
            write += 1
        }
        for index in write..<place.count { start[index] = quote }
        return CellPlace(start: Int(place.start), count: write, flags: CellPlace.quoted)
    }
}
