internal import HoldfastAssignment
internal import HoldfastSQL
internal import HoldfastStatistics

/// The weights of the kept rows, and the bands of the score in which there must be some.
struct SetWeights {
    let stage: ExportStage

    /// The fewest rows, by Kish's effective sample size, and the largest share of one.
    static let largestShare = 0.1
    /// Where this many control rows were dealt, one at least must be kept.
    static let dealtEnough = 20
    /// The least p-value of the mean weight that passes.
    static let meanLimit = 0.001

    private var plan: ExportPlan { stage.plan }

    func weights(trimmedShare: Double?) throws -> Audit.Weights {
        var summary = WeightSummary()
        var counts: [Int: Int] = [:]
        try stage.engine.stream("SELECT weight FROM hf_kept WHERE reasons = 0 ORDER BY weight") {
            row throws in
            let weight = row.real(0)
            summary.add(weight)
            if weight > 0, weight.isFinite { counts[Int(weight.exponent), default: 0] += 1 }
        }
        let mean = plan.request.mode == .weighted ? try meanTest() : nil
        // Bins by powers of two: weights are inverse probabilities, and spread over orders.
        let bins = counts.keys.min().flatMap { low in counts.keys.max().map { low...$0 } }
        return Audit.Weights(
            rows: summary.rows, sum: summary.sum ?? 0,
            effectiveSize: summary.effectiveSampleSize ?? 0, largest: summary.largest ?? 0,
            largestShare: summary.largestShare ?? 0, mean: mean?.mean, pValue: mean?.pValue,
            trimmedShare: trimmedShare,
            edges: bins.map { bins in
                (bins.lowerBound...bins.upperBound + 1).map {
                    Double(sign: .plus, exponent: $0, significand: 1)
                }
            } ?? [],
            counts: bins.map { bins in bins.map { counts[$0] ?? 0 } } ?? [])
    }

    /// The mean weight of clean rows, further rows of a unit among them, over all that the rules
    /// which can fire in every arm leave: those of which they are a weighted sample.
    ///
    /// Rows that one draw dealt together stand or fall together, so that their spreads are added
    /// before they are squared.
    private func meanTest() throws -> WeightSummary.MeanTest? {
        let losses = ArmLosses(stage: stage)
        let experiment = plan.experiment
        let randomised: SQL = experiment.cluster == nil ? "d.unit" : "d.cluster"
        let ratio = plan.sampleRatio
        var summary = WeightSummary()
        var rows = 0
        var variance = 0.0
        var draw: (key: SQLValue, block: Int64, spread: Double) = (.null, 0, 0)
        try stage.engine.stream(
            """
            SELECT \(randomised), \(ratio.block), x.box, \(plan.rows.weight.planned),
              CASE WHEN k.decision IS NULL THEN NULL WHEN d.intended = 0 THEN 1.0 ELSE x.weight END
            FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
            LEFT JOIN hf_kept AS k ON k.decision = x.decision ORDER BY 1, 2, d.decided_at, d.id
            """
        ) { row throws in
            let box = RowBox(row.integer(2))
            guard box.isDealt, !box.exclusions.contains(where: losses.isTwoArmed) else { return }
            rows += 1
            if !row.isNull(4) { summary.add(row.real(4)) }
            let key = row.value(0)
            if key != draw.key || row.integer(1) != draw.block {
                variance += draw.spread * draw.spread
                draw = (key, row.integer(1), 0)
            }
            // Where the model did not mean to act every row is kept, whatever the arm.
            if box.isActing, !row.isNull(3) { draw.spread += max(0, row.real(3) - 1).squareRoot() }
        }
        variance += draw.spread * draw.spread
        guard rows >= summary.rows, summary.count > 0 else { return nil }
        return summary.meanTest(among: rows, variance: variance)
    }

    // MARK: - Bands

    func bands() throws -> [Audit.Band] {
        let bands = plan.rows.bands
        var result = (0..<bands.count).map { band in
            let ends = bands.ends(of: band)
            return Audit.Band(
                from: ends.from, below: ends.below, rows: 0, intended: 0, kept: 0,
                leastPropensity: nil)
        }
        for (box, rows) in stage.boxes where box.isDealt {
            guard let band = box.band else { continue }
            result[band].rows += rows
            if box.isActing { result[band].intended += rows }
        }
        try stage.engine.stream(
            """
            SELECT \(floorQuotient("x.box", RowBox.bandStep)), COUNT(*), MAX(x.weight)
            FROM hf_kept AS k JOIN hf_export AS x ON x.decision = k.decision
            WHERE k.reasons = 0 GROUP BY 1
            """
        ) { row throws in
            guard row.integer(0) > 0 else { return }
            let band = Int(row.integer(0)) - 1
            result[band].kept = Int(row.integer(1))
            if !row.isNull(2) { result[band].leastPropensity = 1 / row.real(2) }
        }
        return result
    }

    /// Whether rows are kept wherever the model would have acted, and none stands for too many.
    func positivity(_ bands: [Audit.Band], _ weights: Audit.Weights) -> Gate {
        var faults: [String] = []
        for (index, band) in bands.enumerated() where band.intended > 0 {
            let dealt = stage.boxes.filter { box, _ in
                box.band == index && box.isDealt && box.isActing && !box.holds(.notControl)
            }.reduce(0) { $0 + $1.rows }
            let isNeverDealt = plan.request.mode == .weighted && isNeverControl(index)
            // Rows on which the model did not mean to act say nothing of those on which it did.
            let isSeen = stage.boxes.contains { box, _ in
                box.band == index && box.bits == 0 && box.isActing
            }
            if band.kept == 0 || !isSeen, dealt >= SetWeights.dealtEnough || isNeverDealt {
                faults.append(
                    "no row to act on is kept with a score \(told(band))")
            }
        }
        if plan.request.mode == .weighted {
            if weights.largestShare > SetWeights.largestShare {
                faults.append(
                    "one row has \(ControlBalance.told(weights.largestShare * 100))% of all weight")
            }
            if let mean = weights.mean, (weights.pValue ?? 1) < SetWeights.meanLimit {
                faults.append("the mean weight is \(ControlBalance.told(mean)), not 1")
            }
        }
        if weights.rows == 0 { faults.append("no row is kept") }
        let least = Double(plan.request.minimumRows)
        // Of equal weights it is their number, which has a gate of its own.
        let isWeighted = plan.request.isWeighted
        if isWeighted, weights.effectiveSize < least {
            faults.append("too few rows by Kish's effective sample size")
        }
        let size =
            "effective sample size \(Int(weights.effectiveSize.rounded(.down))) of \(weights.rows) rows"
        return Gate(
            name: .positivity, passed: faults.isEmpty, figure: weights.effectiveSize,
            limit: isWeighted ? least : 0,
            detail: faults.isEmpty ? size : "\(faults.joined(separator: "; ")) (\(size))",
            waiver: nil)
    }

    /// Whether the design gives a band no control at all.
    private func isNeverControl(_ band: Int) -> Bool {
        guard let dealing = plan.request.catalog.dealings[plan.experiment.name],
            case .exploration(_, let bands) = dealing.arms
        else { return false }
        return bands[band].propensities[plan.experiment.controlIndex] == 0
    }

    private func told(_ band: Audit.Band) -> String {
        switch (band.from, band.below) {
        case (let from?, let below?): "from \(from) below \(below)"
        case (nil, let below?): "below \(below)"
        case (let from?, nil): "from \(from)"
        case (nil, nil): "of any height"
        }
    }
}
