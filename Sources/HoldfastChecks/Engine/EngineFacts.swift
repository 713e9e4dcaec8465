internal import HoldfastSQL
internal import HoldfastStatistics
internal import HoldfastTables

/// What the first scan of a table tells: its rows, and of each column the kinds of its cells and
/// the range of its numbers.
struct EngineFacts: Sendable {
    var rows = 0
    var columns: [Column] = []
    /// The rows that a weighted table is worth; `nil` without weights.
    private(set) var effectiveRows: Double?

    struct Column: Sendable {
        var column: EngineColumn
        var cells = CellCounts()
        /// The smallest and the largest number that weighs anything, where there is one.
        var range: ClosedRange<Double>?
        /// The mean or near it: what sums are about.
        var centre = 0.0

        /// Whether its cells are categories by themselves.
        var isCategory: Bool { column.isForced || cells[.text] > 0 }
    }

    /// The most columns of one statement.
    private static let batch = 50
    private static let weightedBatch = 16

    /// Looks at some columns of a table.
    init(_ table: EngineTable, _ columns: [EngineColumn], on engine: any SQLEngine) throws {
        let batch = table.weight == nil ? Self.batch : Self.weightedBatch
        for start in stride(from: 0, to: max(1, columns.count), by: batch) {
            let part = Array(columns[start..<min(columns.count, start + batch)])
            var cells = Cells(place: 0)
            try engine.read(Self.statement(table, part, engine.dialect)) { row throws(SQLError) in
                self.rows = Int(row.integer(cells.next()))
                if table.weight != nil {
                    cells.rowsWithWeight = Int(row.integer(cells.next()))
                    cells.mass = cells.nextMass(row)
                }
                for column in part {
                    self.columns.append(
                        Self.column(column, row, &cells, isWeighted: table.weight != nil))
                }
            }
            if let weight = table.weight, rows > 0 {
                try weigh(cells, by: weight, of: table)
            }
        }
    }

    /// Walks along a row, and keeps what the whole table weighs.
    private struct Cells {
        var place: Int
        var rowsWithWeight = 0
        var mass = CountedMass(rows: 0)

        mutating func next() -> Int {
            defer { place += 1 }
            return place
        }

        mutating func nextMass(_ row: any SQLRow) -> CountedMass {
            defer { place += 2 }
            return CountedMass(row, at: place)
        }
    }

    private mutating func weigh(
        _ cells: Cells, by weight: EngineColumn, of table: EngineTable
    ) throws(CheckError) {
        guard cells.rowsWithWeight == rows else {
            throw CheckError(
                "\(table.name): column \"\(weight.name)\" is no weight in "
                    + "\(rows - cells.rowsWithWeight) of \(rows) rows: a number of 0 or more",
                hint: "mend the rows, or leave --weight out")
        }
        let (sum, squares) = (cells.mass.sum, cells.mass.squares)
        guard squares.isFinite, squares > 0 || sum == 0 else {
            throw CheckError(
                "\(table.name): the weights in column \"\(weight.name)\" are too large or too "
                    + "small to add up",
                hint: "divide all of them by one number: their unit does not matter")
        }
        effectiveRows = squares > 0 ? sum * (sum / squares) : 0
    }

    /// The counts of some columns in one scan.
    static func statement(
        _ table: EngineTable, _ columns: [EngineColumn], _ dialect: SQLDialect
    ) -> SQL {
        let weight = EngineTable.weightName
        let isWeighted = table.weight != nil
        guard !columns.isEmpty || isWeighted else {
            return "SELECT COUNT(*) FROM \(name: table.source)"
        }
        var parts = columns.map { column -> SQL in
            var counts = CellCode.allCases.map { code -> SQL in
                "COUNT(CASE WHEN \(column.kind) = \(code.rawValue) THEN 1 END)"
            }
            if isWeighted {
                counts += CellCode.allCases.flatMap { code -> [SQL] in
                    [weight, "\(weight) * \(weight)"].map {
                        "SUM(CASE WHEN \(column.kind) = \(code.rawValue) THEN \($0) END)"
                    }
                }
            }
            let number: SQL = "\(column.kind) = \(CellCode.number.rawValue)"
            let isFinite: SQL = isWeighted ? "\(number) AND \(weight) > 0" : number
            let finite: SQL = "CASE WHEN \(isFinite) THEN \(column.number) END"
            return """
                \(SQL.joined(counts, by: ", ")),
                MIN(\(finite)), MAX(\(finite)), AVG(\(finite))
                """
        }
        if isWeighted {
            parts.insert(
                """
                COUNT(CASE WHEN \(EngineTable.isWeight) THEN 1 END),
                \(EngineTable.masses)
                """, at: 0)
        }
        return """
            SELECT COUNT(*), \(SQL.joined(parts, by: ",\n"))
            FROM (\(table.cells(columns, dialect: dialect))) hf_cells
            """
    }

    private static func column(
        _ column: EngineColumn, _ row: any SQLRow, _ cells: inout Cells, isWeighted: Bool
    ) -> Column {
        var found = Column(column: column)
        let counts = CellCode.allCases.map { _ in Int(row.integer(cells.next())) }
        for (code, count) in zip(CellCode.allCases, counts) {
            let kind: CellKind =
                code == .number && column.isForced ? .text : CellKind(code)
            found.cells.add(kind, times: count, mass: isWeighted ? cells.nextMass(row) : nil)
        }
        let (least, most, mean) = (cells.next(), cells.next(), cells.next())
        if !row.isNull(least) {
            found.range = row.real(least)...row.real(most)
            let centre = row.real(mean)
            found.centre =
                centre.isFinite ? centre : row.real(least) / 2 + row.real(most) / 2
        }
        return found
    }
}

extension CountedMass {
    /// What ``EngineTable/masses`` gave in a row, from this column on.
    init(_ row: any SQLRow, at place: Int) {
        self.init(sum: row.real(place), squares: row.real(place + 1))
    }
}

extension CellKind {
    /// The kind that statements number so.
    init(_ code: CellCode) {
        switch code {
        case .number: self = .number
        case .text: self = .text
        case .missing: self = .missing
        case .notANumber: self = .notANumber
        case .positiveInfinity: self = .positiveInfinity
        case .negativeInfinity: self = .negativeInfinity
        case .emptyText: self = .emptyText
        }
    }
}
