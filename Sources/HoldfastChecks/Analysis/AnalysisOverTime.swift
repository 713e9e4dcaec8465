internal import HoldfastStatistics

/// How effects come about: by the rows that were dealt so far, and by week since they were.
extension AnalysisRun {
    /// The effect of the rows dealt until each of some moments; none where times are not known.
    ///
    /// Steps have equal numbers of rows, so that the first are not all noise. Rows without a time
    /// are in none of them.
    func course(
        _ column: AnalysisColumn, _ pair: (control: [Int], treatment: [Int])
    ) -> [CourseStep] {
        guard let times = rows.times else { return [] }
        func inTime(_ places: [Int]) -> [Int] {
            places.filter { !times[$0].isNaN }.sorted { times[$0] < times[$1] }
        }
        let (control, treatment) = (inTime(pair.control), inTime(pair.treatment))
        let moments = (control + treatment).map { times[$0] }.sorted()
        guard let first = moments.first, let last = moments.last, first < last else { return [] }
        var steps: [CourseStep] = []
        for step in 1...AnalysisOptions.stepCount {
            let moment = moments[max(0, moments.count * step / AnalysisOptions.stepCount - 1)]
            guard moment > (steps.last?.time ?? -.infinity) else { continue }
            let until = (
                control: Array(control.prefix { times[$0] <= moment }),
                treatment: Array(treatment.prefix { times[$0] <= moment })
            )
            guard !until.control.isEmpty, !until.treatment.isEmpty,
                case .success(let effect) = estimate(
                    column.kind, column, until, level: options.level)
            else { continue }
            steps.append(
                CourseStep(
                    time: moment, rows: until.control.count + until.treatment.count,
                    difference: effect.difference.value, interval: effect.difference.interval,
                    sequence: effect.difference.sequence))
        }
        return steps.count > 1 ? steps : []
    }

    /// The effect in each week since rows were dealt, where that is known.
    func trend(
        _ column: AnalysisColumn, _ pair: (control: [Int], treatment: [Int])
    ) -> EffectTrend? {
        guard let weekly = column.weekly, weekly.weeks > 0 else { return nil }
        let byWeek = Dictionary(grouping: weekly.entries, by: \.week)
        let weeks = (0..<weekly.weeks).map { week in
            var values = [Double](repeating: 0, count: rows.count)
            for entry in byWeek[Int32(week)] ?? [] { values[Int(entry.row)] += entry.value }
            let one = AnalysisColumn(column.request, kind: .mean, values: values)
            return EffectWeek(
                week: week, control: weekRows(one, pair.control),
                treatment: weekRows(one, pair.treatment))
        }
        return EffectTrend.estimate(.mean, weeks: weeks, options: settings(level: options.level))
    }

    /// Rows of one week: a row comes again in each of them, and so is a cluster of its own.
    private func weekRows(_ column: AnalysisColumn, _ places: [Int]) -> ArmRows {
        var week = armRows(column, places)
        if week.clusters == nil { week.clusters = places.map(Int32.init) }
        return week
    }

    /// The effect on those whom the treatment reached because they were dealt it.
    func addComplier(
        _ column: AnalysisColumn, _ pair: (control: [Int], treatment: [Int]), _ exposed: [Bool],
        to effect: inout AnalysedEffect
    ) {
        var (control, treatment) = (armRows(column, pair.control), armRows(column, pair.treatment))
        control.exposed = pair.control.map { exposed[$0] }
        treatment.exposed = pair.treatment.map { exposed[$0] }
        switch ComplierEffect.estimate(
            column.kind, control: control, treatment: treatment,
            options: settings(level: options.level))
        {
        case .success(let found): effect.complier = found
        case .failure(let fault): effect.complierFault = fault.sentence
        }
    }
}
