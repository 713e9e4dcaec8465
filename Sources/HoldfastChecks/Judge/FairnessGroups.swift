/// The groups that a column, or several crossed, parts rows into.
struct FairnessGroups {
    /// The columns' names, with × between them.
    var name: String
    /// By row: the group, −1 where there is none.
    var codes: [Int32]
    var names: [String]
    /// The rows of each group.
    var rows: [Int]
    /// The rows of which a column has no value.
    var withoutValue = 0
    /// The groups beyond the limit, the smallest ones, and their rows.
    var passedOver = (groups: 0, rows: 0)

    /// The most groups of one column or crossing.
    static let groupLimit = 200
    /// The most columns and crossings.
    static let limit = 50

    /// Each column, then each pair, and so on to `crossings` columns; and how many were left out.
    static func all(_ columns: [CodedColumn], crossings: Int) -> (groups: [Self], leftOut: Int) {
        var all: [[Int]] = []
        var previous = [[Int]()]
        for _ in 0..<min(columns.count, max(1, crossings)) where all.count <= limit {
            previous = previous.flatMap { chosen in
                ((chosen.last ?? -1) + 1..<columns.count).map { chosen + [$0] }
            }
            all += previous
        }
        let groups = all.prefix(limit).map { Self($0.map { columns[$0] }) }
        return (groups, all.count - groups.count)
    }

    /// The groups of the columns' values together: only what rows have.
    init(_ columns: [CodedColumn]) {
        name = columns.map(\.name).joined(separator: " × ")
        var (codes, names) = Self.occupied(columns[0].codes, columns[0].values)
        for column in columns.dropFirst() {
            (codes, names) = Self.crossed(codes, names, column)
        }
        var rows = [Int](repeating: 0, count: names.count)
        for code in codes {
            if code >= 0 { rows[Int(code)] += 1 } else { withoutValue += 1 }
        }
        if names.count > Self.groupLimit {
            let kept = names.indices.sorted { (-rows[$0], $0) < (-rows[$1], $1) }
                .prefix(Self.groupLimit).sorted()
            var places = [Int32](repeating: -1, count: names.count)
            for (place, group) in kept.enumerated() { places[group] = Int32(place) }
            codes = codes.map { $0 < 0 ? -1 : places[Int($0)] }
            let all = rows.reduce(0, +)
            passedOver.groups = names.count - kept.count
            names = kept.map { names[$0] }
            rows = kept.map { rows[$0] }
            passedOver.rows = all - rows.reduce(0, +)
        }
        self.codes = codes
        self.names = names
        self.rows = rows
    }

    /// Codes without those that no row has, in their order.
    private static func occupied(_ codes: [Int32], _ names: [String]) -> ([Int32], [String]) {
        var places = [Int32](repeating: -1, count: names.count)
        for code in codes where code >= 0 { places[Int(code)] = 0 }
        var kept: [String] = []
        for place in places.indices where places[place] == 0 {
            places[place] = Int32(kept.count)
            kept.append(names[place])
        }
        if kept.count == names.count { return (codes, names) }
        return (codes.map { $0 < 0 ? -1 : places[Int($0)] }, kept)
    }

    private static func crossed(_ codes: [Int32], _ names: [String], _ column: CodedColumn)
        -> ([Int32], [String])
    {
        let width = column.values.count
        // A table of all pairs while it is small, and otherwise of those that come.
        if names.count * width <= 4_000_000 {
            var joined = codes
            for (row, code) in column.codes.enumerated() {
                joined[row] =
                    codes[row] < 0 || code < 0 ? -1 : codes[row] * Int32(width) + code
            }
            var places = [Int32](repeating: -1, count: names.count * width)
            for pair in joined where pair >= 0 { places[Int(pair)] = 0 }
            var kept: [String] = []
            for pair in places.indices where places[pair] == 0 {
                places[pair] = Int32(kept.count)
                kept.append("\(names[pair / width]) × \(column.values[pair % width])")
            }
            return (joined.map { $0 < 0 ? -1 : places[Int($0)] }, kept)
        }
        var places: [Int: Int32] = [:]
        var kept: [String] = []
        var joined = codes
        for (row, code) in column.codes.enumerated() {
            guard codes[row] >= 0, code >= 0 else {
                joined[row] = -1
                continue
            }
            let pair = Int(codes[row]) * width + Int(code)
            if let place = places[pair] {
                joined[row] = place
            } else {
                joined[row] = Int32(kept.count)
                places[pair] = Int32(kept.count)
                kept.append("\(names[Int(codes[row])]) × \(column.values[Int(code)])")
            }
        }
        return (joined, kept)
    }
}
