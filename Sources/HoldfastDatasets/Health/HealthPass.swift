internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

/// One round's way through the facts that are new: each kind by its keys, each fact once.
///
/// Where it throws it has seen a part of a fact, perhaps, and is thrown away.
struct HealthPass {
    let facts: HealthFacts
    let catalog: Catalog
    let plans: PlanTable
    /// The moment by which it is known what is late.
    let now: Int64
    let isBounded: Bool
    private let key: HealthKey
    var evidences: [String: ExperimentEvidence] = [:]
    var memories: [String: ClusterMemory] = [:]
    var logging: [String: Logging] = [:]
    /// Whether facts were left to the next round.
    var hasMore = false
    /// By experiment, for how long what was left to the next round has been due.
    var overdue: [String: Int64] = [:]
    /// The facts of one kind that a bounded round goes through.
    var roundRows = HealthRules.roundRows

    /// The features of an experiment that are looked at, and the statement that reads them.
    struct Logging {
        let features: [Experiment.Feature]
        let table: String
        let statement: SQLiteStatement
        /// The places of those whose values are watched one by one.
        let attributes: [Int]

        init(_ features: [Experiment.Feature], table: String, on reader: LedgerReader) throws {
            self.features = features
            self.table = table
            let columns = features.map { SQL.name($0.name.text).rendered.text }
            statement = try reader.connection.prepared(
                "SELECT \(columns.joined(separator: ", ")) FROM \(SQL.name(table).rendered.text) "
                    + "WHERE decision = ?1")
            attributes = Array(
                features.indices.filter {
                    [.category, .boolean].contains(features[$0].type)
                }.prefix(HealthRules.attributeLimit))
        }
    }

    init(
        facts: HealthFacts, catalog: Catalog, plans: PlanTable, now: Int64, isBounded: Bool
    ) {
        self.facts = facts
        self.catalog = catalog
        self.plans = plans
        self.now = now
        self.isBounded = isBounded
        key = HealthKey(catalog.salt)
    }

    mutating func run() throws {
        guard !evidences.isEmpty else { return }
        try passDecisions()
        try passExposures()
        try passTreated()
        for experiment in catalog.experiments { try passRipe(experiment) }
    }

    /// The range of keys to go through, and of how many units one is looked at.
    mutating func span(
        _ cursor: KeyPath<ExperimentEvidence.Cursors, Int64>, to last: Int64
    ) -> (first: Int64, last: Int64, every: UInt64)? {
        let first = evidences.values.map { $0.cursors[keyPath: cursor] }.min() ?? last
        guard first < last else { return nil }
        guard isBounded else { return (first, last, 1) }
        var end = last
        if end - first > Int64(roundRows) {
            end = first + Int64(roundRows)
            hasMore = true
        }
        return (first, end, HealthPass.every(Int(end - first)))
    }

    /// Of how many units one is looked at, where there are so many facts: a power of two.
    static func every(_ rows: Int) -> UInt64 {
        var every: UInt64 = 1
        while rows / Int(every) > HealthRules.roundUnits { every *= 2 }
        return every
    }

    mutating func advance(
        _ cursor: WritableKeyPath<ExperimentEvidence.Cursors, Int64>, to key: Int64
    ) {
        for name in evidences.keys {
            if evidences[name].map({ $0.cursors[keyPath: cursor] < key }) == true {
                evidences[name]?.cursors[keyPath: cursor] = key
            }
        }
    }

    // MARK: - Decisions

    private mutating func passDecisions() throws {
        guard let span = span(\.decisions, to: try facts.lastKey(.decisions)) else { return }
        let facts = facts
        try facts.decisions(after: span.first, through: span.last) { row throws(SQLError) in
            let experiment = row.text(1) ?? ""
            if let cursor = evidences[experiment]?.cursors.decisions, cursor < row.integer(0) {
                try take(HealthFacts.decision(row), every: span.every)
            }
            return true
        }
        advance(\.decisions, to: span.last)
    }

    private mutating func take(
        _ decision: WatchedDecision, every: UInt64
    ) throws(SQLError) {
        let name = decision.experiment
        try takeControl(decision, every: every)
        guard decision.reason == "assigned", let arm = decision.arm,
            let dealt = plans.plan(of: name, revision: decision.revision)
        else { return }
        let plan = dealt.plan(score: decision.score)
        let clusterHash = decision.cluster.map { healthHash($0.utf8) }
        let before = clusterHash.flatMap { hash in
            memories[name, default: ClusterMemory()].add(mark(of: arm, in: name), to: hash)
        }
        if let before, let hash = clusterHash { noteCluster(decision, dealt, before, hash) }
        if logging[name] != nil,
            evidences[name]?.collect(key: decision.key, received: decision.received) == true
        {
            try makeReference(of: name, through: decision.key)
        }
        let hash = dealt.isClustered ? clusterHash ?? 0 : healthHash(decision.unit.utf8)
        guard every == 1 || hash % every == 0 else {
            evidences[name]?.passedOver += 1
            return
        }
        evidences[name]?.lookedAt += 1
        if let place = plan.arms.firstIndex(of: arm), plan.shares[place] > 0 {
            // Dealt as it can be.
        } else {
            evidences[name]?.addShareless(at: decision.at, received: decision.received)
        }
        let isFirst =
            dealt.isClustered
            ? before.map { $0 & ClusterMemory.Mark.arms == 0 } ?? false
            : try facts.isFirst(decision, block: dealt.block)
        let values = try readFeatures(of: decision, isFirst: isFirst)
        guard isFirst else { return }
        // Where units are dealt anew in each block, one may be the first of many.
        var isNewUnit = true
        if !values.isEmpty, dealt.block != nil {
            isNewUnit = try facts.isFirst(decision, block: nil)
        }
        evidences[name]?.addUnit(
            arm, plan: plan, values: values, isNewUnit: isNewUnit, key: key, at: decision.at,
            received: decision.received)
    }

    /// Counts the units of control, and those that are held out.
    private mutating func takeControl(
        _ decision: WatchedDecision, every: UInt64
    ) throws(SQLError) {
        let isControl =
            decision.reason == "holdout"
            || ["assigned", "override"].contains(decision.reason)
                && decision.arm == Name.control.text
        guard isControl, every == 1 || healthHash(decision.unit.utf8) % every == 0,
            try facts.isFirstControl(decision)
        else { return }
        evidences[decision.experiment]?.addControl(at: decision.at, received: decision.received)
    }

    /// The places of the arms' marks, in the order in which the arms were seen. They only grow, and
    /// outlive a change of the catalog as the memories do.
    var armPlaces: [String: [String: Int]] = [:]

    mutating func mark(of arm: String, in experiment: String) -> UInt32 {
        if let place = armPlaces[experiment]?[arm] { return ClusterMemory.Mark.arm(place) }
        let place = armPlaces[experiment, default: [:]].count
        armPlaces[experiment, default: [:]][arm] = place
        return ClusterMemory.Mark.arm(place)
    }

    /// Counts a cluster that is new, or that has units in two arms now.
    private mutating func noteCluster(
        _ decision: WatchedDecision, _ dealt: RevisionPlan, _ before: UInt32, _ hash: UInt64
    ) {
        let name = decision.experiment
        let arms = before & ClusterMemory.Mark.arms
        let after = arms | ((memories[name]?.marks(of: hash) ?? 0) & ClusterMemory.Mark.arms)
        if arms == 0 {
            evidences[name]?.addCluster(
                isMixed: false, isBroken: false, received: decision.received)
        } else if dealt.isLasting, arms.nonzeroBitCount == 1, after.nonzeroBitCount == 2 {
            evidences[name]?.addCluster(
                isMixed: true, isBroken: dealt.isClustered, received: decision.received)
        }
    }

    /// Reads the clusters of what lies behind the cursors of some experiments: once, after a start,
    /// or when they come back into the catalog.
    mutating func remember(_ experiments: Set<String>) throws(SQLError) {
        let behind = evidences.filter { experiments.contains($0.key) }.values.map(\.cursors)
        guard let last = behind.map({ max($0.decisions, $0.ripe) }).max(), last > 0 else { return }
        let facts = facts
        try facts.clusters(upTo: last) { row throws(SQLError) in
            let name = row.text(0) ?? ""
            guard experiments.contains(name), let cursors = evidences[name]?.cursors else { return }
            let hash = row.withText(1) { healthHash(text: $0) }
            let key = row.integer(3)
            var marks: UInt32 = 0
            if key <= cursors.decisions { marks |= mark(of: row.text(2) ?? "", in: name) }
            if key <= cursors.ripe { marks |= ClusterMemory.Mark.ripe }
            _ = memories[name, default: ClusterMemory()].add(marks, to: hash)
        }
        guard let last = behind.map(\.exposures).max(), last > 0 else { return }
        let pending = evidences.mapValues { Set($0.pending) }
        try facts.exposedClusters(upTo: last) { row throws(SQLError) in
            let name = row.text(1) ?? ""
            // What waits for its decision is not counted yet.
            guard experiments.contains(name), let cursors = evidences[name]?.cursors,
                row.integer(0) <= cursors.exposures,
                pending[name]?.contains(row.integer(0)) == false
            else { return }
            let exposure = HealthFacts.exposure(row)
            let hash = healthHash((exposure.cluster ?? "").utf8)
            guard memories[name]?.holds(hash) ?? true,
                (memories[name]?.marks(of: hash) ?? 0) & ClusterMemory.Mark.exposed == 0,
                let decision = try facts.decision(under: exposure), decision.reason == "assigned",
                decision.received <= exposure.received + HealthRules.grace
            else { return }
            _ = memories[name, default: ClusterMemory()].add(ClusterMemory.Mark.exposed, to: hash)
        }
    }

    // MARK: - Features

    /// Puts a decision's features into the bins of drift, and gives the values that are watched.
    private mutating func readFeatures(
        of decision: WatchedDecision, isFirst: Bool
    ) throws(SQLError) -> [(feature: String, value: String)] {
        let name = decision.experiment
        guard let logging = logging[name] else { return [] }
        let reference = evidences[name]?.drift?.reference
        guard isFirst && !logging.attributes.isEmpty || reference != nil else { return [] }
        var values: [(feature: String, value: String)] = []
        let facts = facts
        try facts.features(logging.statement, of: decision.key) { row throws(SQLError) in
            if isFirst {
                for place in logging.attributes {
                    if let value = row.text(place) {
                        values.append((logging.features[place].name.text, value))
                    }
                }
            }
            guard let reference,
                evidences[name]?.beginFeatures(
                    unit: key.mark(decision.unit), at: decision.at, received: decision.received)
                    == true
            else { return }
            for (place, feature) in reference.features.enumerated() {
                // Mostly they stand in one order.
                let column =
                    place < logging.features.count
                        && logging.features[place].name.text == feature.name
                    ? place : logging.features.firstIndex { $0.name.text == feature.name }
                guard let column else { continue }
                var bin = 0
                if !row.isNull(column) {
                    bin =
                        feature.edges == nil
                        ? row.withText(column) { $0.map { feature.bin(of: $0) } ?? 0 }
                        : feature.bin(of: row.real(column))
                }
                evidences[name]?.addFeature(place, bin: bin)
            }
        }
        return values
    }

    private mutating func makeReference(of name: String, through key: Int64) throws(SQLError) {
        guard let logging = logging[name], let evidence = evidences[name] else { return }
        var builder = DriftReferenceBuilder(
            logging.features.map { (name: $0.name.text, type: $0.type) })
        try facts.reference(
            logging.features.map(\.name.text), from: logging.table, of: name,
            keys: evidence.referenceFrom...key,
            receivedAfter: evidence.acknowledged[.inputDrift] ?? .min
        ) { row throws(SQLError) in
            let unit = row.withText(logging.features.count) { healthHash(text: $0) }
            for place in logging.features.indices {
                if builder.isText(place) {
                    builder.add(place, text: row.text(place), unit: unit)
                } else {
                    builder.add(place, number: row.isNull(place) ? nil : row.real(place))
                }
            }
            builder.endRow()
        }
        if let reference = builder.reference(source: ExperimentEvidence.ownReference) {
            evidences[name]?.watchDrift(reference)
        } else {
            evidences[name]?.collectAnew()
        }
    }
}
