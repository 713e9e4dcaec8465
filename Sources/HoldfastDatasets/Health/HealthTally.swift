internal import HoldfastFormats

/// What was counted of an experiment, in a day or in all.
package struct HealthTally: Sendable, Equatable {
    /// Of one arm.
    package struct Arm: Sendable, Equatable {
        /// First decisions of what was randomised.
        package var dealt = 0
        /// Of those the ones that some exposure reached.
        package var exposed = 0
        /// First decisions whose outcome must be known by now, and those of which it is not.
        package var ripe = 0
        package var missing = 0

        package init() {}
    }

    /// By arm.
    package var arms: [String: Arm] = [:]
    /// Exposures that were held against decisions.
    package var exposures = 0
    /// Of those: without a decision; to an arm that the unit was not dealt; in a household of
    /// another arm.
    package var undecided = 0
    package var otherArm = 0
    package var otherHousehold = 0
    /// Units of control, or held out, that an action reached.
    package var crossovers = 0
    /// Units of control, or held out, that were decided.
    package var controls = 0
    /// Decisions in an arm whose share is 0.
    package var shareless = 0
    /// Intended treatments whose exposure must be known by now, and those of which it is not.
    package var intended = 0
    package var unexposed = 0

    package init() {}

    /// Adds what was counted elsewhere.
    mutating func add(_ other: HealthTally) {
        for (name, arm) in other.arms {
            arms[name, default: Arm()].dealt += arm.dealt
            arms[name, default: Arm()].exposed += arm.exposed
            arms[name, default: Arm()].ripe += arm.ripe
            arms[name, default: Arm()].missing += arm.missing
        }
        for count in HealthTally.counts { self[keyPath: count.path] += other[keyPath: count.path] }
    }

    typealias Path<Of> = any WritableKeyPath<Of, Int> & Sendable

    /// The counts that are not of an arm, with the names by which they are kept.
    static let counts: [(name: String, path: Path<HealthTally>)] = [
        ("exposures", \.exposures), ("undecided", \.undecided), ("other_arm", \.otherArm),
        ("other_household", \.otherHousehold), ("crossovers", \.crossovers),
        ("controls", \.controls), ("shareless", \.shareless), ("intended", \.intended),
        ("unexposed", \.unexposed),
    ]

    private static let armCounts: [(name: String, path: Path<Arm>)] = [
        ("dealt", \.dealt), ("exposed", \.exposed), ("ripe", \.ripe), ("missing", \.missing),
    ]

    // MARK: - As it is kept

    var json: JSON {
        let arms = self.arms.sorted { $0.key < $1.key }.map { name, arm in
            (
                name,
                JSON.object(
                    JSONObject(
                        HealthTally.armCounts.map {
                            ($0.name, .integer(Int64(arm[keyPath: $0.path])))
                        }))
            )
        }
        return .object(
            JSONObject(
                [("arms", .object(JSONObject(arms)))]
                    + HealthTally.counts.map {
                        ($0.name, .integer(Int64(self[keyPath: $0.path])))
                    }))
    }

    init?(_ json: JSON?) {
        guard case .object(let kept)? = json?["arms"] else { return nil }
        for (name, counts) in kept.members {
            var arm = Arm()
            for count in HealthTally.armCounts {
                guard let value = counts[count.name]?.count else { return nil }
                arm[keyPath: count.path] = value
            }
            arms[name] = arm
        }
        for count in HealthTally.counts {
            guard let value = json?[count.name]?.count else { return nil }
            self[keyPath: count.path] = value
        }
    }
}

/// What was seen of one day: of the facts that happened on it.
struct HealthDay: Sendable, Equatable {
    var tally = HealthTally()
    /// The sample ratio of the day's own units.
    var ratio = RatioEvidence()
    /// As they stood after the day's last unit: the logarithms of the evidence of the whole sample
    /// ratio and of drift.
    var ratioLog: Double?
    var driftLog: Double?

    init() {}

    var json: JSON {
        [
            "tally": tally.json, "ratio": ratio.json,
            "ratio_log": ratioLog.map(JSON.number) ?? .null,
            "drift_log": driftLog.map(JSON.number) ?? .null,
        ]
    }

    init?(_ json: JSON) {
        guard let tally = HealthTally(json["tally"]), let ratio = RatioEvidence(json["ratio"])
        else { return nil }
        self.tally = tally
        self.ratio = ratio
        ratioLog = json["ratio_log"]?.double
        driftLog = json["drift_log"]?.double
    }
}
