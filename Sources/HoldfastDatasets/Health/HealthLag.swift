internal import HoldfastSQL

/// How far the evidence of health is behind the newest facts of a ledger.
///
/// None after a round that went through all that there was. A service goes through so many facts a
/// round, and is behind where more come; what nobody looked at for a while is behind, too.
package struct HealthLag: Sendable, Equatable {
    /// The seconds for which the first fact that the evidence lacks has been in the ledger; where
    /// it is an exposure or an outcome that a decision waits for, for which it has been due. 0
    /// where nothing is lacking.
    package var seconds: Double
    /// The decisions and exposures that the evidence lacks, of all experiments.
    package var facts: Int

    /// Nothing is lacking.
    package static let none = HealthLag(seconds: 0, facts: 0)

    /// What is behind in either.
    func joined(_ other: HealthLag) -> HealthLag {
        HealthLag(seconds: max(seconds, other.seconds), facts: max(facts, other.facts))
    }
}

extension HealthPass {
    /// How far an experiment's evidence is behind, as it stands.
    func lag(of name: String) throws(SQLError) -> HealthLag {
        guard let cursors = evidences[name]?.cursors else { return .none }
        var lag = HealthLag(seconds: Double(overdue[name] ?? 0) / 1e6, facts: 0)
        for (table, cursor) in [
            (HealthFacts.SealedFacts.decisions, cursors.decisions), (.exposures, cursors.exposures),
        ] {
            let last = try facts.lastKey(table)
            guard cursor < last, let first = try facts.received(table, after: cursor) else {
                continue
            }
            lag.seconds = max(lag.seconds, Double(now - first) / 1e6)
            lag.facts += Int(last - cursor)
        }
        return lag
    }
}
