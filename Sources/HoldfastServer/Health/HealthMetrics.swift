internal import HoldfastAssignment
internal import HoldfastDatasets

/// The figures of health at `/metrics`: of each experiment of the catalog the same, whatever its
/// units and features are called.
struct HealthMetrics {
    let known: (value: [Name: HealthFindings], at: Int64)?

    private var sorted: [HealthFindings] {
        (known?.value ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    func write(to text: inout Exposition) {
        let all = sorted
        text.begin("health_alarm", .gauge, "Whether an alarm of an experiment stands: 1 or 0.")
        for findings in all {
            for alarm in HealthAlarm.allCases.sorted() {
                let stands = findings.alarms.contains { $0.alarm == alarm }
                text.add(
                    stands ? 1 : 0,
                    [
                        ("experiment", findings.experiment.text), ("alarm", alarm.rawValue),
                    ])
            }
        }
        text.begin(
            "health_sample_ratio_p_value", .gauge,
            "The smallest p-value so far of units by arm against their shares, which holds however "
                + "often it is looked at.")
        for findings in all {
            for ratio in findings.ratios {
                guard let pValue = ratio.pValue else { continue }
                text.add(pValue, labels(findings, ratio.population))
            }
        }
        text.begin(
            "health_sample_ratio_log_evidence", .gauge,
            "The natural logarithm of the evidence that units do not come by their shares.")
        for findings in all {
            for ratio in findings.ratios where ratio.pValue != nil {
                text.add(ratio.logEvidence, labels(findings, ratio.population))
            }
        }
        text.begin(
            "health_drift_log_evidence", .gauge,
            "The natural logarithm of the evidence that served features have drifted.")
        for findings in all {
            guard let log = findings.drift?.logEvidence else { continue }
            text.add(log, [("experiment", findings.experiment.text)])
        }
        writeCounts(all, to: &text)
        text.begin(
            "health_lag_seconds", .gauge,
            "How far the evidence was behind the newest facts when it was last looked at: for how long "
                + "the first that it lacked had been there.")
        for findings in all {
            text.add(findings.lag.seconds, [("experiment", findings.experiment.text)])
        }
        text.begin(
            "health_lag_facts", .gauge,
            "Decisions and exposures that the evidence lacked when it was last looked at.")
        for findings in all {
            text.add(findings.lag.facts, [("experiment", findings.experiment.text)])
        }
    }

    private func labels(
        _ findings: HealthFindings, _ population: String
    ) -> [(name: String, value: String)] {
        [("experiment", findings.experiment.text), ("of", population)]
    }

    private func writeCounts(_ all: [HealthFindings], to text: inout Exposition) {
        text.begin("health_units", .gauge, "Units that were counted, by arm and what is known.")
        for findings in all {
            for arm in findings.arms {
                let counts = findings.tally.arms[arm] ?? HealthTally.Arm()
                for (of, count) in [
                    ("dealt", counts.dealt), ("exposed", counts.exposed), ("ripe", counts.ripe),
                    ("missing", counts.missing),
                ] {
                    text.add(
                        count,
                        [("experiment", findings.experiment.text), ("arm", arm), ("of", of)])
                }
            }
        }
        text.begin(
            "health_facts", .gauge,
            "Facts that were counted, by what is wrong with them, and all of which that could be.")
        for findings in all {
            for (of, count) in findings.counts {
                text.add(count, labels(findings, of))
            }
        }
        text.begin(
            "health_clusters", .gauge, "Clusters that were seen, and those with units in two arms.")
        for findings in all {
            text.add(findings.clusters, labels(findings, "seen"))
            text.add(findings.mixedClusters, labels(findings, "in_two_arms"))
        }
        text.begin(
            "health_decisions", .gauge,
            "Decisions that were looked at, and passed over because there were too many.")
        for findings in all {
            text.add(findings.lookedAt, labels(findings, "looked_at"))
            text.add(findings.passedOver, labels(findings, "passed_over"))
        }
    }
}
