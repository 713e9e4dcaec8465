internal import HoldfastFormats

/// The columns of a JSON Lines table as they come up, in the order of the file.
///
/// `@unchecked Sendable`: read and written only by the lane whose piece has its turn, and by the
/// caller when all lanes have ended.
final class JSONColumns: @unchecked Sendable {
    private let reading: (String) -> CellReading
    private(set) var names: [String] = []
    private(set) var readings: [CellReading] = []
    private var places: [[UInt8]: Int] = [:]
    private var bytes = 0

    init(reading: @escaping (String) -> CellReading) { self.reading = reading }

    /// The place of a column, which is new where it was not seen; `nil` where there are too many.
    func place(_ name: String) -> Int? {
        let key = Array(name.utf8)
        if let place = places[key] { return place }
        bytes += key.count
        guard names.count < CSVReader.columnLimit, bytes <= CSVReader.recordLimit else {
            return nil
        }
        places[key] = names.count
        names.append(name)
        readings.append(reading(name))
        return names.count - 1
    }
}

/// The keys that one lane has met, flattened; each has a number of the lane's own.
struct JSONKeys {
    /// Why an object is no row.
    enum Fault: Error {
        /// Two of its values have one flattened name.
        case twice(String)
        /// More columns, or longer names, than a table may have.
        case tooMany
    }

    /// The flattened names.
    private(set) var names: [String] = []
    private var places: [[UInt8]: Int] = [:]
    private var bytes = 0
    /// The row in which each key was met last, from 1.
    private var rows: [Int] = []
    private var row = 0
    /// The keys of the row before, in order: the next row mostly has the same.
    private var pattern: [Int] = []
    private var position = 0

    /// The values of an object with their keys: `{"a": {"b": 1}}` is one value of the key `a.b`.
    mutating func flatten(
        _ object: JSONObject, into values: inout [(key: Int, value: JSON)]
    ) throws(Fault) {
        row += 1
        position = 0
        try flatten(object, prefix: "", into: &values)
        pattern.removeSubrange(position...)
    }

    private mutating func flatten(
        _ object: JSONObject, prefix: String, into values: inout [(key: Int, value: JSON)]
    ) throws(Fault) {
        for (name, value) in object.members {
            // Bounded before it is made: names nest, and would multiply.
            guard prefix.utf8.count + name.utf8.count < CSVReader.recordLimit else {
                throw .tooMany
            }
            let path = prefix.isEmpty ? name : prefix + name
            if case .object(let inner) = value {
                try flatten(inner, prefix: path + ".", into: &values)
                continue
            }
            let key = try key(path)
            if rows[key] == row { throw .twice(path) }
            rows[key] = row
            values.append((key, value))
        }
    }

    private mutating func key(_ name: String) throws(Fault) -> Int {
        if position < pattern.count, sameBytes(names[pattern[position]], name) {
            position += 1
            return pattern[position - 1]
        }
        let bytes = Array(name.utf8)
        let key = places[bytes] ?? names.count
        if key == names.count {
            self.bytes += bytes.count
            guard key < CSVReader.columnLimit, self.bytes <= CSVReader.recordLimit else {
                throw .tooMany
            }
            places[bytes] = key
            names.append(name)
            rows.append(0)
        }
        pattern.removeSubrange(position...)
        pattern.append(key)
        position += 1
        return key
    }
}
