internal import HoldfastFormats

/// An experiment as it was and as it will be.
struct DealingPair {
    let before: Dealing?
    let after: Dealing?
    let sameSalt: Bool
    let time: Timestamp
    /// Whether both are taken to run, whatever their times are.
    let ignoresTimes: Bool

    // MARK: - Moves

    /// The parts of all units that change their standing.
    var moves: [ExperimentDifference.Move] {
        scoreBands.flatMap { band -> [ExperimentDifference.Move] in
            var moves: [ExperimentDifference.Move] = []
            for (pair, share) in standings(score: band.score) where pair.before != pair.after {
                // Products of shares, which have six decimals each: what is beyond is rounding.
                let share = max((share * 1e15).rounded() / 1e15, 1e-15)
                moves.append(
                    .init(from: pair.before, to: pair.after, share: share, scores: band.label))
            }
            return moves.sorted { rank($0) < rank($1) }
        }
    }

    private struct Pair: Hashable {
        var before: Standing
        var after: Standing
    }

    /// What has been decided so far on either side, and by which step.
    private struct State: Hashable {
        var before: Decided?
        var after: Decided?
    }

    private struct Decided: Hashable {
        var order: Int
        var standing: Standing
    }

    /// How all units are distributed over pairs of standings.
    ///
    /// Dimension by dimension: the buckets of one hash are cut at the boundaries of both sides, and
    /// each piece decides alike for all of its buckets. Hashes of different dimensions are
    /// independent, so that their shares multiply.
    private func standings(score: Double?) -> [Pair: Double] {
        let old = steps(of: before, score: score, salt: sameSalt ? "" : "old")
        let new = steps(of: after, score: score, salt: sameSalt ? "" : "new")
        var dimensions: [String] = []
        for step in old + new where !dimensions.contains(step.dimension) {
            dimensions.append(step.dimension)
        }
        var distribution: [State: Double] = [State(): 1]
        for dimension in dimensions {
            let mine = old.filter { $0.dimension == dimension }
            let theirs = new.filter { $0.dimension == dimension }
            let count = (mine + theirs).map(\.count).max() ?? Bucket.count
            var cuts = Set((mine + theirs).flatMap(\.pieces).flatMap { [$0.from, $0.to] })
            cuts.formUnion([0, count])
            let edges = cuts.sorted()
            var next: [State: Double] = [:]
            for (from, to) in zip(edges, edges.dropFirst()) {
                let width = Double(to - from) / Double(count)
                let before = decided(mine, bucket: from)
                let after = decided(theirs, bucket: from)
                for (state, share) in distribution {
                    let state = State(
                        before: first(state.before, before), after: first(state.after, after))
                    next[state, default: 0] += share * width
                }
            }
            distribution = next
        }
        var pairs: [Pair: Double] = [:]
        for (state, share) in distribution {
            let pair = Pair(
                before: settled(before) ?? state.before?.standing ?? .none,
                after: settled(after) ?? state.after?.standing ?? .none)
            pairs[pair, default: 0] += share
        }
        return pairs
    }

    private func steps(of dealing: Dealing?, score: Double?, salt: String) -> [ChanceStep] {
        guard let dealing, settled(dealing) == nil else { return [] }
        return dealing.chanceSteps(at: time, score: score, salt: salt)
    }

    /// The standing of all units where nothing is left to chance.
    private func settled(_ dealing: Dealing?) -> Standing? {
        guard let dealing, ignoresTimes || dealing.experiment.isRunning(at: time) else {
            return Standing.none
        }
        return nil
    }

    private func decided(_ steps: [ChanceStep], bucket: UInt64) -> Decided? {
        steps.reduce(nil) { found, step in
            first(found, step.standing(of: bucket).map { Decided(order: step.order, standing: $0) })
        }
    }

    private func first(_ one: Decided?, _ other: Decided?) -> Decided? {
        guard let one else { return other }
        guard let other else { return one }
        return other.order < one.order ? other : one
    }

    /// Arms in declared order, and then the rest.
    private func rank(_ move: ExperimentDifference.Move) -> (Int, Int) {
        func rank(_ standing: Standing, in dealing: Dealing?) -> Int {
            switch standing {
            case .arm(let name):
                dealing?.experiment.arms.firstIndex { $0.name == name } ?? 0
            case .heldOut: 1_000
            case .outsideSlice: 1_001
            case .notEnrolled: 1_002
            case .none: 1_003
            }
        }
        return (rank(move.from, in: before), rank(move.to, in: after))
    }

    // MARK: - Scores

    /// The ranges of scores within which neither side's bands change, with one score of each.
    private var scoreBands: [(score: Double?, label: String?)] {
        let bounds = Set(
            [before, after].compactMap { $0 }.flatMap { dealing -> [Double] in
                guard case .exploration(_, let bands) = dealing.arms else { return [] }
                return bands.compactMap(\.below)
            }
        ).sorted()
        guard !bounds.isEmpty else { return [(nil, nil)] }
        var bands: [(score: Double?, label: String?)] = []
        for (index, bound) in bounds.enumerated() {
            let score = index == 0 ? -Double.infinity : bounds[index - 1]
            let label = index == 0 ? "scores below \(bound)" : "scores from \(score) to \(bound)"
            bands.append((score, label))
        }
        let last = bounds[bounds.count - 1]
        return bands + [(last, "scores from \(last) on")]
    }

    // MARK: - Words

    /// What is declared otherwise.
    var changes: [String] {
        guard let before = before?.experiment else { return ["it is new"] }
        guard let after = after?.experiment else { return ["it is removed"] }
        var changes: [String] = []
        func texts(
            _ what: String, _ old: String, _ new: String, was: String = "was", is: String = "is"
        ) {
            if old != new { changes.append("its \(what) \(was) \(old) and \(`is`) \(new) now") }
        }
        if !sameSalt { changes.append("the salt is another, so that every unit is dealt anew") }
        texts("arms", before.armText, after.armText, was: "were", is: "are")
        if case .compatible(let one) = before.method, case .compatible(let other) = after.method,
            one != other
        {
            changes.append("its rule of \(one.system.rawValue) is another")
        }
        texts("unit", before.unit.text, after.unit.text)
        texts("cluster", before.cluster?.text ?? "none", after.cluster?.text ?? "none")
        texts("layer", before.sliceText, after.sliceText)
        texts("traffic", "\(before.traffic)", "\(after.traffic)")
        texts(
            "holdouts", holdoutText(self.before), holdoutText(self.after), was: "were", is: "are")
        if before.eligible != after.eligible { changes.append("its rule on attributes is another") }
        texts("start", time(before.starts), time(after.starts))
        texts("end", time(before.ends), time(after.ends))
        if before.overrides != after.overrides { changes.append("its overrides are others") }
        return changes
    }

    private func time(_ time: Timestamp?) -> String { time?.description ?? "not declared" }

    private func holdoutText(_ dealing: Dealing?) -> String {
        let texts = (dealing?.holdouts ?? []).map { "\($0.name) \($0.share)" }
        return texts.isEmpty ? "none" : texts.joined(separator: ", ")
    }

    /// What moves units although no share says how many.
    var risks: [String] {
        guard let old = before?.experiment, let new = after?.experiment else { return [] }
        var risks: [String] = []
        if let rule = new.eligible, rule != old.eligible {
            risks.append(
                "units that the new rule on attributes does not let in would leave their arms, and how many those are the catalog cannot tell"
            )
        }
        switch (old.method, new.method) {
        case (.rotation(let one), .rotation(let other)) where one != other:
            risks.append("units would come back to control out of turn, or stay too long")
        case (.switchback(let one), .switchback(let other)) where one.every != other.every:
            risks.append("blocks of another length are dealt anew")
        case (.shares, _), (.rotation, _), (.exploration, _), (.switchback, _), (.compatible, _):
            break
        }
        return risks + overrideRisks
    }

    /// Testers who would be given another arm than they have.
    private var overrideRisks: [String] {
        guard let before, let after else { return [] }
        let old = before.experiment.overrides
        let new = after.experiment.overrides
        let units = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
        let moved = units.filter { unit in
            let one = standing(of: unit, in: before)
            let other = standing(of: unit, in: after)
            return one == nil || one != other
        }
        guard !moved.isEmpty else { return [] }
        let count = moved.count == 1 ? "1 unit" : "\(moved.count) units"
        return ["\(count) would be given another arm, or none, by the overrides"]
    }

    /// The standing of one unit of which nothing but its id is known; `nil` where that is not
    /// enough to tell.
    private func standing(of unit: UnitID, in dealing: Dealing) -> Standing? {
        if let forced = dealing.experiment.overrides[unit] { return .arm(forced) }
        do throws(AssignmentFault) {
            let assignment = try dealing.assign(Candidate(unit: unit), at: time, revision: "")
            return Standing(assignment)
        } catch {
            // What the decision needs beside the id is not known here: the caller takes that as a
            // unit that may move.
            return nil
        }
    }
}

extension Standing {
    /// Where an assignment puts a unit.
    package init(_ assignment: Assignment) {
        switch assignment.reason {
        case .override, .assigned: self = assignment.arm.map { .arm($0) } ?? .none
        case .notStarted, .ended, .ineligible: self = .none
        case .holdout: self = .heldOut
        case .outsideSlice: self = .outsideSlice
        case .notEnrolled: self = .notEnrolled
        }
    }
}
