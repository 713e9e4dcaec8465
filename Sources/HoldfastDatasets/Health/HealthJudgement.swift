internal import Glibc
internal import HoldfastFormats

/// Which alarms the evidence of an experiment amounts to: the rules, each with its limit.
struct HealthJudgement {
    private let evidence: ExperimentEvidence

    init(_ evidence: ExperimentEvidence) { self.evidence = evidence }

    /// The alarms that hold now, in the order of their names.
    var alarms: [HealthFindings.Alarm] {
        HealthAlarm.allCases.sorted().compactMap { alarm in
            sentence(alarm).map {
                HealthFindings.Alarm(alarm: alarm, text: $0, stands: stands(alarm))
            }
        }
    }

    /// Whether an alarm stands until it is acknowledged: a cluster in two arms does not come apart.
    private func stands(_ alarm: HealthAlarm) -> Bool {
        alarm.stands || alarm == .household && evidence.mixedSince > 0
    }

    /// What was seen where an alarm holds; `nil` where it does not.
    private func sentence(_ alarm: HealthAlarm) -> String? {
        switch alarm {
        case .sampleRatioDecisions:
            ratio(
                .decisions, "The first decisions",
                "Look for units that are lost, doubled or dealt"
                    + " elsewhere before they are recorded.")
        case .sampleRatioExposures:
            ratio(.exposures, "The first exposures", "Exposures of one arm are lost on their way.")
        case .sampleRatioKept:
            ratio(
                .kept, "The decisions whose outcome is known",
                "What an export would keep is not what was dealt.")
        case .missingOutcomes:
            ratio(
                .missing, "The decisions whose outcome is missing",
                "Outcomes are lost more often in one arm: an analysis of those that are left is"
                    + " biased.")
        case .sampleRatioDay: day
        case .sampleRatioAttribute: attribute
        case .leak:
            evidence.leaks == 0
                ? nil
                : "\(counted(evidence.leaks, "decision or exposure", "decisions and exposures")) in"
                    + " an arm that was not dealt or has no share. Look at how the action is"
                    + " switched."
        case .crossover: crossover
        case .household: household
        case .undecidedExposures:
            rate(
                alarm, HealthRules.undecidedLimit, \.undecided, of: \.exposures,
                "exposures have no decision. Look whether decisions are lost, or ids differ.")
        case .unexposedDecisions:
            rate(
                alarm, HealthRules.unexposedLimit, \.unexposed, of: \.intended,
                "intended treatments have no exposure. Look whether exposures are lost, or the"
                    + " action is not applied.")
        case .inputDrift: drift
        }
    }

    private func ratio(
        _ population: ExperimentEvidence.Population, _ what: String, _ hint: String
    ) -> String? {
        guard let ratio = evidence.ratios[population], ratio.isRefuted(at: HealthRules.level),
            let pValue = ratio.pValue
        else { return nil }
        let counts = ratio.counts.map {
            "\($0.arm) \($0.observed) where \(Int($0.expected.rounded())) were to be expected"
        }
        return "\(what) do not fit the shares: \(counts.joined(separator: ", ")) "
            + "(p \(short(pValue))). \(hint)"
    }

    /// Of the last day that anything happened on, and the one before it.
    private var day: String? {
        let days = evidence.recentDays(for: .sampleRatioDay, 2)
        guard let (number, day) = days.last(where: { $0.1.ratio.isRefuted(at: HealthRules.level) })
        else { return nil }
        let counts = day.ratio.counts.map { "\($0.arm) \($0.observed)" }
        return "The first decisions of \(dayText(number)) do not fit the shares: "
            + "\(counts.joined(separator: ", ")) (p \(short(day.ratio.pValue ?? 1)))."
    }

    private var attribute: String? {
        guard evidence.attributes.pValue <= HealthRules.level else { return nil }
        guard let worst = evidence.attributes.worst.first else {
            return "The first decisions of a feature with many values do not fit the shares (p of"
                + " all values \(short(evidence.attributes.pValue)))."
        }
        let counts = worst.ratio.counts.map { "\($0.arm) \($0.observed)" }
        let value = worst.text ?? "of a value that fewer than \(HealthRules.leastOfCategory) have"
        return "The first decisions with \(worst.feature) \(value) fit the shares least: "
            + "\(counts.joined(separator: ", ")) (p of all values "
            + "\(short(evidence.attributes.pValue)))."
    }

    private var crossover: String? {
        let recent = evidence.window(for: .crossover)
        return rate(
            .crossover, recent.crossovers, of: max(evidence.tally.controls, recent.crossovers),
            HealthRules.crossoverLimit,
            "control units so far were reached by an action in the last"
                + " \(HealthRules.windowDays) days. They are no control any more: look at how the"
                + " action is switched.")
    }

    private var household: String? {
        if evidence.mixedSince > 0 {
            return "\(counted(evidence.mixedSince, "cluster has", "clusters have")) units in two"
                + " arms, though clusters are dealt. Look whether a cluster's id has changed its"
                + " meaning."
        }
        return rate(
            .household, HealthRules.householdLimit, \.otherHousehold, of: \.exposures,
            "exposures reached a household of another arm.")
    }

    private var drift: String? {
        guard let drift = evidence.drift, let log = drift.logEvidence,
            log >= Glibc.log(HealthRules.averageRunLength)
        else { return nil }
        let names = drift.features.prefix(3).filter { $0.logEvidence > 0 }.map(\.name)
        return "Served features are not like \(drift.reference.source) any more: most"
            + " \(names.joined(separator: ", ")). Look at what feeds them; acknowledge it where"
            + " this is the new normal."
    }

    private func rate(
        _ alarm: HealthAlarm, _ limit: Double, _ cases: KeyPath<HealthTally, Int>,
        of all: KeyPath<HealthTally, Int>, _ text: String
    ) -> String? {
        let recent = evidence.window(for: alarm)
        return rate(alarm, recent[keyPath: cases], of: recent[keyPath: all], limit, text)
    }

    /// A rate that is about its limit would alarm again and again: an alarm that stands ends only
    /// where the rate is half of it.
    private func rate(
        _ alarm: HealthAlarm, _ cases: Int, of all: Int, _ limit: Double, _ text: String
    ) -> String? {
        let stands = evidence.alarms[alarm] != nil
        guard cases >= (stands ? 1 : HealthRules.leastCases),
            Double(cases) > (stands ? limit / 2 : limit) * Double(all)
        else { return nil }
        let percent = (Double(cases) / Double(max(1, all)) * 1_000).rounded() / 10
        return "\(cases) of \(all) (\(percent)%) \(text)"
    }

    private func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }

    /// A p-value in two digits: `0.00042`, `3e-12`.
    private func short(_ value: Double) -> String {
        guard value > 0 else { return "0" }
        let exponent = floor(log10(value))
        guard exponent > -300 else { return "below 1e-300" }
        let scale = pow(10, 1 - exponent)
        return "\((value * scale).rounded() / scale)"
    }
}

/// A day's date: `2026-01-01`.
package func dayText(_ number: Int) -> String {
    String(Timestamp(microseconds: Int64(number) * dayLength).description.prefix(10))
}
