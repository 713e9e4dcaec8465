package import HoldfastFormats

/// A change of a running experiment that would move units out of their arms.
package struct UnsafeChange: Sendable, Equatable, CustomStringConvertible {
    /// The experiment.
    package var experiment: Name
    /// What is declared otherwise, and what that would do.
    package var description: String
}

extension Catalog {
    /// What would move units of running experiments between arms, or out of them.
    ///
    ///     new.unsafeChanges(since: old, revision: old.revision, sameSalt: true, at: now)
    ///     // ["experiment credit-limit: since revision r0f3c… its traffic was 60% and is 50% now;
    ///     //   0.5% of all units would move from control to not enrolled, 9.5% …"]
    ///
    /// An experiment that has not started, has ended for good, or is new may change freely, and so
    /// may what does not deal: descriptions, features, outcomes, margins of agreement. Traffic may
    /// grow: that moves none who is enrolled. So may an experiment end: that is how one is stopped.
    /// One that is opened again must deal as it did. Experiments in `compared` are passed over;
    /// those in `hasRun` ran under the old catalog, whatever its times say of this moment.
    package func unsafeChanges(
        since old: Catalog, revision: String, sameSalt: Bool, at time: Timestamp,
        except compared: Set<Name> = [], hasRun: Set<Name> = []
    ) -> [UnsafeChange] {
        old.experiments.map(\.name).filter { !compared.contains($0) }.compactMap { name in
            guard
                let difference = ExperimentDifference(
                    name, from: old, to: self, sameSalt: sameSalt, at: time,
                    hasRun: hasRun.contains(name)),
                !difference.isSafe
            else { return nil }
            let changes = difference.changes.joined(separator: ", ")
            let reasons = difference.reasons.joined(separator: ", ")
            return UnsafeChange(
                experiment: name,
                description:
                    "experiment \(name): since revision \(revision) \(changes); \(reasons)")
        }
    }
}

extension Experiment {
    /// Whether it has started and not ended.
    package func isRunning(at time: Timestamp) -> Bool {
        starts.map { $0 <= time } ?? true && !hasEnded(at: time)
    }

    /// Whether its end has come.
    package func hasEnded(at time: Timestamp) -> Bool { ends.map { $0 <= time } ?? false }

    /// Whether it ran at any moment from one time up to another.
    package func ran(from start: Timestamp, to end: Timestamp) -> Bool {
        starts.map { $0 < end } ?? true && ends.map { start < $0 } ?? true
    }

    var sliceText: String {
        slice.map { "\($0.layer) \($0.from) to \($0.to)" } ?? "none"
    }

    /// Whether both deal every unit alike, enrolment by traffic aside.
    package func dealsAlike(_ other: Experiment) -> Bool {
        name == other.name && unit == other.unit && cluster == other.cluster && slice == other.slice
            && arms == other.arms && method == other.method
    }
}
