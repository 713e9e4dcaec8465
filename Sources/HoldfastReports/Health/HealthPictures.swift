internal import Glibc
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastStatistics

/// What is to be seen of an experiment's health: evidence and rates by day.
struct HealthPictures {
    private let findings: HealthFindings
    private let days: [HealthFindings.Day]

    /// The days that are drawn, the last ones.
    private static let dayLimit = 90

    /// The logarithm of the evidence at which drift alarms, and a sample ratio.
    static var driftLimit: Double { log(HealthRules.averageRunLength) }
    static var ratioLimit: Double { -log(HealthRules.level) }

    init(_ findings: HealthFindings) {
        self.findings = findings
        days = Array(findings.days.suffix(HealthPictures.dayLimit))
    }

    /// The pictures for which there is something.
    var all: [JudgePicture] {
        guard days.count > 1 else { return [] }
        return [evidence, drift, units, missing, crossovers].compactMap(\.self)
    }

    private var evidence: JudgePicture? {
        lines(
            "evidence", "Evidence that units do not come by their shares",
            "The natural logarithm of the Bayes factor after each day's last unit. Below 0 the "
                + "shares fit; at the line it alarms.",
            y: "log evidence", limit: HealthPictures.ratioLimit,
            [("all units", { $0.ratioLog })])
    }

    private var drift: JudgePicture? {
        lines(
            "drift", "Evidence that served features have drifted",
            "The natural logarithm of the evidence as it stood after the last block of each day. At "
                + "the line it alarms.",
            y: "log evidence", limit: HealthPictures.driftLimit,
            [("all features", { $0.driftLog.map { max(-5, $0) } })])
    }

    private var units: JudgePicture? {
        lines(
            "units", "First decisions by day and arm",
            "Units, or clusters, that were dealt on each day.", y: "units", limit: nil,
            findings.arms.map { arm in
                (arm, { day in Double(day.tally.arms[arm]?.dealt ?? 0) })
            })
    }

    private var missing: JudgePicture? {
        guard findings.tally.arms.values.contains(where: { $0.ripe > 0 }) else { return nil }
        return lines(
            "missing", "Missing outcomes by day of the decision and arm",
            "The share of ripe decisions whose outcome is not known. Lines apart are outcomes that "
                + "are lost in one arm.", y: "share missing", limit: nil,
            findings.arms.map { arm in
                (
                    arm,
                    { day in
                        guard let counts = day.tally.arms[arm], counts.ripe > 0 else { return nil }
                        return Double(counts.missing) / Double(counts.ripe)
                    }
                )
            })
    }

    private var crossovers: JudgePicture? {
        guard findings.tally.exposures > 0 else { return nil }
        func share(
            _ cases: @escaping (HealthTally) -> Int
        ) -> (HealthFindings.Day) -> Double? {
            { day in
                let whole = day.tally.exposures
                return whole > 0 ? Double(cases(day.tally)) / Double(whole) : nil
            }
        }
        return lines(
            "rates", "What went wrong with exposures, by day",
            "Shares of a day's exposures: to an arm that was not dealt, and without a decision.",
            y: "share of exposures", limit: HealthRules.crossoverLimit,
            [
                ("to another arm", share { $0.otherArm }),
                ("without a decision", share { $0.undecided }),
            ])
    }

    private func lines(
        _ id: String, _ title: String, _ caption: String, y: String, limit: Double?,
        _ lines: [(name: String, value: (HealthFindings.Day) -> Double?)]
    ) -> JudgePicture? {
        let drawn = lines.map { line in
            JudgePicture.Line(
                line.name,
                days.enumerated().map { JudgePicture.Point(Double($0), line.value($1)) })
        }
        guard drawn.contains(where: { $0.points.contains { $0.y != nil } }) else { return nil }
        return JudgePicture(
            id, title, caption,
            .lines(
                JudgePicture.Lines(
                    x: "day", y: y, lines: drawn, steps: days.map { dayText($0.number) },
                    limits: limit.map { [$0] } ?? [])))
    }
}
