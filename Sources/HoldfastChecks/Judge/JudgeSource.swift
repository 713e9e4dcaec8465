internal import HoldfastFormats
internal import HoldfastStatistics
package import HoldfastTables

/// A table that was read to be judged on, before it is known what was predicted.
package struct JudgeSource: Sendable {
    var table: JudgeTable
    let roles: JudgeRoles
    package let source: RowSource
    /// What the label is.
    package let task: JudgeTask
    /// The places of the rows that have a label, in the table's order; of all where labels are
    /// optional.
    package let labelled: [Int]
    let labels: LabelColumn

    /// What reports call it.
    package var name: String {
        get { table.name }
        set { table.name = newValue }
    }
    /// The column of what the judged model predicted, and that of its rival.
    package var predictionColumn: String? { roles.prediction }
    package var rivalColumn: String? { roles.baseline }
    /// The names of all columns.
    package var columnNames: [String] { table.columnNames }
    package func hasColumn(_ name: String) -> Bool {
        table.columnNames.contains { sameBytes($0, name) }
    }
    /// The rows of the table.
    package var rowCount: Int { table.rowCount }

    /// Reads a table; its labels are read as those of `other` are. `progress` is called on the
    /// caller's thread.
    package static func read(
        _ input: TableInput, roles: JudgeRoles, source: RowSource, like other: JudgeSource? = nil,
        options: TableReadOptions = TableReadOptions(),
        progress: (@Sendable (TableProgress) -> Void)? = nil
    ) throws -> JudgeSource {
        let table = try JudgeTable.read(
            input, options: options, time: roles.time, isWanted: { roles.isWanted($0) },
            progress: progress)
        for name in roles.required where table.column(name) == nil {
            throw CheckError.noColumn(name, in: table.name, of: table.columnNames)
        }
        if let (name, one, other) = roles.conflict {
            throw CheckError(
                "\(table.name): column \"\(CategoryList.cut(name))\" is both \(one) and \(other)",
                hint: "name another for one of the two")
        }
        guard table.rowCount > 0 else { throw CheckError.noRows(table.name) }
        return try JudgeSource(table, roles, source, like: other)
    }

    private init(
        _ table: JudgeTable, _ roles: JudgeRoles, _ source: RowSource, like other: JudgeSource?
    ) throws {
        self.table = table
        self.roles = roles
        self.source = source
        labels = try LabelColumn(
            table.column(roles.label), prediction: roles.prediction.flatMap { table.column($0) },
            roles, rows: table.rowCount, like: other?.labels, table: table.name)
        task = labels.task
        labelled = labels.places
    }

    /// The features of some of the table's rows, those of a model or of a rival.
    package func features(of places: [Int]) -> [FeatureColumn] {
        table.columns.filter { roles.isFeature($0.name) }.map { feature($0, places) }
    }

    /// A column as numbers, or as categories where it has a text or was said to be one.
    private func feature(_ column: JudgeColumn, _ places: [Int]) -> FeatureColumn {
        let isForced = roles.categories.contains { sameBytes($0, column.name) }
        guard isForced || column.hasText else {
            return FeatureColumn(column.name, numbers: places.map { column.cells[$0].number })
        }
        let coded = coded(column, places).sorted
        return FeatureColumn(column.name, categories: coded.codes, names: coded.values)
    }

    /// A column as categories: a number is one by its value.
    private func coded(_ column: JudgeColumn, _ places: [Int]) -> CodedColumn {
        var codes = JudgeCodes(texts: column.texts)
        let found = places.map { codes.code(of: column.cells[$0]) }
        return CodedColumn(name: column.name, codes: found, values: codes.names)
    }

    /// What was predicted: by a column, or by what a model answered for each of ``labelled``.
    package enum Predictor: Sendable {
        case column(String)
        case answers([Double])
    }

    /// Rows with a label and a prediction, and what became of the others.
    package struct Judged: Sendable {
        package var rows: JudgeRows
        package var table: JudgedTable
        /// What the rival predicted for the same rows, where there is one.
        package var rival: JudgeRows.Predictions?
        /// Whether there is a label, for each row; all, but where labels are optional.
        package var hasLabel: [Bool]
        /// The places of the rows in the table.
        package var places: [Int]
    }

    /// The rows with a label and a prediction. With a rival, those alone that it predicts too.
    package func judged(by predictor: Predictor, beside rival: Predictor? = nil) throws -> Judged {
        let ours = try predictions(predictor, known: nil)
        let theirs = try rival.map { try predictions($0, known: ours.classNames) }
        let weights = try roles.weight.map { try weightColumn($0) }
        // Places within `labelled`, of rows that no model was silent about and that count.
        let kept = labelled.indices.filter { index in
            ours.isThere[index] && (theirs?.isThere[index] ?? true)
                && (weights.map { $0[labelled[index]] > 0 } ?? true)
        }
        guard !kept.isEmpty else {
            throw CheckError(
                "\(name): no row has a label and a prediction",
                hint: "\(rowCount) rows, \(labelled.count) of them with a label; check --label, "
                    + "--prediction" + (weights == nil ? "" : ", and whether all weights are 0"))
        }
        let places = kept.map { labelled[$0] }
        let rowWeights = weights.map { all in places.map { all[$0] } }
        let classes = theirs?.classNames ?? ours.classNames
        let rows = JudgeRows(
            name: name, source: source, count: kept.count,
            labels: labels.picking(kept, classes: classes), predictions: ours.picking(kept),
            weights: rowWeights, clusters: roles.cluster.flatMap { clusters($0, places) },
            folds: try roles.fold.map { try folds($0, places) },
            times: try roles.time.map { try times($0, places) },
            groups: roles.groups.compactMap { name in
                table.column(name).map { coded($0, places).sorted }
            }, features: features(of: places))
        let facts = JudgedTable(
            name: name, source: source, rows: kept.count { labels.isThere[$0] },
            withoutLabel: rowCount - labels.isThere.count { $0 },
            withoutPrediction: labelled.indices.count { !ours.isThere[$0] },
            effectiveRows: rowWeights.flatMap(Self.effectiveSize))
        return Judged(
            rows: rows, table: facts, rival: theirs?.picking(kept),
            hasLabel: kept.map { labels.isThere[$0] }, places: places)
    }

    private func predictions(_ predictor: Predictor, known: [String]?) throws -> PredictionColumn {
        switch predictor {
        case .answers(let answers):
            precondition(answers.count == labelled.count, "one answer for each row with a label")
            return try PredictionColumn(answers: answers, labels, table: name)
        case .column(let column):
            guard let found = table.column(column) else {
                preconditionFailure("the required columns were looked for")
            }
            return try PredictionColumn(found, labels, roles, table: table, known: known)
        }
    }

    /// The place of the row that a column names so, the last of several.
    package func place(of id: String, in column: String) -> Int? {
        guard let column = table.column(column) else { return nil }
        return column.cells.indices.last { row in
            column.text(row).map { sameBytes($0, id) } ?? false
        }
    }

    private static func effectiveSize(_ weights: [Double]) -> Double? {
        var summary = WeightSummary()
        for weight in weights { summary.add(weight) }
        return summary.effectiveSampleSize
    }

    private func weightColumn(_ name: String) throws -> [Double] {
        guard let column = table.column(name) else { return [] }
        return try column.cells.enumerated().map { row, cell in
            let weight = cell.number
            guard weight == 0 || weight >= 1e-100 && weight <= 1e100 else {
                throw misfit(column, row, "is no weight: 0, or from 1e-100 to 1e100", "--weight")
            }
            return weight
        }
    }

    /// Dense codes of what names a cluster or a fold; rows without a name each stand alone. `nil`
    /// where every row does.
    private func clusters(_ name: String, _ places: [Int]) -> [Int32]? {
        guard let column = table.column(name) else { return nil }
        var codes = JudgeCodes(texts: column.texts)
        let found = places.map { codes.code(of: column.cells[$0]) }
        var next = Int32(codes.names.count)
        let all = found.map { code -> Int32 in
            guard code < 0 else { return code }
            next += 1
            return next - 1
        }
        return Int(next) < places.count ? all : nil
    }

    /// The folds by their order, numbers by value: fold 0 is the first of them.
    private func folds(_ name: String, _ places: [Int]) throws -> [Int32] {
        guard let column = table.column(name) else { return [] }
        let coded = coded(column, places).sorted
        guard coded.codes.allSatisfy({ $0 >= 0 }), coded.values.count < places.count else {
            throw CheckError(
                "\(self.name): column \"\(CategoryList.cut(name))\" names no folds: "
                    + "\(coded.values.count) of them among \(places.count) rows, "
                    + "\(coded.codes.count { $0 < 0 }) without a name",
                hint: "a fold has many rows, and each row one")
        }
        return coded.codes
    }

    private func times(_ name: String, _ places: [Int]) throws -> [Int64] {
        guard let column = table.column(name) else { return [] }
        return try places.map { row in
            let moment = column.cells[row].number
            guard moment.isFinite else {
                throw misfit(column, row, "is no time: RFC 3339, a date, or seconds", "--by")
            }
            return Int64(moment)
        }
    }

    private func misfit(
        _ column: JudgeColumn, _ row: Int, _ what: String, _ option: String
    ) -> CheckError {
        CheckError(
            "\(name): row \(row + 1), column \"\(CategoryList.cut(column.name))\": "
                + "\(column.text(row).map { "\"\(CategoryList.cut($0))\"" } ?? "the cell") \(what)",
            hint: "mend the row, or leave \(option) out")
    }
}

extension CodedColumn {
    /// The same with its values in order, numbers by value: so that groups stand as one expects.
    var sorted: CodedColumn {
        let order = values.indices.sorted { LabelColumn.precedes(values[$0], values[$1]) }
        var rank = [Int32](repeating: 0, count: values.count)
        for (place, code) in order.enumerated() { rank[code] = Int32(place) }
        return CodedColumn(
            name: name, codes: codes.map { $0 < 0 ? $0 : rank[Int($0)] },
            values: order.map { values[$0] })
    }
}

/// Codes from 0 for cells, in the order in which they are met; −1 for what has no value.
struct JudgeCodes {
    private let texts: [String]
    private var ofTexts: [Int32]
    private var ofNumbers: [UInt64: Int32] = [:]
    private(set) var names: [String] = []

    init(texts: [String]) {
        self.texts = texts
        ofTexts = Array(repeating: -1, count: texts.count)
    }

    mutating func code(of cell: JudgeCell) -> Int32 {
        if let text = cell.code {
            if ofTexts[Int(text)] < 0 { ofTexts[Int(text)] = take(texts[Int(text)]) }
            return ofTexts[Int(text)]
        }
        guard !cell.isMissing else { return -1 }
        let bits = CellHash.bits(cell.number)
        if let known = ofNumbers[bits] { return known }
        let code = take(CellValue.text(of: cell.number))
        ofNumbers[bits] = code
        return code
    }

    private mutating func take(_ name: String) -> Int32 {
        names.append(name)
        return Int32(names.count - 1)
    }
}
