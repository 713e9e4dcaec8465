internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastStatistics
internal import HoldfastTables

/// Counts the values of a table's columns: numbers between edges or each by itself, categories
/// each.
struct EngineCounts {
    let table: EngineTable
    let engine: any SQLEngine
    /// Whether every value is counted by itself, however many there are.
    let isExact: Bool

    /// About so many ranges between edges: the share that they cannot see is about a thousandth.
    static let ranges = 1_000
    /// The most categories that are kept of a column.
    static let categoryLimit = 10_000
    /// The columns of one statement.
    private static let batch = 16
    /// The table of the edges.
    static let edgeTable = "hf_edges"

    /// The numbers of some columns, by their places.
    func numbers(
        _ facts: [EngineFacts.Column], edges: EngineEdges
    ) throws -> [Int: OrderedSample] {
        var counted: [Int: CountedNumbers] = [:]
        for fact in facts { counted[fact.column.place] = none(of: fact) }
        if isExact {
            for fact in facts {
                let place = fact.column.place
                try engine.stream(distinct(fact.column)) { row throws(SQLError) in
                    counted[place]?.add(
                        row.real(0), times: Int(row.integer(1)), mass: weighed(row, at: 2))
                }
            }
            return counted.mapValues { $0.ordered() }
        }
        for start in stride(from: 0, to: facts.count, by: Self.batch) {
            let part = facts[start..<min(facts.count, start + Self.batch)]
            let queries = part.map { ranges($0, edges: edges) }
            try engine.stream(SQL.joined(queries, by: "\nUNION ALL\n")) { row throws(SQLError) in
                counted[Int(row.integer(0))]?.add(
                    least: row.real(2), most: row.real(3), count: Int(row.integer(1)),
                    mass: weighed(row, at: 6), distances: row.real(4), squares: row.real(5))
            }
        }
        return counted.mapValues { $0.ordered() }
    }

    /// The numbers of a column each by itself, where there are no more than categories are kept.
    func few(_ fact: EngineFacts.Column) throws -> OrderedSample? {
        var numbers = none(of: fact)
        var count = 0
        let limit = Int64(Self.categoryLimit)
        try engine.stream("\(distinct(fact.column)) LIMIT \(limit + 1)") { row throws(SQLError) in
            numbers.add(row.real(0), times: Int(row.integer(1)), mass: weighed(row, at: 2))
            count += 1
        }
        return count <= limit ? numbers.ordered() : nil
    }

    private func none(of fact: EngineFacts.Column) -> CountedNumbers {
        CountedNumbers(centre: fact.centre, isWeighted: isWeighted)
    }

    private var isWeighted: Bool { table.weight != nil }

    /// What ``masses`` gave in a row, from this column on.
    private func weighed(_ row: any SQLRow, at place: Int) -> CountedMass? {
        isWeighted ? CountedMass(row, at: place) : nil
    }

    /// What follows the counts of a statement: the sum of the rows' weights and of their squares.
    private var masses: SQL {
        isWeighted ? ", \(EngineTable.masses)" : ""
    }

    /// The condition of a row that has a number: one of no weight has none.
    private func hasNumber(_ column: EngineColumn) -> SQL {
        let isNumber: SQL = "\(column.kind) = \(CellCode.number.rawValue)"
        return isWeighted ? "\(isNumber) AND \(EngineTable.weightName) > 0" : isNumber
    }

    /// Each number with how often it occurs.
    func distinct(_ column: EngineColumn) -> SQL {
        """
        SELECT \(column.number), COUNT(*)\(masses) FROM (\(cells(column))) hf_cells
        WHERE \(hasNumber(column)) GROUP BY \(column.number)
        """
    }

    /// Of each range between edges: how many numbers it holds, the smallest and the largest, and
    /// sums about the centre.
    func ranges(_ fact: EngineFacts.Column, edges: EngineEdges) -> SQL {
        let column = fact.column
        let weight: SQL = isWeighted ? ", \(EngineTable.weightName)" : ""
        let finite: SQL = """
            SELECT \(column.number) AS x\(weight) FROM (\(cells(column))) hf_cells
            WHERE \(hasNumber(column))
            """
        let (place, centre) = (Int64(column.place), fact.centre)
        let times: SQL = isWeighted ? "\(EngineTable.weightName) * " : ""
        let distance: SQL = isWeighted ? "(x - \(centre))" : "x - \(centre)"
        return """
            SELECT \(place) AS place, COUNT(*) AS n, MIN(x) AS least, MAX(x) AS most,
            SUM(\(times)\(distance)) AS distances, SUM(\(times)(x - \(centre)) * (x - \(centre))) AS squares\(masses)
            FROM (\(ranged(finite, edges.list(of: column.name), edges))) hf_ranged GROUP BY b
            """
    }

    /// The numbers x, with their rows' weights where these have some, and the number b of the last
    /// edge that is not above them, null below all.
    private func ranged(_ numbers: SQL, _ list: Int?, _ edges: EngineEdges) -> SQL {
        let x: SQL = isWeighted ? "x, \(EngineTable.weightName)" : "x"
        guard let list else { return "SELECT \(x), 0 AS b FROM (\(numbers)) hf_numbers" }
        let own: SQL = "SELECT b, lo FROM \(name: Self.edgeTable) WHERE list = \(Int64(list))"
        switch engine.dialect {
        case .sqlite, .postgresql:
            return """
                SELECT \(x), (SELECT b FROM \(name: Self.edgeTable) e
                WHERE e.list = \(Int64(list)) AND e.lo <= x ORDER BY e.lo DESC LIMIT 1) AS b
                FROM (\(numbers)) hf_numbers
                """
        case .duckdb:
            return """
                SELECT \(x), b FROM (\(numbers)) hf_numbers
                ASOF LEFT JOIN (\(own)) e ON hf_numbers.x >= e.lo
                """
        case .spark: return searched(numbers, x, edges.lists[list])
        }
    }

    /// A binary search in an array, which Spark takes for the constant that it is: it joins by no
    /// order. Beyond the last edge there is none, and nothing is at or above it.
    private func searched(_ numbers: SQL, _ x: SQL, _ edges: [Double]) -> SQL {
        let list = edges.map { "\($0)" }.joined(separator: ",")
        var query: SQL = """
            SELECT \(x), 0 AS b, CAST(split(\(list), ',') AS ARRAY<DOUBLE>) AS e
            FROM (\(numbers)) hf_numbers
            """
        var step: Int64 = 1
        while 2 * step <= edges.count { step *= 2 }
        while step >= 1 {
            query = """
                SELECT \(x), CASE WHEN x >= try_element_at(e, b + \(step)) THEN b + \(step) ELSE b END AS b, e
                FROM (\(query)) hf_step
                """
            step /= 2
        }
        return query
    }

    /// How often each category of a column occurs, infinite cells and empty texts among them.
    func categories(_ fact: EngineFacts.Column) throws -> CategorySummary {
        let column = fact.column
        var summary = CategorySummary(byteLimit: ColumnSummary.categoryBytes)
        var kept = (rows: 0, mass: CountedMass(rows: 0))
        try engine.stream(groups(column)) { row throws(SQLError) in
            let (times, mass) = (Int(row.integer(2)), weighed(row, at: 3))
            kept.rows += times
            if let mass { kept.mass += mass }
            if row.isNull(0) {
                summary.add(CellValue.text(of: row.real(1)), times: times, mass: mass)
            } else if column.form == .written, !column.isForced,
                case .number(let value) = CellValue(row.text(0) ?? "")
            {
                summary.add(CellValue.text(of: value), times: times, mass: mass)
            } else {
                row.withBytes(0) { summary.add(bytes: $0, times: times, mass: mass) }
            }
        }
        let valued = [CellKind.number, .text]
        let rows = valued.reduce(0) { $0 + fact.cells[$1] } - kept.rows
        if rows > 0 {
            var mass = isWeighted ? CountedMass(rows: 0) : nil
            for kind in valued { mass? += fact.cells.mass(kind) ?? CountedMass(rows: 0) }
            mass? -= kept.mass
            summary.addUnattributed(rows, mass: mass)
        }
        fact.cells.addWords(to: &summary)
        return summary
    }

    /// The most frequent texts and numbers, or those that weigh most, with how often they occur.
    func groups(_ column: EngineColumn) -> SQL {
        let most: SQL = isExact ? "" : " LIMIT \(Int64(Self.categoryLimit))"
        // Of a file without types the text says it all, and of others a text is no number.
        let number: SQL = column.form == .written ? "CAST(NULL AS DOUBLE)" : column.number
        let weight: SQL = isWeighted ? ", \(EngineTable.weightName)" : ""
        let size: SQL = isWeighted ? "SUM(\(EngineTable.weightName))" : "n"
        return """
            SELECT t, x, COUNT(*) AS n\(masses) FROM (SELECT \(column.text) AS t, \(number) AS x\(weight)
            FROM (\(cells(column))) hf_cells
            WHERE \(column.kind) IN (\(CellCode.number.rawValue), \(CellCode.text.rawValue))) hf_values
            GROUP BY t, x ORDER BY \(size) DESC, t, x\(most)
            """
    }

    private func cells(_ column: EngineColumn) -> SQL {
        table.cells([column], dialect: engine.dialect)
    }
}
