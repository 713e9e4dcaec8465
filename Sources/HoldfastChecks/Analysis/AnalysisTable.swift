internal import HoldfastFormats
internal import HoldfastStatistics
package import HoldfastTables

/// What a table's columns are, for an analysis.
package struct AnalysisRoles: Sendable, Equatable {
    /// The arm that a row was dealt, and which of its values is control.
    package var arm: String
    package var control: String
    package var metrics: [MetricRequest]
    /// Rows of one value are of one unit, and become one row.
    package var unit: String?
    package var cluster: String?
    /// A number that was known before the start.
    package var covariate: String?
    /// Whether the treatment reached the row.
    package var exposed: String?
    /// When the row was dealt; of several rows of a unit, when each was seen.
    package var time: String?
    /// The inverse of the chance of the row's arm.
    package var weight: String?
    package var subgroups: [String] = []
    /// What share each arm was to have, in any one unit; `nil` where that is not known.
    package var shares: [(arm: String, share: Double)]?

    package init(arm: String, control: String, metrics: [MetricRequest]) {
        self.arm = arm
        self.control = control
        self.metrics = metrics
    }

    /// The columns whose cells are names, whatever they look like.
    var ids: [String] { [arm, unit, cluster].compactMap(\.self) }

    /// Every column that is read, each once.
    var columns: [String] {
        var names: [String] = []
        let all: [String?] =
            [arm, unit, cluster, covariate, exposed, time, weight]
            + metrics.flatMap { [$0.name, $0.denominator] } + subgroups
        for name in all.compactMap({ $0 }) where !names.contains(where: { sameBytes($0, name) }) {
            names.append(name)
        }
        return names
    }

    package static func == (one: AnalysisRoles, other: AnalysisRoles) -> Bool {
        one.arm == other.arm && one.control == other.control && one.metrics == other.metrics
            && one.unit == other.unit && one.cluster == other.cluster
            && one.covariate == other.covariate && one.exposed == other.exposed
            && one.time == other.time && one.weight == other.weight
            && one.subgroups == other.subgroups
            && (one.shares ?? []).elementsEqual(other.shares ?? [], by: ==)
    }
}

/// A table's rows, ready to be analysed.
package struct AnalysedTable: Sendable {
    package var rows: AnalysisRows
    /// `nil` where no shares were said.
    package var dealing: AnalysisDealing?
    package var flow: [FlowBox]
    package var rowMeaning: String
    package var notes: [String]

    /// Reads a table. Throws `CheckError` or `TableError` that name the place and the remedy.
    package static func read(
        _ input: TableInput, roles: AnalysisRoles,
        options: TableReadOptions = TableReadOptions(),
        progress: (@Sendable (TableProgress) -> Void)? = nil
    ) throws -> AnalysedTable {
        let wanted = roles.columns
        let ids = roles.ids
        let table = try JudgeTable.read(
            input, options: options, time: roles.time,
            isID: { name in ids.contains { sameBytes($0, name) } },
            isWanted: { name in wanted.contains { sameBytes($0, name) } }, progress: progress)
        for name in wanted where table.column(name) == nil {
            throw CheckError.noColumn(name, in: table.name, of: table.columnNames)
        }
        guard table.rowCount > 0 else { throw CheckError.noRows(table.name) }
        return try AnalysisTableReader(table: table, roles: roles).read()
    }
}

/// Makes rows of an analysis out of a table in memory.
struct AnalysisTableReader {
    let table: JudgeTable
    let roles: AnalysisRoles

    func read() throws -> AnalysedTable {
        let (arms, armOfRow) = try arms()
        let times = roles.time.flatMap { table.column($0) }.map { $0.cells.map(\.number) }
        if let times, times.allSatisfy(\.isNaN) {
            throw CheckError(
                "\(table.name): no cell of \"\(roles.time ?? "")\" is a time",
                hint: "write times as 2026-01-01T00:00:00Z, as dates, or as seconds since 1970")
        }
        var order = armOfRow.indices.filter { armOfRow[$0] >= 0 }
        if let times {
            // What has no time comes last, and all else in the table's order where times tie.
            func key(_ row: Int) -> Double { times[row].isNaN ? .infinity : times[row] }
            order.sort { (key($0), $0) < (key($1), $1) }
        }
        let units = AnalysisUnits(
            order: order, unit: roles.unit.map { codes($0).codes }, arm: armOfRow, times: times)
        guard let control = arms.firstIndex(where: { sameBytes($0, roles.control) }) else {
            preconditionFailure("control is one of the arms")
        }
        var rows = AnalysisRows(arms: arms, control: control, arm: units.arm)
        rows.times = times.map { times in units.first.map { times[$0] } }
        rows.clusters = roles.cluster.map { name in
            let codes = codes(name).codes
            return units.first.map { codes[$0] }
        }
        if let clusters = rows.clusters, let row = clusters.firstIndex(of: -1) {
            throw CheckError(
                "\(table.name): row \(units.first[row] + 1) has no cluster",
                hint: "fill the column \"\(roles.cluster ?? "")\", or leave the row out")
        }
        rows.weights = try roles.weight.map { try weights($0, units) }
        rows.exposed = try roles.exposed.map { name in
            let exposed = try flags(name, units)
            return arms.map { _ in exposed }
        }
        let covariate = try roles.covariate.map { name in
            (name: name, values: try numbers(name).picked(units.first))
        }
        rows.metrics = try roles.metrics.map { try column($0, units, covariate) }
        if let twice = AnalysisColumn.twice(rows.metrics) {
            throw CheckError(
                "\(table.name): \(twice.request.title) by its \(twice.kind.word) is asked for twice",
                hint: "each comparison counts in the correction: leave one of them out")
        }
        rows.subgroups = roles.subgroups.map { subgroup($0, units) }
        let clusters = AnalysisClusters(rows)
        return AnalysedTable(
            rows: rows, dealing: try dealing(rows, clusters), flow: flow(units, rows),
            rowMeaning: rowMeaning(rows.metrics), notes: notes(units, clusters))
    }

    private func rowMeaning(_ metrics: [AnalysisColumn]) -> String {
        let what = roles.unit.map { "a row is one value of \($0)\(gathered(metrics))" }
        return (what ?? "a row is one of the table")
            + (roles.cluster.map { "; rows of one \($0) are a cluster" } ?? "")
    }

    /// What became of a unit's rows, metric by metric: of a proportion whether any was 1, of all
    /// else their sum.
    private func gathered(_ metrics: [AnalysisColumn]) -> String {
        let shares = metrics.filter { $0.kind == .proportion }.map(\.request.title)
        let any = "has a 1 where any of its rows has one"
        if shares.isEmpty { return ", whose rows are added up" }
        if shares.count == metrics.count { return ", which \(any)" }
        return ", whose rows are added up, but for \(shares.joined(separator: ", ")), of which it "
            + any
    }

    // MARK: - Columns

    private func codes(_ name: String) -> (codes: [Int32], names: [String]) {
        guard let column = table.column(name) else {
            preconditionFailure("every column that is named was read")
        }
        var codes = JudgeCodes(texts: column.texts)
        return (column.cells.map { codes.code(of: $0) }, codes.names)
    }

    /// The arms in the order of reports: control, then the others by their names; and each row's.
    private func arms() throws -> (arms: [String], ofRow: [Int32]) {
        let (codes, found) = codes(roles.arm)
        var names = found
        for (arm, _) in roles.shares ?? [] where !names.contains(where: { sameBytes($0, arm) }) {
            names.append(arm)
        }
        guard found.contains(where: { sameBytes($0, roles.control) }) else {
            let some = found.prefix(10).map { "\"\(CategoryList.cut($0))\"" }
            throw CheckError(
                "\(table.name): no row of \"\(roles.arm)\" is \"\(CategoryList.cut(roles.control))\"",
                hint: "--control is one of \(some.joined(separator: ", "))")
        }
        guard names.count <= AnalysisRows.armLimit else {
            throw CheckError(
                "\(table.name): \"\(roles.arm)\" has \(names.count) values, at most "
                    + "\(AnalysisRows.armLimit) arms are compared",
                hint: "is it the column of arms?")
        }
        guard names.count > 1 else {
            throw CheckError(
                "\(table.name): every row of \"\(roles.arm)\" is \"\(CategoryList.cut(names[0]))\"",
                hint: "an effect is a difference between arms: give rows of another")
        }
        let others = names.filter { !sameBytes($0, roles.control) }
            .sorted { LabelColumn.precedes($0, $1) }
        let arms = [roles.control] + others
        let places = found.map { name in
            Int32(arms.firstIndex { sameBytes($0, name) } ?? 0)
        }
        return (arms, codes.map { $0 < 0 ? -1 : places[Int($0)] })
    }

    /// Words for yes and no beside 1 and 0.
    private static let words: [String: Double] = [
        "true": 1, "false": 0, "yes": 1, "no": 0, "t": 1, "f": 0, "y": 1, "n": 0,
    ]

    /// A column as numbers, NaN where a cell is missing; true and yes are 1.
    private func numbers(_ name: String) throws -> [Double] {
        guard let column = table.column(name) else {
            preconditionFailure("every column that is named was read")
        }
        // An id that is a number too may stand as a text.
        let isID = roles.ids.contains { sameBytes($0, name) }
        let ofTexts = column.texts.map {
            Self.words[$0.lowercased()] ?? (isID ? Double($0) : nil)
        }
        return try column.cells.enumerated().map { row, cell in
            let number = cell.code.map { ofTexts[Int($0)] ?? .infinity } ?? cell.number
            guard !number.isInfinite else {
                throw CheckError(
                    "\(table.name): row \(row + 1): \"\(name)\" is "
                        + "\"\(CategoryList.cut(column.text(row) ?? ""))\", which is no number",
                    hint: "correct it, or leave the cell empty")
            }
            return number
        }
    }

    private func weights(_ name: String, _ units: AnalysisUnits) throws -> [Double] {
        let weights = try numbers(name)
        return try units.first.map { row in
            guard weights[row] > 0 else {
                throw CheckError(
                    "\(table.name): row \(row + 1): the weight is not above 0",
                    hint: "a weight is 1 over the chance of the row's arm")
            }
            return weights[row]
        }
    }

    private func flags(_ name: String, _ units: AnalysisUnits) throws -> [Bool] {
        let values = try numbers(name)
        for (row, value) in values.enumerated() where !(value == 0 || value == 1 || value.isNaN) {
            throw CheckError(
                "\(table.name): row \(row + 1): \"\(name)\" is neither yes nor no",
                hint: "write 1 where the treatment reached the row, else 0")
        }
        // A unit was reached where any of its rows says so.
        var reached = [Bool](repeating: false, count: units.count)
        units.each { unit, row in reached[unit] = reached[unit] || values[row] == 1 }
        return reached
    }

    private func subgroup(_ name: String, _ units: AnalysisUnits) -> SubgroupColumn {
        guard let column = table.column(name) else {
            preconditionFailure("every column that is named was read")
        }
        guard column.hasText else {
            return SubgroupColumn(name: name, numbers: units.first.map { column.cells[$0].number })
        }
        let (codes, names) = codes(name)
        return SubgroupColumn(
            name: name, sorting: units.first.map { codes[$0] }, texts: names)
    }

    // MARK: - Metrics

    private func column(
        _ metric: MetricRequest, _ units: AnalysisUnits,
        _ covariate: (name: String, values: [Double])?
    ) throws -> AnalysisColumn {
        let values = try numbers(metric.name)
        let isBinary =
            values.contains { !$0.isNaN }
            && values.allSatisfy { $0.isNaN || $0 == 0 || $0 == 1 }
        let kind = metric.kind ?? (isBinary ? .proportion : .mean)
        if kind == .proportion, !isBinary,
            let row = values.firstIndex(where: { !($0.isNaN || $0 == 0 || $0 == 1) })
        {
            throw CheckError(
                "\(table.name): row \(row + 1): \"\(metric.name)\" is neither 0 nor 1",
                hint: "a proportion is of yes and no: ask for \(metric.name):mean")
        }
        var column = AnalysisColumn(
            metric, kind: kind,
            values: kind == .proportion ? units.any(values) : try sums(values, metric.name, units))
        column.denominators = try metric.denominator.map { name in
            try sums(try numbers(name), name, units)
        }
        column.covariate = covariate
        // What a week adds to whether any was 1 is no share of rows.
        if kind == .mean { column.weekly = units.weekly(values) }
        return column
    }

    private func sums(
        _ values: [Double], _ name: String, _ units: AnalysisUnits
    ) throws -> [Double] {
        let sums = units.sums(values)
        guard let unit = sums.firstIndex(where: \.isInfinite) else { return sums }
        throw CheckError(
            "\(table.name): \"\(name)\" of the unit of row \(units.first[unit] + 1) adds up to more "
                + "than a double holds",
            hint: "divide the column by a constant")
    }

    // MARK: - What was dealt

    private func dealing(
        _ rows: AnalysisRows, _ clusters: AnalysisClusters?
    ) throws -> AnalysisDealing? {
        guard let shares = roles.shares else { return nil }
        let planned = rows.arms.map { arm in
            shares.first { sameBytes($0.arm, arm) }?.share ?? 0
        }
        let whole = planned.reduce(0, +)
        guard whole > 0, whole.isFinite, planned.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw CheckError(
                "the shares of arms do not add up to anything",
                hint: "write control=5%,treatment=95%")
        }
        let isByCluster = clusters?.isDealt ?? false
        let dealt = isByCluster ? clusters?.arms ?? [] : rows.arm
        return AnalysisDealing(
            what: isByCluster ? "clusters" : roles.unit == nil ? "rows" : "units",
            strata: [planned.map { $0 / whole }], dealt: dealt.map { (arm: $0, stratum: 0) })
    }

    private func flow(_ units: AnalysisUnits, _ rows: AnalysisRows) -> [FlowBox] {
        let withoutArm = table.rowCount - units.rowCount
        return [
            FlowBox("rows", "rows of the table", table.rowCount),
            FlowBox("no_arm", "without an arm", withoutArm),
        ]
            + (units.withoutUnit > 0
                ? [FlowBox("no_unit", "without a unit", units.withoutUnit)] : [])
            + (roles.unit == nil
                ? [] : [FlowBox("later", "more rows of a unit", units.laterRows)])
            + [FlowBox("analysed", "analysed", rows.count)]
    }

    private static func have(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun) has" : "\(count) \(noun)s have"
    }

    private func notes(_ units: AnalysisUnits, _ clusters: AnalysisClusters?) -> [String] {
        var notes: [String] = []
        if roles.shares == nil {
            notes.append(
                "Whether arms received their shares is not known: say what was planned, as --shares "
                    + "control=5%,treatment=95%.")
        }
        if let clusters, clusters.several > 0 {
            notes.append(
                Self.have(clusters.several, "cluster") + " rows in several arms: "
                    + (clusters.isDealt
                        ? "as most have not, it is taken that clusters were dealt as one, each in the "
                            + "arm of most of its rows. Look at how the others came about."
                        : "it is taken that rows were dealt within clusters, and not clusters as one.")
            )
        }
        if units.moved > 0 {
            notes.append(
                Self.have(units.moved, "unit")
                    + " rows in several arms; each is in the arm of its first row.")
        }
        return notes
    }
}

extension [Double] {
    fileprivate func picked(_ places: [Int]) -> [Double] { places.map { self[$0] } }
}
