internal import HoldfastStatistics

/// Figures by group as they are gathered.
struct FairnessBuilder {
    let rows: JudgeRows
    let level: Double
    let clusters: ClusterRows?
    /// How far groups are apart: the headlines.
    var gaps: [JudgedFigure] = []
    /// What each group has.
    var figures: [JudgedFigure] = []
    var pictures: [JudgePicture] = []
    var notes: [String] = []

    init(_ rows: JudgeRows, _ options: JudgeOptions) {
        self.rows = rows
        level = options.level
        clusters = rows.clusters.map { ClusterRows($0) }
    }

    /// One figure of the groups that have it.
    struct Family {
        var estimates: [GroupEstimate?]
        /// The rows that each is counted on.
        var rows: [Int]

        var known: [GroupEstimate] { estimates.compactMap { $0 } }
        var rowCount: Int {
            zip(estimates, rows).reduce(0) { $0 + ($1.0 == nil ? 0 : $1.1) }
        }
    }

    mutating func add(
        _ decisions: FairnessDecisions, leastVariance: Double, in groups: FairnessGroups, place: Int
    ) {
        let count = groups.names.count
        let cells = GroupCells(
            groups: groups.codes, count: count, labels: decisions.labels,
            decisions: decisions.decisions, weights: rows.weights, clusters: clusters)
        func family(_ rate: GroupCells.Rate) -> Family {
            let shares = (0..<count).map { cells.share(rate, group: $0) }
            return Family(
                estimates: shares.map { $0.map { GroupEstimate($0) } },
                rows: shares.map { $0?.rows ?? 0 })
        }
        let selection = family(.selection)
        let (truePositive, falsePositive) = (family(.truePositive), family(.falsePositive))
        let precision = family(.precision)
        let of = groups.name + decisions.ending
        func gap(_ one: FigureName, _ other: FigureName?, _ families: [Family]) {
            self.gap(one, other, of, families, in: groups, most: 1)
        }
        gap(.demographicParityDifference, .demographicParityRatio, [selection])
        gap(.equalizedOddsDifference, .equalizedOddsRatio, [truePositive, falsePositive])
        gap(.equalOpportunityDifference, .equalOpportunityRatio, [truePositive])
        gap(.predictiveParityDifference, nil, [precision])
        var families: [(FigureName, Family)] = [
            (.selectionRate, selection), (.truePositiveRate, truePositive),
            (.falsePositiveRate, falsePositive), (.precision, precision),
            (.accuracy, family(.accuracy)),
        ]
        if let probabilities = decisions.probabilities {
            let family = calibration(
                probabilities, leastVariance, decisions.labels, cells, groups)
            // Both parts of it lie between -1 and 1.
            self.gap(.groupCalibrationDifference, nil, of, [family], in: groups, most: 2)
            families.append((.groupCalibration, family))
        }
        for (name, family) in families {
            show(name, family, in: groups, ending: decisions.ending)
            draw(name, family, in: groups, decisions, place: place)
        }
    }

    /// The mean prediction less the share of positives, group by group.
    private func calibration(
        _ scores: [Double], _ least: Double, _ labels: [Bool], _ cells: GroupCells,
        _ groups: FairnessGroups
    ) -> Family {
        let count = groups.names.count
        let means = GroupMeans(
            groups: groups.codes, count: count, values: scores, weights: rows.weights,
            clusters: clusters)
        var positives = groups.codes
        for row in labels.indices where !labels[row] { positives[row] = -1 }
        let ours = GroupMeans(
            groups: positives, count: count, values: scores, weights: rows.weights)
        let estimates = (0..<count).map { group -> GroupEstimate? in
            guard let rate = cells.share(.label, group: group),
                let mean = GroupEstimate(means, group: group, leastVariance: least)
            else { return nil }
            // Where a group has labels of one kind alone, nothing is known of a correlation.
            let spread = (means.variance(group) ?? 0) * rate.share * (1 - rate.share)
            let product = rate.share * ((ours.mean(group) ?? mean.value) - mean.value)
            return GroupEstimate(
                prediction: mean, rate: rate,
                correlation: spread > 0 ? product / spread.squareRoot() : 0)
        }
        return Family(estimates: estimates, rows: groups.rows)
    }

    /// The variance of numbers over all rows: what few of them vary by at least.
    func variance(_ values: [Double]) -> Double {
        let all = [Int32](repeating: 0, count: values.count)
        return GroupMeans(groups: all, count: 1, values: values, weights: rows.weights)
            .variance(0) ?? 0
    }

    mutating func add(
        _ kind: FairnessNumbers, _ values: [Double], leastVariance: Double,
        in groups: FairnessGroups, place: Int
    ) {
        let means = GroupMeans(
            groups: groups.codes, count: groups.names.count, values: values,
            weights: rows.weights, clusters: clusters)
        let family = Family(
            estimates: groups.names.indices.map {
                GroupEstimate(means, group: $0, leastVariance: leastVariance)
            }, rows: groups.rows)
        gap(kind.difference, nil, groups.name, [family], in: groups, most: nil)
        show(kind.figure, family, in: groups, ending: "")
        draw(kind.figure, family, in: groups, nil, place: place)
    }

    /// Adds how far groups are apart; `most` is the largest difference that there can be. A group
    /// of rows enough that has no such rate, as one without a yes, might have any.
    private mutating func gap(
        _ difference: FigureName, _ ratio: FigureName?, _ of: String, _ families: [Family],
        in groups: FairnessGroups, most: Double?
    ) {
        let known = families.map(\.known)
        let count = families.reduce(0) { $0 + $1.rowCount }
        let isOpen = families.contains { family in
            family.estimates.indices.contains {
                family.estimates[$0] == nil && groups.rows[$0] >= JudgedFigure.fewRows
            }
        }
        if let gap = GroupGap.difference(known, level: level) {
            var interval = gap.interval
            if let most {
                let upper = isOpen ? most : min(most, interval.upper)
                interval = Interval(lower: min(interval.lower, upper), upper: upper)
            }
            gaps.append(
                JudgedFigure(
                    difference, of: of, gap.value, interval, rows: count, source: rows.source))
        }
        if let ratio, let gap = GroupGap.ratio(known, level: level) {
            let lower = isOpen ? 0 : gap.interval.lower
            gaps.append(
                JudgedFigure(
                    ratio, of: of, gap.value, Interval(lower: lower, upper: gap.interval.upper),
                    rows: count, source: rows.source))
        }
    }

    private mutating func show(
        _ name: FigureName, _ family: Family, in groups: FairnessGroups, ending: String
    ) {
        noteAbsent(name, family, in: groups, ending: ending)
        for (group, estimate) in family.estimates.enumerated() {
            guard let estimate else { continue }
            figures.append(
                JudgedFigure(
                    name, of: "\(groups.name) = \(groups.names[group])\(ending)", estimate.value,
                    estimate.interval(level: level), rows: family.rows[group], source: rows.source))
        }
    }
}

/// What is asked by group of a model of numbers.
enum FairnessNumbers {
    case predictions
    case residuals

    var figure: FigureName {
        switch self {
        case .predictions: .meanPrediction
        case .residuals: .groupCalibration
        }
    }

    var difference: FigureName {
        switch self {
        case .predictions: .meanPredictionDifference
        case .residuals: .groupCalibrationDifference
        }
    }
}
