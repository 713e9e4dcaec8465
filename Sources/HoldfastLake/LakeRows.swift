internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

/// Reads a range of a ledger's rows for a lake, partition by partition, each row as a line of JSON.
///
/// Keys are sorted by partition first, and each row is read by its key: however many partitions
/// there are, one file is open at a time, and memory does not grow with the range.
struct LakeRows {
    /// An experiment's features in the ledger.
    private struct Features {
        var columns: [LakeColumn]
        var row: SQLiteStatement
    }

    let kind: ShippedKind
    private let connection: SQLiteConnection
    private let row: SQLiteStatement
    private let columns: [LakeColumn]
    private var features: [String: Features] = [:]

    init(_ kind: ShippedKind, from ledger: LedgerReader) throws {
        self.kind = kind
        connection = ledger.connection
        columns = kind.columns
        let names = SQL.joined(columns.map { SQL.name($0.name) }, by: ", ")
        let text: SQL = """
            SELECT \(names) FROM \(name: kind.rawValue) WHERE \(name: kind.keyColumn) = ?1
            """
        row = try SQLiteStatement(text.rendered.text, on: connection)
        guard kind == .decisions else { return }
        for experiment in try LakeRows.experimentsWithFeatures(ledger) {
            let declared = try LakeRows.features(of: experiment, in: ledger)
            guard let table = try ledger.featureTable(of: experiment)?.table, !declared.isEmpty
            else { continue }
            let names = SQL.joined(declared.map { SQL.name($0.feature) }, by: ", ")
            let text: SQL = "SELECT \(names) FROM \(name: table) WHERE decision = ?1"
            features[experiment.text] = Features(
                columns: declared.map { LakeColumn(feature: $0.feature, type: $0.type) },
                row: try SQLiteStatement(text.rendered.text, on: connection))
        }
    }

    /// The experiments that have columns for features, by name.
    static func experimentsWithFeatures(_ ledger: LedgerReader) throws -> [Name] {
        var names: [Name] = []
        try ledger.connection.query("SELECT experiment FROM feature_tables ORDER BY experiment") {
            row throws(SQLError) in
            if let name = row.text(0).flatMap({ Name($0) }) { names.append(name) }
        }
        return names
    }

    /// The features that an experiment has columns for, by name.
    static func features(
        of experiment: Name, in ledger: LedgerReader
    ) throws -> [(feature: String, type: String)] {
        (try ledger.featureTable(of: experiment)?.columns ?? [:])
            .map { (feature: $0.key, type: $0.value) }.sorted { $0.feature < $1.feature }
    }

    /// All columns of a partition's rows, the key first.
    func columns(of partition: LakePartition) -> [LakeColumn] {
        [.integer("key")] + columns + (partition.name.flatMap { features[$0]?.columns } ?? [])
    }

    /// Hands over the keys of a range with their partitions, one partition behind the other.
    func partitions(
        _ keys: ClosedRange<Int64>, each: (LakePartition, Int64) throws -> Void
    ) throws {
        let time = SQL.name(kind.timeColumn)
        let day = LakeDay.microseconds
        // Rounded down, also before 1970.
        let text: SQL = """
            SELECT k, n, d FROM (
              SELECT \(name: kind.keyColumn) AS k,
                \(kind.nameColumn.map { SQL.name($0) } ?? "NULL") AS n,
                (\(time) - ((\(time) % \(day)) + \(day)) % \(day)) / \(day) AS d
              FROM \(name: kind.rawValue)
              WHERE \(name: kind.keyColumn) BETWEEN \(keys.lowerBound) AND \(keys.upperBound))
            ORDER BY n, d, k
            """
        let statement = try connection.statement(text)
        while try statement.step() {
            let partition = LakePartition(
                kind: kind, name: statement.text(1), day: statement.integer(2))
            try each(partition, statement.integer(0))
        }
    }

    /// Appends a row as a line, unless `isLeftOut` says so of its unit or its cluster; false then.
    func append(
        _ key: Int64, of partition: LakePartition, to line: inout [UInt8],
        unless isLeftOut: (String) -> Bool
    ) throws -> Bool {
        try row.bind([.integer(key)])
        defer { row.reset() }
        guard try row.step() else {
            preconditionFailure("the key was read in the same transaction")
        }
        if kind.isPersonal {
            if let unit = row.text(1), isLeftOut(unit) { return false }
            if columns[2].name == "cluster", let cluster = row.text(2), isLeftOut(cluster) {
                return false
            }
        }
        line.append(contentsOf: "{\"key\":\(key)".utf8)
        for (index, column) in columns.enumerated() {
            LakeRows.append(column, row, index, to: &line)
        }
        if let features = partition.name.flatMap({ features[$0] }) {
            try features.row.bind([.integer(key)])
            defer { features.row.reset() }
            let isThere = try features.row.step()
            for (index, column) in features.columns.enumerated() {
                if isThere {
                    LakeRows.append(column, features.row, index, to: &line)
                } else {
                    line.append(contentsOf: ",\"\(column.name)\":null".utf8)
                }
            }
        }
        line.append(contentsOf: "}\n".utf8)
        return true
    }

    /// Appends a member. Names of columns need no escapes.
    private static func append(
        _ column: LakeColumn, _ row: SQLiteStatement, _ index: Int, to line: inout [UInt8]
    ) {
        line.append(contentsOf: ",\"".utf8)
        line.append(contentsOf: column.name.utf8)
        line.append(contentsOf: "\":".utf8)
        guard !row.isNull(index) else { return line.append(contentsOf: "null".utf8) }
        switch column.type {
        case .integer: line.append(contentsOf: String(row.integer(index)).utf8)
        // The shortest digits that read back the same.
        case .real: line.append(contentsOf: row.real(index).description.utf8)
        case .text:
            row.withText(index) { bytes in
                guard let bytes else { return }
                if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
                    line.append(UInt8(ascii: "\""))
                    line.append(contentsOf: bytes)
                    line.append(UInt8(ascii: "\""))
                } else {
                    appendJSONString(String(decoding: bytes, as: UTF8.self), to: &line)
                }
            }
        }
    }
}
