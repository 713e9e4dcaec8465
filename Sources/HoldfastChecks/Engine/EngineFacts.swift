internal import HoldfastSQL
internal import HoldfastTables

/// What the first scan of a table tells: its rows, and of each column the kinds of its cells and
/// the range of its numbers.
struct EngineFacts: Sendable {
    var rows = 0
    var columns: [Column] = []

    struct Column: Sendable {
        var column: EngineColumn
        var cells = CellCounts()
        /// The smallest and the largest number, where there is one.
        var range: ClosedRange<Double>?
        /// The mean or near it: what sums are about.
        var centre = 0.0

        /// Whether its cells are categories by themselves.
        var isCategory: Bool { column.isForced || cells[.text] > 0 }
    }

    /// The most columns of one statement.
    private static let batch = 50
    private static let perColumn = CellCode.allCases.count + 3

    /// Looks at some columns of a table.
    init(
        _ table: EngineTable, _ columns: [EngineColumn], on engine: any SQLEngine
    ) throws(SQLError) {
        for start in stride(from: 0, to: max(1, columns.count), by: Self.batch) {
            let part = Array(columns[start..<min(columns.count, start + Self.batch)])
            var found: [Column] = []
            var rows = 0
            try engine.read(Self.statement(table, part, engine.dialect)) { row throws(SQLError) in
                rows = Int(row.integer(0))
                for (place, column) in part.enumerated() {
                    found.append(Self.column(column, row, at: 1 + place * Self.perColumn))
                }
            }
            self.rows = rows
            self.columns += found
        }
    }

    /// The counts of some columns in one scan.
    static func statement(
        _ table: EngineTable, _ columns: [EngineColumn], _ dialect: SQLDialect
    ) -> SQL {
        guard !columns.isEmpty else { return "SELECT COUNT(*) FROM \(name: table.source)" }
        let parts = columns.map { column -> SQL in
            let counts = CellCode.allCases.map { code -> SQL in
                "COUNT(CASE WHEN \(column.kind) = \(code.rawValue) THEN 1 END)"
            }
            let finite: SQL =
                "CASE WHEN \(column.kind) = \(CellCode.number.rawValue) THEN \(column.number) END"
            return """
                \(SQL.joined(counts, by: ", ")),
                MIN(\(finite)), MAX(\(finite)), AVG(\(finite))
                """
        }
        return """
            SELECT COUNT(*), \(SQL.joined(parts, by: ",\n"))
            FROM (\(table.cells(columns, dialect: dialect))) hf_cells
            """
    }

    private static func column(
        _ column: EngineColumn, _ row: any SQLRow, at start: Int
    ) -> Column {
        var found = Column(column: column)
        for (place, code) in CellCode.allCases.enumerated() {
            let kind: CellKind =
                code == .number && column.isForced ? .text : CellKind(code)
            found.cells.add(kind, times: Int(row.integer(start + place)))
        }
        let end = start + CellCode.allCases.count
        if !row.isNull(end) {
            let (least, most, mean) = (row.real(end), row.real(end + 1), row.real(end + 2))
            found.range = least...most
            found.centre = mean.isFinite ? mean : least / 2 + most / 2
        }
        return found
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
