internal import HoldfastFormats
internal import HoldfastStatistics

/// All that was seen of one experiment: counts and evidence, never an id.
///
/// A pure value: facts are told to it one by one, in the order of their keys. What it says does not
/// depend on how they were split into rounds, and it goes on from what was kept of it.
struct ExperimentEvidence: Sendable, Equatable {
    /// How far each pass has come: the keys of the last fact that is in the evidence.
    struct Cursors: Sendable, Equatable {
        var decisions: Int64 = 0
        var exposures: Int64 = 0
        /// Decisions that were held against exposures, and against outcomes.
        var treated: Int64 = 0
        var ripe: Int64 = 0
    }

    /// The populations whose sample ratio is watched.
    enum Population: String, CaseIterable, Sendable {
        case decisions, exposures, kept, missing
    }

    let experiment: String
    var cursors = Cursors()
    /// Exposures whose decision has not come yet, by their keys.
    var pending: [Int64] = []
    var tally = HealthTally()
    /// Since it was acknowledged: decisions in an arm of share 0, and exposures to another arm.
    private(set) var leaks = 0
    private(set) var ratios: [Population: RatioEvidence] = [:]
    private(set) var attributes = AttributeEvidence()
    /// Exposures of each arm's own units, until their ratio begins.
    private(set) var logged: [String: Int] = [:]
    /// Clusters that were seen, and those with units in two arms.
    private(set) var clusters = 0
    private(set) var mixedClusters = 0
    private(set) var mixedSince = 0
    /// Decisions that count for the reference, and the key of the first.
    private(set) var referenceSeen = 0
    private(set) var referenceFrom: Int64 = 0
    private(set) var drift: DriftEvidence?
    private(set) var days: [Int: HealthDay] = [:]
    /// When each alarm was acknowledged last: facts of before do not count for it.
    private(set) var acknowledged: [HealthAlarm: Int64] = [:]
    /// The alarms that stand, and since when.
    var alarms: [HealthAlarm: Int64] = [:]
    /// Units that were looked at, and those that were passed over because there were too many.
    var lookedAt = 0
    var passedOver = 0

    /// Which parts have changed since they were kept.
    private(set) var changedDays: Set<Int> = []
    private(set) var droppedDays: Set<Int> = []
    private(set) var isDriftChanged = false

    init(_ experiment: String) { self.experiment = experiment }

    // MARK: - Facts

    /// Counts the first decision of a unit, or of its cluster.
    mutating func addUnit(
        _ arm: String, plan: ArmPlan, values: [(feature: String, value: String)] = [],
        isNewUnit: Bool = true, key: HealthKey = HealthKey(""), at: Int64, received: Int64
    ) {
        count(at, received) { $0.arms[arm, default: HealthTally.Arm()].dealt += 1 }
        if counts(received, for: .sampleRatioDecisions) {
            ratios[.decisions, default: RatioEvidence()].add(arm, plan: plan)
        }
        let log = ratios[.decisions]?.logEvidence
        onDay(at, received) { day in
            day.ratio.add(arm, plan: plan)
            day.ratioLog = log
        }
        if counts(received, for: .sampleRatioAttribute) {
            attributes.add(arm, plan: plan, values, isNewUnit: isNewUnit, key: key)
        }
    }

    /// Counts a unit of control, or one that is held out, at its first decision.
    mutating func addControl(at: Int64, received: Int64) {
        count(at, received) { $0.controls += 1 }
    }

    /// Counts a decision in an arm whose share is 0.
    mutating func addShareless(at: Int64, received: Int64) {
        count(at, received) { $0.shareless += 1 }
        if counts(received, for: .leak) { leaks += 1 }
    }

    /// Counts a cluster: that it was seen, or that it has units in two arms.
    mutating func addCluster(isMixed: Bool, isBroken: Bool, received: Int64) {
        guard isMixed else { return clusters += 1 }
        mixedClusters += 1
        if isBroken, counts(received, for: .household) { mixedSince += 1 }
    }

    /// What was found of an exposure.
    struct Exposed {
        /// The arm that the unit was dealt, and the plan by which; `nil` without a decision.
        var arm: String?
        var plan: ArmPlan?
        var isDecided = true
        /// Whether it went to an arm that the unit was not dealt.
        var isOtherArm = false
        var isOtherHousehold = false
        /// Whether it is the first action that reached a unit of control.
        var isCrossover = false
        /// Whether it is the first exposure of what was randomised.
        var isFirst = false
    }

    mutating func addExposure(_ found: Exposed, at: Int64, received: Int64) {
        count(at, received) { tally in
            tally.exposures += 1
            if !found.isDecided { tally.undecided += 1 }
            if found.isOtherArm { tally.otherArm += 1 }
            if found.isOtherHousehold { tally.otherHousehold += 1 }
            if found.isCrossover { tally.crossovers += 1 }
            if found.isFirst, let arm = found.arm {
                tally.arms[arm, default: HealthTally.Arm()].exposed += 1
            }
        }
        if found.isOtherArm, counts(received, for: .leak) { leaks += 1 }
        guard found.isFirst, let arm = found.arm, let plan = found.plan,
            counts(received, for: .sampleRatioExposures)
        else { return }
        let begun = zip(plan.arms, plan.shares).allSatisfy { name, share in
            share <= 0 || logged[name] ?? 0 >= HealthRules.leastExposures
        }
        // Only once every arm's own units are exposed: whether they are is not chance.
        guard begun else {
            if !found.isOtherArm { logged[arm, default: 0] += 1 }
            return
        }
        ratios[.exposures, default: RatioEvidence()].add(arm, plan: plan)
    }

    /// Counts an intended treatment whose exposure must be known by now.
    mutating func addIntended(isExposed: Bool, at: Int64, received: Int64) {
        count(at, received) { tally in
            tally.intended += 1
            if !isExposed { tally.unexposed += 1 }
        }
    }

    /// Counts a first decision whose outcome must be known by now.
    mutating func addRipe(
        _ arm: String, plan: ArmPlan, isKnown: Bool, at: Int64, received: Int64
    ) {
        count(at, received) { tally in
            tally.arms[arm, default: HealthTally.Arm()].ripe += 1
            if !isKnown { tally.arms[arm, default: HealthTally.Arm()].missing += 1 }
        }
        // Units of which the outcome is missing come to the arms by their shares as well, as long
        // as what is missing has nothing to do with the arm; and so do those of which it is known.
        let population = isKnown ? Population.kept : .missing
        guard counts(received, for: isKnown ? .sampleRatioKept : .missingOutcomes) else { return }
        ratios[population, default: RatioEvidence()].add(arm, plan: plan)
    }

    // MARK: - Drift

    /// Whether the reference is to be made of the experiment's own first decisions.
    var isCollecting: Bool { drift == nil && referenceSeen < HealthRules.referenceRows }

    /// Whether so many decisions have come that it can be made now, up to this one.
    mutating func collect(key: Int64, received: Int64) -> Bool {
        guard isCollecting, counts(received, for: .inputDrift) else { return false }
        if referenceSeen == 0 { referenceFrom = key }
        referenceSeen += 1
        return referenceSeen == HealthRules.referenceRows
    }

    /// Watches drift from now on, against this reference.
    mutating func watchDrift(_ reference: DriftReference) {
        guard drift?.reference != reference else { return }
        drift = DriftEvidence(reference)
        isDriftChanged = true
    }

    /// Begins the collection anew: no feature was logged with the decisions that were counted.
    mutating func collectAnew() { referenceSeen = 0 }

    /// Begins a row of a unit's features, and says whether it counts.
    ///
    /// It is put where it was made or received, whichever is earlier: a clock that is ahead would
    /// else end a block, and hold up all that come after.
    mutating func beginFeatures(unit: Int64, at: Int64, received: Int64) -> Bool {
        guard drift != nil, counts(received, for: .inputDrift) else { return false }
        if drift?.beginRow(of: unit, decidedAt: min(at, received)) == true {
            isDriftChanged = true
            let log = drift?.logEvidence
            onDay(at, received) { $0.driftLog = log }
        }
        return true
    }

    mutating func addFeature(_ place: Int, bin: Int) { drift?.add(place, bin: bin) }

    // MARK: - Days and acknowledgements

    private mutating func count(_ at: Int64, _ received: Int64, _ body: (inout HealthTally) -> Void)
    {
        body(&tally)
        onDay(at, received) { body(&$0.tally) }
    }

    /// Of a day that is older than those that are kept nothing is noted, nor of one to come: a
    /// clock was wrong.
    private mutating func onDay(
        _ at: Int64, _ received: Int64, _ body: (inout HealthDay) -> Void
    ) {
        let day = dayNumber(min(at, received))
        if days[day] == nil {
            if days.count >= HealthRules.dayLimit {
                guard let oldest = days.keys.min(), oldest < day else { return }
                days[oldest] = nil
                changedDays.remove(oldest)
                droppedDays.insert(oldest)
            }
            droppedDays.remove(day)
        }
        changedDays.insert(day)
        body(&days[day, default: HealthDay()])
    }

    /// Whether a fact that was received then counts for an alarm.
    private func counts(_ received: Int64, for alarm: HealthAlarm) -> Bool {
        acknowledged[alarm].map { received > $0 } ?? true
    }

    /// Begins an alarm's evidence anew from what is received after a moment.
    mutating func acknowledge(_ alarm: HealthAlarm, at time: Int64) {
        guard acknowledged[alarm].map({ $0 < time }) ?? true else { return }
        acknowledged[alarm] = time
        switch alarm {
        case .sampleRatioDecisions: ratios[.decisions] = nil
        case .sampleRatioExposures:
            ratios[.exposures] = nil
            logged = [:]
        case .sampleRatioKept: ratios[.kept] = nil
        case .missingOutcomes: ratios[.missing] = nil
        case .sampleRatioAttribute: attributes = AttributeEvidence()
        case .leak: leaks = 0
        case .household: mixedSince = 0
        case .inputDrift:
            // What is served now is the new normal, unless it is measured by a table.
            let own = drift.map { $0.reference.source == ExperimentEvidence.ownReference } ?? true
            drift = own ? nil : drift.map { DriftEvidence($0.reference) }
            referenceSeen = 0
            isDriftChanged = true
        case .sampleRatioDay, .crossover, .undecidedExposures, .unexposedDecisions: break
        }
    }

    /// What a reference is called that is made of the experiment's own decisions.
    static let ownReference = "the first decisions"

    /// The days over which a rate is taken: those up to the last one that anything happened on, and
    /// for an alarm none up to the day that it was acknowledged on.
    func window(for alarm: HealthAlarm?, days count: Int = HealthRules.windowDays) -> HealthTally {
        var sum = HealthTally()
        for (_, day) in recentDays(for: alarm, count) { sum.add(day.tally) }
        return sum
    }

    func recentDays(for alarm: HealthAlarm?, _ count: Int) -> [(day: Int, HealthDay)] {
        guard let last = days.keys.max() else { return [] }
        let after = alarm.flatMap { acknowledged[$0] }.map(dayNumber) ?? .min
        return days.filter { $0.key > last - count && $0.key > after }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // MARK: - Restoring

    /// Forgets what has changed: it is kept now.
    mutating func settle() {
        changedDays = []
        droppedDays = []
        isDriftChanged = false
    }

    mutating func restore(_ day: Int, _ seen: HealthDay) { days[day] = seen }
}

extension ExperimentEvidence {
    /// All but the days and what drift is measured by.
    var json: JSON {
        let ratios = Population.allCases.compactMap { population in
            self.ratios[population].map { (population.rawValue, $0.json) }
        }
        func object(_ counts: [(String, Int64)]) -> JSON {
            .object(
                JSONObject(counts.sorted { $0.0 < $1.0 }.map { ($0.0, .integer($0.1)) }))
        }
        return [
            "cursors": [
                "decisions": .integer(cursors.decisions), "exposures": .integer(cursors.exposures),
                "treated": .integer(cursors.treated), "ripe": .integer(cursors.ripe),
            ],
            "pending": .array(pending.map(JSON.integer)), "tally": tally.json,
            "leaks": .integer(Int64(leaks)), "ratios": .object(JSONObject(ratios)),
            "attributes": attributes.json,
            "logged": object(logged.map { ($0.key, Int64($0.value)) }),
            "clusters": .integer(Int64(clusters)), "mixed": .integer(Int64(mixedClusters)),
            "mixed_since": .integer(Int64(mixedSince)),
            "reference_seen": .integer(Int64(referenceSeen)),
            "reference_from": .integer(referenceFrom),
            "open_block": drift?.openJSON ?? .null,
            "acknowledged": object(acknowledged.map { ($0.key.rawValue, $0.value) }),
            "alarms": object(alarms.map { ($0.key.rawValue, $0.value) }),
            "looked_at": .integer(Int64(lookedAt)), "passed_over": .integer(Int64(passedOver)),
        ]
    }

    /// What was kept; `nil` where it is none.
    init?(_ experiment: String, _ json: JSON, drift kept: JSON?) {
        guard let cursors = json["cursors"], let decisions = cursors["decisions"]?.integer,
            let exposures = cursors["exposures"]?.integer,
            let treated = cursors["treated"]?.integer, let ripe = cursors["ripe"]?.integer,
            let pending = json["pending"]?.array?.compactMap(\.integer),
            let tally = HealthTally(json["tally"]), let leaks = json["leaks"]?.count,
            case .object(let ratios)? = json["ratios"],
            let attributes = AttributeEvidence(json["attributes"]),
            case .object(let logged)? = json["logged"], let clusters = json["clusters"]?.count,
            let mixed = json["mixed"]?.count, let mixedSince = json["mixed_since"]?.count,
            let seen = json["reference_seen"]?.count,
            let from = json["reference_from"]?.integer,
            case .object(let acknowledged)? = json["acknowledged"],
            case .object(let alarms)? = json["alarms"], let lookedAt = json["looked_at"]?.count,
            let passedOver = json["passed_over"]?.count
        else { return nil }
        self.init(experiment)
        self.cursors = Cursors(
            decisions: decisions, exposures: exposures, treated: treated, ripe: ripe)
        self.pending = pending
        self.tally = tally
        self.leaks = leaks
        for (name, value) in ratios.members {
            guard let population = Population(rawValue: name), let ratio = RatioEvidence(value)
            else { return nil }
            self.ratios[population] = ratio
        }
        self.attributes = attributes
        for (name, value) in logged.members { self.logged[name] = value.count }
        (self.clusters, mixedClusters, self.mixedSince) = (clusters, mixed, mixedSince)
        (referenceSeen, referenceFrom) = (seen, from)
        (self.lookedAt, self.passedOver) = (lookedAt, passedOver)
        // An alarm of a later version is passed over.
        for (name, time) in acknowledged.members {
            if let alarm = HealthAlarm(rawValue: name) { self.acknowledged[alarm] = time.integer }
        }
        for (name, time) in alarms.members {
            if let alarm = HealthAlarm(rawValue: name) { self.alarms[alarm] = time.integer }
        }
        if let kept {
            guard let drift = DriftEvidence(kept, open: json["open_block"]) else { return nil }
            self.drift = drift
        }
    }
}
