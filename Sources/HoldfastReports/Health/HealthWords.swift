internal import HoldfastDatasets

/// What the text and the page say alike of an experiment's health.
enum HealthWords {
    /// The report in one line.
    static func headline(_ report: HealthReport) -> String {
        let alarms = report.findings.reduce(0) { $0 + $1.alarms.count }
        switch report.status {
        case .healthy: return "Nothing is wrong with what is running"
        case .alarm:
            return "\(CheckFigures.counted(alarms, "alarm")) in "
                + "\(CheckFigures.counted(report.findings.count { !$0.alarms.isEmpty }, "experiment"))"
        case .unknown: return "No unit was seen yet: nothing can be told"
        }
    }

    /// An experiment in one line.
    static func line(_ findings: HealthFindings) -> String {
        switch findings.status {
        case .healthy: "healthy"
        case .alarm: CheckFigures.counted(findings.alarms.count, "alarm").uppercased()
        case .unknown: "no unit yet"
        }
    }

    /// A population of units as a sentence begins.
    static func population(_ name: String) -> String {
        switch name {
        case "decisions": "first decisions"
        case "exposures": "first exposures"
        case "kept": "outcomes known"
        default: "outcomes missing"
        }
    }

    /// Rates that belong together: what, of what, and the limit.
    static func rates(
        _ findings: HealthFindings
    ) -> [(name: String, cases: Int, all: Int, limit: Double?)] {
        let tally = findings.recent
        let control = max(findings.tally.controls, tally.crossovers)
        return [
            (
                "control units that an action reached", tally.crossovers, control,
                HealthRules.crossoverLimit
            ),
            ("exposures to an arm that was not dealt", tally.otherArm, tally.exposures, nil),
            (
                "exposures in a household of another arm", tally.otherHousehold, tally.exposures,
                HealthRules.householdLimit
            ),
            (
                "exposures without a decision", tally.undecided, tally.exposures,
                HealthRules.undecidedLimit
            ),
            (
                "intended treatments without an exposure", tally.unexposed, tally.intended,
                HealthRules.unexposedLimit
            ),
        ]
    }

    /// Clusters in two arms, of all that were seen; `nil` where there are none.
    static func clusters(_ findings: HealthFindings) -> (name: String, share: String)? {
        guard findings.clusters > 0 else { return nil }
        return (
            "clusters with units in two arms", share(findings.mixedClusters, findings.clusters)
        )
    }

    /// A share as `12 of 1,000 (1.2%)`.
    static func share(_ cases: Int, _ all: Int) -> String {
        guard all > 0 else { return "none of 0" }
        return "\(CheckFigures.grouped(cases)) of \(CheckFigures.grouped(all)) "
            + "(\(CheckFigures.percent(Double(cases) / Double(all))))"
    }

    /// When an outcome is looked for, so that one that was not is not taken for one that is there.
    private static func outcomes(_ findings: HealthFindings) -> String {
        guard let horizon = findings.outcomeHorizon else {
            return "No outcome can be missing: none is declared, or the catalog says what an "
                + "absent one is worth. Ripe is not counted."
        }
        // Where decisions were passed over, not the same ones were for both counts.
        let arms = findings.passedOver > 0 ? [] : Array(findings.tally.arms.values)
        let waiting = arms.reduce(0) { $0 + $1.dealt - $1.ripe }
        let grace = "\(HealthRules.grace / 60_000_000) minutes"
        return
            "Outcomes are looked for once the horizon (\(horizon)) and \(grace) have passed, and "
            + "\(grace) after the decision was received: ripe are those of which that is so"
            + (waiting > 0 ? "; \(CheckFigures.grouped(waiting)) are not yet." : ".")
    }

    /// The figures of an arm: dealt, exposed, ripe, missing.
    static func figures(_ arm: HealthTally.Arm, _ findings: HealthFindings) -> [String] {
        let counts = [arm.dealt, arm.exposed].map { CheckFigures.grouped($0) }
        guard findings.outcomeHorizon != nil else { return counts + ["-", "-"] }
        return counts + [arm.ripe, arm.missing].map { CheckFigures.grouped($0) }
    }

    /// What was looked at of what came, in sentences.
    static func coverage(_ findings: HealthFindings) -> [String] {
        var sentences: [String] = []
        if findings.status != .unknown { sentences.append(outcomes(findings)) }
        if findings.lag != .none {
            sentences.append("The evidence is \(behind(findings.lag)).")
        }
        if findings.passedOver > 0 {
            sentences.append(
                "\(CheckFigures.grouped(findings.passedOver)) decisions were passed over, by a "
                    + "hash of their units that has nothing to do with the arms: there were more "
                    + "than a service can look at.")
        }
        if findings.unplanned > 0 {
            sentences.append(
                "\(CheckFigures.grouped(findings.unplanned)) units are in no sample ratio: shares "
                    + "were changed more than \(HealthRules.strataLimit) times. Acknowledge the "
                    + "sample ratios to begin them anew.")
        }
        return sentences
    }

    /// What the report was made from, and how far what was kept was behind.
    static func source(_ report: HealthReport) -> String {
        guard let lag = report.keptLag else { return "read from the first fact" }
        let kept = "from the evidence that a service has kept"
        if lag == .none { return kept + ", which is up to date" }
        return kept + ", which was \(behind(lag)), and what is newer"
    }

    /// A lag as `2.5 minutes behind, by 1,204 facts`.
    private static func behind(_ lag: HealthLag) -> String {
        let facts = CheckFigures.counted(lag.facts, "fact")
        guard lag.seconds > 0 else { return "\(facts) behind" }
        let units = [("day", 86_400.0), ("hour", 3_600), ("minute", 60), ("second", 1)]
        let (name, size) = units.first { lag.seconds >= $0.1 } ?? ("second", 1)
        // Rounded up: what is behind is never shown as not behind.
        let count = (lag.seconds / size * 10).rounded(.up) / 10
        let number = CheckFigures.trimmed(CheckFigures.fixed(count, 1))
        let time = "\(number) \(name)\(count == 1 ? "" : "s") behind"
        return lag.facts > 0 ? "\(time), by \(facts)" : time
    }

    /// What drift is measured by.
    static func reference(_ findings: HealthFindings) -> String {
        if let drift = findings.drift {
            return "\(CheckFigures.grouped(drift.referenceRows)) rows of \(drift.source), "
                + "\(CheckFigures.counted(drift.blocks, "block")) seen since"
        }
        if let count = findings.collecting {
            return
                "\(CheckFigures.grouped(count)) of \(CheckFigures.grouped(HealthRules.referenceRows))"
                + " first decisions that later ones are measured by"
        }
        return "no features are logged"
    }
}
