package import HoldfastAssignment
package import HoldfastFormats
internal import HoldfastLedger
package import HoldfastSQL

/// The assignment as one statement for an engine: the answer of `holdfast assign`, row for row.
///
///     let statement = try AssignmentStatement(
///         dealing, revision: revision, dialect: .duckdb, input: input)
///     statement.text   // -- Needs the salt: SET VARIABLE holdfast_salt = '…' …
///
/// Three levels: the buckets, the step that decides, and what it gives. The salt is no part of the
/// text: the engine is told it beside the statement.
package struct AssignmentStatement {
    private let dealing: Dealing
    private let revision: String
    private let dialect: SQLDialect
    private let input: Input
    private let rule: SQL?

    /// Where the units are.
    package struct Input {
        package var table: String
        package var unit: String
        package var cluster: String
        package var score: String
        /// The time of each row, or one for all.
        package var time: Time

        package enum Time {
            /// Microseconds since 1970-01-01T00:00:00Z.
            case column(String)
            case moment(Timestamp)
        }

        package init(
            table: String, unit: String, cluster: String, score: String, time: Time
        ) {
            self.table = table
            self.unit = unit
            self.cluster = cluster
            self.score = score
            self.time = time
        }
    }

    package init(
        _ dealing: Dealing, revision: String, dialect: SQLDialect, input: Input
    ) throws(ExportError) {
        self.dealing = dealing
        self.revision = revision
        self.dialect = dialect
        self.input = input
        if case .compatible(let rule) = dealing.arms {
            throw ExportError(
                "experiment \(dealing.experiment.name) deals as \(rule.system.rawValue) does, by a hash that engines do not have",
                "deal its units with holdfast assign, or move it to a hash of its own")
        }
        rule = dealing.experiment.eligible.map {
            RuleSQL(columns: "u", dialect: dialect).condition($0)
        }
        let texts =
            dealing.experiment.overrides.keys.map(\.text)
            + (dealing.experiment.eligible?.texts ?? [])
        guard dialect == .sqlite || !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw ExportError(
                "an override or a rule of experiment \(dealing.experiment.name) holds a NUL, which \(dialect.rawValue) has in no text",
                "deal these units with holdfast assign")
        }
    }

    /// The statement, after what it needs as comments.
    package var text: String {
        """
        -- holdfast sql assign: experiment \(dealing.experiment.name), revision \(revision)
        -- \(dialect.needs)
        \(statement.text(for: dialect))

        """
    }

    // MARK: - Levels

    private var experiment: Experiment { dealing.experiment }

    private var statement: SQL {
        """
        SELECT \(SQL.joined(ids.map { "hf_settled.\(name: $0)" }, by: ", ")),
          \(experiment.name.text) AS experiment,
          \(arm) AS arm,
          \(reason) AS reason,
          \(act) AS act,
          \(propensity) AS propensity,
          \(bucket) AS bucket,
          \(revision) AS revision
        FROM (
          SELECT hf_dealt.*,
            \(step) AS hf_step,
            \(dealtCase) AS hf_case
          FROM (
            SELECT \(SQL.joined(inner, by: ",\n      "))
            FROM \(name: input.table) AS u
          ) AS hf_dealt
        ) AS hf_settled
        """
    }

    /// The columns that the answer keeps.
    private var ids: [String] {
        var ids = [input.unit]
        if experiment.cluster != nil { ids.append(input.cluster) }
        return ids
    }

    /// The innermost level: what the row says, and a bucket for each step of chance.
    private var inner: [SQL] {
        var columns = ids.map { "u.\(name: $0)" as SQL }
        if case .column(let column) = input.time, needsTime {
            columns.append("\(dialect.moment("u.\(name: column)")) AS hf_time")
        }
        if let rule {
            columns.append("CASE WHEN \(rule) THEN 1 WHEN NOT (\(rule)) THEN 0 END AS hf_eligible")
        }
        for (index, holdout) in dealing.holdouts.enumerated() {
            columns.append(
                "\(bucket(of: unit, text: holdout.scope.text)) AS \(name: holdoutColumn(index))")
        }
        if let layer = dealing.layer {
            columns.append("\(bucket(of: unit, text: layer.text)) AS hf_layer")
        }
        if experiment.traffic < .all {
            columns.append("\(bucket(of: randomised, text: dealing.traffic.text)) AS hf_traffic")
        }
        columns.append("\(armBucket) AS hf_arm")
        if case .exploration = dealing.arms {
            columns.append("\(dialect.number("u.\(name: input.score)")) AS hf_score")
        }
        return columns
    }

    private func holdoutColumn(_ index: Int) -> String { "hf_holdout_\(index)" }

    private var unit: SQL { "u.\(name: input.unit)" }
    private var randomised: SQL {
        experiment.cluster == nil ? unit : "u.\(name: input.cluster)"
    }

    private var needsTime: Bool {
        if experiment.starts != nil || experiment.ends != nil { return true }
        switch dealing.arms {
        case .rotation, .switchback: return true
        case .shares, .exploration, .compatible: return false
        }
    }

    private func time(_ level: SQL) -> SQL {
        switch input.time {
        case .moment(let moment): SQL.value(.integer(moment.microseconds))
        case .column: "\(level).hf_time"
        }
    }

    private func bucket(of id: SQL, text scope: String) -> SQL {
        bucket(of: id, scope: SQL.value(.text(scope)))
    }

    private func bucket(of id: SQL, scope: SQL) -> SQL { SQL.bucket(scope: scope, id: id) }

    private var armBucket: SQL {
        switch dealing.arms {
        case .compatible: preconditionFailure("refused when the statement was made")
        case .shares(let scope, _, _), .rotation(_, let scope, _, _), .exploration(let scope, _):
            return bucket(of: randomised, text: scope.text)
        case .switchback(let switchback, _, _, _):
            let at: SQL =
                switch input.time {
                case .moment(let moment): SQL.value(.integer(moment.microseconds))
                case .column(let column): dialect.moment("u.\(name: column)")
                }
            let epoch = floorQuotient(at, switchback.every.microseconds)
            let scope = "arm:\(experiment.name)@"
            return bucket(of: randomised, scope: "(\(scope) || \(epoch))")
        }
    }

    // MARK: - The step that decides

    /// The steps as numbers: each has one, so that the outer level asks for a number only.
    private enum Step {
        static let refused: Int64 = 0
        static let override: Int64 = 1
        static let notStarted: Int64 = 2
        static let ended: Int64 = 3
        static let ineligible: Int64 = 4
        static let outsideSlice: Int64 = 5
        static let notEnrolled: Int64 = 6
        static let assigned: Int64 = 7
        static let firstHoldout: Int64 = 10
    }

    private var step: SQL {
        var cases: [SQL] = []
        func add(_ condition: SQL, _ step: Int64) {
            cases.append("WHEN \(condition) THEN \(step)")
        }
        let unit: SQL = "hf_dealt.\(name: input.unit)"
        add(isNoID(unit), Step.refused)
        if !experiment.overrides.isEmpty {
            let testers = experiment.overrides.keys.map(\.text).sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
            add(dialect.isAmong(unit, testers), Step.override)
        }
        let time = time("hf_dealt")
        if needsTime { add("\(time) IS NULL", Step.refused) }
        if let starts = experiment.starts {
            add("\(time) < \(starts.microseconds)", Step.notStarted)
        }
        if let ends = experiment.ends { add("\(time) >= \(ends.microseconds)", Step.ended) }
        if rule != nil {
            add("hf_dealt.hf_eligible IS NULL", Step.refused)
            add("hf_dealt.hf_eligible = 0", Step.ineligible)
        }
        for (index, holdout) in dealing.holdouts.enumerated() {
            add(
                "hf_dealt.\(name: holdoutColumn(index)) < \(Int64(holdout.share.boundary))",
                Step.firstHoldout + Int64(index))
        }
        if let slice = experiment.slice {
            add(
                "hf_dealt.hf_layer < \(Int64(slice.from.boundary)) OR hf_dealt.hf_layer >= \(Int64(slice.to.boundary))",
                Step.outsideSlice)
        }
        if experiment.cluster != nil {
            add(isNoID("hf_dealt.\(name: input.cluster)"), Step.refused)
        }
        if experiment.traffic < .all {
            add(
                "hf_dealt.hf_traffic >= \(Int64(experiment.traffic.boundary))", Step.notEnrolled)
        }
        if case .exploration = dealing.arms {
            // Missing, infinite or NaN: the difference is NULL in some engines, NaN in others.
            add(
                "CASE WHEN hf_dealt.hf_score - hf_dealt.hf_score = 0 THEN 0 ELSE 1 END = 1",
                Step.refused)
        }
        return "CASE \(SQL.joined(cases, by: " "))\n      ELSE \(Step.assigned) END"
    }

    /// Whether a text is none of an id's: 1 to 1,024 bytes.
    private func isNoID(_ id: SQL) -> SQL {
        let bytes: SQL =
            switch dialect {
            case .sqlite: "length(CAST(\(id) AS BLOB))"
            case .duckdb: "strlen(\(id))"
            case .spark, .postgresql: "octet_length(\(id))"
            }
        return "\(id) IS NULL OR \(bytes) NOT BETWEEN 1 AND \(Int64(UnitID.byteLimit))"
    }

    // MARK: - What it gives

    private func when(_ step: Int64, _ then: SQL) -> SQL {
        "WHEN hf_settled.hf_step = \(step) THEN \(then)"
    }

    private func choose(_ cases: [SQL], otherwise: SQL) -> SQL {
        cases.isEmpty ? otherwise : "CASE \(SQL.joined(cases, by: " ")) ELSE \(otherwise) END"
    }

    private var forced: SQL {
        let cases = experiment.arms.compactMap { arm -> SQL? in
            let units = experiment.overrides.filter { $0.value == arm.name }.keys.map(\.text)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            guard !units.isEmpty else { return nil }
            let isForced = dialect.isAmong("hf_settled.\(name: input.unit)", units)
            return "WHEN \(isForced) THEN \(arm.name.text)"
        }
        return "CASE \(SQL.joined(cases, by: " ")) END"
    }

    /// One of the cases of the last step: an arm with its propensity.
    private struct Case: Equatable {
        var arm: Int
        var propensity: Double
    }

    /// The cases of the last step: `hf_case` is the place of one.
    private var cases: [Case] {
        func cases(_ propensities: [Double]) -> [Case] {
            propensities.enumerated().map { Case(arm: $0, propensity: $1) }
        }
        switch dealing.arms {
        case .shares(_, _, let propensities), .switchback(_, _, _, let propensities),
            .rotation(_, _, _, let propensities):
            return cases(propensities)
        case .exploration(_, let bands): return bands.flatMap { cases($0.propensities) }
        case .compatible(let rule): return cases(rule.propensities)
        }
    }

    private func ofCase(_ value: (Case) -> SQL) -> SQL {
        let branches = cases.enumerated().map { "WHEN \(Int64($0)) THEN \(value($1))" as SQL }
        return "CASE hf_settled.hf_case \(SQL.joined(branches, by: " ")) END"
    }

    private var arm: SQL {
        var cases: [SQL] = []
        if !experiment.overrides.isEmpty { cases.append(when(Step.override, forced)) }
        cases.append(when(Step.assigned, ofCase { "\(experiment.arms[$0.arm].name.text)" }))
        return choose(cases, otherwise: "NULL")
    }

    private var act: SQL {
        var cases: [SQL] = []
        if !experiment.overrides.isEmpty {
            cases.append(when(Step.override, "(\(forced)) <> 'control'"))
        }
        cases.append(
            when(
                Step.assigned,
                ofCase { experiment.arms[$0.arm].name == .control ? "FALSE" : "TRUE" }))
        return choose(cases, otherwise: "FALSE")
    }

    private var reason: SQL {
        var words = [(Step.refused, "refused")]
        if !experiment.overrides.isEmpty { words.append((Step.override, Reason.override.word)) }
        if experiment.starts != nil { words.append((Step.notStarted, Reason.notStarted.word)) }
        if experiment.ends != nil { words.append((Step.ended, Reason.ended.word)) }
        if rule != nil { words.append((Step.ineligible, Reason.ineligible.word)) }
        for (index, holdout) in dealing.holdouts.enumerated() {
            words.append((Step.firstHoldout + Int64(index), Reason.holdout(holdout.name).word))
        }
        if dealing.layer != nil { words.append((Step.outsideSlice, Reason.outsideSlice.word)) }
        if experiment.traffic < .all {
            words.append((Step.notEnrolled, Reason.notEnrolled.word))
        }
        return choose(
            words.map { when($0, SQL.value(.text($1))) },
            otherwise: SQL.value(.text(Reason.assigned.word)))
    }

    private var propensity: SQL {
        var cases = [when(Step.refused, "NULL")]
        for (index, holdout) in dealing.holdouts.enumerated() {
            cases.append(when(Step.firstHoldout + Int64(index), "\(holdout.share.fraction)"))
        }
        if let slice = experiment.slice {
            cases.append(when(Step.outsideSlice, "\(slice.outside.fraction)"))
        }
        if experiment.traffic < .all {
            cases.append(when(Step.notEnrolled, "\(experiment.traffic.rest.fraction)"))
        }
        cases.append(when(Step.assigned, ofCase { "\($0.propensity)" }))
        return choose(cases, otherwise: "\(1.0)")
    }

    private var bucket: SQL {
        var cases = dealing.holdouts.indices.map { index in
            when(Step.firstHoldout + Int64(index), "hf_settled.\(name: holdoutColumn(index))")
        }
        if dealing.layer != nil { cases.append(when(Step.outsideSlice, "hf_settled.hf_layer")) }
        if experiment.traffic < .all {
            cases.append(when(Step.notEnrolled, "hf_settled.hf_traffic"))
        }
        cases.append(when(Step.assigned, "hf_settled.hf_arm"))
        return choose(cases, otherwise: "NULL")
    }

    /// The place of the case that the last step gives.
    private var dealtCase: SQL {
        /// `first` is the place of the first arm's case.
        func ranges(_ ranges: [ArmRange], of bucket: SQL, first: Int = 0) -> SQL {
            let cases = ranges.map { range -> SQL in
                "WHEN \(bucket) < \(Int64(range.to)) THEN \(Int64(first + range.arm))"
            }
            return "CASE \(SQL.joined(cases, by: " ")) END"
        }
        switch dealing.arms {
        case .compatible(let rule): return ranges(rule.ranges, of: "hf_dealt.hf_arm")
        case .shares(_, let arms, _), .switchback(_, _, let arms, _):
            return ranges(arms, of: "hf_dealt.hf_arm")
        case .rotation(let rotation, _, let rest, _):
            let position = RotationSQL(
                rotation: rotation, bucket: "hf_dealt.hf_arm", time: time("hf_dealt"))
            let control = experiment.controlIndex
            let others = ranges(rest, of: position.rest)
            return """
                CASE WHEN \(position.place) < \(Int64(rotation.stay)) THEN \(Int64(control)) ELSE \(others) END
                """
        case .exploration(_, let bands):
            return byBand(bands, score: "hf_dealt.hf_score") { index, band in
                ranges(band.ranges, of: "hf_dealt.hf_arm", first: index * experiment.arms.count)
            }
        }
    }
}

extension SQLDialect {
    /// Whether a text is one of some, by its bytes, whatever the column's collation: a column
    /// without case would take one unit for another.
    func isAmong(_ column: SQL, _ texts: [String], not: Bool = false) -> SQL {
        let list = texts.map { SQL.value(.text($0)) }
        let word: SQL = not ? "NOT IN" : "IN"
        switch self {
        // An expression has no collation of its own.
        case .sqlite: return "(\(column) || '') \(word) (\(SQL.joined(list, by: ", ")))"
        case .duckdb:
            let bytes = list.map { "encode(\($0))" as SQL }
            return "encode(\(column)) \(word) (\(SQL.joined(bytes, by: ", ")))"
        case .postgresql: return "\(column) COLLATE \"C\" \(word) (\(SQL.joined(list, by: ", ")))"
        case .spark: return "\(column) \(word) (\(SQL.joined(list, by: ", ")))"
        }
    }

    /// What the statement needs of the engine, in one line.
    fileprivate var needs: String {
        switch self {
        case .sqlite:
            "Needs a function holdfast_bucket(scope, id): the first 13 hexadecimal digits of SHA-256 over salt/scope/id, as an integer."
        case .duckdb: "Needs the salt: SET VARIABLE holdfast_salt = '…';"
        case .spark:
            "Needs the salt (Spark 4.0 and later): DECLARE VARIABLE holdfast_salt STRING DEFAULT '…';"
        case .postgresql: "Needs the salt (PostgreSQL 11 and later): SET holdfast.salt = '…';"
        }
    }
}
