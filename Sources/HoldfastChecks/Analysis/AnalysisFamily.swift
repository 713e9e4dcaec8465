internal import HoldfastStatistics

/// Effects corrected for being many (S. Holm 1979; Y. Benjamini and Y. Hochberg 1995): metrics by
/// arms are one family, parts of subgroups another.
///
/// The corrected interval has the level that Holm's procedure leaves to its place in the order of
/// p-values: the i-th of m gets α/(m − i + 1), and all behind the first that fails get what that
/// one got. So it leaves out 0 exactly where Holm's p-value is at most α, as far as p-value and
/// interval of the estimator agree.
struct AnalysisFamily {
    /// 1 less the level of the family.
    let alpha: Double

    /// Corrects effects; `again` estimates one anew at another level.
    func correct(
        _ effects: inout [AnalysedEffect], again: (_ place: Int, _ level: Double) -> ArmEffect?
    ) {
        let pValues = effects.map { $0.effect?.difference.pValue }
        let sequences = effects.map { $0.effect?.difference.sequencePValue }
        let holm = Holm.adjusted(pValues)
        let hochberg = BenjaminiHochberg.adjusted(pValues)
        let sequenceHolm = Holm.adjusted(sequences)
        let alphas = alphas(pValues)
        for place in effects.indices {
            guard let found = effects[place].effect else { continue }
            effects[place].holm = holm[place]
            effects[place].benjaminiHochberg = hochberg[place]
            effects[place].sequenceHolm = sequenceHolm[place]
            let own = alphas[place]
            let corrected = own == alpha ? found : again(place, 1 - own)
            effects[place].corrected = corrected?.difference.interval
            effects[place].verdict = EffectVerdict(effects[place].corrected)
            if let value = sequenceHolm[place], value <= alpha {
                effects[place].sequenceVerdict = found.difference.value > 0 ? .raises : .lowers
            }
            // Where no row differs within its arm it is not known how fast more rows would tell.
            guard effects[place].verdict == .inconclusive, let interval = effects[place].corrected,
                found.difference.standardError != nil
            else { continue }
            effects[place].rowsNeeded = RowsNeeded.estimate(
                found.difference.value, in: interval, margin: 0,
                size: Double(found.control.rows + found.treatment.rows))
        }
    }

    /// What of α is left to each; to one without a p-value what is left to the first.
    private func alphas(_ pValues: [Double?]) -> [Double] {
        let order = pValues.enumerated().compactMap { place, value in value.map { (place, $0) } }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
        let count = Double(max(1, order.count))
        var alphas = pValues.map { _ in alpha / count }
        var own = alpha / count
        var hasFailed = false
        for (rank, (place, value)) in order.enumerated() {
            if !hasFailed { own = alpha / (count - Double(rank)) }
            hasFailed = hasFailed || value > own
            alphas[place] = own
        }
        return alphas
    }
}

extension AnalysisRun {
    private var family: AnalysisFamily { AnalysisFamily(alpha: 1 - options.level) }

    /// Corrects the effects of all metrics together.
    func correct(_ metrics: inout [AnalysedMetric]) {
        let spots = metrics.indices.flatMap { metric in
            metrics[metric].effects.indices.map { (metric: metric, effect: $0) }
        }
        var effects = spots.map { metrics[$0.metric].effects[$0.effect] }
        family.correct(&effects) { place, level in
            let column = rows.metrics[spots[place].metric]
            // Effects stand in the order of the arms other than control.
            let pair = pair(column, rows.treatments[spots[place].effect])
            return estimate(column.kind, column, pair, level: level).found
        }
        for (spot, effect) in zip(spots, effects) {
            metrics[spot.metric].effects[spot.effect] = effect
        }
    }

    // MARK: - Subgroups

    /// Every metric's effects in the parts of the rows, corrected as one family of their own.
    func subgroups() -> [AnalysedSubgroup] {
        var found: [AnalysedSubgroup] = []
        var spots: [(place: Int, part: Int, cell: Cell)] = []
        for (place, subgroup) in rows.subgroups.enumerated() {
            let values = shownValues(subgroup)
            let shown = Set(values)
            let leftOut = subgroup.codes.indices.count {
                rows.arm[$0] >= 0 && !shown.contains(subgroup.codes[$0])
            }
            for (metric, column) in rows.metrics.enumerated() {
                for arm in rows.treatments {
                    var parts: [AnalysedSubgroup.Part] = []
                    for value in values {
                        let cell = Cell(subgroup: place, metric: metric, arm: arm, value: value)
                        spots.append((found.count, parts.count, cell))
                        parts.append(part(cell))
                    }
                    found.append(
                        AnalysedSubgroup(
                            name: subgroup.name, metric: column.request.title,
                            arm: rows.arms[arm], parts: parts,
                            differencePValue: AnalysisRun.heterogeneity(parts),
                            leftOutRows: leftOut))
                }
            }
        }
        var effects = spots.map { found[$0.place].parts[$0.part].effect }
        family.correct(&effects) { place, level in estimate(spots[place].cell, level: level).found }
        for (spot, effect) in zip(spots, effects) {
            found[spot.place].parts[spot.part].effect = effect
        }
        return found
    }

    /// One metric of one arm in one part of the rows.
    private struct Cell {
        var subgroup: Int
        var metric: Int
        var arm: Int
        var value: Int32
    }

    /// The most frequent values, in their own order.
    private func shownValues(_ subgroup: SubgroupColumn) -> [Int32] {
        var counts = Array(repeating: 0, count: subgroup.values.count)
        for (row, code) in subgroup.codes.enumerated() where code >= 0 && rows.arm[row] >= 0 {
            counts[Int(code)] += 1
        }
        let order = counts.indices.filter { counts[$0] > 0 }
            .sorted { (counts[$1], $0) < (counts[$0], $1) }
        return order.prefix(AnalysisOptions.subgroupLimit).sorted().map(Int32.init)
    }

    private func pair(_ cell: Cell) -> (control: [Int], treatment: [Int]) {
        let codes = rows.subgroups[cell.subgroup].codes
        return pair(rows.metrics[cell.metric], cell.arm) { codes[$0] == cell.value }
    }

    private func estimate(_ cell: Cell, level: Double) -> Result<ArmEffect, EffectFault> {
        let column = rows.metrics[cell.metric]
        return estimate(column.kind, column, pair(cell), level: level)
    }

    private func part(_ cell: Cell) -> AnalysedSubgroup.Part {
        let pair = pair(cell)
        var effect = AnalysedEffect(arm: rows.arms[cell.arm])
        if pair.control.isEmpty || pair.treatment.isEmpty {
            let empty = rows.arms[pair.control.isEmpty ? rows.control : cell.arm]
            effect.fault = "the arm \(empty) has no row with the metric here"
        } else {
            switch estimate(cell, level: options.level) {
            case .success(let found): effect.effect = found
            case .failure(let fault): effect.fault = fault.sentence
            }
        }
        return AnalysedSubgroup.Part(
            value: rows.subgroups[cell.subgroup].values[Int(cell.value)],
            rows: pair.control.count + pair.treatment.count, effect: effect)
    }

    /// Q takes errors for known, and in small parts finds differences that are not there: with ten
    /// parts of 4 rows at a level of 5% in more than half of all tables.
    private static let heterogeneityDegreesOfFreedom = 20.0

    private static func degreesOfFreedom(_ effect: ArmEffect) -> Double {
        func size(_ figure: ArmFigure) -> Int { figure.clusters ?? figure.rows }
        return effect.difference.degreesOfFreedom
            ?? Double(size(effect.control) + size(effect.treatment) - 2)
    }

    /// Cochran's Q: whether one effect fits all parts that are not small (W. G. Cochran, "The
    /// combination of estimates from different experiments", 1954).
    private static func heterogeneity(_ parts: [AnalysedSubgroup.Part]) -> Double? {
        let effects = parts.compactMap { part -> (value: Double, weight: Double)? in
            guard let effect = part.effect.effect, let error = effect.difference.standardError,
                error > 0, degreesOfFreedom(effect) >= heterogeneityDegreesOfFreedom
            else { return nil }
            let difference = effect.difference
            return (difference.value, 1 / (error * error))
        }
        guard effects.count > 1 else { return nil }
        let weight = effects.reduce(0) { $0 + $1.weight }
        let mean = effects.reduce(0) { $0 + $1.weight * $1.value } / weight
        let statistic = effects.reduce(0) {
            $0 + $1.weight * ($1.value - mean) * ($1.value - mean)
        }
        guard statistic.isFinite else { return nil }
        return ChiSquare.upperTail(statistic, degreesOfFreedom: effects.count - 1)
    }
}

extension Result {
    /// What was found, or `nil` where nothing was.
    fileprivate var found: Success? {
        switch self {
        case .success(let value): value
        case .failure: nil
        }
    }
}
