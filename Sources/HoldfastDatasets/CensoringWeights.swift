internal import HoldfastSQL
internal import HoldfastStatistics

/// Weights that make up for what was excluded after the assignment: each kept row stands for those
/// like it that were lost, 1 by its probability to have been kept.
///
/// The probability is a logistic regression's on the declared features and the score, over the rows
/// that only later events could exclude. It makes up for what those features explain, and for
/// nothing else: rows lost for what nobody logged are lost.
///
/// J. M. Robins and D. M. Finkelstein (2000), "Correcting for noncompliance and dependent censoring
/// in an AIDS clinical trial with inverse probability of censoring weighted (IPCW) log-rank tests".
struct CensoringWeights {
    let stage: ExportStage

    /// No row stands for more than so many: what is beyond is cut off, and its share reported.
    static let largest = 20.0
    /// Keeps a coefficient finite where a feature tells kept from lost rows wholly apart; beside
    /// thousands of rows it is nothing.
    private static let ridge = 0.001
    /// The most terms: a step takes the cube of their number.
    private static let termLimit = 500
    /// The most categories of a feature that get a coefficient of their own.
    private static let categoryLimit = 20

    /// One term of the regression.
    private enum Term {
        case number(column: Int, mean: Double, spread: Double)
        case missing(column: Int)
        case category(column: Int, [UInt8])

        func value(_ row: SQLiteStatement) -> Double {
            switch self {
            case .number(let column, let mean, let spread):
                return row.isNull(column) ? 0 : (row.real(column) - mean) / spread
            case .missing(let column): return row.isNull(column) ? 1 : 0
            case .category(let column, let name):
                guard !row.isNull(column) else { return 0 }
                return row.withText(column) { bytes in
                    bytes.map { $0.elementsEqual(name) } == true ? 1 : 0
                }
            }
        }
    }

    /// Makes `hf_kept` of `hf_clean`, and gives the share of all weight that was cut off.
    func apply() throws -> Double {
        let columns = stage.knownColumns
        guard !columns.isEmpty else {
            throw ExportError(
                "there are no features and no scores by which to weight for what was excluded",
                "declare features in the catalog, or give --features")
        }
        // A file of SQLite's that nobody else sees, and that goes with its connection.
        let design = try SQLiteConnection(path: "", mode: .create)
        design.stopWhenCancelled()
        try copy(columns, into: design)
        let terms = try terms(columns, design)
        guard terms.count <= CensoringWeights.termLimit else {
            throw ExportError(
                "the regression of what was excluded would have \(terms.count) terms",
                "at most \(CensoringWeights.termLimit) are possible: declare fewer features or categories"
            )
        }
        var features = [Double](repeating: 0, count: terms.count)
        let model = try LogisticRegression.fit(
            featureCount: terms.count, ridge: CensoringWeights.ridge
        ) { add in
            try design.query(CensoringWeights.rows) { row throws(SQLError) in
                for (index, term) in terms.enumerated() { features[index] = term.value(row) }
                features.withUnsafeBufferPointer { add($0, row.integer(1) == 1 ? 1 : 0, 1) }
            }
        }
        // Where all are kept, or none is, there is nothing to make up for, or nobody to do it.
        let kinds = try design.value("SELECT COUNT(DISTINCT is_kept) FROM hf_design")
        guard model != nil || kinds != .integer(2) else {
            throw ExportError(
                "no regression of what was excluded could be fitted",
                "leave out --censoring-weights, or declare features that say less alike")
        }
        var (before, after) = (0.0, 0.0)
        let factors = SQLTable(
            "hf_factors", key: ["decision"],
            [.required("decision", .integer), .required("factor", .real)])
        try stage.engine.load(factors) { load in
            guard let model else { return }
            let rows = try design.statement(CensoringWeights.rows)
            while try rows.step() {
                guard rows.integer(1) == 1 else { continue }
                for (index, term) in terms.enumerated() { features[index] = term.value(rows) }
                let weight = 1 / features.withUnsafeBufferPointer { model.probability($0) }
                let cut = min(weight, CensoringWeights.largest)
                before += weight
                after += cut
                try load([.integer(rows.integer(0)), .real(cut)])
            }
        }
        try stage.engine.view(
            "hf_kept",
            as: """
                SELECT k.decision, k.part, k.reasons,
                  CASE WHEN w.decision IS NULL THEN k.weight ELSE k.weight * w.factor END AS weight
                FROM hf_clean AS k LEFT JOIN hf_factors AS w ON w.decision = k.decision
                """)
        return before > 0 ? (before - after) / before : 0
    }

    /// In the order in which they were read: a rowid is no row's name.
    private static let rows: SQL = "SELECT * FROM hf_design ORDER BY place"

    /// Rows that only later events could exclude, in an order that does not depend on that of
    /// arrival. The regression reads them again and again: here, whatever the engine.
    private func copy(_ columns: [ExportColumn], into design: SQLiteConnection) throws {
        let table = SQLTable(
            "hf_design", key: ["place"],
            [
                .required("decision", .integer), .required("is_kept", .integer),
                .required("place", .integer),
            ]
                + columns.indices.map {
                    .optional("c\($0)", columns[$0].type == .text ? .text : .real)
                })
        try design.load(table) { load in
            var place: Int64 = 0
            try stage.engine.stream(
                """
                SELECT x.decision, CASE WHEN x.box % \(RowBox.reasons) = 0 THEN 1 ELSE 0 END,
                  \(SQL.joined(columns.map(\.sql), by: ", "))
                FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
                \(stage.plan.featureJoin)
                WHERE x.box % 8 = 0 AND \(ControlBalance.isLostOrKept)
                ORDER BY d.decided_at, d.id
                """
            ) { row in
                place += 1
                var values: [SQLValue] = [
                    .integer(row.integer(0)), .integer(row.integer(1)), .integer(place),
                ]
                for (index, column) in columns.enumerated() {
                    let place = index + 2
                    values.append(
                        row.isNull(place)
                            ? .null
                            : column.type == .text
                                ? SQLValue(row.text(place)) : .real(row.real(place)))
                }
                try load(values)
            }
        }
    }

    private func terms(
        _ columns: [ExportColumn], _ design: SQLiteConnection
    ) throws(SQLError) -> [Term] {
        var numbers = Array(repeating: WeightedNumberSummary(), count: columns.count)
        var texts = Array(repeating: CategorySummary(), count: columns.count)
        try design.query(CensoringWeights.rows) { row throws(SQLError) in
            for (index, column) in columns.enumerated() {
                let place = index + 3
                if row.isNull(place) {
                    numbers[index].addMissing()
                } else if column.type != .text {
                    numbers[index].add(row.real(place))
                } else if texts[index].categories <= FeatureValues.categoryLimit {
                    row.withBytes(place) { texts[index].add(bytes: $0) }
                }
            }
        }
        // A text with more values names rows, and explains nothing.
        for index in texts.indices where texts[index].categories > FeatureValues.categoryLimit {
            texts[index] = CategorySummary()
        }
        return columns.indices.flatMap { index -> [Term] in
            let place = index + 3
            var terms: [Term] = []
            if let mean = numbers[index].mean, let variance = numbers[index].variance,
                variance > 0
            {
                terms.append(.number(column: place, mean: mean, spread: variance.squareRoot()))
            }
            // Of all categories one is what the others are compared with.
            terms += texts[index].ranked.dropFirst().prefix(CensoringWeights.categoryLimit).map {
                .category(column: place, $0.category)
            }
            let isMissing = numbers[index].absent.count
            if isMissing > 0, numbers[index].weights.count + texts[index].count > 0 {
                terms.append(.missing(column: place))
            }
            return terms
        }
    }
}
