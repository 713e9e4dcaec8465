internal import HoldfastStatistics

/// Whether a model treats groups alike: rates by group, and how far apart they are.
///
///     let section = FairnessSection.judge(rows, options: options)
///     section.figures[0].name     // .demographicParityDifference
///     section.figures[0].of       // "sex"
///
/// The groups are those of each column in ``JudgeRows/groups``, and of each pair of columns: a model
/// may be even to women and to the old and not to old women (J. Buolamwini and T. Gebru, "Gender
/// shades: intersectional accuracy disparities in commercial gender classification", 2018). The
/// figures are those of fairlearn (H. Weerts and others, "Fairlearn: assessing and improving
/// fairness of AI systems", 2023): the largest rate less the smallest, the smallest over the
/// largest, equalised odds the worse of the true and the false positive rate (M. Hardt, E. Price
/// and N. Srebro, "Equality of opportunity in supervised learning", 2016). A group that has none of
/// the rows that a rate is a share of has no rate; fairlearn takes 0 there.
///
/// The intervals hold for all pairs of groups of a column at once: see ``GroupGap``. So a small
/// group makes a figure inconclusive, never unfair.
///
/// It says that groups are treated unlike, not that they should not be: rates of groups whose
/// labels differ cannot all be equal at once (J. Kleinberg, S. Mullainathan and M. Raghavan,
/// "Inherent trade-offs in the fair determination of risk scores", 2016).
package enum FairnessSection {
    /// Judges by columns, and by crossings of up to `crossings` columns.
    package static func judge(
        _ rows: JudgeRows, options: JudgeOptions, crossings: Int = 2
    ) -> JudgementSection {
        var section = JudgementSection(.fair)
        guard !rows.groups.isEmpty else {
            section.notes = ["No column of groups was named: nothing is known of fairness."]
            return section
        }
        guard rows.count > 0 else {
            section.notes = ["The table has no row with a label and a prediction."]
            return section
        }
        if case .scores(let scores) = rows.predictions, !scores.allSatisfy(\.isFinite) {
            section.notes = ["Some predictions are no finite numbers: fairness is not judged."]
            return section
        }
        var builder = FairnessBuilder(rows, options)
        let (groups, leftOut) = FairnessGroups.all(rows.groups, crossings: crossings)
        switch (rows.labels, rows.predictions) {
        case (.numbers(let labels), .scores(let scores)):
            for (place, group) in groups.enumerated() {
                builder.addNumbers(labels, scores, in: group, place: place)
            }
        case (.binary, _), (.classes, _), (.numbers, .classes):
            guard let decisions = FairnessDecisions.all(rows, options: options) else {
                section.notes = ["Labels and predictions are of different kinds."]
                return section
            }
            builder.notes += decisions.notes
            for (place, group) in groups.enumerated() {
                for one in decisions.all { builder.add(one, in: group, place: place) }
            }
        }
        if leftOut > 0 {
            builder.notes.append(
                "\(leftOut) crossings beyond the first \(FairnessGroups.limit) were left out.")
        }
        for group in groups { builder.note(group) }
        if rows.source != .control && rows.source != .weighted {
            builder.notes.append(
                "The labels of these rows may be bent by the model's own actions: whom it refused "
                    + "has no label of his own. Rows of control, or weighted ones, are not.")
        }
        section.figures = builder.gaps + builder.figures
        section.pictures = builder.pictures
        section.notes = builder.notes
        return section
    }
}

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

    mutating func add(_ decisions: FairnessDecisions, in groups: FairnessGroups, place: Int) {
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
        gap(.demographicParityDifference, .demographicParityRatio, of, [selection])
        gap(.equalizedOddsDifference, .equalizedOddsRatio, of, [truePositive, falsePositive])
        gap(.equalOpportunityDifference, .equalOpportunityRatio, of, [truePositive])
        gap(.predictiveParityDifference, nil, of, [precision])
        var families: [(FigureName, Family)] = [
            (.selectionRate, selection), (.truePositiveRate, truePositive),
            (.falsePositiveRate, falsePositive), (.precision, precision),
            (.accuracy, family(.accuracy)),
        ]
        if let probabilities = decisions.probabilities {
            let family = calibration(probabilities, decisions.labels, cells, groups)
            gap(.groupCalibrationDifference, nil, of, [family])
            families.append((.groupCalibration, family))
        }
        for (name, family) in families {
            show(name, family, in: groups, ending: decisions.ending)
            draw(name, family, in: groups, decisions, place: place)
        }
    }

    /// The mean prediction less the share of positives, group by group.
    private func calibration(
        _ scores: [Double], _ labels: [Bool], _ cells: GroupCells, _ groups: FairnessGroups
    ) -> Family {
        let count = groups.names.count
        let means = GroupMeans(
            groups: groups.codes, count: count, values: scores, weights: rows.weights,
            clusters: clusters)
        var positives = groups.codes
        for row in labels.indices where !labels[row] { positives[row] = -1 }
        let ours = GroupMeans(
            groups: positives, count: count, values: scores, weights: rows.weights)
        let least = pooledVariance(scores)
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

    private func pooledVariance(_ values: [Double]) -> Double {
        let all = [Int32](repeating: 0, count: values.count)
        return GroupMeans(groups: all, count: 1, values: values, weights: rows.weights)
            .variance(0) ?? 0
    }

    mutating func addNumbers(
        _ labels: [Double], _ scores: [Double], in groups: FairnessGroups, place: Int
    ) {
        func family(_ values: [Double]) -> Family {
            let means = GroupMeans(
                groups: groups.codes, count: groups.names.count, values: values,
                weights: rows.weights, clusters: clusters)
            let least = pooledVariance(values)
            return Family(
                estimates: groups.names.indices.map {
                    GroupEstimate(means, group: $0, leastVariance: least)
                }, rows: groups.rows)
        }
        let predictions = family(scores)
        let residuals = family(zip(scores, labels).map { $0 - $1 })
        gap(.meanPredictionDifference, nil, groups.name, [predictions])
        gap(.groupCalibrationDifference, nil, groups.name, [residuals])
        for (name, family) in [
            (FigureName.meanPrediction, predictions), (.groupCalibration, residuals),
        ] {
            show(name, family, in: groups, ending: "")
            draw(name, family, in: groups, nil, place: place)
        }
    }

    private mutating func gap(
        _ difference: FigureName, _ ratio: FigureName?, _ of: String, _ families: [Family]
    ) {
        let known = families.map(\.known)
        let count = families.reduce(0) { $0 + $1.rowCount }
        if let gap = GroupGap.difference(known, level: level) {
            gaps.append(
                JudgedFigure(
                    difference, of: of, gap.value, gap.interval, rows: count, source: rows.source))
        }
        if let ratio, let gap = GroupGap.ratio(known, level: level) {
            gaps.append(
                JudgedFigure(
                    ratio, of: of, gap.value, gap.interval, rows: count, source: rows.source))
        }
    }

    private mutating func show(
        _ name: FigureName, _ family: Family, in groups: FairnessGroups, ending: String
    ) {
        for (group, estimate) in family.estimates.enumerated() {
            guard let estimate else { continue }
            figures.append(
                JudgedFigure(
                    name, of: "\(groups.name) = \(groups.names[group])\(ending)", estimate.value,
                    estimate.interval(level: level), rows: family.rows[group], source: rows.source))
        }
    }
}
