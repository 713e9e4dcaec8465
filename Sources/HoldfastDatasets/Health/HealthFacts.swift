internal import HoldfastAssignment
internal import HoldfastLedger
internal import HoldfastSQL

/// A decision as health looks at it.
struct WatchedDecision {
    var key: Int64
    var experiment: String
    var unit: String
    var cluster: String?
    var at: Int64
    var received: Int64
    var arm: String?
    var reason: String
    var revision: String
    var score: Double?
    var intended: Bool?
}

/// An exposure as health looks at it.
struct WatchedExposure {
    var key: Int64
    var experiment: String
    var unit: String
    var cluster: String?
    var arm: String
    var at: Int64
    var received: Int64
}

/// Reads facts by their keys, and looks up what belongs to them by the ledger's indexes. What goes
/// through a table from its beginning says so.
struct HealthFacts {
    private let connection: SQLiteConnection

    init(_ reader: LedgerReader) { connection = reader.connection }

    private static let decisionColumns = """
        decision, experiment, unit, cluster, decided_at, received_at, arm, reason, revision, score,
        intended
        """

    /// The greatest key of a table's rows; 0 where there is none.
    func lastKey(_ table: SealedFacts) throws(SQLError) -> Int64 {
        guard
            case .integer(let key) = try connection.value(
                "SELECT MAX(\(name: table.key)) FROM \(name: table.rawValue)")
        else { return 0 }
        return key
    }

    /// When the first fact behind a key came; `nil` where there is none.
    func received(_ table: SealedFacts, after key: Int64) throws(SQLError) -> Int64? {
        let found = try connection.value(
            """
            SELECT received_at FROM \(name: table.rawValue) WHERE \(name: table.key) > \(key)
            ORDER BY \(name: table.key) LIMIT 1
            """)
        guard case .integer(let time) = found else { return nil }
        return time
    }

    /// A kind of fact that is read by key.
    enum SealedFacts: String {
        case decisions, exposures

        var key: String { String(rawValue.dropLast()) }
    }

    /// Whether an experiment has any decision.
    func hasDecisions(_ experiment: String) throws(SQLError) -> Bool {
        try connection.exists(
            "SELECT 1 FROM decisions WHERE experiment = ?1 LIMIT 1", [.text(experiment)])
    }

    /// Whether an experiment has any exposure. Goes through the table, once where it has none.
    func hasExposures(_ experiment: String) throws(SQLError) -> Bool {
        try connection.exists(
            "SELECT 1 FROM exposures WHERE experiment = ?1 LIMIT 1", [.text(experiment)])
    }

    /// How many revisions there are.
    func revisionCount() throws(SQLError) -> SQLValue {
        try connection.value("SELECT COUNT(*) FROM revisions")
    }

    /// Hands over the decisions behind a key up to another, by key, until the body says false.
    func decisions(
        after first: Int64, through last: Int64,
        _ body: (SQLiteStatement) throws(SQLError) -> Bool
    ) throws(SQLError) {
        try each(
            """
            SELECT \(HealthFacts.decisionColumns) FROM decisions
            WHERE decision > ?1 AND decision <= ?2 ORDER BY decision
            """, [.integer(first), .integer(last)], body)
    }

    /// The decision of a row.
    static func decision(_ row: SQLiteStatement) -> WatchedDecision {
        WatchedDecision(
            key: row.integer(0), experiment: row.text(1) ?? "", unit: row.text(2) ?? "",
            cluster: row.text(3), at: row.integer(4), received: row.integer(5),
            arm: row.text(6), reason: row.text(7) ?? "", revision: row.text(8) ?? "",
            score: row.isNull(9) ? nil : row.real(9),
            intended: row.isNull(10) ? nil : row.integer(10) != 0)
    }

    private static let exposureColumns =
        "exposure, experiment, unit, cluster, arm, exposed_at, received_at"

    /// Hands over the exposures behind a key up to another, by key.
    func exposures(
        after first: Int64, through last: Int64,
        _ body: (SQLiteStatement) throws(SQLError) -> Bool
    ) throws(SQLError) {
        try each(
            """
            SELECT \(HealthFacts.exposureColumns) FROM exposures
            WHERE exposure > ?1 AND exposure <= ?2 ORDER BY exposure
            """, [.integer(first), .integer(last)], body)
    }

    /// The exposure of a key; `nil` where it was erased.
    func exposure(_ key: Int64) throws(SQLError) -> WatchedExposure? {
        try first(
            "SELECT \(HealthFacts.exposureColumns) FROM exposures WHERE exposure = ?1",
            [.integer(key)], HealthFacts.exposure)
    }

    /// The exposure of a row.
    static func exposure(_ row: SQLiteStatement) -> WatchedExposure {
        WatchedExposure(
            key: row.integer(0), experiment: row.text(1) ?? "", unit: row.text(2) ?? "",
            cluster: row.text(3), arm: row.text(4) ?? "", at: row.integer(5),
            received: row.integer(6))
    }

    // MARK: - Looking up

    /// Whether a unit was dealt in an experiment before a decision: within the same block, where
    /// units are dealt anew in each.
    func isFirst(_ decision: WatchedDecision, block: Int64?) throws(SQLError) -> Bool {
        var values: [SQLValue] = [
            .text(decision.experiment), .text(decision.unit), .integer(decision.key),
        ]
        guard let block else {
            return try !connection.exists(
                """
                SELECT 1 FROM decisions WHERE experiment = ?1 AND unit = ?2 AND decision < ?3
                  AND reason = 'assigned' LIMIT 1
                """, values)
        }
        let start = Int64((Double(decision.at) / Double(block)).rounded(.down)) * block
        values += [.integer(start), .integer(start + block)]
        return try !connection.exists(
            """
            SELECT 1 FROM decisions WHERE experiment = ?1 AND unit = ?2 AND decision < ?3
              AND decided_at >= ?4 AND decided_at < ?5 AND reason = 'assigned' LIMIT 1
            """, values)
    }

    /// Whether a decision is the first by which its unit is control, or held out.
    func isFirstControl(_ decision: WatchedDecision) throws(SQLError) -> Bool {
        try !connection.exists(
            """
            SELECT 1 FROM decisions WHERE experiment = ?1 AND unit = ?2 AND decision < ?3
              AND (reason = 'holdout' OR arm = 'control' AND reason IN ('assigned', 'override'))
            LIMIT 1
            """, [.text(decision.experiment), .text(decision.unit), .integer(decision.key)])
    }

    /// The decision under which an exposure happened: the last one before it, or else the first
    /// after it; `nil` where the unit has none.
    func decision(under exposure: WatchedExposure) throws(SQLError) -> WatchedDecision? {
        let values: [SQLValue] = [
            .text(exposure.experiment), .text(exposure.unit), .integer(exposure.at),
        ]
        let before = try first(
            """
            SELECT \(HealthFacts.decisionColumns) FROM decisions
            WHERE experiment = ?1 AND unit = ?2 AND decided_at <= ?3
            ORDER BY decided_at DESC LIMIT 1
            """, values, HealthFacts.decision)
        if let before { return before }
        return try first(
            """
            SELECT \(HealthFacts.decisionColumns) FROM decisions
            WHERE experiment = ?1 AND unit = ?2 AND decided_at > ?3 ORDER BY decided_at LIMIT 1
            """, values, HealthFacts.decision)
    }

    /// Whether a unit was exposed in the experiment by an earlier fact: by an action, if only those
    /// are asked for.
    func isExposed(
        before exposure: WatchedExposure, byAction: Bool
    ) throws(SQLError) -> Bool {
        let values: [SQLValue] = [
            .text(exposure.unit), .text(exposure.experiment), .integer(exposure.key),
        ]
        return try connection.exists(
            byAction
                ? """
                SELECT 1 FROM exposures WHERE unit = ?1 AND experiment = ?2 AND exposure < ?3
                  AND arm <> 'control' LIMIT 1
                """
                : """
                SELECT 1 FROM exposures WHERE unit = ?1 AND experiment = ?2 AND exposure < ?3
                LIMIT 1
                """, values)
    }

    /// Whether some exposure of a decision's unit is known, from shortly before it on.
    func isExposed(_ decision: WatchedDecision) throws(SQLError) -> Bool {
        try connection.exists(
            """
            SELECT 1 FROM exposures WHERE unit = ?1 AND exposed_at >= ?2 AND experiment = ?3
            LIMIT 1
            """,
            [
                .text(decision.unit), .integer(decision.at - HealthRules.grace),
                .text(decision.experiment),
            ])
    }

    /// Whether a decision's outcome is known.
    func isKnown(
        _ decision: WatchedDecision, outcome: String, horizon: Int64
    ) throws(SQLError) -> Bool {
        try connection.exists(
            """
            SELECT 1 FROM outcomes WHERE unit = ?1 AND name = ?2 AND observed_at >= ?3
              AND observed_at < ?4 LIMIT 1
            """,
            [
                .text(decision.unit), .text(outcome), .integer(decision.at),
                .integer(decision.at + horizon),
            ])
    }

    // MARK: - Clusters and features

    /// Hands over the cluster of each dealt decision up to a key, where it has one: experiment,
    /// cluster, arm, key. Goes through the table once.
    func clusters(
        upTo last: Int64, _ body: (SQLiteStatement) throws(SQLError) -> Void
    ) throws(SQLError) {
        try each(
            """
            SELECT experiment, cluster, arm, decision FROM decisions
            WHERE decision <= ?1 AND cluster IS NOT NULL AND reason = 'assigned'
            ORDER BY decision
            """, [.integer(last)]
        ) { row throws(SQLError) in
            try body(row)
            return true
        }
    }

    /// The same of all exposures, each as a row of ``exposure(_:)-(SQLiteStatement)``.
    func exposedClusters(
        upTo last: Int64, _ body: (SQLiteStatement) throws(SQLError) -> Void
    ) throws(SQLError) {
        try each(
            """
            SELECT \(HealthFacts.exposureColumns) FROM exposures
            WHERE exposure <= ?1 AND cluster IS NOT NULL ORDER BY exposure
            """, [.integer(last)]
        ) { row throws(SQLError) in
            try body(row)
            return true
        }
    }

    /// The features of one decision, in the order of the columns that are named.
    func features(
        _ statement: SQLiteStatement, of decision: Int64,
        _ body: (SQLiteStatement) throws(SQLError) -> Void
    ) throws(SQLError) {
        try statement.bind([.integer(decision)])
        defer { statement.reset() }
        if try statement.step() { try body(statement) }
    }

    /// Hands over the features of the dealt decisions of an experiment from one key to another, and
    /// behind them the unit.
    func reference(
        _ columns: [String], from table: String, of experiment: String, keys: ClosedRange<Int64>,
        receivedAfter time: Int64, _ body: (SQLiteStatement) throws(SQLError) -> Void
    ) throws(SQLError) {
        let names = columns.map { "f.\(name: $0)" as SQL }
        try connection.query(
            """
            SELECT \(SQL.joined(names, by: ", ")), d.unit FROM decisions AS d
            JOIN \(name: table) AS f ON f.decision = d.decision
            WHERE d.decision >= \(keys.lowerBound) AND d.decision <= \(keys.upperBound)
              AND +d.experiment = \(experiment) AND d.reason = 'assigned'
              AND d.received_at > \(time)
            ORDER BY d.decision
            """, each: body)
    }

    // MARK: - Statements

    private func each(
        _ text: String, _ values: [SQLValue],
        _ body: (SQLiteStatement) throws(SQLError) -> Bool
    ) throws(SQLError) {
        let statement = try SQLiteStatement(text, on: connection)
        try statement.bind(values)
        defer { statement.reset() }
        while try statement.step() {
            guard try body(statement) else { return }
        }
    }

    private func first<Row>(
        _ text: String, _ values: [SQLValue], _ row: (SQLiteStatement) -> Row
    ) throws(SQLError) -> Row? {
        let statement = try connection.prepared(text)
        try statement.bind(values)
        defer { statement.reset() }
        return try statement.step() ? row(statement) : nil
    }
}
