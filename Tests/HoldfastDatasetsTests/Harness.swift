import Foundation
import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Synchronization
import Testing
import TestSupport

/// A clock in microseconds: what is received at the very end of an as-of time is among the cases.
final class Clock: Sendable {
    private let time = Mutex<Int64>(0)

    var now: Timestamp {
        get { Timestamp(microseconds: time.withLock { $0 }) }
        set { time.withLock { $0 = newValue.microseconds } }
    }
}

let salt = "dataset-tests-salt-0001"
/// The moment around which facts happen: 2026-01-01T00:00:00Z.
let origin: Int64 = 1_767_225_600_000_000
let hour: Int64 = 3_600_000_000

func moment(_ hours: Double, _ microseconds: Int64 = 0) -> Timestamp {
    Timestamp(microseconds: origin + Int64(hours * Double(hour)) + microseconds)
}

func catalog(_ text: String, salt: String = salt) throws -> Catalog {
    try Catalog(
        files: [("catalog.yaml", "{holdfast: 1, salt: \(salt), \(text)}")], salt: { _ in nil })
}

/// A catalog of one experiment, `limits`; `more` is put among its keys, `others` beside it.
func simpleCatalog(
    _ more: String = "", arms: String = "[{control: 50%}, {treatment: 50%}]",
    absent: String = "0", others: String = "", salt: String = salt
) throws -> Catalog {
    let more = more.isEmpty ? "" : ", " + more
    return try catalog(
        """
        experiments: {limits: {unit: customer, arms: \(arms), washout: 2h,
        outcome: {name: paid, horizon: 3h, absent: \(absent)}\(more)}\(others)}
        """, salt: salt)
}

func name(_ text: String) throws -> Name { try #require(Name(text)) }

func unit(_ text: String) throws -> UnitID { try #require(UnitID(text)) }

/// A ledger in a folder of its own, filled fact by fact and received when the clock says.
final class Shop: Sendable {
    let folder: TemporaryFolder
    let clock = Clock()
    let path: String
    let ledger: Ledger
    private let known = Mutex<Set<Name>>([])

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("ledger.db")
        ledger = try Ledger(path: path, now: { [clock] in clock.now })
    }

    /// A shop with this catalog in force since before anything happened.
    convenience init(_ catalog: Catalog) async throws {
        try self.init()
        clock.now = moment(-100)
        try await force(catalog)
        clock.now = moment(1)
    }

    /// Brings a catalog into force whatever it changes: what becomes of the rows is in question.
    func force(_ catalog: Catalog) async throws {
        let names = known.withLock { known in
            known.formUnion(catalog.experiments.map(\.name))
            return known
        }
        try await ledger.bringIntoForce(catalog, at: clock.now, accepting: names)
    }

    func append(_ facts: [Fact], number: BatchNumber? = nil) async throws {
        for receipt in try await ledger.append(facts, number: number) {
            guard case .accepted = receipt else {
                throw MissingFixture("not accepted: \(receipt)")
            }
        }
    }

    /// Changes what is recorded, as no part of Holdfast does.
    func tamper(_ sql: SQL) throws {
        let connection = try SQLiteConnection(path: path, mode: .write)
        try connection.run("PRAGMA foreign_keys = OFF")
        try connection.run(sql)
    }

    /// What the statements say of each decision, by id.
    func rows(_ request: ExportRequest) throws -> [String: Row] {
        let reader = try LedgerReader(path: path, salt: request.catalog)
        try reader.connection.run("PRAGMA query_only = OFF")
        return try rows(request, from: reader)
    }

    /// The same, by whatever engine the facts are read.
    func rows(_ request: ExportRequest, from facts: any FactStore) throws -> [String: Row] {
        let plan = try ExportPlan(request, facts)
        _ = try ExportStage(plan, on: facts.engine) { _ in }
        let feature: SQL = plan.features.first { $0.name == "income" }?.sql ?? "NULL"
        var rows: [String: Row] = [:]
        try facts.engine.read(
            """
            SELECT d.id, x.box, COALESCE(k.reasons, 0), k.part, x.label, k.weight, \(feature)
            FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
            LEFT JOIN hf_clean AS k ON k.decision = x.decision \(plan.featureJoin)
            """
        ) { row throws(SQLError) in
            func real(_ column: Int) -> Double? {
                row.isNull(column) ? nil : row.real(column)
            }
            let reasons = Exclusion.all(in: RowBox(row.integer(1)).bits | row.integer(2))
                .map(\.rawValue)
            rows[row.text(0) ?? ""] = Row(
                primary: reasons.first ?? 0, reasons: reasons,
                part: row.isNull(3)
                    ? nil : plan.experiment.split[Int(row.integer(3))].name.text,
                label: real(4), weight: reasons.isEmpty ? real(5) : nil, feature: real(6))
        }
        return rows
    }

    /// An export with every gate waived and no least number of rows.
    func export(
        _ request: ExportRequest, to name: String, from facts: (any FactStore)? = nil,
        waived: Bool = true
    ) throws -> Manifest {
        var request = request
        if waived {
            request.minimumRows = 0
            request.minimumPositives = 0
            for gate in Gate.Name.allCases { request.waivers[gate] = "a test" }
        }
        guard let facts else {
            return try Export.run(request, ledger: path, to: folder.file(name))
        }
        return try Export.run(request, from: facts, to: folder.file(name))
    }

    func text(_ path: String) throws -> String {
        String(decoding: try folder.read(path), as: UTF8.self)
    }
}

/// What is said of one decision.
struct Row: Equatable, CustomStringConvertible {
    var primary: Int
    var reasons: [Int]
    var part: String?
    var label: Double?
    var weight: Double?
    var feature: Double?

    init(
        primary: Int, reasons: [Int], part: String?, label: Double?, weight: Double? = nil,
        feature: Double? = nil
    ) {
        self.primary = primary
        self.reasons = reasons
        self.part = part
        self.label = label
        self.weight = weight
        self.feature = feature
    }

    init(_ json: JSON) throws {
        primary = Int(try json.integer(at: "primary"))
        reasons = (json["reasons"]?.array ?? []).map { Int($0.double ?? -1) }
        part = json["part"]?.string
        label = json["label"]?.double
        weight = json["weight"]?.double
        feature = json["feature"]?.double
    }

    var description: String {
        let numbers = [label, weight, feature].map { $0.map { "\($0)" } ?? "-" }
        return "\(primary) of \(reasons), \(part ?? "-"), \(numbers.joined(separator: ", "))"
    }
}

extension Shop {
    /// Decides a unit as the catalog deals it, and records that.
    static func decision(
        _ catalog: Catalog, _ id: String, _ text: String, cluster: String? = nil, at: Timestamp,
        in experiment: String = "limits", score: Double? = nil, intended: Bool? = nil,
        features: [LoggedFeature] = []
    ) throws -> Fact {
        let cluster = try cluster.map { try unit($0) }
        let candidate = Candidate(unit: try unit(text), cluster: cluster, score: score)
        return .decision(
            DecisionFact(
                id: id, unit: candidate.unit, cluster: cluster,
                assignment: try catalog.assign(candidate, in: experiment, at: at), at: at,
                isTimeStated: true, score: score, intended: intended, features: features))
    }

    static func exposure(
        _ id: String, _ text: String, cluster: String? = nil, in experiment: String = "limits",
        arm: String = "treatment", at: Timestamp
    ) throws -> Fact {
        .exposure(
            ExposureFact(
                id: id, unit: try unit(text), cluster: try cluster.map { try unit($0) },
                experiment: try name(experiment), arm: try name(arm), at: at, isTimeStated: true))
    }

    static func outcome(
        _ id: String, _ text: String, _ value: Double, at: Timestamp, name outcome: String = "paid"
    ) throws -> Fact {
        .outcome(
            OutcomeFact(
                id: id, unit: try unit(text), name: try name(outcome), value: value, at: at,
                isTimeStated: true))
    }
}
