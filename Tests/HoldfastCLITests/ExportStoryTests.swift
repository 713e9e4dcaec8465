import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast export --explain` and `--verify`, and an export that is stopped.
@Suite struct ExportStoryTests {
    @Test func `a unit's story is told in text and by its schema, and nothing is written`()
        async throws
    {
        let yard = try await ExportYard(units: 60)
        let names = try yard.folder.names.filter { !$0.hasPrefix("ledger") }
        let text = try await yard.export(["--explain", "c-8"])
        #expect(text.status == 0 && text.errors == "", "\(text.errors)")
        #expect(text.output.hasPrefix("c-8 in limits, as of "))
        #expect(text.output.contains("exposed to on of promo"))
        #expect(text.output.contains("5 reached by a treatment that interferes"))
        #expect(text.output.hasSuffix("0 of 1 decisions kept\n"))
        let schema = try JSONSchemaValidator("unit-story.schema.json")
        for (unit, more) in [
            ("c-8", []), ("c-9", ["--mode", "weighted"]), ("c-11", ["--censoring-weights"]),
            ("c-12", ["--features", yard.folder.file("features.csv")]),
        ] as [(String, [String])] {
            let run = try await yard.export(["--explain", unit, "--format", "json"] + more)
            let json = try JSON.parse(Array(run.output.utf8))
            #expect(run.status == 0 && schema.faults(json) == [], "\(unit)")
            #expect(json["unit"]?.string == unit && json["experiment"] == "limits")
        }
        let unknown = try await yard.export(["--explain", "c-61"])
        #expect(unknown.status == 2 && unknown.output == "")
        #expect(unknown.errors.contains("no decision of the unit"))
        let left = try yard.folder.names.filter { !$0.hasPrefix("ledger") }
        #expect(left == names)
    }

    @Test func `a set is the same again, and what was edited is told by status 1`() async throws {
        let yard = try await ExportYard(units: 400)
        let table = yard.folder.file("features.csv")
        _ = try await yard.made(
            "set",
            [
                "--features", table, "--time-to-live", "40d", "--mode", "weighted",
                "--censoring-weights", "--split-from", ExportYard.time(200),
            ])
        let verify = [
            "export", "--catalog", yard.catalog, "--ledger", yard.ledger, "--verify",
            yard.folder.file("set"),
        ]
        let schema = try JSONSchemaValidator("set-verification.schema.json")
        let same = try await Program.run(verify + ["--features", table, "--format", "json"])
        #expect(same.status == 0, "\(same.errors)\(same.output)")
        let json = try JSON.parse(Array(same.output.utf8))
        #expect(schema.faults(json) == [] && json["same"] == true)
        let names = try yard.folder.names.filter { !$0.hasPrefix("ledger") }

        let text = String(decoding: try yard.folder.read("set/train.csv"), as: UTF8.self)
        try yard.folder.write("set/train.csv", text.replacing(".25,", with: ".75,"))
        let edited = try await Program.run(verify + ["--features", table])
        #expect(edited.status == 1)
        #expect(edited.output.contains("train.csv: the file is not what the manifest says"))
        #expect(edited.output.contains("is NOT what came out again"))
        let report = try await Program.run(verify + ["--features", table, "--format", "json"])
        let other = try JSON.parse(Array(report.output.utf8))
        #expect(report.status == 1 && schema.faults(other) == [] && other["same"] == false)

        let without = try await Program.run(verify)
        #expect(without.status == 2 && without.errors.contains("--features"))
        try yard.folder.write(
            "catalog.yaml", ExportYard.catalogText.replacing("washout: 2h", with: "washout: 3h"))
        let catalog = try await Program.run(verify + ["--features", table])
        #expect(catalog.status == 2 && catalog.errors.contains("revision"))
        let left = try yard.folder.names.filter { !$0.hasPrefix("ledger") }
        #expect(left == names)
    }

    /// Starts an export and stops it as soon as it writes; gives its status.
    private func stop(_ yard: ExportYard, _ signal: Int32, attempt: Int) throws -> Int32 {
        let name = "set\(attempt)"
        let child = try Program.start(
            yard.words(["--out", yard.folder.file(name)] + ExportYard.waivers),
            output: yard.folder.file("out"), errors: yard.folder.file("err"))
        // It may be done before it is seen: then there is a whole set.
        let limit = Date() + 60
        while Date() < limit {
            let names = try yard.folder.names
            if names.contains(where: { $0.hasPrefix(".\(name).") }) || names.contains(name) {
                break
            }
            usleep(200)
        }
        child.signal(signal)
        return child.wait()
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `an export that is stopped while it writes leaves nothing behind`(
        signal: Int32
    ) async throws {
        let yard = try await ExportYard(units: 8_000)
        var stopped = 0
        for attempt in 0..<20 where stopped < 2 {
            let status = try await blocking { try stop(yard, signal, attempt: attempt) }
            let left = try yard.folder.names.filter { $0.contains("set\(attempt)") }
            if status == 0 {
                #expect(left == ["set\(attempt)"], "it was done before it could be stopped")
                continue
            }
            stopped += 1
            #expect(status == 130, "\(status)")
            #expect(left == [], "\(left)")
        }
        #expect(stopped > 0, "no export could be stopped while it wrote")
    }
}
