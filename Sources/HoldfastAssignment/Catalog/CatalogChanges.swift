package import HoldfastFormats

extension Catalog {
    /// What would move units of a running experiment between arms, or in and out of it.
    ///
    ///     new.unsafeChanges(since: old, revision: old.revision, sameSalt: true, at: now)
    ///     // ["experiment credit-limit: its arms were control 5%, treatment 95% in revision r0f3c… and are control 10%, treatment 90% now"]
    ///
    /// An experiment that has not started, has ended, or is new may change freely, and so may what
    /// does not deal: descriptions, features, outcomes. Traffic may grow: that moves nobody who is
    /// enrolled. Experiments in `compared` are passed over.
    package func unsafeChanges(
        since old: Catalog, revision: String, sameSalt: Bool, at time: Timestamp,
        except compared: Set<Name> = []
    ) -> [String] {
        var problems: [String] = []
        for before in old.experiments
        where before.isRunning(at: time) && !compared.contains(before.name) {
            guard let now = dealings[before.name]?.experiment else { continue }
            func note(_ what: String, _ old: String, _ new: String) {
                guard old != new else { return }
                problems.append(
                    "experiment \(before.name): its \(what) was \(old) in revision \(revision) and is \(new) now"
                )
            }
            if !sameSalt {
                problems.append(
                    "experiment \(before.name): the salt is another than in revision \(revision), so that every unit would be dealt anew"
                )
            }
            note("arms", before.armText, now.armText)
            note("unit", before.unit.text, now.unit.text)
            note("cluster", before.cluster?.text ?? "none", now.cluster?.text ?? "none")
            note("layer", before.sliceText, now.sliceText)
            if now.traffic < before.traffic {
                note("traffic", "\(before.traffic)", "\(now.traffic)")
            }
            note(
                "holdouts", holdoutText(old.holdouts, of: before.name),
                holdoutText(holdouts, of: before.name))
        }
        return problems
    }

    private func holdoutText(_ holdouts: [Holdout], of experiment: Name) -> String {
        let texts = holdouts.filter { $0.covers(experiment) }.map { "\($0.name) \($0.share)" }
        return texts.isEmpty ? "none" : texts.joined(separator: ", ")
    }
}

extension Experiment {
    /// Whether it has started and not ended.
    package func isRunning(at time: Timestamp) -> Bool {
        starts.map { $0 <= time } ?? true && ends.map { time < $0 } ?? true
    }

    fileprivate var sliceText: String {
        slice.map { "\($0.layer) \($0.from) to \($0.to)" } ?? "none"
    }

    /// Whether both deal every unit alike, enrolment by traffic aside.
    package func dealsAlike(_ other: Experiment) -> Bool {
        name == other.name && unit == other.unit && cluster == other.cluster && slice == other.slice
            && arms == other.arms && method == other.method
    }
}
