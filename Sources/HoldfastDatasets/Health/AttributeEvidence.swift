internal import Glibc
internal import HoldfastFormats
internal import HoldfastStatistics

/// Whether units came to the arms as the catalog says among the units of each value of a feature:
/// a fault of one country, say, that is lost among all units.
///
/// Texts and booleans with few values. The evidence of all is the mean over ``slotCount`` places,
/// those that are not taken yet at 1: the mean of bets is a bet, so that looking at many values
/// costs no more false alarms than looking at one, and ln 96 of the evidence.
///
/// A value might name a person. Until it is one of ``HealthRules/leastOfCategory`` units a short
/// mark stands for it (``HealthKey``), and of a feature with too many values none is kept: its
/// places stay at the evidence that they had.
struct AttributeEvidence: Sendable, Equatable {
    /// A value of a feature, and its units.
    struct Value: Sendable, Equatable {
        var feature: String
        /// The value; `nil` before enough units have it.
        var text: String?
        /// Its mark until then.
        var mark: Int64 = 0
        /// The units that have it.
        var units = 0
        var ratio = RatioEvidence()
        /// The logarithm of its evidence.
        var log = 0.0
    }

    private(set) var values: [Value] = []
    /// Features with more values than are watched: none of their values is kept.
    private(set) var crowded: Set<String> = []
    /// The logarithms of the evidence of those features' places, as it stood.
    private(set) var closed: [Double] = []
    /// The smallest p-value of all values together so far.
    private(set) var pValue = 1.0

    /// The places for values: those that are not taken weigh as much.
    static let slotCount = HealthRules.attributeLimit * HealthRules.valueLimit
    /// The longest value that is watched, in bytes.
    private static let valueBytes = 64

    init() {}

    /// Counts a unit with these values of features. One that was dealt before, in an earlier block
    /// of time, is no further unit that has a value.
    mutating func add(
        _ arm: String, plan: ArmPlan, _ unit: [(feature: String, value: String)],
        isNewUnit: Bool = true, key: HealthKey
    ) {
        var isNew = false
        for (feature, value) in unit where !crowded.contains(feature) {
            guard let place = place(feature, value, key) else { continue }
            values[place].ratio.add(arm, plan: plan)
            values[place].log = values[place].ratio.logEvidence
            if isNewUnit { values[place].units += 1 }
            if values[place].text == nil, values[place].units >= HealthRules.leastOfCategory {
                values[place].text = value
                values[place].mark = 0
            }
            isNew = true
        }
        if isNew { pValue = min(pValue, exp(-logEvidence)) }
    }

    private mutating func place(_ feature: String, _ value: String, _ key: HealthKey) -> Int? {
        let named = values.firstIndex {
            $0.feature == feature && $0.text.map { sameBytes($0, value) } ?? false
        }
        if let named { return named }
        let mark = key.mark("\(feature)/\(value)")
        let marked = values.firstIndex {
            $0.feature == feature && $0.text == nil && $0.mark == mark
        }
        if let marked { return marked }
        let isFull =
            value.utf8.count > AttributeEvidence.valueBytes
            || values.count(where: { $0.feature == feature }) >= HealthRules.valueLimit
            || values.count + closed.count >= AttributeEvidence.slotCount
        if isFull {
            crowded.insert(feature)
            closed += values.filter { $0.feature == feature }.map(\.log)
            values.removeAll { $0.feature == feature }
            return nil
        }
        values.append(Value(feature: feature, mark: mark))
        return values.count - 1
    }

    /// The logarithm of the mean evidence.
    var logEvidence: Double {
        let free = AttributeEvidence.slotCount - values.count - closed.count
        return LogMean.of(
            values.map(\.log) + closed + [Double](repeating: 0, count: max(0, free)))
    }

    /// The values whose units fit their shares least, first.
    var worst: [Value] {
        values.sorted {
            ($1.log, $0.feature, $0.text ?? "", $0.mark)
                < ($0.log, $1.feature, $1.text ?? "", $1.mark)
        }
    }

    var json: JSON {
        [
            "p": .number(pValue), "crowded": .array(crowded.sorted().map(JSON.string)),
            "closed": .array(closed.map(JSON.number)),
            "values": .array(
                values.map {
                    [
                        "feature": .string($0.feature),
                        "value": $0.text.map(JSON.string) ?? .integer($0.mark),
                        "units": .integer(Int64($0.units)), "ratio": $0.ratio.json,
                    ]
                }),
        ]
    }

    init?(_ json: JSON?) {
        guard let p = json?["p"]?.double, p >= 0, p <= 1,
            let crowded = json?["crowded"]?.array?.compactMap(\.string),
            let closed = json?["closed"]?.array?.compactMap(\.double),
            let kept = json?["values"]?.array,
            kept.count + closed.count <= AttributeEvidence.slotCount
        else { return nil }
        pValue = p
        self.crowded = Set(crowded)
        self.closed = closed
        for value in kept {
            guard let feature = value["feature"]?.string, let units = value["units"]?.count,
                let ratio = RatioEvidence(value["ratio"])
            else { return nil }
            let (text, mark) = (value["value"]?.string, value["value"]?.integer)
            guard text != nil || mark != nil else { return nil }
            values.append(
                Value(
                    feature: feature, text: text, mark: mark ?? 0, units: units, ratio: ratio,
                    log: ratio.logEvidence))
        }
    }
}
