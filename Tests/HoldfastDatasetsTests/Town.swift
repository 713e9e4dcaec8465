import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastReports
import HoldfastTables
import Testing
import TestSupport

/// Two thousand units of which nothing is wrong: half of them control, each scored once, three in
/// eleven with the outcome. A test changes what it is about.
struct Town {
    /// A unit and what becomes of it.
    struct Resident {
        let number: Int
        let isControl: Bool
        /// When it is scored.
        var at: Timestamp
        var income: Double?
        var score: Double?
        var intended: Bool?
        /// The outcome within the horizon; `nil` where none is recorded.
        var paid: Double?
        /// The outcome before the experiment began.
        var paidBefore: Double?
        /// Whether its decision reaches the ledger.
        var isRecorded = true
        /// Whether the treatment of another experiment reaches it.
        var isReached = false
    }

    let shop: Shop
    let catalog: Catalog

    static let count = 2_000

    /// `more` is put among the experiment's keys.
    init(
        _ more: String = "", absent: String = "0", count: Int = Town.count,
        change: (inout Resident) -> Void = { _ in }
    ) async throws {
        let catalog = try simpleCatalog(
            "starts: 2025-12-31T22:00:00Z, features: {income: number}"
                + (more.isEmpty ? "" : ", " + more), absent: absent)
        try await self.init(catalog, count: count, change: change)
    }

    init(
        _ catalog: Catalog, count: Int = Town.count, change: (inout Resident) -> Void
    ) async throws {
        self.catalog = catalog
        shop = try await Shop(catalog)
        shop.clock.now = moment(29)
        var facts: [Fact] = []
        for number in 0..<count {
            let arm = try catalog.assign(
                Candidate(unit: try unit("u\(number)"), score: 0), in: "limits", at: moment(0)
            ).arm
            var resident = Resident(
                number: number, isControl: arm == .control, at: moment(0, Int64(number)),
                income: Double(number * 7_919 % 2_003), paid: number * 7 % 11 < 3 ? 1 : 0)
            change(&resident)
            facts += try Town.facts(of: resident, catalog)
        }
        try await shop.append(facts)
    }

    private static func facts(of resident: Resident, _ catalog: Catalog) throws -> [Fact] {
        let (number, unit) = (resident.number, "u\(resident.number)")
        let later = Timestamp(microseconds: resident.at.microseconds + hour)
        var facts: [Fact] = []
        if resident.isRecorded {
            let features = try resident.income.map {
                [LoggedFeature(name: try name("income"), value: .number($0))]
            }
            facts.append(
                try Shop.decision(
                    catalog, "d\(number)", unit, at: resident.at, score: resident.score,
                    intended: resident.intended, features: features ?? []))
        }
        if resident.isReached {
            facts.append(
                try Shop.exposure("x\(number)", unit, in: "promo", arm: "on", at: later))
        }
        if let paid = resident.paid {
            facts.append(try Shop.outcome("o\(number)", unit, paid, at: later))
        }
        if let paid = resident.paidBefore {
            facts.append(try Shop.outcome("b\(number)", unit, paid, at: moment(-3)))
        }
        return facts
    }

    var request: ExportRequest {
        ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(30))
    }

    func export(_ request: ExportRequest, to folder: String) throws -> Manifest {
        try Export.run(
            request, ledger: shop.path, to: shop.folder.file(folder), report: ManifestHTML.render)
    }
}

extension Manifest {
    func gate(_ name: Gate.Name) throws -> Gate {
        try #require(gates.first { $0.name == name })
    }

    /// The gates that fail, waived or not.
    var failed: Set<Gate.Name> { Set(gates.filter { !$0.passed }.map(\.name)) }
}

/// Requires that just these gates fail, that nothing is written then, and that a waiver of all of
/// them with a reason, and nothing less, lets the set be written and is told in it.
///
/// Gives the manifest of the waived set.
@discardableResult
func expectClosed(
    _ names: Set<Gate.Name>, _ town: Town, _ request: ExportRequest? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Manifest {
    var request = request ?? town.request
    let before = try town.shop.folder.names
    let closed = try town.export(request, to: "set")
    let told = closed.gates.filter { !$0.passed }.map { "\($0.name): \($0.detail)" }
    #expect(closed.failed == names, "\(told)", sourceLocation: sourceLocation)
    #expect(!closed.isOpen, sourceLocation: sourceLocation)
    for reason in ["", " ", "\n"] {
        for name in Gate.Name.allCases { request.waivers[name] = reason }
        #expect(try !town.export(request, to: "set").isOpen, sourceLocation: sourceLocation)
    }
    for name in names {
        request.waivers = [:]
        for other in Gate.Name.allCases where other != name { request.waivers[other] = "why" }
        #expect(try !town.export(request, to: "set").isOpen, sourceLocation: sourceLocation)
    }
    #expect(try town.shop.folder.names == before, sourceLocation: sourceLocation)
    request.waivers = [:]
    for name in names { request.waivers[name] = "\(name.rawValue) was seen by the board" }
    let waived = try town.export(request, to: "set")
    #expect(waived.isOpen, sourceLocation: sourceLocation)
    let json = try JSON.parse(Array(try town.shop.folder.read("set/manifest.json")))
    let page = try town.shop.text("set/report.html")
    for gate in json["gates"]?.array ?? [] {
        let name = try gate.text(at: "name")
        let isFailed = names.contains { $0.rawValue == name }
        let reason = "\(name) was seen by the board"
        #expect(gate["waiver"]?.string == (isFailed ? reason : nil))
        #expect(page.contains(reason) == isFailed, "\(name)", sourceLocation: sourceLocation)
    }
    return waived
}

/// Requires a figure that was worked out elsewhere.
func expectFigure(
    _ figure: Double?, _ expected: Double, within tolerance: Double = 1e-9,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let distance = abs((figure ?? .nan) - expected)
    #expect(
        distance <= tolerance * max(abs(expected), .leastNormalMagnitude),
        "\(figure ?? .nan) is not \(expected)", sourceLocation: sourceLocation)
}

/// The place of a column, which must be there.
func place(of column: String, in reader: borrowing CSVReader) throws -> Int {
    guard let place = reader.index(of: column) else {
        throw MissingFixture("there is no column \(column)")
    }
    return place
}

extension CSVReader {
    /// The number in a cell, which must be one.
    borrowing func number(_ place: Int) throws -> Double {
        guard let number = Double(try text(place)) else {
            throw MissingFixture("row \(row) has no number in column \(place)")
        }
        return number
    }
}
