import Foundation
import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import HoldfastTables
import Testing
import TestSupport

/// What an export leaves behind: the same bytes each time, or nothing.
@Suite struct ExportTests {
    /// Decisions of 400 units, each with an outcome; all are clean if they are control.
    private static func facts(_ catalog: Catalog) throws -> [Fact] {
        try (0..<400).flatMap { index in
            [
                try Shop.decision(
                    catalog, "d\(index)", "u\(index)", at: moment(0, Int64(index % 7))),
                try Shop.outcome("o\(index)", "u\(index)", Double(index % 3), at: moment(1)),
            ]
        }
    }

    private func request(
        _ catalog: Catalog, _ format: ExportRequest.FileFormat = .csv
    ) -> ExportRequest {
        ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(10), fileFormat: format)
    }

    // MARK: - Same inputs, same bytes

    @Test func `in whatever order facts arrive, the files and the manifest are the same bytes`()
        async throws
    {
        let catalog = try simpleCatalog()
        let facts = try ExportTests.facts(catalog)
        var texts: Set<String> = []
        for seed in 0..<3 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let shop = try await Shop(catalog)
            for fact in facts.shuffled(using: &chance) { try await shop.append([fact]) }
            let manifest = try shop.export(request(catalog), to: "out", waived: false)
            #expect(manifest.isOpen, "\(manifest.gates)")
            #expect(manifest.keptCount > 150)
            let whole = try ["train.csv", "eval.csv", "manifest.json"].map {
                try shop.text("out/\($0)")
            }
            texts.insert(whole.joined())
            for part in manifest.parts {
                let bytes = try shop.folder.read("out/\(part.file)")
                #expect(part.bytes == bytes.count)
                #expect(part.sha256 == SHA256.hexadecimal(of: bytes))
            }
        }
        #expect(texts.count == 1)
    }

    @Test func `an export as of a time is the same after later facts and later catalogs`()
        async throws
    {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        let facts = try ExportTests.facts(catalog)
        try await shop.append(facts)
        let before = try shop.export(request(catalog), to: "one", waived: false)
        shop.clock.now = moment(10, 1)
        let others = [
            "promo: {unit: customer, arms: [{control: 50%}, {on: 50%}]}",
            "other: {unit: customer, arms: [{control: 1%}, {on: 99%}]}",
        ]
        for other in others {
            try await shop.force(try simpleCatalog(others: ", " + other))
        }
        try await shop.append([
            try Shop.exposure("x", "u1", at: moment(0)),
            try Shop.exposure("y", "u2", in: "promo", arm: "on", at: moment(0)),
            try Shop.outcome("late", "u3", 9, at: moment(2)),
            try Shop.decision(catalog, "early", "u5", at: moment(-1)),
        ])
        let after = try shop.export(request(catalog), to: "two", waived: false)
        #expect(before.isOpen && after.isOpen)
        for file in ["train.csv", "eval.csv", "manifest.json"] {
            #expect(try shop.text("one/\(file)") == shop.text("two/\(file)"), "\(file)")
        }
        var later = request(catalog)
        later.asOf = moment(10, 3)
        let new = try shop.export(later, to: "three", waived: false)
        #expect(new.decisionCount == after.decisionCount + 1)
        #expect(new.json.text() != after.json.text())
    }

    // MARK: - Fail closed

    @Test func `a closed gate leaves nothing at the destination and says why`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        try await shop.append(Array(try ExportTests.facts(catalog).prefix(40)))
        let names = try shop.folder.names
        var request = request(catalog)
        request.minimumPositives = 0
        let manifest = try shop.export(request, to: "out", waived: false)
        #expect(!manifest.isOpen)
        #expect(manifest.gates.filter { !$0.isOpen }.map(\.name) == [.minimumRows])
        #expect(try shop.folder.names == names, "something was left behind")
        // A waiver without a reason waives nothing.
        var silent = request
        silent.waivers = [.minimumRows: ""]
        #expect(try shop.export(silent, to: "out", waived: false).isOpen == false)
        #expect(try shop.folder.names == names)
        // One with a reason is written down, and only at the gate that failed.
        var waived = request
        waived.waivers = [.minimumRows: "a trial run", .recomputation: "not needed"]
        #expect(try shop.export(waived, to: "out", waived: false).isOpen)
        let json = try JSON.parse(Array(try shop.folder.read("out/manifest.json")))
        let waivers = (json["gates"]?.array ?? []).map { $0["waiver"]?.string }
        #expect(waivers == Array(repeating: nil, count: 11) + ["a trial run"])
    }

    @Test func `lost control rows close the sample ratio's gate`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        try await shop.append(try ExportTests.facts(catalog))
        try shop.tamper("DELETE FROM decisions WHERE arm = 'control' AND decision % 2 = 0")
        let manifest = try shop.export(request(catalog), to: "out", waived: false)
        let gate = try #require(manifest.gates.first { $0.name == .sampleRatio })
        #expect(!gate.passed && !gate.isOpen)
        #expect((gate.figure ?? 1) < 0.001)
        #expect(gate.detail.contains("control") && gate.detail.contains("50%"))
        #expect(try shop.folder.names.contains("out") == false)
    }

    @Test(arguments: [
        "UPDATE decisions SET arm = 'control' WHERE id = 'x'",
        "UPDATE decisions SET bucket = NULL WHERE id = 'd1'",
        "UPDATE decisions SET propensity = 0.25 WHERE id = 'd1'",
        "UPDATE decisions SET unit = 'somebody' WHERE id = 'd1'",
        "UPDATE decisions SET reason = 'holdout', holdout = 'h', arm = NULL WHERE id = 'd1'",
    ])
    func `one edited decision closes the recomputation's gate`(edit: String) async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        let facts = try ExportTests.facts(catalog)
        try await shop.append(facts)
        let treated = facts.compactMap { fact -> String? in
            guard case .decision(let decision) = fact else { return nil }
            return decision.assignment.arm == .control ? nil : decision.id
        }
        let id = try #require(treated.first)
        try shop.tamper(SQL(stringLiteral: edit.replacingOccurrences(of: "'x'", with: "'\(id)'")))
        let manifest = try shop.export(request(catalog), to: "out", waived: false)
        let gate = try #require(manifest.gates.first { $0.name == .recomputation })
        #expect(!gate.passed)
        #expect(gate.figure == 1 - 1.0 / 400)
        #expect(try shop.folder.names.contains("out") == false)
    }

    // Without declared features there is nothing to ask of balance and of what was served.
    @Test func `an empty ledger closes every gate`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        let manifest = try shop.export(request(catalog), to: "out", waived: false)
        #expect(
            manifest.gates.map(\.passed) == [
                false, false, false, true, true, false, false, false, true, false, true, false,
            ])
        #expect(try shop.folder.names.contains("out") == false)
    }

    @Test func `a destination that exists is refused and left as it is`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        try await shop.append(try ExportTests.facts(catalog))
        try shop.folder.write("out", "mine")
        let names = try shop.folder.names
        let error = #expect(throws: TableError.self) {
            try shop.export(request(catalog), to: "out", waived: false)
        }
        #expect(error?.message.contains("there already") == true)
        #expect(try shop.folder.names == names)
        #expect(try shop.text("out") == "mine")
        #expect(throws: TableError.self) {
            try shop.export(request(catalog), to: "none/out", waived: false)
        }
        #expect(try shop.folder.names == names)
    }

    @Test func `what a killed export left behind does not stop the next one`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        try await shop.append(try ExportTests.facts(catalog))
        for name in [".out.\(getpid()).tmp", ".out.\(getpid()).0.tmp"] {
            let path = shop.folder.file(name)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        #expect(try shop.export(request(catalog), to: "out/", waived: false).isOpen)
        #expect(try shop.text("out/train.csv").hasPrefix("id,unit,"))
    }

    @Test func `an export that is cancelled leaves nothing`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        try await shop.append(try ExportTests.facts(catalog))
        let names = try shop.folder.names
        let request = request(catalog)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try shop.export(request, to: "out", waived: false)
        }
        let error = await #expect(throws: LedgerError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(
            try shop.folder.names.filter { !$0.hasPrefix("ledger.db") }
                == names.filter { !$0.hasPrefix("ledger.db") })
    }
}
