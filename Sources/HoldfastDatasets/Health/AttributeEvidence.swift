internal import Glibc
internal import HoldfastFormats
internal import HoldfastStatistics

/// Whether units came to the arms as the catalog says among the units of each value of a feature:
/// a fault of one country, say, that is lost among all units.
///
/// Texts and booleans with few values. The evidence of all is the mean over ``slotCount`` places,
/// those that are not taken yet at 1: the mean of bets is a bet, so that looking at many values
/// costs no more false alarms than looking at one, and ln 96 of the evidence.
struct AttributeEvidence: Sendable, Equatable {
    /// A value of a feature, and its units.
    struct Value: Sendable, Equatable {
        var feature: String
        var value: String
        var ratio: RatioEvidence
        /// The logarithm of its evidence.
        var log = 0.0
    }

    private(set) var values: [Value] = []
    /// Features with more values than are watched. What was seen of their values stays.
    private(set) var crowded: Set<String> = []
    /// The smallest p-value of all values together so far.
    private(set) var pValue = 1.0

    /// The places for values: those that are not taken weigh as much.
    static let slotCount = HealthRules.attributeLimit * HealthRules.valueLimit
    /// The longest value that is watched, in bytes.
    private static let valueBytes = 64

    init() {}

    /// Counts a unit with these values of features.
    mutating func add(
        _ arm: String, plan: ArmPlan, _ unit: [(feature: String, value: String)]
    ) {
        var isNew = false
        for (feature, value) in unit where !crowded.contains(feature) {
            guard let place = place(feature, value) else { continue }
            values[place].ratio.add(arm, plan: plan)
            values[place].log = values[place].ratio.logEvidence
            isNew = true
        }
        if isNew { pValue = min(pValue, exp(-logEvidence)) }
    }

    private mutating func place(_ feature: String, _ value: String) -> Int? {
        let known = values.firstIndex { $0.feature == feature && sameBytes($0.value, value) }
        if let known { return known }
        let isFull =
            value.utf8.count > AttributeEvidence.valueBytes
            || values.count(where: { $0.feature == feature }) >= HealthRules.valueLimit
            || values.count >= AttributeEvidence.slotCount
        if isFull {
            crowded.insert(feature)
            return nil
        }
        values.append(Value(feature: feature, value: value, ratio: RatioEvidence()))
        return values.count - 1
    }

    /// The logarithm of the mean evidence.
    var logEvidence: Double {
        let free = AttributeEvidence.slotCount - values.count
        return LogMean.of(
            values.map(\.log) + [Double](repeating: 0, count: max(0, free)))
    }

    /// The values whose units fit their shares least, first.
    var worst: [Value] {
        values.sorted {
            ($1.log, $0.feature, $0.value) < ($0.log, $1.feature, $1.value)
        }
    }

    var json: JSON {
        [
            "p": .number(pValue), "crowded": .array(crowded.sorted().map(JSON.string)),
            "values": .array(
                values.map {
                    [
                        "feature": .string($0.feature), "value": .string($0.value),
                        "ratio": $0.ratio.json,
                    ]
                }),
        ]
    }

    init?(_ json: JSON?) {
        guard let p = json?["p"]?.double, p >= 0, p <= 1,
            let crowded = json?["crowded"]?.array?.compactMap(\.string),
            let kept = json?["values"]?.array, kept.count <= AttributeEvidence.slotCount
        else { return nil }
        pValue = p
        self.crowded = Set(crowded)
        for value in kept {
            guard let feature = value["feature"]?.string, let text = value["value"]?.string,
                let ratio = RatioEvidence(value["ratio"])
            else { return nil }
            values.append(
                Value(feature: feature, value: text, ratio: ratio, log: ratio.logEvidence))
        }
    }
}
