internal import Glibc
internal import HoldfastFormats
internal import HoldfastStatistics

/// Whether units came to the arms as the catalog says, looked at after every unit.
///
///     var evidence = RatioEvidence()
///     evidence.add("control", plan: ArmPlan(arms: ["control", "treatment"], shares: [0.5, 0.5]))
///     evidence.pValue   // 1
///
/// By ``SampleRatioStrata``: a stratum for each set of shares that was ever in force, so that
/// neither bands of scores nor a change of the catalog's shares looks like a fault. The p-value is
/// the smallest so far: it holds however often it is looked at, and never rises.
struct RatioEvidence: Sendable, Equatable {
    /// The shares of each stratum.
    private(set) var plans: [ArmPlan] = []
    private(set) var strata = SampleRatioStrata([])
    /// Units of sets of shares beyond ``HealthRules/strataLimit``: they are not tested.
    private(set) var passedOver = 0

    init() {}

    /// The smallest p-value so far; `nil` where chance has decided on nothing yet.
    var pValue: Double? { plans.isEmpty ? nil : strata.pValue }

    /// The logarithm of the evidence that units are missing, as it stands; 0 where there is none.
    var logEvidence: Double { plans.isEmpty ? 0 : strata.logBayesFactor }

    /// Whether the shares are refuted at a level.
    func isRefuted(at level: Double) -> Bool { pValue.map { $0 <= level } ?? false }

    /// Counts a unit. One of an arm without a share says nothing of the ratio of the others: it is
    /// a leak.
    mutating func add(_ arm: String, plan: ArmPlan) {
        guard plan.isRandom, let place = plan.arms.firstIndex(of: arm), plan.shares[place] > 0
        else { return }
        guard let stratum = stratum(of: plan) else { return passedOver += 1 }
        var counts = strata.strata[stratum].counts
        counts[place] += 1
        strata.look(counts, stratum: stratum)
    }

    private mutating func stratum(of plan: ArmPlan) -> Int? {
        if let known = plans.firstIndex(of: plan) { return known }
        guard plans.count < HealthRules.strataLimit,
            let fresh = SequentialSampleRatio(shares: plan.shares)
        else { return nil }
        plans.append(plan)
        strata.add(fresh)
        return plans.count - 1
    }

    /// Units by arm, and how many the shares made expect.
    var counts: [(arm: String, observed: Int, expected: Double)] {
        var all: [(arm: String, observed: Int, expected: Double)] = []
        for (plan, stratum) in zip(plans, strata.strata) {
            let units = Double(stratum.counts.reduce(0, +))
            for (arm, (share, count)) in zip(plan.arms, zip(plan.shares, stratum.counts)) {
                if let place = all.firstIndex(where: { $0.arm == arm }) {
                    all[place].observed += count
                    all[place].expected += share * units
                } else {
                    all.append((arm, count, share * units))
                }
            }
        }
        return all
    }

    // MARK: - As it is kept

    var json: JSON {
        [
            "p": .number(strata.pValue), "passed_over": .integer(Int64(passedOver)),
            "strata": .array(
                zip(plans, strata.strata).map { plan, stratum in
                    [
                        "arms": .array(plan.arms.map(JSON.string)),
                        "shares": .array(plan.shares.map(JSON.number)),
                        "p": .number(stratum.pValue),
                        "counts": .array(stratum.counts.map { .integer(Int64($0)) }),
                    ]
                }),
        ]
    }

    /// What was kept; `nil` where it is none.
    init?(_ json: JSON?) {
        guard let p = json?["p"]?.double, p >= 0, p <= 1, let kept = json?["strata"]?.array,
            kept.count <= HealthRules.strataLimit, let passedOver = json?["passed_over"]?.count
        else { return nil }
        self.passedOver = passedOver
        var strata: [SequentialSampleRatio] = []
        for stratum in kept {
            guard let arms = stratum["arms"]?.array?.compactMap(\.string),
                let shares = stratum["shares"]?.array?.compactMap(\.double),
                let counts = stratum["counts"]?.array?.compactMap(\.count),
                arms.count == shares.count, let pValue = stratum["p"]?.double,
                let ratio = SequentialSampleRatio(
                    shares: shares, concentration: SequentialSampleRatio.usualConcentration,
                    pValue: pValue, counts: counts)
            else { return nil }
            plans.append(ArmPlan(arms: arms, shares: shares))
            strata.append(ratio)
        }
        self.strata = SampleRatioStrata(strata, pValue: p)
    }
}

extension JSON {
    /// A count, from 0; `nil` where it is none.
    var count: Int? {
        guard case .integer(let value) = self, value >= 0 else { return nil }
        return Int(value)
    }

    /// An integer; `nil` where it is none.
    var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }
}
