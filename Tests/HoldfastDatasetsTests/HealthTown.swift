import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

extension Shop {
    /// A round that is kept, as a service does it: of the experiment `limits`.
    func look(_ watch: HealthWatch, _ catalog: Catalog) async throws -> HealthFindings {
        let reader = try LedgerReader(path: path, salt: catalog)
        let round = try watch.round(catalog, reader, now: clock.now)
        let changes = watch.changes
        try await ledger.keepHealth(changes.rows, dropping: changes.dropped)
        watch.settle(changes.rows)
        return try #require(round.findings.first { $0.name == "limits" })
    }

    /// A watch that goes on from what the ledger keeps.
    func watch(_ catalog: Catalog) throws -> HealthWatch {
        HealthWatch(try LedgerReader(path: path, salt: catalog).healthRows())
    }
}

/// An experiment that runs for some days in a ledger, with the faults that are asked for. All
/// chance follows from the seed.
final class HealthTown {
    struct Faults {
        /// The share of control where it should be a half.
        var control = 0.5
        /// The share of control among units of the region `north`.
        var northControl: Double?
        /// The share of control units that are treated all the same.
        var crossovers = 0.0
        /// The share of treated units whose exposure is lost.
        var lostExposures = 0.0
        /// The share of exposures whose decision is lost.
        var lostDecisions = 0.0
        /// The share of treated units' outcomes that are lost, beside a tenth of all.
        var lostOutcomes = 0.0
        /// What is added to the income, in standard deviations, and from which day on.
        var shift = 0.0
        var shiftDay = 2
        /// Units that are put in an arm without a share.
        var shareless = 0
    }

    let shop: Shop
    let catalog: Catalog
    private var chance: SeededGenerator
    private let faults: Faults
    private let isClustered: Bool
    private var count = 0

    static func text(clustered: Bool) -> String {
        """
        experiments: {limits: {unit: customer, \(clustered ? "cluster: household," : "")
        arms: [{control: 50%}, {treatment: 50%}, {bold: 0%}], washout: 2h,
        outcome: {name: paid, horizon: 3h, absent: unknown},
        features: {income: number, region: category, member: boolean}}}
        """
    }

    init(seed: UInt64, _ faults: Faults = Faults(), clustered: Bool = false) async throws {
        chance = SeededGenerator(seed: seed)
        self.faults = faults
        isClustered = clustered
        catalog = try HoldfastDatasetsTests.catalog(HealthTown.text(clustered: clustered))
        shop = try await Shop(catalog)
    }

    private func happens(_ share: Double) -> Bool {
        Double(chance.next() >> 11) * 0x1p-53 < share
    }

    /// A number that is about normal: the sum of twelve uniform ones.
    private func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double(chance.next() >> 11) * 0x1p-53 }
    }

    /// Lets some units live through a day, and leaves the clock at its end.
    func live(day: Int, units: Int) async throws {
        var decisions: [Fact] = []
        var later: [Fact] = []
        var members = 1
        var arm = "control"
        for place in 0..<units {
            let at = moment(Double(day) * 24 + 18 * Double(place) / Double(units))
            let region = chance.pick(["north", "south", "east"])
            // Households of two to four are dealt as one.
            if !isClustered || place == 0 || chance.below(3) == 0 {
                let share =
                    region == "north" ? faults.northControl ?? faults.control : faults.control
                arm = happens(share) ? "control" : "treatment"
                members += 1
            }
            count += 1
            let (unit, cluster) = ("u-\(count)", isClustered ? "h-\(day)-\(members)" : nil)
            let dealt = count <= faults.shareless ? "bold" : arm
            let shift = day >= faults.shiftDay ? faults.shift : 0
            let isDecided = dealt == "control" || !happens(faults.lostDecisions)
            if isDecided {
                decisions.append(
                    try decision(
                        unit, cluster, dealt, at: at, income: normal() + shift, region: region,
                        isMember: happens(0.5)))
            }
            let isReached =
                dealt == "control" ? happens(faults.crossovers) : !happens(faults.lostExposures)
            if isReached {
                later.append(
                    try Shop.exposure(
                        "e-\(count)", unit, cluster: cluster,
                        arm: dealt == "control" ? "treatment" : dealt,
                        at: Timestamp(microseconds: at.microseconds + 60_000_000)))
            } else if dealt == "control" {
                later.append(
                    try Shop.exposure(
                        "e-\(count)", unit, cluster: cluster, arm: "control",
                        at: Timestamp(microseconds: at.microseconds + 60_000_000)))
            }
            let isLost = happens(0.1) || dealt != "control" && happens(faults.lostOutcomes)
            if !isLost, isDecided {
                later.append(
                    try Shop.outcome(
                        "o-\(count)", unit, happens(0.3) ? 1 : 0,
                        at: Timestamp(microseconds: at.microseconds + hour)))
            }
        }
        shop.clock.now = moment(Double(day) * 24 + 23)
        try await shop.append(decisions)
        try await shop.append(later)
        shop.clock.now = moment(Double(day) * 24 + 23.5)
    }

    private func decision(
        _ unit: String, _ cluster: String?, _ arm: String, at: Timestamp, income: Double,
        region: String, isMember: Bool
    ) throws -> Fact {
        .decision(
            DecisionFact(
                id: "d-\(unit)", unit: try HoldfastDatasetsTests.unit(unit),
                cluster: try cluster.map { try HoldfastDatasetsTests.unit($0) },
                assignment: Assignment(
                    experiment: try name("limits"), arm: try name(arm), reason: .assigned,
                    propensity: 0.5, bucket: 1, revision: catalog.revision),
                at: at, isTimeStated: true, intended: true,
                features: [
                    LoggedFeature(name: try name("income"), value: .number(income)),
                    LoggedFeature(name: try name("region"), value: .category(region)),
                    LoggedFeature(name: try name("member"), value: .boolean(isMember)),
                ], isClustered: isClustered))
    }

    func reader() throws -> LedgerReader { try LedgerReader(path: shop.path, salt: catalog) }

    /// A watch that goes on from what the ledger keeps.
    func watch(_ settings: HealthWatch.Settings = HealthWatch.Settings()) throws -> HealthWatch {
        HealthWatch(try reader().healthRows(), settings: settings)
    }

    /// A round that is kept, as a service does it.
    @discardableResult
    func look(_ watch: HealthWatch) async throws -> HealthWatch.Round {
        let round = try watch.round(catalog, try reader(), now: shop.clock.now)
        let changes = watch.changes
        try await shop.ledger.keepHealth(changes.rows, dropping: changes.dropped)
        watch.settle(changes.rows)
        return round
    }

    /// What is found when all is read from the first fact.
    func findings() throws -> HealthFindings {
        let watch = HealthWatch([])
        let round = try watch.round(catalog, try reader(), now: shop.clock.now)
        return try #require(round.findings.first)
    }
}
