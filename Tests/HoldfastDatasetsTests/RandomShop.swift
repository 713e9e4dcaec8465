import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A small ledger made by chance, in which times meet the ends of windows to the microsecond, and
/// what is asked of it.
struct RandomShop {
    let shop: Shop
    let request: ExportRequest
    /// The user's features, which the request's file holds.
    let features: [RandomRequest.Stamped]?
    let method: Method
    let usesCluster: Bool
    private var chance: SeededGenerator
    private var number = 0
    private let units: [String]

    static let horizon: Int64 = 3 * hour
    static let washout: Int64 = 2 * hour

    init(seed: UInt64) async throws {
        shop = try Shop()
        chance = SeededGenerator(seed: seed)
        units = (0..<14).map { "u\($0)" } + ["é", "e\u{301}"]
        method = chance.pick(Method.allCases + [.shares, .shares])
        usesCluster = chance.below(2) == 0 && method.takesCluster
        let asked = RandomRequest(seed: seed)
        let split = asked.splitKey(&chance)
        // Of one salt for all, the same few units would be withheld in every shop.
        let make = RandomShop.catalogs(
            &chance, method, split: split, usesCluster: usesCluster,
            salt: "random-shop-salt-\(seed)")
        let catalogs = try (0..<3).map(make)
        // Just before the second revision came, only the first was there.
        let isEarly = chance.below(4) == 0
        features = asked.table(of: units, &chance)
        var source: ExportRequest.FeatureSource?
        if let features {
            let path = try shop.folder.write("features.csv", RandomShop.text(of: features))
            source = .init(path: path, timeToLive: asked.timeToLive(&chance))
        }
        request = ExportRequest(
            catalog: isEarly ? catalogs[0] : chance.pick(catalogs), experiment: "limits",
            asOf: moment(12, isEarly ? -RandomShop.late - 1 : 0),
            observations: asked.observations, mode: asked.mode,
            splitFrom: asked.splitFrom(&chance), features: source)
        try await fill(catalogs)
        try tamper()
    }

    /// The user's table of features as a file.
    private static func text(of features: [RandomRequest.Stamped]) -> String {
        let lines = features.map { "\($0.unit),\($0.at),\($0.income.map { "\($0)" } ?? "")\n" }
        return "unit,at,income\n" + lines.joined()
    }

    /// Records what happened under three revisions, until a microsecond past the as-of time.
    private mutating func fill(_ catalogs: [Catalog]) async throws {
        shop.clock.now = moment(11)
        try await shop.force(catalogs[0])
        try await shop.append(try facts(catalogs[0], decisions: 25))
        let batches = try numberedBatches()
        for batch in batches.dropLast(2) { try await shop.append([], number: batch) }
        // Each commit is a microsecond later than the one before, and the last is just in time.
        shop.clock.now = moment(12, -RandomShop.late)
        try await shop.force(catalogs[1])
        try await shop.append(try facts(catalogs[1], decisions: 15))
        try await shop.force(catalogs[2])
        shop.clock.now = moment(12)
        try await shop.append(try facts(catalogs[2], decisions: 15))
        // What comes a microsecond later is not there yet, nor is what it would have changed.
        shop.clock.now = moment(12, 1)
        try await shop.append(try facts(catalogs[2], decisions: 10))
        for batch in batches.suffix(2) { try await shop.append([], number: batch) }
    }

    /// How many microseconds before the as-of time the second revision comes.
    static let late: Int64 = 3

    /// Batches that are numbered, some numbers left out, in any order; none in most shops.
    private mutating func numberedBatches() throws -> [BatchNumber] {
        guard chance.below(5) == 0 else { return [] }
        var batches: [BatchNumber] = []
        for source in ["till", "relay"] {
            let first = chance.pick([1, 1, 1, 2])
            for sequence in first..<6 where chance.below(4) > 0 {
                let start = edge()
                let end = Timestamp(
                    microseconds: start.microseconds + chance.pick([0, 1, hour / 2]))
                batches.append(
                    try #require(
                        BatchNumber(
                            source: try name(source), sequence: Int64(sequence), span: start...end))
                )
            }
        }
        return batches.shuffled(using: &chance)
    }

    /// Catalogs of three revisions: as it began, another experiment changed, this one perhaps.
    private static func catalogs(
        _ chance: inout SeededGenerator, _ method: Method, split: String, usesCluster: Bool,
        salt: String
    ) -> (Int) throws -> Catalog {
        let cluster = usesCluster ? "cluster: household, " : ""
        let interferes = chance.pick(["all", "none", "[promo]", "[promo, collections]"])
        let absent = chance.pick(["unknown", "0", "0.5", "false"])
        let starts = chance.pick(["2025-12-01T00:00:00Z", "2026-01-01T02:00:00Z"])
        let slice = chance.pick(["", "layer: {name: l, from: 10%, to: 80%}, "])
        let overrides = chance.pick(["", "overrides: {u0: control, u1: treatment}, "])
        let holdouts = chance.pick([
            "", "holdouts: {h: {unit: customer, share: 30%}}, ",
            "holdouts: {h: {unit: customer, share: 30%, covers: [promo]}, "
                + "g: {unit: customer, share: 20%}}, ",
        ])
        let (arms, others) = method.arms(&chance)
        let changes = chance.pick([(arms, "70%"), (others, "70%"), (arms, "90%")])
        return { revision in
            let (arms, traffic) = revision == 2 ? changes : (arms, "70%")
            let promo =
                revision == 0 ? "[{control: 50%}, {on: 50%}]" : "[{control: 10%}, {on: 90%}]"
            return try HoldfastDatasetsTests.catalog(
                """
                layers: {l: {unit: customer}}, \(holdouts)experiments: {
                limits: {unit: customer, \(cluster)\(slice)\(overrides)\(split)traffic: \(traffic),
                \(arms), starts: \(starts), washout: 2h, interferes: \(interferes),
                outcome: {name: paid, horizon: 3h, absent: \(absent)}},
                promo: {unit: customer, arms: \(promo), starts: \(starts)},
                collections: {unit: customer, \(cluster)arms: [{control: 50%}, {on: 50%}]}}
                """, salt: salt)
        }
    }

    private mutating func next(_ kind: String) -> String {
        number += 1
        // Ids in an order of their own, so that ties are broken against that of arrival.
        return "\(kind)-\(chance.below(1_000))-\(number)"
    }

    private mutating func household() -> String? { usesCluster ? "h\(chance.below(7))" : nil }

    /// A score at the edge of a band, or beside it.
    private mutating func score() -> Double? {
        let scores = [-1, 0.1, 0.25.nextDown, 0.25, 0.5.nextDown, 0.5, 0.9]
        return method == .exploration || chance.below(2) == 0 ? chance.pick(scores) : nil
    }

    /// A time at which a window begins or ends for a decision on the hour, or a microsecond beside.
    private mutating func edge() -> Timestamp {
        let decided = origin + Int64(chance.below(13)) * hour
        let end = chance.pick([-RandomShop.washout, 0, RandomShop.horizon, hour])
        return Timestamp(microseconds: decided + end + chance.pick([-1, 0, 1]))
    }

    private mutating func facts(_ catalog: Catalog, decisions: Int) throws -> [Fact] {
        var facts: [Fact] = []
        for _ in 0..<decisions {
            let at = moment(Double(chance.below(13)), chance.pick([0, 0, 0, 1]))
            facts.append(
                try Shop.decision(
                    catalog, next("d"), chance.pick(units), cluster: household(), at: at,
                    score: score(), intended: chance.pick([true, false, nil])))
        }
        for _ in 0..<(decisions / 3) {
            let experiment = chance.pick(["limits", "promo", "collections", "ghost"])
            let isNamed = experiment == "limits" || experiment == "collections"
            let cluster = isNamed ? household() : nil
            facts.append(
                try Shop.exposure(
                    next("x"), chance.pick(units), cluster: cluster, in: experiment,
                    arm: chance.pick(["control", "treatment", "on"]), at: edge()))
        }
        for _ in 0..<decisions {
            facts.append(
                try Shop.outcome(
                    next("o"), chance.pick(units), Double(chance.below(3)), at: edge(),
                    name: chance.pick(["paid", "paid", "paid", "other"])))
        }
        if let cluster = household() {
            facts.append(
                try Shop.decision(
                    catalog, next("c"), chance.pick(units), cluster: cluster, at: moment(1),
                    in: "collections"))
        }
        return facts.shuffled(using: &chance)
    }

    /// Edits some decisions behind the ledger's back.
    private mutating func tamper() throws {
        let edits: [SQL] = [
            "arm = 'control'", "arm = 'treatment'", "arm = NULL", "bucket = bucket + 1",
            "bucket = NULL", "propensity = propensity * 1.25", "propensity = 0",
            "propensity = -propensity", "reason = 'assigned'",
            "reason = 'holdout'", "holdout = 'h'", "cluster = NULL", "unit = 'u0'",
            "decided_at = decided_at - 86400000000", "decided_at = decided_at + 3600000000",
            "score = NULL", "score = score + 0.3", "score = 9e999",
            "revision = 'r0000000000000000'",
        ]
        for _ in 0..<chance.below(10) {
            let row = Int64(1 + chance.below(60))
            try shop.tamper("UPDATE decisions SET \(chance.pick(edits)) WHERE decision = \(row)")
        }
        // Whoever is withheld needs no score to be dealt, but without one its weight is not known.
        guard method == .exploration else { return }
        let edit: SQL = chance.pick(["score = NULL", "score = 9e999", "score = -9e999"])
        try shop.tamper(
            """
            UPDATE decisions SET \(edit)
            WHERE decision % 4 = 0 AND (holdout = 'g' OR arm = 'control')
            """)
    }
}
