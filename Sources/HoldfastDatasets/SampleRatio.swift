internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastStatistics

/// Whether the arms received what the catalog promises: the gate of the sample ratio.
///
/// What was randomised counts once, by its first decision: a unit, or else its cluster; in a
/// switchback the unit in each block. Later decisions of a rotating unit fall into other arms, and
/// how many there are may depend on how it was treated.
///
/// What is expected of an arm is the sum of the planned propensities. With shares and rotation each
/// unit has the same; in an exploration it has that of its score's band. Bands are not tested each
/// by itself: a band of one percent control would need thousands of units before chi-square holds
/// in it, and the sum errs on the side of silence only.
struct SampleRatio {
    let plan: ExportPlan

    /// The least p-value that passes.
    private static let limit = 0.001

    func gate(on connection: SQLiteConnection) throws(SQLError) -> Gate {
        let arms = plan.experiment.arms
        let strata = self.strata
        var observed = Array(repeating: 0, count: arms.count)
        var expected = Array(repeating: 0.0, count: arms.count)
        try connection.query(firsts) { row throws(SQLError) in
            let count = Int(row.integer(2))
            if let index = arms.firstIndex(where: { $0.name.text == row.text(0) }) {
                observed[index] += count
            }
            for (index, propensity) in strata[Int(row.integer(1))].enumerated() {
                expected[index] += Double(count) * propensity
            }
        }
        guard strata.contains(where: { $0.contains { $0 > 0 && $0 < 1 } }) else {
            let isPlanned = zip(observed, expected).allSatisfy { $0 == 0 || $1 > 0 }
            return Gate(
                name: .sampleRatio, passed: isPlanned, figure: nil, limit: SampleRatio.limit,
                detail: "one arm has all units", waiver: nil)
        }
        let test = ChiSquare.goodnessOfFit(observed: observed, expected: expected)
        let counts = arms.indices.map { index in
            "\(arms[index].name) \(observed[index]) of \(promise(index, expected[index]))"
        }
        return Gate(
            name: .sampleRatio, passed: test.map { $0.pValue >= SampleRatio.limit } ?? false,
            figure: test?.pValue, limit: SampleRatio.limit,
            detail: test == nil ? "no unit was assigned" : counts.joined(separator: ", "),
            waiver: nil)
    }

    /// An arm's share, or else how many units its propensities add up to.
    private func promise(_ index: Int, _ expected: Double) -> String {
        switch plan.experiment.method {
        case .shares, .switchback: "\(plan.experiment.arms[index].share ?? .none)"
        case .rotation, .exploration, .compatible: "\((expected * 10).rounded() / 10) planned"
        }
    }

    /// The arms' propensities in each stratum: a band of scores, or all there is.
    private var strata: [[Double]] {
        guard let dealing = plan.request.catalog.dealings[plan.experiment.name] else {
            preconditionFailure("the plan was made of an experiment of the catalog")
        }
        switch dealing.arms {
        case .shares(_, _, let propensities), .rotation(_, _, _, let propensities),
            .switchback(_, _, _, let propensities):
            return [propensities]
        case .exploration(_, let bands): return bands.map(\.propensities)
        case .compatible(let rule): return [rule.propensities]
        }
    }

    /// How many first decisions fell into each arm, by stratum.
    private var firsts: SQL {
        """
        SELECT arm, stratum, COUNT(*) FROM (
          SELECT x.arm, \(stratum) AS stratum,
            ROW_NUMBER() OVER (PARTITION BY x.randomised, \(dealing) ORDER BY x.decided_at, x.id)
              AS place
          FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
          WHERE x.stored_reason = 'assigned' AND x.\(name: Exclusion.notRandomised.column) = 0
        ) AS hf_first WHERE place = 1 GROUP BY arm, stratum
        """
    }

    /// The number of the band that holds a decision's score. What has none was not dealt by it, and
    /// closes another gate.
    private var stratum: SQL {
        guard case .exploration(let bands) = plan.experiment.method else { return "0" }
        let cases = bands.enumerated().compactMap { index, band -> SQL? in
            band.below.map { "WHEN d.score < \($0) THEN \(Int64(index)) " }
        }
        guard !cases.isEmpty else { return "0" }
        return "CASE \(SQL.joined(cases, by: ""))ELSE \(Int64(cases.count)) END"
    }

    /// What tells one dealing of a unit from its next.
    private var dealing: SQL {
        guard case .switchback(let switchback) = plan.experiment.method else { return "0" }
        return floorQuotient("d.decided_at", switchback.every.microseconds)
    }
}
