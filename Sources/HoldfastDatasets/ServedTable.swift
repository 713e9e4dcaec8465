internal import HoldfastAssignment
package import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastTables

/// What was served, as a table for `holdfast check`: every decision of an experiment in a ledger.
///
///     let served = ServedTable.input("my-model", ledger: "holdfast.db")
///     try Agreement.check(train: .file("train/train.csv"), serve: served)
///
/// Its columns are the logged features, and of ``services`` those that are asked for: a column that
/// only the ledger has would be held against it. Booleans and times stand as in an exported set.
package enum ServedTable {
    /// The columns of a decision besides its features.
    package static let services = [
        "id", "unit", "cluster", "decided_at", "arm", "reason", "score", "model",
    ]

    /// The table. It is read when the check reads it: the errors of the ledger come then.
    package static func input(
        _ experiment: String, ledger: String, with columns: [String] = []
    ) -> TableInput {
        let asked = services.filter { service in
            columns.contains { sameBytes($0, service) }
        }
        return TableInput(
            .rows(name: "ledger:\(experiment)") { rows in
                try read(experiment, ledger, asked, into: &rows)
            })
    }

    private static func read(
        _ experiment: String, _ ledger: String, _ services: [String], into rows: inout RowBatches
    ) throws {
        let reader = try LedgerReader(path: ledger, salt: nil)
        guard let name = Name(experiment) else {
            throw CheckError(
                "\"\(experiment.prefix(100))\" is no experiment's name",
                hint: "write ledger:NAME with the name that the catalog has")
        }
        guard let table = try reader.featureTable(of: name) else {
            throw CheckError(
                "the ledger \(ledger) holds no features of experiment \(experiment)",
                hint: "check the name; features are recorded where the catalog declares them")
        }
        let features = table.columns.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let sql =
            services.map { "d.\(name: $0)" as SQL } + features.map { "f.\(name: $0.key)" as SQL }
        let isText =
            services.map { $0 != "score" && $0 != "decided_at" }
            + features.map { $0.value == FeatureType.category.rawValue }
        let isBoolean =
            services.map { _ in false }
            + features.map { $0.value == FeatureType.boolean.rawValue }
        try rows.begin(columns: services + features.map(\.key))
        let statement = try reader.connection.statement(
            """
            SELECT \(SQL.joined(sql, by: ", ")) FROM decisions AS d
            LEFT JOIN \(name: table.table) AS f ON f.decision = d.decision
            WHERE d.experiment = \(experiment) ORDER BY d.decision
            """)
        while try statement.step() {
            try rows.beginRow()
            for column in isText.indices {
                if statement.isNull(column) {
                    rows.addMissing()
                } else if isText[column] {
                    try rows.add(text: statement.text(column))
                } else if isBoolean[column] {
                    try rows.add(text: statement.integer(column) == 0 ? "false" : "true")
                } else if column < services.count, services[column] == "decided_at" {
                    let time = Timestamp(microseconds: statement.integer(column))
                    try rows.add(text: time.description)
                } else {
                    try rows.add(statement.real(column))
                }
            }
        }
    }
}
