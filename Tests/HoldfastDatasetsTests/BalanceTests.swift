import Foundation
import HoldfastAssignment
import HoldfastChecks
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastStatistics
import HoldfastTables
import Testing
import TestSupport

/// The balance before the start: real dealings, under the salt in force and under others.
@Suite struct BalanceTests {
    private static let time = moment(0)

    private func table(
        _ text: String, cluster: String? = nil, texts: [String] = [],
        isWanted: @escaping @Sendable (String) -> Bool = { _ in true }
    ) throws -> UnitTable {
        try UnitTable.read(
            TableInput.bytes(Array(text.utf8), name: "units.csv"),
            UnitTable.Plan(unit: "unit", cluster: cluster, texts: texts, isWanted: isWanted))
    }

    private func run(
        _ text: String, _ catalog: Catalog, _ request: BalanceRequest
    ) throws -> BalanceReport {
        let experiment = try #require(catalog.experiments.first)
        return try BalanceSimulation.run(
            try table(text, cluster: experiment.cluster?.text), experiment, of: catalog, request)
    }

    @Test func `dealings and differences are those of hashlib and NumPy, salt by salt`() throws {
        let path = "Tests/HoldfastDatasetsTests/Golden/balance.json"
        let cases = try #require(JSON.parse(try Repository.bytes(path))["cases"]?.array)
        for item in cases {
            let catalog = try catalog(
                try #require(item["catalog"]?.string), salt: try #require(item["salt"]?.string))
            let names = try #require(item["covariates"]?.array).compactMap(\.string)
            let report = try run(
                try #require(item["units"]?.string), catalog,
                BalanceRequest(
                    salts: 100, seed: UInt64(try #require(item["seed"]?.double)),
                    covariates: names, strata: ["region"], time: Self.time))
            let expected = try #require(item["expected"])
            let name = item["name"]?.string ?? ""
            #expect(report.arms.map { Double($0.inForce) } == expected.numbers("arms"), "\(name)")
            #expect(report.arms.map(\.expected) == expected.numbers("mean_arms"), "\(name)")
            for column in report.covariates {
                let differences = expected["differences"]?.numbers(column.name) ?? []
                #expect(isNear(column.inForce.map { $0 ?? -1 }, differences), "\(name) \(column)")
                let half = expected["of"]?[column.name]?.double ?? -1
                #expect(isNear([column.chance.quantile(0.5) ?? -2], [half]), "\(name)")
            }
            let largest = [0.5, 0.9, 0.95, 0.99].map { report.largest.quantile($0) ?? -1 }
            #expect(isNear(largest, expected.numbers("largest")), "\(name): \(largest)")
            #expect(report.largest.share(beyond: 0.1) == expected["beyond"]?.double, "\(name)")
            let strata = try #require(expected["strata"]?.array)
            #expect(report.strata.count == strata.count, "\(name)")
            for stratum in strata {
                let ours = try #require(report.strata.first { $0.name == stratum["name"]?.string })
                #expect(ours.inForce.map(Double.init) == stratum.numbers("arms"), "\(name)")
                let figures = [ours.expectedControl, ours.leastControl]
                let theirs = ["mean_control", "least_control"].map { stratum[$0]?.double ?? -1 }
                #expect(isNear(figures, theirs), "\(name) \(ours)")
            }
        }
    }

    private func isNear(_ ours: [Double], _ theirs: [Double]) -> Bool {
        ours.count == theirs.count
            && zip(ours, theirs).allSatisfy { abs($0 - $1) <= 1e-9 * max(1e-3, abs($1)) }
    }

    /// Units of one number and one kind, each row as `make` says.
    private func units(_ count: Int, _ make: (Int) -> String = { "\($0 % 7),k\($0 % 3)" }) -> String
    {
        "unit,x,kind\n" + (0..<count).map { "u-\($0),\(make($0))\n" }.joined()
    }

    @Test func `the largest difference of one covariate is as large as chance makes it`() throws {
        // Of 1,000 units, 200 in control: a standard deviation of √(1/200 + 1/800) = .0791.
        let catalog = try simpleCatalog(arms: "[{control: 20%}, {treatment: 80%}]")
        let chance = CounterStream(seed: 1, stream: 60)
        let text = units(1_000) { "\(chance.normal(UInt64($0))),k" }
        let report = try run(text, catalog, BalanceRequest(salts: 600, seed: 3, time: Self.time))
        #expect(report.covariates.map(\.name) == ["x"])
        #expect(report.passedOver.map(\.name) == ["kind"])
        let deviation = try #require(report.chanceDeviation)
        #expect(abs(deviation - 0.0791) < 0.0005, "\(deviation)")
        for (level, z) in [(0.5, 0.6745), (0.9, 1.6449), (0.95, 1.96)] {
            let quantile = try #require(report.largest.quantile(level))
            // Four standard errors of a quantile of 600 sizes of normal numbers.
            let density = 2 / (2 * Double.pi).squareRoot() * exp(-z * z / 2)
            let error = (level * (1 - level) / 600).squareRoot() / density
            #expect(abs(quantile / deviation - z) < 4 * error, "\(level): \(quantile / deviation)")
        }
        func few(_ seed: UInt64) throws -> BalanceReport {
            try run(text, catalog, BalanceRequest(salts: 100, seed: seed, time: Self.time))
        }
        let (one, again, other) = (try few(3), try few(3), try few(4))
        #expect(one.largest == again.largest && one.largest != other.largest)
        #expect(one.inForce == other.inForce && one.inForce == report.inForce)
    }

    @Test func `arms in force are those that the catalog deals`() throws {
        let catalog = try simpleCatalog(
            """
            traffic: 60%, eligible: {attribute: x, below: 5}, overrides: {u-3: treatment}, \
            starts: 2030-01-01T00:00:00Z
            """)
        let experiment = try #require(catalog.experiments.first)
        let text = units(500) + "u-9,1,k1\n,2,k2\nu-600,,k1\n"
        let table = try table(text)
        let sorted = try BalanceUnits(
            table, experiment, of: catalog, scoreColumn: "score", at: Self.time)
        let counts = Dictionary(
            uniqueKeysWithValues: sorted.leftOut.map { ($0.reason, $0.rows) })
        let ineligible = (0..<500).count { $0 % 7 >= 5 }
        #expect(
            counts == [
                .noUnit: 1, .repeated: 1, .override: 1, .ineligible: ineligible, .undealable: 1,
            ])
        #expect(sorted.fault?.contains("row 503: experiment limits asks for") == true)
        let running = Timestamp(microseconds: moment(0).microseconds + 5 * 365 * 24 * hour)
        let dealt = sorted.deal(salt: nil)
        for (place, row) in sorted.rows.enumerated() {
            let unit = try unit("u-\(row)")
            let answer = try catalog.assign(
                Candidate(unit: unit, attributes: ["x": .number(Double(row % 7))]), in: "limits",
                at: running)
            let arm = answer.reason == .assigned ? answer.arm : nil
            let ours =
                dealt.arms[place] == BalanceUnits.Arms.none
                ? nil : experiment.arms[Int(dealt.arms[place])].name
            #expect(ours == arm, "row \(row)")
        }
    }

    @Test func `a table's ids are its bytes, in its order, whatever the lanes`() throws {
        // More than one block for each of the lanes.
        let text = "note,unit,home\n" + (0..<60_000).map { "n,00\($0),\($0 / 2)\n" }.joined()
        let table = try table(text, cluster: "home")
        #expect(table.rowCount == 60_000 && table.units.count == 60_000)
        for row in stride(from: 0, to: 60_000, by: 777) {
            let id = table.units.withBytes(row) { String(decoding: $0, as: UTF8.self) }
            #expect(id == "00\(row)")
            let home = table.clusters?.withBytes(row) { String(decoding: $0, as: UTF8.self) }
            #expect(home == "\(row / 2)")
        }
        #expect(table.repeatedRows().isEmpty && table.readNames == ["note"])
        let lines = (0..<50).map { "{\"x\": \($0), \"unit\": \"u-\($0 % 40)\"}\n" }.joined()
        let json = try UnitTable.read(
            TableInput.bytes(Array(lines.utf8), name: "units.jsonl"), UnitTable.Plan(unit: "unit"))
        #expect(json.repeatedRows() == Array(40..<50))
        #expect(json.cell("x", 7) == .number(7) && json.cell("y", 7) == nil)
    }

    @Test func `what cannot be dealt or compared says why`() throws {
        let request = BalanceRequest(salts: 100, time: Self.time)
        func fault(_ text: String, _ catalog: Catalog, _ request: BalanceRequest) -> String {
            do {
                _ = try run(text, catalog, request)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        func catalog(_ experiment: String) throws -> Catalog {
            try HoldfastDatasetsTests.catalog(
                "experiments: {limits: {unit: customer, \(experiment)}}")
        }
        let plain = try simpleCatalog()
        let noControl = try catalog("arms: [{a: 50%}, {b: 50%}]")
        #expect(fault(units(9), noControl, request).contains("no arm named control"))
        let blocks = try catalog(
            "switchback: {every: 6h, burnIn: 30m}, arms: [{control: 50%}, {treatment: 50%}]")
        #expect(fault(units(9), blocks, request).contains("balanced by time"))
        let peer = try catalog(
            "arms: [control, treatment], compatible: {with: posthog, key: k, variants: [50, 50]}")
        #expect(fault(units(9), peer, request).contains("no salt of this catalog moves"))
        #expect(fault("id,x\na,1\n", plain, request).contains("no column \"unit\""))
        #expect(fault("unit,x\n", plain, request).contains("has no rows"))
        #expect(fault("", plain, request) != "none")
        #expect(fault("unit,x\n,1\n", plain, request).contains("no row has a unit"))
        var other = request
        other.covariates = ["unit"]
        #expect(fault(units(9), plain, other).contains("a covariate is another column"))
        other = request
        other.strata = ["x"]
        let many = "unit,x\n" + (0..<900).map { "u-\($0),v\($0 % 300)\n" }.joined()
        #expect(fault(many, plain, other).contains("300 strata, at most 200"))
        let households = try simpleCatalog("cluster: household")
        let alone = fault("unit,x,household\nu,1,\n", households, request)
        #expect(alone.contains("randomised by household"), "\(alone)")
    }

    @Test func `where nothing can be told there is no figure and no trap`() throws {
        let request = BalanceRequest(salts: 100, strata: ["kind"], time: Self.time)
        let one = try run("unit,x,kind\nu,1,a\n", try simpleCatalog(), request)
        #expect(!one.isTelling && one.inForce == nil && one.emptied == 100)
        #expect(one.strata.map(\.isThin) == [true] && one.covariates.isEmpty)
        let same = try run(units(50) { _ in "1,a" }, try simpleCatalog(), request)
        #expect(
            !same.isTelling
                && same.passedOver.map(\.why) == ["it has one value", "it has one value"])
        // Arms of a millionth get nobody.
        let tiny = try simpleCatalog(arms: "[{control: 0.0001%}, {treatment: 99.9999%}]")
        let none = try run(units(50), tiny, request)
        #expect(none.emptied == 100 && none.inForce == nil && !none.isTelling)
        #expect(none.chanceDeviation == nil)
        let names = try run(
            units(300) { "\(Double.nan),name-\($0)" }, try simpleCatalog(),
            BalanceRequest(salts: 100, time: Self.time))
        #expect(names.passedOver.map(\.name) == ["x", "kind"], "\(names.passedOver)")
    }

    @Test func `strata of numbers are few values or quarters, and what is missing is one`() throws {
        let text = units(400) { "\($0 % 40 == 0 ? "" : "\($0)"),\($0 % 2)" }
        let report = try run(
            text, try simpleCatalog(),
            BalanceRequest(salts: 100, strata: ["x", "kind"], time: Self.time))
        #expect(report.strata.count == 9, "\(report.strata.map(\.name))")
        #expect(report.strata.reduce(0) { $0 + $1.units } == 400)
        #expect(
            report.strata[0].name.hasPrefix("x ≤ ") && report.strata[0].name.hasSuffix(", kind 0"))
        #expect(report.strata.last?.name == "x missing, kind 0")
        let thin = report.strata.filter(\.isThin).map(\.name)
        #expect(thin == ["x missing, kind 0"], "\(thin)")
        for stratum in report.strata {
            #expect(stratum.inForce.reduce(0, +) == stratum.units, "\(stratum)")
        }
    }

    @Test func `where most numbers are the largest or the least, they are one stratum of two`()
        throws
    {
        for (most, names) in [(1_000, ["x ≤ 29", "x > 29"]), (-1, ["x ≤ -1", "x > -1"])] {
            let report = try run(
                units(400) { "\($0 < 30 ? $0 : most),k" }, try simpleCatalog(),
                BalanceRequest(salts: 100, strata: ["x"], time: Self.time))
            #expect(report.strata.map(\.name) == names)
            #expect(report.strata.map(\.units).sorted() == [30, 370], "\(most)")
        }
    }

    @Test func `strata are counted by what is there, not by what could be`() throws {
        let table =
            "unit,x,y,z\n" + (0..<4_000).map { "u-\($0),v\($0 % 190),w\($0 % 190),1\n" }.joined()
        func request(_ strata: [String]) -> BalanceRequest {
            BalanceRequest(salts: 100, strata: strata, time: Self.time)
        }
        // 36,100 pairs of values, of which 190 are there.
        let alike = try run(table, try simpleCatalog(), request(["x", "y", "z"]))
        #expect(alike.strata.count == 190 && alike.strata[0].name == "x v0, y w0, z 1")
        #expect(alike.strata.reduce(0) { $0 + $1.units } == 4_000)
        // What is too many is refused by its columns, before any other is looked at.
        let many =
            "unit,x,y,z\n" + (0..<900).map { "u-\($0),v\($0 % 30),w\($0 / 30),z\($0)\n" }.joined()
        let error = #expect(throws: CheckError.self) {
            try run(many, try simpleCatalog(), request(["x", "y", "z"]))
        }
        #expect(error?.description.contains("by x, y there are 900 strata, at most 200") == true)
    }

    @Test func `requests are bounded`() {
        func fault(_ change: (inout BalanceRequest) -> Void) -> String? {
            var request = BalanceRequest(time: Self.time)
            change(&request)
            return request.fault
        }
        #expect(fault { _ in } == nil && fault { $0.salts = 100 } == nil)
        #expect(fault { $0.salts = 99 } != nil && fault { $0.salts = 100_001 } != nil)
        #expect(fault { $0.covariates = [] } != nil && fault { $0.covariates = ["a", "a"] } != nil)
        #expect(fault { $0.strata = ["a", "a"] } != nil && fault { $0.strata = ["a"] } == nil)
    }
}

extension JSON {
    fileprivate func numbers(_ key: String) -> [Double] {
        self[key]?.array?.compactMap(\.double) ?? []
    }
}
