import HoldfastFormats

@testable import HoldfastDatasets

/// A manifest with something of everything: one gate waived, small differences, a rule of one arm.
func exampleManifest() -> Manifest {
    var manifest = Manifest(
        experiment: "credit-limit", asOf: Timestamp(microseconds: 1_790_000_000_000_000),
        revision: "7f3c1e9a5b2d", revisions: ["7f3c1e9a5b2d", "22aa90cc01ef"], observations: .first,
        outcome: ("defaulted", "90d", nil), washout: "30d", decisionCount: 512_340,
        excluded: exampleBoxes, notRandomised: [("ineligible", 9_120), ("not_enrolled", 3_202)],
        parts: [
            Manifest.Part(
                name: "train", file: "train.csv", rows: 14_612, positives: 731, bytes: 1_204_551,
                sha256: String(repeating: "a1b2c3d4", count: 8)),
            Manifest.Part(
                name: "eval", file: "eval.csv", rows: 3_655, positives: 180, bytes: 301_377,
                sha256: String(repeating: "0f9e8d7c", count: 8)),
        ], gates: exampleGates,
        columns: [
            ("unit", "text", "id"), ("income", "number", "feature"),
            ("region", "category", "feature"), ("label", "number", "label"),
            ("weight", "number", "weight"),
        ], mode: .weighted, splitFrom: nil, featureTable: nil, isCensoringWeighted: true,
        audit: exampleAudit, minimumRows: 100, minimumPositives: 10,
        sql: "SELECT id FROM decisions\nWHERE experiment = 'credit-limit' AND score < 0.5",
        engine: ("sqlite", "3.40.1"))
    manifest.featureTable = Manifest.FeatureTable(
        file: "features.parquet", sha256: String(repeating: "5a", count: 32), timeToLive: "2d",
        rows: 80_211)
    return manifest
}

private let exampleBoxes: [Manifest.Box] = {
    let counts: [Exclusion: (Int, Int)] = [
        .notRandomised: (12_322, 12_322), .notControl: (470_102, 481_000),
        .crossover: (212, 240), .interference: (1_804, 2_950), .clusterExposed: (655, 901),
        .logGap: (37, 40), .notRipe: (8_940, 61_220), .duplicate: (1, 1),
    ]
    return Exclusion.allCases.map { exclusion in
        let (rows, holds) = counts[exclusion] ?? (0, 0)
        return Manifest.Box(exclusion: exclusion, rows: rows, holds: holds)
    }
}()

private let exampleGates: [Gate] = Gate.Name.allCases.map { name in
    var gate = Gate(
        name: name, passed: true, figure: 0.4312, limit: 0.001,
        detail: "control 25,602 of 5%, treatment 486,738 of 95%", waiver: nil)
    switch name {
    case .balance:
        gate.passed = false
        (gate.figure, gate.limit) = (0.1304, 0.1)
        gate.detail = "tenure_months differs by 0.13 standard deviations"
        gate.waiver =
            "Long-standing customers call in more; the weights make up for it. Signed M. Ito"
    case .recomputation:
        (gate.figure, gate.limit) = (1, 1)
        gate.detail = "every decision is what its revision deals"
    case .minimumRows:
        (gate.figure, gate.limit) = (18_267, 100)
        gate.detail = "18267 rows kept, at least 100 needed"
    default: break
    }
    return gate
}

private let exampleAudit = Audit(
    attrition: [
        attrition(nil, false, 0.1214, [640, 12_002]),
        attrition(.crossover, true, nil, [212, 0]),
        attrition(.interference, false, 0.4410, [95, 1_855]),
        attrition(.clusterExposed, false, 0.0003, [61, 840]),
        attrition(.notRipe, false, 0.7712, [447, 8_493]),
    ], trimmingShare: 0.0021,
    balance: [
        balance("income", 0.021, 0.019), balance("tenure_months", -0.1304, 0.021),
        balance("region=JP", 0.004, 0.02), balance("region=KR", -0.004, 0.02),
        balance("months_since_the_last_change_of_address is missing", 0.061, 0.3),
        balance("constant", nil, 0),
    ],
    placebo: Audit.Placebo(
        arms: [
            Audit.Placebo.Arm(arm: "control", units: 1_204, mean: 0.0512),
            Audit.Placebo.Arm(arm: "treatment", units: 22_870, mean: 0.0498),
        ], pValue: 0.8213),
    bands: [
        band(nil, 0.5, 302_118, 0, 15_020, 0.1), band(0.5, 0.9, 150_220, 140_118, 2_907, 0.04),
        band(0.9, nil, 60_002, 60_002, 340, 0.01),
    ],
    weights: Audit.Weights(
        rows: 18_267, sum: 18_812.4, effectiveSize: 6_904.2, largest: 100,
        largestShare: 0.0053, mean: 1.0123, pValue: 0.4411, trimmedShare: 0.0004,
        edges: [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
        counts: [15_020, 0, 2_907, 0, 0, 0, 0, 0, 0, 340]),
    features: [
        Audit.FeatureHistogram(
            feature: "income", edges: [0, 12_000, 24_000, 36_000, 48_000, 60_000, 1_250_000],
            categories: [], kept: [2_000, 3_900, 5_100, 4_000, 2_100, 900],
            served: [56_000, 110_000, 140_000, 116_000, 61_000, 27_000], keptMissing: 267,
            servedMissing: 2_340),
        Audit.FeatureHistogram(
            feature: "tenure_months", edges: (0...12).map { Double($0 * 10) }, categories: [],
            kept: [400, 900, 1_500, 2_300, 3_100, 3_000, 2_500, 2_000, 1_300, 800, 400, 67],
            served: [
                9_000, 16_000, 30_000, 52_000, 80_000, 90_000, 82_000, 66_000, 45_000, 26_000,
                12_000, 4_340,
            ], keptMissing: 0, servedMissing: 0),
        Audit.FeatureHistogram(
            feature: "region", edges: [], categories: ["JP", "KR", "TW", "all others"],
            kept: [12_000, 5_000, 1_200, 67], served: [330_000, 140_000, 40_000, 2_340],
            keptMissing: 0, servedMissing: 0),
    ])

private func attrition(
    _ exclusion: Exclusion?, _ isOneArmed: Bool, _ pValue: Double?, _ lost: [Int]
) -> Audit.Attrition {
    Audit.Attrition(
        exclusion: exclusion, isOneArmed: isOneArmed,
        arms: [("control", 25_602, lost[0]), ("treatment", 486_738, lost[1])], pValue: pValue,
        difference: pValue == nil ? nil : 0.0104, isAlarm: (pValue ?? 1) < 0.001)
}

private func balance(_ feature: String, _ difference: Double?, _ half: Double) -> Audit.Balance {
    Audit.Balance(
        feature: feature, kept: 18_267, excluded: 7_335, keptMean: 41_250.5, excludedMean: 40_992,
        difference: difference,
        interval: difference.map { (low: $0 - half, high: $0 + half) },
        varianceRatio: feature.contains("=") ? nil : 1.032,
        isAlarm: abs(difference ?? 0) > 0.1)
}

private func band(
    _ from: Double?, _ below: Double?, _ rows: Int, _ intended: Int, _ kept: Int, _ least: Double?
) -> Audit.Band {
    Audit.Band(
        from: from, below: below, rows: rows, intended: intended, kept: kept,
        leastPropensity: least)
}

/// A manifest of nothing: no rows, no features, no gates.
func emptyManifest() -> Manifest {
    Manifest(
        experiment: "e", asOf: Timestamp(microseconds: 0), revision: "", revisions: [],
        observations: .all, outcome: ("y", "1d", 0), washout: "0s", decisionCount: 0, excluded: [],
        notRandomised: [], parts: [], gates: [], columns: [], mode: .control, splitFrom: nil,
        featureTable: nil, isCensoringWeighted: false,
        audit: Audit(
            attrition: [], trimmingShare: nil, balance: [], placebo: nil, bands: [],
            weights: Audit.Weights(
                rows: 0, sum: 0, effectiveSize: 0, largest: 0, largestShare: 0, mean: nil,
                pValue: nil, trimmedShare: nil, edges: [], counts: []), features: []),
        minimumRows: 0, minimumPositives: 0, sql: "",
        engine: ("", ""))
}

/// A manifest whose names and figures are what nobody wants to meet, with 60 features.
func hostileManifest() -> Manifest {
    var manifest = exampleManifest()
    let name = "<script>alert(\"x\")</script>&amp;'\u{202E}gnp\u{0}]]>"
    manifest.experiment = name
    manifest.outcome.name = name
    manifest.sql = "--\u{1B}[31m</pre><img src=x onerror=alert(1)>"
    manifest.parts[0].file = name
    manifest.notRandomised = [(name, .max)]
    manifest.decisionCount = .max
    for index in manifest.gates.indices {
        manifest.gates[index].passed = false
        manifest.gates[index].detail = name
        manifest.gates[index].figure =
            [.nan, .infinity, -1e300, Double.leastNonzeroMagnitude][index % 4]
        manifest.gates[index].waiver = index % 2 == 0 ? nil : name
    }
    let figures = [0, 1e300, -1e300, .infinity, .nan, Double.leastNonzeroMagnitude, 0.2, -0.31]
    manifest.audit.balance = (0..<60).map { place in
        let difference = place < 8 ? figures[place] : Double(place - 30) / 100
        let long = String(repeating: "漢字かな_very_long_", count: place % 5)
        return Audit.Balance(
            feature: "\(place)\(long)\(name)", kept: place, excluded: .max, keptMean: difference,
            excludedMean: .nan, difference: difference, interval: (-.infinity, difference),
            varianceRatio: .infinity)
    }
    manifest.audit.features = (0..<60).map { place in
        Audit.FeatureHistogram(
            feature: "\(place)\(name)", edges: place % 3 == 0 ? [] : [-1e300, 0, .infinity],
            categories: place % 3 == 0 ? [name, ""] : [], kept: [place % 2, 0],
            served: [1_000_000_000_000, place], keptMissing: place % 7, servedMissing: 0)
    }
    manifest.audit.bands = [
        Audit.Band(from: nil, below: nil, rows: 9, intended: 9, kept: 0, leastPropensity: 0),
        Audit.Band(from: .nan, below: 1e9, rows: 0, intended: 0, kept: 0, leastPropensity: nil),
    ]
    manifest.audit.attrition = [
        Audit.Attrition(
            exclusion: .logGap, isOneArmed: false,
            arms: (0..<7).map { (name + "\($0)", $0, $0) }, pValue: 0, difference: 1)
    ]
    manifest.audit.placebo = Audit.Placebo(
        arms: [
            Audit.Placebo.Arm(arm: name, units: 0, mean: nil),
            Audit.Placebo.Arm(arm: "b", units: 1, mean: -3),
        ], pValue: 0)
    manifest.audit.weights.effectiveSize = .nan
    manifest.audit.weights.largestShare = .infinity
    manifest.audit.weights.edges = [1, 1]
    manifest.audit.weights.counts = [7]
    return manifest
}
