internal import HoldfastStatistics

/// The alarm on harm: what it is held against, when it sounded, and its picture.
struct HarmOverTime {
    private let before: JudgeRows?
    private let isGiven: Bool
    private let later: [TimeSlices.Slice]
    private let rows: JudgeRows
    private let counter: SliceFigures

    /// Without a reference the first slice of several stands for it.
    init(
        _ reference: JudgeRows?, _ clean: JudgeRows, _ cut: [TimeSlices.Slice],
        _ counter: SliceFigures
    ) {
        isGiven = reference != nil
        before = reference ?? (cut.count > 1 ? clean.taking(cut[0].rows) : nil)
        later = reference == nil ? Array(cut.dropFirst()) : cut
        rows = clean.taking(later.flatMap(\.rows))
        self.counter = counter
    }

    /// Losses that do not depend on each other: of rows, or the means of clusters, each of which
    /// counts as its rows do together and is complete with its last one.
    struct Independent {
        var losses: [Double] = []
        var weights: [Double]?
        /// The rows that have come when each is complete.
        var ends: [Int] = []

        init(_ losses: [Double], _ rows: JudgeRows) {
            guard let clusters = rows.clusters else {
                self.losses = losses
                weights = rows.weights
                ends = Array(1..<(losses.count + 1))
                return
            }
            var sums = [Int32: (loss: Double, weight: Double, end: Int)]()
            for row in losses.indices {
                let weight = rows.weights?[row] ?? 1
                sums[clusters[row], default: (0, 0, 0)].loss += weight * losses[row]
                sums[clusters[row], default: (0, 0, 0)].weight += weight
                sums[clusters[row], default: (0, 0, 0)].end = row + 1
            }
            let all = sums.values.sorted { $0.end < $1.end }
            self.losses = all.map { min(1, max(0, $0.loss / $0.weight)) }
            weights = all.map(\.weight)
            ends = all.map(\.end)
        }

        /// How many are complete after some rows.
        func count(after rows: Int) -> Int { ends.count { $0 <= rows } }
    }

    /// Adds the figure, first of all, with its picture and notes.
    func add(to section: inout JudgementSection) {
        guard let before else {
            section.notes.append(
                "One slice and no reference: there is nothing that a risk could have risen from.")
            return
        }
        let largest = Self.largestError(before)
        guard
            let ours = SliceFigures.losses(
                before, threshold: counter.threshold, largestError: largest),
            let theirs = SliceFigures.losses(
                rows, threshold: counter.threshold, largestError: largest),
            ours.name == theirs.name
        else {
            section.notes.append("No loss between 0 and 1 is defined on these rows.")
            return
        }
        let (one, other) = (Independent(ours.values, before), Independent(theirs.values, rows))
        guard
            let shift = HarmfulShift(
                reference: one.losses, referenceWeights: one.weights, operation: other.losses,
                weights: other.weights, alpha: 1 - counter.options.level,
                seed: counter.options.seed)
        else { return }
        var ends: [Int] = []
        for slice in later { ends.append((ends.last ?? 0) + slice.rows.count) }
        let alarm = shift.alarm.map { other.ends[$0 - 1] }
        let at = alarm.flatMap { row in ends.firstIndex { row <= $0 } }.map { later[$0].name }
        section.figures.insert(
            JudgedFigure(
                .harmfulShift, of: at.map { "alarm in \($0)" }, shift.value, shift.interval,
                rows: rows.count, source: rows.source), at: 0)
        section.notes += notes(ours.name)
        if let alarm, let at {
            section.notes.append("The alarm sounded after \(alarm) rows, in the slice \(at).")
        }
        section.pictures.append(picture(shift, ends.map { other.count(after: $0) }))
    }

    private func notes(_ loss: String) -> [String] {
        let chance = percent(1 - counter.options.level)
        var notes = [
            "Harm is the rise of \(loss) above "
                + (isGiven ? "the reference's" : "the first slice's")
                + ", over all rows so far. Its interval holds at every time at once: an alarm is "
                + "false in at most \(chance) of whole runs."
        ]
        if before?.weights != nil || rows.weights != nil {
            notes.append(
                "Weighted rows: the largest weight is taken for the bound that the design knew.")
        }
        if rows.clusters != nil {
            notes.append(
                "Rows of a cluster are one, at their mean: it counts once its last row has come.")
        }
        return notes
    }

    private func picture(_ shift: HarmfulShift, _ counts: [Int]) -> JudgePicture {
        let points = counts.enumerated().map { step, count in
            let risk = shift.risk(after: count)
            return JudgePicture.Point(Double(step), (risk.lower + risk.upper) / 2, risk)
        }
        return JudgePicture(
            "harmful_shift", "Risk so far",
            "Where the risk over all rows so far lies, at every time at once. The alarm sounds "
                + "where the whole interval lies above the line, the reference's upper bound.",
            .lines(
                JudgePicture.Lines(
                    x: "time", y: "risk", lines: [JudgePicture.Line("risk", points)],
                    steps: later.map(\.name), limits: [shift.bound])))
    }

    private static func largestError(_ rows: JudgeRows) -> Double? {
        guard case .numbers(let labels) = rows.labels, case .scores(let scores) = rows.predictions
        else { return nil }
        return zip(labels, scores).map { abs($0 - $1) }.max()
    }
}
