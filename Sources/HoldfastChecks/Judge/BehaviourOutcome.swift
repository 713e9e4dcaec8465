import HoldfastStatistics

/// What came of a test.
struct BehaviourOutcome {
    var figure: JudgedFigure?
    var notes: [String]
}

extension BehaviourTrial {
    /// The failures that a note tells at most.
    private static let mostExamples = 5

    /// How a row failed: by how much, and in words.
    private struct Failure {
        var size: Double
        var text: String
    }

    /// What the model's answers say.
    func outcome(_ answers: [Double]) -> BehaviourOutcome {
        guard !tries.isEmpty else {
            return BehaviourOutcome(
                figure: nil,
                notes: [
                    "Test \(test.name): no row could be tried, as none has a value that changes."
                ])
        }
        let failures = tries.map { failure(of: $0, answers) }
        return BehaviourOutcome(
            figure: figure(failures.map { $0 != nil }), notes: notes(failures.compactMap(\.self)))
    }

    private func figure(_ failed: [Bool]) -> JudgedFigure {
        if case .cases = test.claim {
            // The cases are all that there are: nothing was drawn, and no source bends them.
            let share = Double(failed.count { $0 }) / Double(failed.count)
            return JudgedFigure(
                .behaviourFailures, of: test.name, share, rows: failed.count, source: .given)
        }
        let weights = rows.weights.map { weights in tries.map { weights[$0.row] } }
        let clusters = rows.clusters.map { clusters in tries.map { clusters[$0.row] } }
        let whole = weights?.reduce(0, +) ?? Double(failed.count)
        let part = failed.indices.reduce(0.0) { $0 + (failed[$1] ? weights?[$1] ?? 1 : 0) }
        return JudgedFigure(
            .behaviourFailures, of: test.name, part / whole,
            ClusteredMean.shareInterval(
                failed, weights: weights, clusters: clusters, level: options.level),
            rows: failed.count, source: rows.source)
    }

    private func notes(_ failures: [Failure]) -> [String] {
        let name = "Test \(test.name)"
        // The first of those that fail alike stays the first.
        let worst = failures.enumerated().sorted {
            ($1.element.size, $0.offset) < ($0.element.size, $1.offset)
        }
        var notes = worst.prefix(Self.mostExamples).map { "\(name): \($0.element.text)." }
        if untried > 0 {
            notes.append(
                "\(name): could not be tried on \(untried) of the rows, in which nothing changes.")
        }
        if valuesLeftOut > 0 {
            notes.append(
                "\(name): tried \(BehaviourTest.mostValues) values, and left out \(valuesLeftOut).")
        }
        if case .cases = test.claim { return notes }
        if rows.count < asked.total {
            notes.append(
                "\(name): tried \(rows.count) of \(asked.total) rows, drawn by chance.")
        }
        return notes
    }

    private func failure(of one: Try, _ answers: [Double]) -> Failure? {
        let own = answers[Int(one.asIs)]
        switch test.claim {
        case .invariance(let feature, _, let tolerance):
            let isClass = rows.task == .classes
            return worst(of: one, feature, own, answers, tolerance) { change, answer in
                isClass ? (answer == own ? 0 : .infinity) : abs(answer - own)
            }
        case .direction(let feature, let direction, _, let tolerance):
            return worst(of: one, feature, own, answers, tolerance) { change, answer in
                let rise = change.isRise ? answer - own : own - answer
                return direction == .neverFalls ? -rise : rise
            }
        case .cases(let cases):
            return failure(of: cases[one.row], number: one.row + 1, own)
        }
    }

    /// The change that goes furthest beyond the tolerance, if one does.
    private func worst(
        of one: Try, _ feature: String, _ own: Double, _ answers: [Double], _ tolerance: Double,
        _ size: (Change, Double) -> Double
    ) -> Failure? {
        var found: (size: Double, change: Change, answer: Double)?
        for change in one.changed {
            let answer = answers[Int(change.place)]
            let size = size(change, answer)
            // What rounding makes of two answers that are the tolerance apart.
            let noise = 1e-12 * max(abs(own), abs(answer))
            if size > tolerance + noise, size > found?.size ?? 0 {
                found = (size, change, answer)
            }
        }
        guard let found, let column = table.first(where: { $0.name == feature }) else { return nil }
        return Failure(
            size: found.size,
            text:
                "row \(asked.numbers[one.row] + 1) has \(said(own)) with \(feature) = \(column.text(one.row)), "
                + "and \(said(found.answer)) with \(feature) = \(column.text(found.change.value))")
    }

    private func failure(of one: BehaviourTest.Case, number: Int, _ own: Double) -> Failure? {
        let size: Double
        let wanted: String
        switch one.expected {
        case .atLeast(let bound): (size, wanted) = (bound - own, "at least \(said(bound))")
        case .atMost(let bound): (size, wanted) = (own - bound, "at most \(said(bound))")
        case .isYes(let isYes):
            let isIt = own >= options.threshold
            let distance = max(abs(own - options.threshold), .leastNonzeroMagnitude)
            size = isIt == isYes ? 0 : distance
            wanted = (isYes ? "at least" : "below") + " the threshold of \(said(options.threshold))"
        case .isClass(let name):
            size = said(own) == name ? 0 : .infinity
            wanted = name
        }
        guard size > 0 else { return nil }
        let row = rows.count + number - 1
        let values = table.map { "\($0.name) = \($0.text(row))" }.joined(separator: ", ")
        return Failure(
            size: size, text: "case \(number) (\(values)) has \(said(own)), not \(wanted)")
    }

    /// An answer as a reader sees it: of classes, the name.
    private func said(_ answer: Double) -> String {
        guard case .classes(_, let names) = rows.labels else {
            return DecisionReport.short(answer)
        }
        guard let code = Int(exactly: answer), names.indices.contains(code) else {
            return "\(answer), which is no class"
        }
        return names[code]
    }
}
