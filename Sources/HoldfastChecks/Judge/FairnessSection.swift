/// Whether a model treats groups alike: rates by group, and how far apart they are.
///
///     let section = FairnessSection.judge(rows, options: options)
///     section.figures[0].name     // .demographicParityDifference
///     section.figures[0].of       // "sex"
///
/// The groups are those of each column in ``JudgeRows/groups``, and of each pair of columns: a
/// model may be even to women and to the old and not to old women (J. Buolamwini and T. Gebru, "Gender
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
            let residuals = zip(scores, labels).map { $0 - $1 }
            let columns = [
                (FairnessNumbers.predictions, scores), (.residuals, residuals),
            ].map { ($0, $1, builder.variance($1)) }
            for (place, group) in groups.enumerated() {
                for (kind, values, variance) in columns {
                    builder.add(kind, values, leastVariance: variance, in: group, place: place)
                }
            }
        case (.binary, _), (.classes, _), (.numbers, .classes):
            guard let decisions = FairnessDecisions.all(rows, options: options) else {
                section.notes = ["Labels and predictions are of different kinds."]
                return section
            }
            builder.notes += decisions.notes
            for one in decisions.all {
                let variance = one.probabilities.map(builder.variance)
                for (place, group) in groups.enumerated() {
                    builder.add(one, leastVariance: variance ?? 0, in: group, place: place)
                }
            }
        }
        if leftOut > 0 {
            builder.notes.append(
                "\(leftOut) crossings beyond the first \(FairnessGroups.limit) were left out.")
        }
        for group in groups { builder.note(group) }
        if rows.source != .control && rows.source != .weighted {
            builder.notes.append(
                "The labels of these rows may be bent by the model's own actions, as where it "
                    + "refuses and no outcome follows. Rows of control, or weighted ones, are not.")
        }
        section.figures = builder.gaps + builder.figures
        section.pictures = builder.pictures
        section.notes = builder.notes
        return section
    }
}
