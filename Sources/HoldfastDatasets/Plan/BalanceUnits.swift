package import HoldfastAssignment
package import HoldfastChecks
package import HoldfastFormats

/// The units of a file that an experiment is for, ready to be dealt under one salt after another.
///
/// What no salt changes is settled once: testers and units that the rule is not for are left out,
/// as are rows without an id and those of a unit that was there before.
package struct BalanceUnits: Sendable {
    /// The rows of the table that are dealt, ascending.
    package private(set) var rows: [Int] = []
    /// The rows that are not, by why, in a fixed order; those of no row are left out.
    package private(set) var leftOut: [(reason: LeftOut, rows: Int)] = []
    /// What was wrong with the first row that could not be dealt.
    package private(set) var fault: String?
    /// The score of each of ``rows``, where the experiment deals by one.
    private var scores: [Double] = []
    private let table: UnitTable
    private let experiment: Experiment
    private let holdouts: [Holdout]
    private let time: Timestamp
    private let inForce: Dealing

    /// Why a row is not dealt.
    package enum LeftOut: String, Sendable, CaseIterable {
        /// It has no unit of 1 to 1,024 bytes of UTF-8.
        case noUnit = "no_unit"
        /// Its unit is in an earlier row.
        case repeated
        /// A tester, whose arm is forced.
        case override
        /// The experiment's rule is not for it.
        case ineligible
        /// What the decision needs is missing: a cluster, a score, an attribute.
        case undealable
    }

    /// The columns besides units and clusters that the dealing of an experiment needs.
    package static func columns(of experiment: Experiment, score: String) -> (
        texts: [String], others: [String]
    ) {
        let attributes = experiment.eligible?.attributes ?? []
        return (
            attributes.filter { $0.kind == .text }.map(\.name),
            attributes.filter { $0.kind != .text }.map(\.name)
                + (experiment.dealsByScore ? [score] : [])
        )
    }

    /// Sorts out the rows of a table. Times play no part: the experiment is dealt as if it ran.
    ///
    /// Throws ``CheckError`` where the experiment has no control, or is dealt in a way that a file
    /// of units cannot stand for.
    package init(
        _ table: UnitTable, _ experiment: Experiment, of catalog: Catalog, scoreColumn: String,
        at time: Timestamp
    ) throws {
        try Self.check(experiment)
        self.table = table
        self.time = time
        holdouts = catalog.holdouts
        var open = experiment
        (open.starts, open.ends) = (nil, nil)
        var dealt = open
        (dealt.eligible, dealt.overrides) = (nil, [:])
        self.experiment = dealt
        inForce = Dealing(dealt, holdouts: catalog.holdouts, salt: catalog.salt)
        let whole = Dealing(open, holdouts: catalog.holdouts, salt: catalog.salt)
        var counts: [LeftOut: Int] = [:]
        let repeated = Set(table.repeatedRows())
        let attributes = experiment.eligible?.attributes ?? []
        for row in 0..<table.rowCount {
            let score = experiment.dealsByScore ? Self.number(table.cell(scoreColumn, row)) : nil
            let reason: LeftOut?
            if !Self.isID(table.units, row) {
                reason = .noUnit
            } else if repeated.contains(row) {
                reason = .repeated
            } else {
                do {
                    reason = try Self.deal(whole, table, row, attributes, score, time)
                } catch {
                    fault = fault ?? "row \(row + 1): \(error)"
                    reason = .undealable
                }
            }
            if let reason {
                counts[reason, default: 0] += 1
            } else {
                rows.append(row)
                if experiment.dealsByScore { scores.append(score ?? .nan) }
            }
        }
        leftOut = LeftOut.allCases.compactMap { reason in
            counts[reason].map { (reason: reason, rows: $0) }
        }
    }

    private static func check(_ experiment: Experiment) throws {
        let name = experiment.name
        guard experiment.arms.contains(where: { $0.name == .control }) else {
            throw CheckError(
                "experiment \(name) has no arm named control",
                hint: "call the arm that is left alone control: the others are compared with it")
        }
        guard experiment.arms.count >= 2 else {
            throw CheckError(
                "experiment \(name) has no arm beside control", hint: "add one to be compared")
        }
        switch experiment.method {
        case .shares, .rotation, .exploration: break
        case .switchback:
            throw CheckError(
                "experiment \(name) deals each unit anew for each block of time",
                hint: "its arms are balanced by time, which a file of units cannot show")
        case .compatible(let rule):
            throw CheckError(
                "experiment \(name) deals as \(rule.system.rawValue) does, by that system's key",
                hint: "no salt of this catalog moves its units")
        }
    }

    private static func isID(_ ids: IDColumn, _ row: Int) -> Bool {
        ids.withBytes(row) { bytes in
            (1...UnitID.byteLimit).contains(bytes.count)
                && isUTF8(bytes.bindMemory(to: UInt8.self))
        }
    }

    private static func number(_ cell: UnitTable.Cell?) -> Double? {
        guard case .number(let number) = cell else { return nil }
        return number
    }

    /// Why a row is left out, if it is.
    private static func deal(
        _ dealing: Dealing, _ table: UnitTable, _ row: Int,
        _ attributes: [(name: String, kind: AttributeKind)], _ score: Double?, _ time: Timestamp
    ) throws(AssignmentFault) -> LeftOut? {
        var values: [String: AttributeValue] = [:]
        for (name, kind) in attributes {
            switch table.cell(name, row) {
            case .number(let number) where kind == .boolean && (number == 0 || number == 1):
                values[name] = .boolean(number == 1)
            case .number(let number): values[name] = .number(number)
            case .text(let text):
                let boolean = kind == .boolean ? BooleanText.value(text) : nil
                values[name] = boolean.map { .boolean($0) } ?? .text(text)
            case nil: continue
            }
        }
        let dealt = try Self.deal(dealing, table, row, values, score, time)
        return switch dealt.step {
        case .override: .override
        case .ineligible: .ineligible
        case .notStarted, .ended, .holdout, .outsideSlice, .notEnrolled, .assigned: nil
        }
    }

    private static func deal(
        _ dealing: Dealing, _ table: UnitTable, _ row: Int, _ attributes: [String: AttributeValue],
        _ score: Double?, _ time: Timestamp
    ) throws(AssignmentFault) -> Dealt {
        try table.units.withBytes(row) { unit throws(AssignmentFault) in
            guard let clusters = table.clusters, isID(clusters, row) else {
                return try dealing.deal(
                    unit: unit, cluster: nil, attributes: attributes, score: score, at: time)
            }
            return try clusters.withBytes(row) { cluster throws(AssignmentFault) in
                try dealing.deal(
                    unit: unit, cluster: cluster, attributes: attributes, score: score, at: time)
            }
        }
    }

    /// The arms that the units have under a salt, or under the catalog's own for `nil`.
    package struct Arms: Sendable {
        /// The place of each unit's arm among the experiment's; ``none`` for one that is in none.
        package var arms: [UInt8]
        /// 1 over the propensity of the arm, where units of one arm have different ones.
        package var weights: [Double]?

        /// Stands for no arm: held out, outside the slice, or not enrolled.
        package static let none = UInt8.max
    }

    /// Deals all of ``rows``. The same salt gives the same arms.
    package func deal(salt: String?) -> Arms {
        let dealing = salt.map { Dealing(experiment, holdouts: holdouts, salt: $0) } ?? inForce
        let isWeighted = experiment.dealsByScore
        var weights = [Double](repeating: 1, count: isWeighted ? rows.count : 0)
        let arms = [UInt8](unsafeUninitializedCapacity: rows.count) { buffer, count in
            for (place, row) in rows.enumerated() {
                let score = isWeighted ? scores[place] : nil
                // It was dealt once: nothing that the decision needs is missing.
                let dealt = try? Self.deal(dealing, table, row, [:], score, time)
                let arm = dealt?.step == .assigned ? dealt?.arm.map { UInt8($0) } : nil
                buffer.initializeElement(at: place, to: arm ?? Arms.none)
                if isWeighted, let dealt, arm != nil { weights[place] = 1 / dealt.propensity }
            }
            count = rows.count
        }
        return Arms(arms: arms, weights: isWeighted ? weights : nil)
    }

    /// Whether clusters are dealt, and units follow them.
    package var hasClusters: Bool { experiment.cluster != nil }
}
