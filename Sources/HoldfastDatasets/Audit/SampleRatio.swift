package import HoldfastAssignment
internal import HoldfastFormats
package import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastStatistics

/// Whether the arms received what the catalog promises: the export's gate, and what a service
/// watches.
///
///     try SampleRatio.pValues(of: catalog, ledger: "holdfast.db")   // [limits: 0.41]
///
/// What was randomised counts once, by its first decision: a unit, or else its cluster; in a
/// switchback the unit in each block. Later decisions of a rotating unit fall into other arms, and
/// how many there are may depend on how it was treated.
///
/// What is expected of an arm is the sum of the planned propensities. With shares and rotation each
/// unit has the same; in an exploration it has that of its score's band. Bands are not tested each
/// by itself: a band of one percent control would need thousands of units before chi-square holds
/// in it, and the sum errs on the side of silence only.
package struct SampleRatio {
    let experiment: Experiment
    let dealing: Dealing
    /// The revisions whose decisions are counted.
    let taken: [String]
    /// Only what was received by then is counted.
    let asOf: Timestamp
    /// Whether going through all decisions is faster than fetching the experiment's one by one.
    let isMost: Bool

    /// The least p-value that passes.
    private static let limit = 0.001

    /// `taken` deal the experiment as the catalog does.
    init(
        _ experiment: Experiment, of catalog: Catalog, taken: [String], asOf: Timestamp,
        isMost: Bool = false
    ) {
        self.isMost = isMost
        guard let dealing = catalog.dealings[experiment.name] else {
            preconditionFailure("the experiment is one of the catalog")
        }
        self.experiment = experiment
        self.dealing = dealing
        self.taken = taken
        self.asOf = asOf
    }

    /// What was found: units by arm, and how many were expected.
    struct Figure {
        var observed: [Int]
        var expected: [Double]
        /// Whether chance decides on the arm at all.
        var isRandom: Bool
        /// `nil` where no test is defined: no unit, or nothing left to chance.
        var test: ChiSquare.Test?
    }

    /// The p-values of a catalog's experiments, each as the gate of an export would find it: of
    /// every revision in the ledger that deals the experiment as the catalog does.
    ///
    /// Of all that was received, whatever the clock says: one that was turned back must not hide
    /// what came before.
    ///
    /// An experiment without a figure is not among them: it has no unit, or nothing is left to
    /// chance. Reads by a connection of its own, which holds a state of the file for one experiment
    /// at a time. Throws `cancelled` soon after its task was cancelled.
    package static func pValues(
        of catalog: Catalog, ledger path: String
    ) throws(LedgerError) -> [Name: Double] {
        let reader = try LedgerReader(path: path, salt: catalog)
        let asOf = Timestamp(microseconds: .max)
        let revisions = try reader.revisions(salt: catalog, receivedBy: asOf)
        var pValues: [Name: Double] = [:]
        do throws(SQLError) {
            for experiment in catalog.experiments {
                let taken = ExportPlan.alike(revisions, catalog, experiment).map(\.revision)
                let ratio = SampleRatio(experiment, of: catalog, taken: taken, asOf: asOf)
                pValues[experiment.name] = try ratio.figure(on: reader.engine).test?.pValue
            }
        } catch {
            throw LedgerError(error, path: path, tried: "counting units by arm")
        }
        return pValues
    }

    /// First decisions by arm and stratum.
    typealias Count = (arm: Int?, stratum: Int, units: Int)

    func figure(on engine: any SQLEngine) throws(SQLError) -> Figure {
        var counts: [Count] = []
        try engine.read(
            """
            SELECT d.arm, \(stratum) AS stratum, COUNT(*) FROM (\(firsts)) AS f
            JOIN decisions AS d ON d.decision = f.decision GROUP BY d.arm, stratum
            """
        ) { row throws(SQLError) in
            let arm = experiment.arms.firstIndex { $0.name.text == row.text(0) }
            counts.append((arm, Int(row.integer(1)), Int(row.integer(2))))
        }
        return figure(of: counts)
    }

    /// The figure of units that were counted elsewhere.
    func figure(of counts: [Count]) -> Figure {
        let strata = self.strata
        var figure = Figure(
            observed: Array(repeating: 0, count: experiment.arms.count),
            expected: Array(repeating: 0, count: experiment.arms.count),
            isRandom: strata.contains { $0.contains { $0 > 0 && $0 < 1 } })
        for count in counts {
            if let arm = count.arm { figure.observed[arm] += count.units }
            // Shares do not depend on the score where there is one stratum only.
            let propensities = strata[strata.count == 1 ? 0 : count.stratum]
            for (arm, propensity) in propensities.enumerated() {
                figure.expected[arm] += Double(count.units) * propensity
            }
        }
        if figure.isRandom {
            figure.test = ChiSquare.goodnessOfFit(
                observed: figure.observed, expected: figure.expected)
        }
        return figure
    }

    func gate(_ name: Gate.Name, of counts: [Count]) -> Gate {
        let figure = figure(of: counts)
        guard figure.isRandom else {
            let isPlanned = zip(figure.observed, figure.expected).allSatisfy { $0 == 0 || $1 > 0 }
            return Gate(
                name: name, passed: isPlanned, figure: nil, limit: SampleRatio.limit,
                detail: "one arm has all units", waiver: nil)
        }
        let test = figure.test
        let counts = experiment.arms.enumerated().map { index, arm in
            "\(arm.name) \(figure.observed[index]) of \(promise(index, figure.expected[index]))"
        }
        return Gate(
            name: name, passed: test.map { $0.pValue >= SampleRatio.limit } ?? false,
            figure: test?.pValue, limit: SampleRatio.limit,
            detail: test == nil ? "no unit was assigned" : counts.joined(separator: ", "),
            waiver: nil)
    }

    /// An arm's share, or else how many units its propensities add up to.
    private func promise(_ index: Int, _ expected: Double) -> String {
        switch experiment.method {
        case .shares, .switchback: "\(experiment.arms[index].share ?? .none)"
        case .rotation, .exploration, .compatible: "\((expected * 10).rounded() / 10) planned"
        }
    }

    /// The arms' propensities in each stratum: a band of scores, or all there is.
    var strata: [[Double]] { dealing.arms.strata }

    /// The first decision of each that was randomised.
    var firsts: SQL {
        let randomised: SQL = experiment.cluster == nil ? "d.unit" : "d.cluster"
        return """
            SELECT decision FROM (
              SELECT d.decision,
                ROW_NUMBER() OVER (PARTITION BY \(randomised), \(block) ORDER BY d.decided_at, d.id)
                  AS place
              FROM \(decisionsSQL("d", isMost: isMost))
              WHERE d.experiment = \(experiment.name.text) AND d.received_at <= \(asOf.microseconds)
                AND d.reason = 'assigned' AND d.revision IN (\(revisions))
            ) AS hf_first WHERE place = 1
            """
    }

    private var revisions: SQL { textsSQL(taken) }

    /// The number of the band that holds a decision's score. What has none was not dealt by it, and
    /// closes another gate.
    private var stratum: SQL {
        guard case .exploration(let bands) = experiment.method else { return "0" }
        let cases = bands.enumerated().compactMap { index, band -> SQL? in
            band.below.map { "WHEN d.score < \($0) THEN \(Int64(index)) " }
        }
        guard !cases.isEmpty else { return "0" }
        return "CASE \(SQL.joined(cases, by: ""))ELSE \(Int64(cases.count)) END"
    }

    /// What tells one dealing of a unit from its next.
    var block: SQL {
        guard case .switchback(let switchback) = experiment.method else { return "0" }
        return floorQuotient("d.decided_at", switchback.every.microseconds)
    }
}

extension Dealing.ArmStep {
    /// The arms' propensities in each stratum: a band of scores, or all there is.
    var strata: [[Double]] {
        switch self {
        case .shares(_, _, let propensities), .rotation(_, _, _, let propensities),
            .switchback(_, _, _, let propensities):
            [propensities]
        case .exploration(_, let bands): bands.map(\.propensities)
        case .compatible(let rule): [rule.propensities]
        }
    }
}
