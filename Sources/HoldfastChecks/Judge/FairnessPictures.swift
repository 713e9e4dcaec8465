internal import HoldfastStatistics

extension FairnessBuilder {
    /// The most bars of one picture.
    static let barLimit = 40

    /// Draws a rate group by group. Of one class against the rest, only the rates of selection and
    /// of true positives, and only by single columns: the figures have the rest.
    mutating func draw(
        _ name: FigureName, _ family: Family, in groups: FairnessGroups,
        _ decisions: FairnessDecisions?, place: Int
    ) {
        if let decisions, !decisions.ending.isEmpty,
            place >= rows.groups.count || (name != .selectionRate && name != .truePositiveRate)
        {
            return
        }
        let shown = groups.names.indices
            .sorted { (-groups.rows[$0], $0) < (-groups.rows[$1], $1) }
            .prefix(Self.barLimit).sorted()
        let bars = shown.map { group in
            let estimate = family.estimates[group]
            return JudgePicture.Bar(
                groups.names[group], estimate?.value ?? 0, estimate?.interval(level: level),
                note: estimate == nil || family.rows[group] < JudgedFigure.fewRows
                    ? "too few rows" : nil)
        }
        let ending = decisions?.ending ?? ""
        let rest = groups.names.count - shown.count
        pictures.append(
            JudgePicture(
                "\(name.rawValue)_by_\(place)\(decisions?.idEnding ?? "")",
                "\(Self.words(name)) by \(groups.name)\(ending)",
                "\(Self.meaning(name)) Each bar's interval is its own group's."
                    + (rest > 0 ? " The \(rest) smallest groups are not drawn." : ""),
                .bars(axis: Self.words(name).lowercased(), rows: bars, limits: [])))
    }

    /// Says what of a column's rows and groups is missing or small.
    mutating func note(_ groups: FairnessGroups) {
        if groups.names.count == 1 {
            notes.append("\(groups.name) has one group: there is nothing to compare it with.")
        }
        let small = groups.rows.filter { $0 < JudgedFigure.fewRows }.count
        if small > 0 && groups.names.count > 1 {
            notes.append(
                "\(small) of \(groups.names.count) groups of \(groups.name) have too few rows, "
                    + "under \(JudgedFigure.fewRows): they enter the differences and ratios with "
                    + "intervals as wide as so few rows leave them.")
        }
        if groups.withoutValue > 0 {
            notes.append("\(groups.withoutValue) rows have no value of \(groups.name).")
        }
        if groups.passedOver.groups > 0 {
            notes.append(
                "\(groups.name) has more than \(FairnessGroups.groupLimit) groups: the "
                    + "\(groups.passedOver.groups) smallest, of \(groups.passedOver.rows) rows, "
                    + "are not judged.")
        }
    }

    /// Says how many groups have none of the rows that a rate is a share of.
    mutating func noteAbsent(
        _ name: FigureName, _ family: Family, in groups: FairnessGroups, ending: String
    ) {
        let absent = family.estimates.count { $0 == nil }
        guard absent > 0 else { return }
        notes.append(
            "\(absent) of \(groups.names.count) groups of \(groups.name)\(ending) have none of the "
                + "rows that the \(Self.words(name).lowercased()) is a share of: they have no such "
                + "rate and do not enter its differences and ratios.")
    }

    private static func words(_ name: FigureName) -> String {
        let words = name.rawValue.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func meaning(_ name: FigureName) -> String {
        if name == .selectionRate { return "The share of a group's rows that are a yes." }
        if name == .truePositiveRate { return "The share of a group's positives that are a yes." }
        if name == .falsePositiveRate { return "The share of a group's negatives that are a yes." }
        if name == .precision { return "The share of positives among a group's yeses." }
        if name == .accuracy { return "The share of a group's rows that are decided rightly." }
        if name == .meanPrediction { return "The mean prediction of a group." }
        return "A group's mean prediction less its mean label: 0 is right, above 0 is too high."
    }
}
