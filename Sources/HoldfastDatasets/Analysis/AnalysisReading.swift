internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastStatistics

/// Reads rows and what happened to them, each statement once and in the rows' order.
struct AnalysisReading {
    let plan: AnalysisPlan
    let facts: any FactStore
    let progress: (String) -> Void

    private var engine: any SQLEngine { facts.engine }
    private var name: Name { plan.experiment.name }

    func read() throws -> AnalysedFacts {
        progress("\(name): finding rows")
        try engine.store(plan.statements.testers, as: AnalysisStatements.testersTable)
        try engine.store(plan.statements.rows, as: AnalysisStatements.rowsTable)
        progress("\(name): reading rows")
        var found = try units()
        // Of all rows: what leaked lies where nobody is compared.
        let dealing = dealing(found)
        let leftOut = leaveOut(&found)
        progress("\(name): counting decisions")
        let flow = try flow(leftOut: leftOut)
        var rows = AnalysisRows(
            arms: plan.experiment.arms.map(\.name.text),
            control: plan.experiment.controlIndex, arm: found.arm)
        rows.times = found.times.map(Double.init)
        if isClustered { rows.clusters = found.clusters }
        rows.weights = try weights(found)
        var read: [String: Sums] = [:]
        rows.metrics = try plan.metrics.map { try column($0, found, &read) }
        if let twice = AnalysisColumn.twice(rows.metrics) {
            throw AnalysisError(
                "\(twice.request.title) by its \(twice.kind.word) is asked for twice",
                "each comparison counts in the correction: leave one of them out")
        }
        rows.subgroups = try subgroups(found)
        if plan.request.isByExposure { rows.exposed = try exposed(found) }
        return AnalysedFacts(
            rows: rows, dealing: dealing, flow: flow, rowMeaning: plan.rowMeaning,
            notes: notes(rows, leftOut: leftOut))
    }

    private var isClustered: Bool {
        if case .switchback = plan.experiment.method { return true }
        return plan.experiment.cluster != nil
    }

    private func notes(_ rows: AnalysisRows, leftOut: Int) -> [String] {
        var notes = [
            "Outcomes count within \(plan.horizon) of the decision; read as of \(plan.request.asOf)."
        ]
        if case .switchback = plan.experiment.method {
            let cluster = plan.experiment.cluster ?? plan.experiment.unit
            notes.append(
                "Blocks of one \(cluster) are not independent: each \(cluster) is a cluster, and "
                    + "not each block, so that it takes many of them.")
        }
        if leftOut > 0 {
            notes.append(
                "Rows of scores at which an arm has no share are left out: nobody is there to be "
                    + "compared with them. The effect is that at the other scores.")
        }
        if rows.weights != nil {
            notes.append(
                "Chances differ within an arm: rows are weighted by 1 over the chance of their arm."
            )
        }
        return notes
    }

    // MARK: - The flow

    private func flow(leftOut: Int) throws -> [FlowBox] {
        var all = 0
        var notRandomised: [(name: String, count: Int)] = []
        var (otherRevision, testers, burnIn, dealt, withheld) = (0, 0, 0, 0, 0)
        try engine.read(plan.statements.counts) { row throws(SQLError) in
            let (reason, count) = (row.text(0) ?? "", Int(row.integer(4)))
            all += count
            if reason != "assigned" && reason != "holdout" {
                notRandomised.append((reason, count))
            } else if row.integer(1) == 0 {
                otherRevision += count
            } else if row.integer(2) == 1 {
                testers += count
            } else if row.integer(3) == 1 {
                burnIn += count
            } else if reason == "assigned" {
                dealt += count
            } else {
                withheld += count
            }
        }
        var rows = (dealt: 0, ripe: 0, withheld: 0, withheldRipe: 0)
        try engine.read(plan.statements.ripeness) { row throws(SQLError) in
            let (isRipe, count) = (row.integer(1) == 1, Int(row.integer(2)))
            if row.text(0) == "assigned" {
                rows.dealt += count
                rows.ripe += isRipe ? count : 0
            } else {
                rows.withheld += count
                rows.withheldRipe += isRipe ? count : 0
            }
        }
        let merged = Dictionary(notRandomised.map { ($0.name, $0.count) }, uniquingKeysWith: +)
            .sorted { $0.key < $1.key }.map { (name: $0.key, count: $0.value) }
        let boxes = [
            FlowBox(
                "not_randomised", "not randomised", merged.reduce(0) { $0 + $1.count },
                parts: merged),
            FlowBox("held_out", "held out", withheld),
            FlowBox("other_revision", "of a revision that deals otherwise", otherRevision),
            FlowBox("testers", "of testers", testers),
            FlowBox("burn_in", "in burn-in", burnIn),
            FlowBox("later", "later decisions of a row", dealt - rows.dealt),
            FlowBox("not_ripe", "not ripe", rows.dealt - rows.ripe),
            FlowBox("no_overlap", "of scores at which an arm has no share", leftOut),
            FlowBox("analysed", "analysed", rows.ripe - leftOut),
        ]
        precondition(boxes.reduce(0) { $0 + $1.count } == all, "a decision is in one box")
        return [FlowBox("decisions", "decisions", all)]
            + boxes.filter { $0.count > 0 || $0.name == "analysed" || $0.name == "not_ripe" }
    }

    // MARK: - Rows

    /// The ripe rows, column by column.
    private struct Units {
        var decision: [Int64] = []
        var times: [Int64] = []
        var arm: [Int32] = []
        var clusters: [Int32] = []
        var propensity: [Double] = []
        var score: [Double] = []
        /// The features that were asked for: numbers, or texts by their codes.
        var numbers: [[Double]] = []
        var codes: [[Int32]] = []
        var texts: [[String]] = []
        var count: Int { decision.count }
    }

    private func units() throws -> Units {
        var units = Units()
        units.numbers = plan.features.map { _ in [] }
        units.codes = plan.features.map { _ in [] }
        var known = plan.features.map { _ in CodedTexts() }
        var clusters = CodedTexts()
        let arms = Dictionary(
            uniqueKeysWithValues: plan.experiment.arms.enumerated().map { ($1.name.text, $0) })
        let join: SQL = plan.logged?.join ?? ""
        let query = plan.statements.ripe(plan.features.map(\.sql), join: join)
        let (isClustered, limit) = (isClustered, AnalysisRows.rowLimit)
        try engine.stream(query) { row in
            guard units.count < limit else {
                throw AnalysisError(
                    "\(name) has more than \(limit) rows",
                    "they are analysed in memory: analyse a part, by an earlier --as-of")
            }
            let arm = row.text(2) == "holdout" ? nil : row.text(3).flatMap { arms[$0] }
            guard arm != nil || row.text(2) == "holdout" else { return }
            units.decision.append(row.integer(0))
            units.times.append(row.integer(1))
            units.arm.append(arm.map(Int32.init) ?? AnalysisRows.heldOut)
            units.clusters.append(isClustered ? clusters.code(of: row.text(4) ?? "") : 0)
            units.propensity.append(row.real(5))
            units.score.append(row.isNull(6) ? .nan : row.real(6))
            for (place, feature) in plan.features.enumerated() {
                let column = 7 + place
                if feature.isText {
                    units.codes[place].append(
                        row.text(column).map { known[place].code(of: $0) } ?? -1)
                } else {
                    units.numbers[place].append(row.isNull(column) ? .nan : row.real(column))
                }
            }
        }
        units.texts = known.map(\.texts)
        return units
    }

    /// 1 over the chance of each row's arm, where that differs within an arm.
    private func weights(_ units: Units) throws -> [Double]? {
        var first: [Int32: Double] = [:]
        var differs = false
        for (arm, propensity) in zip(units.arm, units.propensity) where arm >= 0 {
            differs = differs || propensity != first[arm, default: propensity]
            first[arm] = first[arm] ?? propensity
        }
        guard differs else { return nil }
        return try zip(units.arm, units.propensity).map { arm, propensity in
            guard arm >= 0 else { return 1 }
            guard propensity > 0 else {
                throw AnalysisError(
                    "a decision of \(name) has a propensity of 0",
                    "it stands for nobody knows how many: run holdfast verify on the ledger")
            }
            return 1 / propensity
        }
    }

    /// Takes out rows of strata in which an arm has no share, and answers how many of them were
    /// dealt: arms would hold unlike scores, and no weight mends that (positivity; P. R. Rosenbaum
    /// and D. B. Rubin, "The central role of the propensity score in observational studies for
    /// causal effects", 1983).
    private func leaveOut(_ units: inout Units) -> Int {
        let strata = plan.ratio.strata
        let arms = plan.experiment.arms.indices.filter { arm in strata.contains { $0[arm] > 0 } }
        let isCompared = strata.map { shares in arms.allSatisfy { shares[$0] > 0 } }
        var count = 0
        for row in units.arm.indices where !isCompared[Int(stratum(units.score[row]))] {
            count += units.arm[row] == AnalysisRows.heldOut ? 0 : 1
            units.arm[row] = AnalysisRows.leftOut
            for place in plan.features.indices where !plan.features[place].isText {
                units.numbers[place][row] = .nan
            }
        }
        return count
    }

    /// What was dealt, each once: a cluster by its first row.
    private func dealing(_ units: Units) -> AnalysisDealing {
        var isBlock = false
        if case .switchback = plan.experiment.method { isBlock = true }
        let isByCluster = plan.experiment.cluster != nil && !isBlock
        var seen = Set<Int32>()
        var dealt: [(arm: Int32, stratum: Int32)] = []
        for row in units.arm.indices where units.arm[row] != AnalysisRows.heldOut {
            guard !isByCluster || seen.insert(units.clusters[row]).inserted else { continue }
            dealt.append((units.arm[row], stratum(units.score[row])))
        }
        return AnalysisDealing(what: plan.dealtWord, strata: plan.ratio.strata, dealt: dealt)
    }

    /// The band that holds a score; with one set of shares there is one.
    private func stratum(_ score: Double) -> Int32 {
        guard case .exploration(let bands) = plan.experiment.method else { return 0 }
        let place = bands.firstIndex { band in band.below.map { score < $0 } ?? true }
        return Int32(place ?? bands.count - 1)
    }

    private func subgroups(_ units: Units) throws -> [SubgroupColumn] {
        var names: [String] = []
        for name in plan.request.subgroups where !names.contains(name) { names.append(name) }
        return names.map { name in
            guard let place = plan.features.lastIndex(where: { $0.name == name }) else {
                preconditionFailure("the plan has the feature of each subgroup")
            }
            guard plan.features[place].isText else {
                return SubgroupColumn(name: name, numbers: units.numbers[place])
            }
            return SubgroupColumn(
                name: name, sorting: units.codes[place], texts: units.texts[place])
        }
    }

    // MARK: - What happened

    /// The place of a decision at or behind the last one: rows and what happened to them come in
    /// one order.
    private struct Walk {
        let decisions: [Int64]
        var place = 0

        mutating func row(of decision: Int64) -> Int {
            while decisions[place] != decision { place += 1 }
            return place
        }
    }

    private func exposed(_ units: Units) throws -> [[Bool]] {
        progress("\(name): finding whom treatments reached")
        let arms = plan.experiment.arms.map(\.name.text)
        var exposed = arms.map { _ in [Bool](repeating: false, count: units.count) }
        var walk = Walk(decisions: units.decision)
        try engine.stream(plan.statements.exposures) { row in
            let place = walk.row(of: row.integer(0))
            if let arm = arms.firstIndex(of: row.text(1) ?? "") { exposed[arm][place] = true }
        }
        return exposed
    }

    /// What the outcomes of one name add up to in each row's window.
    private struct Sums {
        var values: [Double]
        var isThere: [Bool]
        var isAny: [Bool]
        /// Whether every single one is 0 or 1.
        var isBinary = true
        var before: [Double]?
        var weekly: WeeklyValues
        var count = 0
    }

    /// The sums of an outcome: several metrics may ask for them, and one reading gives them. Where
    /// what was before is asked for later, it is read again.
    private func sums(
        _ outcome: String, _ units: Units, before: Bool, _ read: inout [String: Sums]
    ) throws -> Sums {
        if let known = read[outcome], !before || known.before != nil { return known }
        let found = try sums(outcome, units, before: before)
        read[outcome] = found
        return found
    }

    private func sums(_ outcome: String, _ units: Units, before: Bool) throws -> Sums {
        progress("\(name): reading outcomes \(outcome)")
        let week = WeeklyValues.week
        let weeks = Int(plan.horizon.microseconds / week)
        var sums = Sums(
            values: [Double](repeating: 0, count: units.count),
            isThere: [Bool](repeating: false, count: units.count),
            isAny: [Bool](repeating: false, count: units.count),
            before: before ? [Double](repeating: 0, count: units.count) : nil,
            weekly: WeeklyValues(weeks: weeks))
        var walk = Walk(decisions: units.decision)
        let back = before ? plan.horizon.microseconds : 0
        let query = plan.statements.outcomes(outcome, before: back)
        try engine.stream(query) { row in
            let place = walk.row(of: row.integer(0))
            let since = row.integer(1) - units.times[place]
            let value = row.real(2)
            guard since >= 0 else {
                sums.before?[place] += value
                return
            }
            sums.count += 1
            sums.values[place] += value
            sums.isThere[place] = true
            sums.isAny[place] = sums.isAny[place] || value != 0
            sums.isBinary = sums.isBinary && (value == 0 || value == 1)
            if value != 0, since / week < Int64(sums.weekly.weeks) {
                sums.weekly.entries.append((Int32(place), Int32(since / week), value))
            }
        }
        guard sums.values.allSatisfy(\.isFinite), sums.before?.allSatisfy(\.isFinite) ?? true else {
            throw AnalysisError(
                "the outcomes \(outcome) of one row add up to more than a double holds",
                "record them in a larger unit")
        }
        return sums
    }

    private func column(
        _ metric: AnalysisPlan.Metric, _ units: Units, _ read: inout [String: Sums]
    ) throws -> AnalysisColumn {
        let sums = try sums(metric.request.name, units, before: plan.asksBefore, &read)
        let isAbsentBinary = metric.absent.map { $0 == 0 || $0 == 1 } ?? true
        let kind =
            metric.request.kind
            ?? (sums.count > 0 && sums.isBinary && isAbsentBinary ? .proportion : .mean)
        func values(_ sums: Sums, _ absent: Double?, isProportion: Bool) -> [Double] {
            sums.values.indices.map { row in
                guard sums.isThere[row] else {
                    guard let absent else { return .nan }
                    return isProportion ? (absent == 0 ? 0 : 1) : absent
                }
                return isProportion ? (sums.isAny[row] ? 1 : 0) : sums.values[row]
            }
        }
        var column = AnalysisColumn(
            metric.request, kind: kind,
            values: values(sums, metric.absent, isProportion: kind == .proportion))
        if sums.count == 0 {
            column.notes.append(
                "No outcome named \(metric.request.name) lies in any row's window: is it spelt as it "
                    + "is recorded?")
        }
        if let below = metric.request.denominator {
            let other = try self.sums(below, units, before: false, &read)
            column.denominators = values(other, metric.absentBelow, isProportion: false)
            if other.count == 0 {
                column.notes.append("No outcome named \(below) lies in any row's window.")
            }
        }
        // What no outcome says by the end of the horizon has no week.
        if kind == .mean, sums.weekly.weeks > 0 {
            column.weekly = sums.weekly
        }
        if let before = sums.before {
            column.covariate = ("\(metric.request.name) before the start", before)
        } else if let covariate = plan.request.covariate,
            let place = plan.features.firstIndex(where: { $0.name == covariate })
        {
            column.covariate = (covariate, units.numbers[place])
        }
        return column
    }
}

/// Texts by numbers, in the order in which they were met.
private struct CodedTexts {
    private(set) var texts: [String] = []
    private var codes: [[UInt8]: Int32] = [:]

    /// By its bytes: two texts that look alike are two.
    mutating func code(of text: String) -> Int32 {
        let key = Array(text.utf8)
        if let code = codes[key] { return code }
        let code = Int32(texts.count)
        codes[key] = code
        texts.append(text)
        return code
    }
}
