package import HoldfastFormats

extension HealthFindings {
    /// The findings for programs: `ExperimentHealth` of `Schemas/experiments.schema.json`, but what
    /// was refused, which the caller adds.
    package var json: JSONObject {
        JSONObject([
            ("status", .string(status.rawValue)),
            ("as_of", .string(asOf.description)),
            ("lag", lag.json),
            ("alarms", .array(alarms.map(\.json))),
            (
                "looked_at",
                [
                    "decisions": .integer(Int64(lookedAt)),
                    "passed_over": .integer(Int64(passedOver)),
                ]
            ),
            ("sample_ratio", .array(ratios.map(\.json))),
            (
                "attributes",
                [
                    "p_value": .number(attributePValue),
                    "values": .array(
                        attributes.map {
                            [
                                "feature": .string($0.feature), "value": .string($0.value),
                                "units": .integer(Int64($0.units)),
                                "log_evidence": .number($0.logEvidence),
                            ]
                        }),
                ]
            ),
            ("arms", .array(armsJSON(tally))),
            ("counts", countsJSON(tally)),
            ("recent", countsJSON(recent)),
            (
                "clusters",
                [
                    "seen": .integer(Int64(clusters)),
                    "in_two_arms": .integer(Int64(mixedClusters)),
                ]
            ),
            ("drift", driftJSON),
            ("days", .array(days.map(dayJSON))),
        ])
    }

    private func armsJSON(_ tally: HealthTally) -> [JSON] {
        arms.map { name in
            let arm = tally.arms[name] ?? HealthTally.Arm()
            return [
                "name": .string(name), "dealt": .integer(Int64(arm.dealt)),
                "exposed": .integer(Int64(arm.exposed)), "ripe": .integer(Int64(arm.ripe)),
                "missing": .integer(Int64(arm.missing)),
            ]
        }
    }

    private func countsJSON(_ tally: HealthTally) -> JSON {
        .object(
            JSONObject(
                HealthTally.counts.map { ($0.name, .integer(Int64(tally[keyPath: $0.path]))) }))
    }

    private var driftJSON: JSON {
        [
            "reference": drift.map {
                ["source": .string($0.source), "rows": .integer(Int64($0.referenceRows))]
            } ?? .null,
            "collected": collecting.map { .integer(Int64($0)) } ?? .null,
            "blocks": .integer(Int64(drift?.blocks ?? 0)),
            "average_run_length": .number(HealthRules.averageRunLength),
            "log_evidence": drift?.logEvidence.map(JSON.number) ?? .null,
            "features": .array(
                (drift?.features ?? []).map {
                    ["name": .string($0.name), "log_evidence": .number($0.logEvidence)]
                }),
        ]
    }

    private func dayJSON(_ day: Day) -> JSON {
        [
            "date": .string(dayText(day.number)), "arms": .array(armsJSON(day.tally)),
            "counts": countsJSON(day.tally),
            "p_value": day.pValue.map(JSON.number) ?? .null,
            "log_evidence": day.ratioLog.map(JSON.number) ?? .null,
            "drift_log_evidence": day.driftLog.map(JSON.number) ?? .null,
        ]
    }
}

extension HealthLag {
    /// The lag for programs.
    package var json: JSON {
        ["seconds": .number(seconds), "facts": .integer(Int64(facts))]
    }
}

extension HealthFindings.Alarm {
    fileprivate var json: JSON {
        [
            "alarm": .string(alarm.rawValue), "text": .string(text),
            "since": since.map { .string($0.description) } ?? .null,
            "stands": .bool(stands),
        ]
    }
}

extension HealthFindings.Ratio {
    fileprivate var json: JSON {
        [
            "of": .string(population), "p_value": pValue.map(JSON.number) ?? .null,
            "log_evidence": .number(logEvidence),
            "arms": .array(
                counts.map {
                    [
                        "name": .string($0.arm), "observed": .integer(Int64($0.observed)),
                        "expected": .number($0.expected),
                    ]
                }),
        ]
    }
}
