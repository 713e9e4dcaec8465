import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Each gate fails for its own reason. Figures are those of Golden/gates.py.
@Suite struct GateTests {
    private static func figure(_ name: String) throws -> Double {
        let figures = try golden("HoldfastDatasetsTests/Golden/gates.json")["figures"]
        return try #require(figures?[name]?.double)
    }

    @Test func `where nothing is wrong every gate passes, and there is no waiver to give`()
        async throws
    {
        let town = try await Town { resident in
            resident.score = Double(resident.number * 37 % 100) / 100
            resident.paidBefore = resident.number % 3 == 0 ? 1 : 0
            resident.isReached = resident.number % 20 == 0
        }
        var request = town.request
        for name in Gate.Name.allCases { request.waivers[name] = "to be sure" }
        let manifest = try town.export(request, to: "set")
        #expect(manifest.failed == [], "\(manifest.gates.filter { !$0.passed })")
        #expect(manifest.gates.map(\.name) == Gate.Name.allCases)
        #expect(manifest.gates.allSatisfy { $0.waiver == nil })
        #expect(try !town.shop.text("set/report.html").contains("to be sure"))
    }

    @Test func `treatments that never reach the ledger close the sample ratio`() async throws {
        let town = try await Town { resident in
            resident.isRecorded = resident.isControl || resident.number % 5 != 0
        }
        let manifest = try expectClosed([.sampleRatio, .sampleRatioKept], town)
        for name in [Gate.Name.sampleRatio, .sampleRatioKept] {
            expectFigure(try manifest.gate(name).figure, try GateTests.figure("sample-ratio"))
        }
    }

    @Test func `control rows that another treatment reached close the ratio of kept rows alone`()
        async throws
    {
        let town = try await Town { resident in
            resident.isReached = resident.isControl && resident.number % 5 == 0
        }
        let manifest = try expectClosed([.sampleRatioKept, .attrition], town)
        expectFigure(
            try manifest.gate(.sampleRatioKept).figure, try GateTests.figure("sample-ratio-kept"))
        expectFigure(
            try manifest.gate(.attrition).figure, try GateTests.figure("attrition-touched"))
        #expect(try manifest.gate(.attrition).detail.contains("interference"))
    }

    /// A batch that never arrived, of the hours around those who are scored at this time.
    private func lose(around hours: Double, in town: Town) async throws {
        for (sequence, start) in [(Int64(1), hours - 0.5), (3, hours + 0.1)] {
            let number = BatchNumber(
                source: try name("till"), sequence: sequence,
                span: moment(start)...moment(start + 0.1))
            try await town.shop.append([], number: number)
        }
    }

    @Test func `control rows in a log gap close the ratio of kept rows and the unknown share`()
        async throws
    {
        let town = try await Town { resident in
            let isHidden = resident.isControl && resident.number % 5 == 0
            if !isHidden { resident.at = moment(10, Int64(resident.number)) }
        }
        try await lose(around: 0, in: town)
        let manifest = try expectClosed([.sampleRatioKept, .attrition, .unknownShare], town)
        expectFigure(
            try manifest.gate(.sampleRatioKept).figure, try GateTests.figure("sample-ratio-kept"))
        #expect(try manifest.gate(.attrition).detail.contains("log_gap"))
    }

    @Test func `a gap that hides as many of each arm closes the unknown share alone`() async throws
    {
        let town = try await Town { resident in
            if resident.number % 5 != 0 { resident.at = moment(10, Int64(resident.number)) }
        }
        try await lose(around: 0, in: town)
        let manifest = try expectClosed([.unknownShare], town)
        expectFigure(
            try manifest.gate(.unknownShare).figure, try GateTests.figure("unknown-share"))
    }

    /// Fifteen in a hundred treated rows without an outcome, and five of control.
    private static func miss(_ resident: inout Town.Resident) {
        if resident.number % 20 < (resident.isControl ? 1 : 3) { resident.paid = nil }
    }

    @Test func `outcomes that are recorded less often in one arm close attrition`() async throws {
        let town = try await Town(absent: "unknown", change: GateTests.miss)
        let manifest = try expectClosed([.attrition], town)
        expectFigure(try manifest.gate(.attrition).figure, try GateTests.figure("attrition"))
        #expect(try manifest.gate(.attrition).detail.contains("not_ripe"))
    }

    @Test func `where absence means a value, outcomes cannot be lost`() async throws {
        let town = try await Town(absent: "0", change: GateTests.miss)
        #expect(try town.export(town.request, to: "set").failed == [])
    }

    @Test func `outcomes that the model's own action hides are no attrition where it was logged`()
        async throws
    {
        // A blocked payment never shows whether it was fraud.
        func hide(_ resident: inout Town.Resident) {
            let acts = resident.number % 4 == 0
            resident.intended = acts
            if acts && !resident.isControl { resident.paid = nil }
        }
        let town = try await Town(absent: "unknown", change: hide)
        let manifest = try town.export(town.request, to: "set")
        #expect(manifest.failed == [], "\(manifest.gates.filter { !$0.passed })")
        // Where nobody logged it, the same losses cannot be told from others.
        let silent = try await Town(absent: "unknown") { resident in
            hide(&resident)
            resident.intended = nil
        }
        try expectClosed([.attrition, .sampleRatioKept], silent)
        // Losses among rows on which it did not mean to act are not its own.
        let other = try await Town(absent: "unknown") { resident in
            hide(&resident)
            if !resident.isControl && resident.number % 4 == 1 { resident.paid = nil }
        }
        try expectClosed([.attrition, .sampleRatioKept], other)
    }

    @Test func `a decision that its revision does not deal closes the recomputation`() async throws
    {
        let town = try await Town()
        try town.shop.tamper("UPDATE decisions SET bucket = bucket + 1 WHERE id = 'd7'")
        let manifest = try expectClosed([.recomputation], town)
        expectFigure(try manifest.gate(.recomputation).figure, 1_999 / 2_000)
    }

    @Test func `a part with hardly any outcome closes the positives`() async throws {
        let town = try await Town { resident in
            if resident.number >= 40 { resident.paid = 0 }
        }
        let manifest = try expectClosed([.positives], town)
        expectFigure(try manifest.gate(.positives).figure, try GateTests.figure("positives"))
        var request = town.request
        request.minimumPositives = Int(try GateTests.figure("positives"))
        #expect(try town.export(request, to: "enough").failed == [])
    }

    @Test func `a part with the outcome in every row closes the positives`() async throws {
        let town = try await Town { $0.paid = 1 }
        let manifest = try expectClosed([.positives], town)
        expectFigure(try manifest.gate(.positives).figure, 0)
        // A label that is a number has no such halves.
        let number = try await Town { $0.paid = Double($0.number % 7) }
        #expect(try number.export(number.request, to: "set").failed == [])
    }
}
