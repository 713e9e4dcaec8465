internal import HoldfastStatistics

/// Whether a model is still accurate, by labels that have come: figures slice by slice on clean
/// rows, the bent ones beside them, and an alarm on harm that holds whenever one looks.
package enum OverTimeSection {
    /// The answer. Without a reference the first slice of several stands for it; with one slice
    /// there is then no alarm.
    package static func judge(
        reference: JudgeRows?, clean: JudgeRows, biased: JudgeRows?, slices: TimeSlices,
        options: JudgeOptions
    ) -> JudgementSection {
        var section = JudgementSection(.accurateOverTime)
        let cut: [TimeSlices.Slice]
        switch slices.cut(times: clean.times, count: clean.count) {
        case .success(let found): cut = found
        case .failure(let problem):
            section.notes.append(problem.text)
            return section
        }
        let counter = SliceFigures(
            options: options, threshold: (reference ?? clean).threshold(options))
        var byName = tabulate(cut, of: clean, counter, into: &section)
        HarmOverTime(reference, clean, cut, counter).add(to: &section)
        var isBiasedCut = false
        if var biased {
            biased.source = .biased
            if case .success(let others) = slices.cut(times: biased.times, count: biased.count) {
                isBiasedCut = true
                byName.merge(tabulate(others, of: biased, counter, into: &section)) { one, other in
                    one + other
                }
            }
        }
        section.pictures =
            pictures(byName, clean.source, hasBiased: isBiasedCut)
            + section.pictures
        if clean.clusters != nil {
            section.notes.append(
                "Rows hang together in clusters: the area under the curve has no interval here.")
        }
        if byName.isEmpty {
            section.notes.append("Labels and predictions are of kinds that bear no figure.")
        }
        return section
    }

    /// The figures of each slice, into the section, and by name for the pictures.
    private static func tabulate(
        _ cut: [TimeSlices.Slice], of rows: JudgeRows, _ counter: SliceFigures,
        into section: inout JudgementSection
    ) -> [FigureName: [JudgedFigure]] {
        var byName: [FigureName: [JudgedFigure]] = [:]
        for slice in cut {
            for figure in counter.figures(rows.taking(slice.rows), of: slice.name) {
                section.figures.append(figure)
                byName[figure.name, default: []].append(figure)
            }
        }
        return byName
    }

    private static func pictures(
        _ byName: [FigureName: [JudgedFigure]], _ source: RowSource, hasBiased: Bool
    ) -> [JudgePicture] {
        FigureName.allCases.compactMap { name in
            guard let figures = byName[name] else { return nil }
            let shown = SliceLines(figures.compactMap(\.of))
            var lines = [
                shown.line(source.rawValue + " rows", figures.filter { $0.source != .biased })
            ]
            if hasBiased {
                let bent = figures.filter { $0.source == .biased }
                lines.append(shown.line("biased rows", bent, style: .biased))
            }
            return JudgePicture(
                "over_time_" + name.rawValue, "\(name.words) over time",
                "Each slice of time with its interval. Rows that the model's actions have bent "
                    + "are crossed out and say nothing of the model.",
                .lines(
                    JudgePicture.Lines(
                        x: "time", y: name.words, lines: lines, steps: shown.steps)))
        }
    }
}

/// A share as a reader's percentage, such as "5 %".
func percent(_ share: Double) -> String {
    let tenths = (share * 1_000).rounded() / 10
    return (tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)") + " %"
}

/// Lines over slices of time: the steps in order, and each figure at its own.
struct SliceLines {
    let steps: [String]
    private let places: [String: Int]

    /// The steps of some names, each once, in the order of their text: that of time, as RFC 3339
    /// has it, or else as they came.
    init(_ names: [String]) {
        var seen: Set<String> = []
        var steps = names.filter { seen.insert($0).inserted }
        if steps.allSatisfy({ $0.hasSuffix("Z") }) { steps.sort() }
        self.steps = steps
        places = Dictionary(uniqueKeysWithValues: zip(steps, steps.indices))
    }

    func line(
        _ name: String, _ figures: [JudgedFigure], style: JudgePicture.Line.Style = .plain
    ) -> JudgePicture.Line {
        var points = steps.indices.map { JudgePicture.Point(Double($0), nil) }
        for figure in figures {
            guard let of = figure.of, let place = places[of] else { continue }
            points[place].y = figure.value
            points[place].interval = figure.interval
        }
        return JudgePicture.Line(name, points, style: style)
    }
}

extension FigureName {
    /// The name as a reader's words.
    var words: String {
        rawValue.split(separator: "_").map { $0 == "auc" ? "AUC" : String($0) }
            .joined(separator: " ")
    }
}
