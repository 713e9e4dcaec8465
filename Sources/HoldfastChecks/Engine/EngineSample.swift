internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastTables

/// Rows of a table chosen by their place: from them come the edges, and what columns show together.
struct EngineSample: Sendable {
    /// The finite numbers of each column of numbers, by its place.
    var numbers: [Int: [Double]] = [:]
    /// What each of them weighs, where rows have weights.
    var weights: [Int: [Double]] = [:]
    /// What was kept of whole rows, where that was asked for.
    var collector: RowCollector?

    /// About as many rows: 50 in each of 1,000 ranges between edges.
    private static let rowLimit = 50_000
    /// The most cells: of very many columns fewer rows are brought here.
    private static let cellLimit = 4_000_000
    /// A prime just below 2³¹: squares of what is left by it fit 64 bits.
    private static let modulus: Int64 = 2_147_483_647

    /// Brings the sample here. `isCategory` says of each column how it is compared.
    init(
        _ table: EngineTable, _ facts: EngineFacts, isCategory: [Int: Bool], plan: RowPlan?,
        on engine: any SQLEngine
    ) throws {
        let columns = facts.columns.map(\.column)
        guard !columns.isEmpty, facts.rows > 0 else { return }
        let wanted = min(Self.rowLimit, max(1_000, Self.cellLimit / columns.count))
        // A weight stands behind the columns.
        let width = columns.count + (table.weight == nil ? 0 : 1)
        var rows: [[SQLValue]] = []
        let query = Self.statement(
            table, columns, isCategory: isCategory,
            share: Double(wanted) / Double(facts.rows), engine.dialect)
        try engine.stream(query) { row throws(SQLError) in
            rows.append((0..<width).map { row.isNull($0) ? .null : row.value($0) })
        }
        for (place, column) in columns.enumerated() where isCategory[column.place] != true {
            let found = rows.compactMap { row -> (number: Double, weight: Double)? in
                guard let number = Self.number(row[place]), number.isFinite else { return nil }
                let weight = table.weight == nil ? 1 : row.last.flatMap(Self.number) ?? 0
                return weight > 0 ? (number, weight) : nil
            }
            numbers[column.place] = found.map(\.number)
            if table.weight != nil { weights[column.place] = found.map(\.weight) }
        }
        guard let plan else { return }
        collector = try Self.collect(
            rows, columns, weight: table.weight, isCategory, plan, name: table.name)
    }

    /// The rows of the sample: all of them where `share` is 1 or more.
    static func statement(
        _ table: EngineTable, _ columns: [EngineColumn], isCategory: [Int: Bool], share: Double,
        _ dialect: SQLDialect
    ) -> SQL {
        var cells = columns.map { table.cell(of: $0, isCategory: isCategory, dialect) }
        if let weight = table.weight { cells.append(table.number(of: weight, dialect)) }
        let source = SQL.name(table.source)
        // Of one file cut in one way rand gives one sample; a window would be one task of Spark's.
        let rows =
            share >= 1
            ? source
            : dialect == .spark ? "\(source) WHERE rand(42) < \(share)" : byPlace(table, share)
        return "SELECT \(SQL.joined(cells, by: ", ")) FROM \(rows)"
    }

    /// By the square of a hash of the row's place: the order of rows, and nothing else, decides.
    private static func byPlace(_ table: EngineTable, _ share: Double) -> SQL {
        let (most, other): (Int64, Int64) = (Int64(share * Double(modulus)), 2_147_483_629)
        return """
            (SELECT * FROM (SELECT *, (row_number() OVER () * 48271) % \(modulus) AS hf_place
            FROM \(name: table.source)) hf_places
            WHERE (hf_place * hf_place) % \(other) < \(most)) hf_rows
            """
    }

    /// A text as a category: in a file without types one of numbers is told by its value.
    private static func category(_ text: String, of column: EngineColumn) -> String {
        guard column.form == .written && !column.isForced else { return text }
        switch CellValue(text) {
        case .number(let value): return CellValue.text(of: value)
        case .infinite: return text.first { $0 != " " } == "-" ? "-inf" : "inf"
        case .missing, .emptyText, .text: return text
        }
    }

    private static func number(_ value: SQLValue) -> Double? {
        switch value {
        case .integer(let integer): Double(integer)
        case .real(let real): real
        case .null, .text, .blob: nil
        }
    }

    /// What a plan keeps of rows that were brought here. A column is one of texts where
    /// `isCategory` says so by its place, and a weight stands behind the columns.
    static func collect(
        _ rows: [[SQLValue]], _ columns: [EngineColumn], weight: EngineColumn?,
        _ isCategory: [Int: Bool], _ plan: RowPlan, name: String
    ) throws -> RowCollector {
        let lanes = TableReader.usualLanes
        let all = columns + [weight].compactMap { $0 }
        let source = TableSource.rows(name: name) { batches in
            try batches.begin(columns: all.map(\.name))
            for row in rows {
                try batches.beginRow()
                for (place, column) in all.enumerated() {
                    let isText = isCategory[column.place] == true
                    switch row[place] {
                    case .null, .blob: batches.addMissing()
                    // Spark writes what is not finite as a text.
                    case .text(let text) where !isText: try batches.add(Double(text) ?? .nan)
                    case .text(let text):
                        try batches.add(text: Self.category(text, of: column))
                    case .integer, .real:
                        let number = number(row[place]) ?? .nan
                        if isText {
                            try batches.add(text: CellValue.text(of: number))
                        } else {
                            try batches.add(number)
                        }
                    }
                }
            }
        }
        var read = try TableReader.read(
            source, lanes: lanes, makeLane: { RowCollector(plan, lane: $0, lanes: lanes) },
            each: { lane, batch in
                guard weight != nil else { return lane.add(batch) }
                let weights = batch.withColumn(columns.count) { Array($0.numbers) }
                weights.withUnsafeBufferPointer { lane.add(batch, weights: $0) }
            })
        var whole = read.lanes.removeFirst()
        for lane in read.lanes { whole.merge(lane) }
        whole.finish()
        return whole
    }
}
