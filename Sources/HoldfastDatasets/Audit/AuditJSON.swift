internal import HoldfastFormats

/// The audit as JSON, by `Schemas/manifest.schema.json`.
extension Audit {
    /// Nothing was looked at yet.
    static let empty = Audit(
        attrition: [], trimmingShare: nil, balance: [], placebo: nil, bands: [],
        weights: Weights(
            rows: 0, sum: 0, effectiveSize: 0, largest: 0, largestShare: 0, mean: nil, pValue: nil,
            trimmedShare: nil, edges: [], counts: []), features: [])

    var json: JSON {
        [
            "attrition": .array(attrition.map(\.json)),
            "trimming_share": number(trimmingShare),
            "balance": .array(balance.map(\.json)),
            "placebo": placebo?.json ?? .null,
            "bands": .array(bands.map(\.json)),
            "weights": weights.json,
            "features": .array(features.map(\.json)),
        ]
    }
}

/// A figure; what went beyond all numbers is none.
private func number(_ value: Double?) -> JSON {
    value.map { $0.isFinite ? .number($0) : .null } ?? .null
}
private func integers(_ values: [Int]) -> JSON { .array(values.map { .integer(Int64($0)) }) }

extension Audit.Attrition {
    fileprivate var json: JSON {
        [
            "reason": exclusion.map { .string($0.word) } ?? "all",
            "one_armed": .bool(isOneArmed),
            "arms": .array(
                arms.map {
                    [
                        "arm": .string($0.arm), "rows": .integer(Int64($0.rows)),
                        "lost": .integer(Int64($0.lost)),
                    ]
                }),
            "p_value": number(pValue), "difference": number(difference),
            "alarm": .bool(isAlarm),
        ]
    }
}

extension Audit.Balance {
    fileprivate var json: JSON {
        [
            "feature": .string(feature), "kept": .integer(Int64(kept)),
            "excluded": .integer(Int64(excluded)), "kept_mean": number(keptMean),
            "excluded_mean": number(excludedMean), "difference": number(difference),
            "interval": interval.map { [number($0.low), number($0.high)] } ?? .null,
            "p_value": number(pValue), "variance_ratio": number(varianceRatio),
            "alarm": .bool(isAlarm),
        ]
    }
}

extension Audit.Placebo {
    fileprivate var json: JSON {
        [
            "arms": .array(
                arms.map {
                    [
                        "arm": .string($0.arm), "units": .integer(Int64($0.units)),
                        "mean": number($0.mean),
                    ]
                }),
            "p_value": number(pValue),
        ]
    }
}

extension Audit.Band {
    fileprivate var json: JSON {
        [
            "from": number(from), "below": number(below), "rows": .integer(Int64(rows)),
            "intended": .integer(Int64(intended)), "kept": .integer(Int64(kept)),
            "least_propensity": number(leastPropensity),
        ]
    }
}

extension Audit.Weights {
    fileprivate var json: JSON {
        [
            "rows": .integer(Int64(rows)), "sum": .number(sum),
            "effective_size": .number(effectiveSize), "largest": .number(largest),
            "largest_share": .number(largestShare), "mean": number(mean),
            "p_value": number(pValue), "trimmed_share": number(trimmedShare),
            "edges": .array(edges.map { .number($0) }), "counts": integers(counts),
        ]
    }
}

extension Audit.FeatureHistogram {
    fileprivate var json: JSON {
        [
            "feature": .string(feature), "edges": .array(edges.map { .number($0) }),
            "categories": .array(categories.map { .string($0) }), "kept": integers(kept),
            "served": integers(served), "kept_missing": .integer(Int64(keptMissing)),
            "served_missing": .integer(Int64(servedMissing)),
        ]
    }
}
