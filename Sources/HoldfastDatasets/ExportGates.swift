internal import HoldfastAssignment
internal import HoldfastSQL

/// What a set says of itself, and the gates that follow.
struct ExportGates {
    let stage: ExportStage

    /// Of few dealt control rows only may it be unknown whether they are clean.
    private static let unknownLimit = 0.1

    private var plan: ExportPlan { stage.plan }

    func audit(
        trimmedShare: Double?, progress: (String) -> Void
    ) throws -> (audit: Audit, gates: [Gate]) {
        progress("\(plan.experiment.name): comparing arms")
        let losses = ArmLosses(stage: stage)
        let attrition = losses.attrition()
        let balance = ControlBalance(stage: stage)
        progress("\(plan.experiment.name): comparing kept with excluded rows")
        let differences = try balance.balance()
        let window = PlaceboWindow(stage: stage)
        let placebo = try window.placebo()
        let set = SetWeights(stage: stage)
        let weights = try set.weights(trimmedShare: trimmedShare)
        let bands = try set.bands()
        progress("\(plan.experiment.name): comparing the set with what was served")
        let served = ServedFeatures(stage: stage)
        let trainEval = try served.trainEval()
        let controlServe = try served.controlServe()
        let audit = Audit(
            attrition: attrition, trimmingShare: losses.trimmingShare(attrition),
            balance: differences, placebo: placebo, bands: bands, weights: weights,
            features: controlServe.histograms)
        var gates = [
            sampleRatio(.sampleRatio) { _ in true },
            sampleRatio(.sampleRatioKept) { $0.isDealt && !losses.isLost($0) },
            recomputation, losses.gate(attrition), balance.gate(differences), unknownShare,
            set.positivity(bands, weights), positives, window.gate(placebo), trainEval,
            controlServe.gate, minimumRows,
        ]
        for index in gates.indices where !gates[index].passed {
            // A waiver without a reason waives nothing.
            let reason = plan.request.waivers[gates[index].name] ?? ""
            gates[index].waiver = reason.allSatisfy(\.isWhitespace) ? nil : reason
        }
        return (audit, gates)
    }

    private func sampleRatio(_ name: Gate.Name, where isCounted: (RowBox) -> Bool) -> Gate {
        let counts = stage.firsts.filter { isCounted($0.box) }.map { box, units in
            SampleRatio.Count(arm: box.arm, stratum: box.band ?? 0, units: units)
        }
        return plan.sampleRatio.gate(name, of: counts)
    }

    private var recomputation: Gate {
        let wrong = stage.count(.notRecomputed).holds
        let all = stage.decisionCount
        let share = all == 0 ? nil : 1 - Double(wrong) / Double(all)
        return Gate(
            name: .recomputation, passed: wrong == 0 && share != nil, figure: share, limit: 1,
            detail: share == nil
                ? "there are no decisions"
                : wrong == 0
                    ? "every decision is what its revision deals"
                    : "\(wrong) of \(all) decisions are not what their revision deals",
            waiver: nil)
    }

    /// Unknown is a row in a gap, without its cluster, or ripe without an outcome where its absence
    /// says nothing.
    private var unknownShare: Gate {
        var rows = 0
        var unknown = 0
        for (box, count) in stage.boxes
        where box.isDealt && !box.holds(.notControl) && !box.isEarly {
            rows += count
            if box.holds(.logGap) || box.holds(.notRipe) || box.isHomeless { unknown += count }
        }
        let share = rows == 0 ? nil : Double(unknown) / Double(rows)
        return Gate(
            name: .unknownShare, passed: share.map { $0 <= ExportGates.unknownLimit } ?? false,
            figure: share, limit: ExportGates.unknownLimit,
            detail: rows == 0
                ? "no row was a candidate"
                : "\(unknown) of \(rows) control rows cannot be called clean or unclean",
            waiver: nil)
    }

    /// A label of other values than 0 and 1 is a number, of which no part may have one value alone:
    /// what counts is how many rows have another than the commonest.
    private var positives: Gate {
        let minimum = plan.request.minimumPositives
        let parts = plan.experiment.split.enumerated().filter { $1.share > .none }.map {
            (
                name: $1.name.text, counts: stage.written(part: $0),
                varied: stage.varied[$0] ?? 0
            )
        }
        let isNumber = parts.contains { $0.counts.numbers > 0 }
        let figures = parts.map { part in
            isNumber
                ? part.varied : min(part.counts.positives, part.counts.rows - part.counts.positives)
        }
        let told = parts.map { part in
            isNumber
                ? "\(part.name) \(part.varied) of \(part.counts.rows)"
                : "\(part.name) \(part.counts.positives) of \(part.counts.rows)"
        }
        let least = figures.min() ?? 0
        return Gate(
            name: .positives, passed: least >= minimum, figure: Double(least),
            limit: Double(minimum),
            detail: (isNumber ? "with another label than the commonest: " : "with the outcome: ")
                + told.joined(separator: ", "),
            waiver: nil)
    }

    private var minimumRows: Gate {
        let minimum = plan.request.minimumRows
        let parts = plan.experiment.split.enumerated().map {
            (name: $1.name.text, share: $1.share, rows: stage.written(part: $0).rows)
        }
        let kept = parts.reduce(0) { $0 + $1.rows }
        let empty = parts.filter { $0.rows == 0 && $0.share > .none }
        var detail = "\(kept) rows kept, at least \(minimum) needed"
        if !empty.isEmpty {
            detail += "; no row in \(empty.map(\.name).joined(separator: ", "))"
        }
        return Gate(
            name: .minimumRows, passed: kept >= minimum && empty.isEmpty, figure: Double(kept),
            limit: Double(minimum), detail: detail, waiver: nil)
    }
}
