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
        addHarm(reference, clean, cut, counter, to: &section)
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

extension OverTimeSection {
    /// The harmful-shift figure, its picture and what is to be said of it.
    private static func addHarm(
        _ given: JudgeRows?, _ clean: JudgeRows, _ cut: [TimeSlices.Slice],
        _ counter: SliceFigures, to section: inout JudgementSection
    ) {
        guard let before = given ?? (cut.count > 1 ? clean.taking(cut[0].rows) : nil) else {
            section.notes.append(
                "One slice and no reference: there is nothing that a risk could have risen from.")
            return
        }
        let later = given == nil ? Array(cut.dropFirst()) : cut
        let rows = clean.taking(later.flatMap(\.rows))
        let largest = Self.largestError(before)
        let losses = [before, rows].map {
            SliceFigures.losses($0, threshold: counter.threshold, largestError: largest)
        }
        guard let one = losses[0], let other = losses[1], one.name == other.name,
            let shift = HarmfulShift(
                reference: one.values, referenceWeights: before.weights, operation: other.values,
                weights: rows.weights, alpha: 1 - counter.options.level)
        else {
            section.notes.append("No loss between 0 and 1 is defined on these rows.")
            return
        }
        var ends: [Int] = []
        for slice in later { ends.append((ends.last ?? 0) + slice.rows.count) }
        let alarm = shift.alarm
        let at = alarm.flatMap { row in ends.firstIndex { row <= $0 } }.map { later[$0].name }
        section.figures.insert(
            JudgedFigure(
                .harmfulShift, of: at.map { "alarm in \($0)" }, shift.value, shift.interval,
                rows: rows.count, source: clean.source), at: 0)
        section.notes.append(
            "Harm is the rise of \(one.name) above "
                + (given == nil ? "the first slice's" : "the reference's")
                + ", over all rows so far. Its interval holds at every time at once: an alarm is "
                + "false in at most \(percent(1 - counter.options.level)) of whole runs.")
        if let alarm, let at {
            section.notes.append("The alarm sounded after \(alarm) rows, in the slice \(at).")
        }
        if before.weights != nil || rows.weights != nil {
            section.notes.append(
                "Weighted rows: the largest weight is taken for the bound that the design knew.")
        }
        if rows.clusters != nil {
            section.notes.append(
                "The alarm takes rows for independent, which clusters are not.")
        }
        let points = later.indices.map { place in
            let risk = shift.risk(after: ends[place])
            return JudgePicture.Point(Double(place), (risk.lower + risk.upper) / 2, risk)
        }
        section.pictures.append(
            JudgePicture(
                "harmful_shift", "Risk so far",
                "Where the risk over all rows so far lies, at every time at once. The alarm sounds "
                    + "where the whole interval lies above the line, the reference's upper bound.",
                .lines(
                    JudgePicture.Lines(
                        x: "time", y: "risk", lines: [JudgePicture.Line("risk", points)],
                        steps: later.map(\.name), limits: [shift.bound]))))
    }

    private static func largestError(_ rows: JudgeRows) -> Double? {
        guard case .numbers(let labels) = rows.labels, case .scores(let scores) = rows.predictions
        else { return nil }
        return zip(labels, scores).map { abs($0 - $1) }.max()
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
    var words: String { String(rawValue.map { $0 == "_" ? " " : $0 }) }
}
