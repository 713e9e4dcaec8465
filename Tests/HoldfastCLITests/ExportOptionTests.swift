import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast export`: each of its options, as scripts call it.
@Suite struct ExportOptionTests {
    @Test func `each option does what it says, and the manifest says so`() async throws {
        let yard = try await ExportYard()
        let plain = try await yard.made("plain", [])
        #expect(plain["mode"] == "control" && plain["split_from"] == .null)
        #expect(plain["feature_table"] == .null && plain["censoring_weights"] == false)
        #expect(try !yard.header("plain/train.csv").contains("weight"))

        let weighted = try await yard.made("weighted", ["--mode", "weighted"])
        #expect(weighted["mode"] == "weighted")
        #expect(try yard.header("weighted/train.csv").suffix(2) == ["weight", "paid"])
        let kept = [plain, weighted].map { $0["flow"]?["kept"]?.double ?? 0 }
        #expect(kept[1] > kept[0] * 1.3, "rows on which it did not act are kept: \(kept)")
        #expect(weighted["audit"]?["weights"]?["mean"]?.double.map { abs($0 - 1) < 0.2 } == true)

        let from = ExportYard.time(600)
        let split = try await yard.made("split", ["--split-from", from])
        #expect(split["split_from"]?.string == from)
        #expect(ExportYard.rows(split, "outside_split").map { $0 > 100 } == true)

        let table = ["--features", yard.folder.file("features.csv"), "--time-to-live", "10d"]
        let own = try await yard.made("own", table)
        #expect(own["feature_table"]?["file"] == "features.csv")
        #expect(own["feature_table"]?["time_to_live"] == "10d")
        #expect(own["feature_table"]?["rows"] == 1_200)
        #expect(try yard.header("own/train.csv").contains("debt"))
        #expect(ExportYard.rows(own, "feature_time").map { $0 > 5 } == true)

        let censored = try await yard.made("censored", ["--censoring-weights"])
        #expect(censored["censoring_weights"] == true)
        #expect(censored["audit"]?["weights"]?["trimmed_share"]?.double != nil)
        let size = censored["audit"]?["weights"]?["effective_size"]?.double ?? 0
        #expect(size < censored["flow"]?["kept"]?.double ?? 0)
    }

    @Test func `a failed gate is status 1 and no folder, and a reason waives it`() async throws {
        let yard = try await ExportYard()
        // Those of a low income are left out more often.
        let names = try yard.folder.names
        let closed = try await yard.export(["--out", yard.folder.file("set")])
        #expect(closed.status == 1, "\(closed.output)")
        #expect(closed.output.contains("balance"))
        for waiver in ["balance= ", "minimum-rows=why"] {
            let run = try await yard.export(["--out", yard.folder.file("set"), "--waive", waiver])
            #expect(run.status == 1, "\(waiver)")
        }
        let left = try yard.folder.names
        #expect(left == names)
        let reason = "the low incomes are a trial's"
        let run = try await yard.export(
            ["--out", yard.folder.file("set"), "--waive", "balance=\(reason)"])
        #expect(run.status == 0, "\(run.output)")
        for file in ["manifest.json", "report.html"] {
            let text = String(decoding: try yard.folder.read("set/\(file)"), as: UTF8.self)
            #expect(text.contains("the low incomes are a trial"), "\(file)")
        }
    }

    @Test func `words that do not go together are wrong usage`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", ExportYard.catalogText)
        let export = ["export", "--catalog", catalog, "--ledger", folder.file("none.db")]
        let out = ["--out", folder.file("set")]
        let names = try folder.names
        for (more, word) in [
            ([], "--out, --explain and --verify"), (out + ["--explain", "c-1"], "one of"),
            (out + ["--verify", "old"], "one of"), (["--verify", "a", "--explain", "b"], "one of"),
            (out + ["--time-to-live", "3d"], "--features"), (["--explain", ""], "--explain"),
            (["--explain", String(repeating: "x", count: 1_025)], "1024"),
            (out + ["--waive", "balance="], "--waive"), (out + ["--waive", "balance"], "--waive"),
            (out + ["--waive", "luck=why"], "control-serve"), (out + ["--mode", "both"], "mode"),
            (out + ["--split-from", "2026-01-01"], "split-from"),
            (out + ["--time-to-live", "3"], "time-to-live"),
            (out + ["--minimum-rows", "-1"], "--minimum-rows"),
            (out + ["--minimum-positives", "-1"], "--minimum-positives"),
            (out + ["--observations", "some"], "observations"),
            (["--verify", "old", "--mode", "weighted"], "manifest"),
            (["--verify", "old", "--waive", "balance=why"], "manifest"),
            (["--verify", "old", "--as-of", "2026-01-01T00:00:00Z"], "manifest"),
            (["--verify", "old", "--openlineage", "events"], "--openlineage"),
            (["--explain", "c-1", "--openlineage", "events"], "--openlineage"),
        ] as [([String], String)] {
            let run = try await Program.run(export + more)
            #expect(run.status == 64 && run.output == "", "\(more): \(run.status)")
            #expect(run.errors.contains(word), "\(more): \(run.errors)")
        }
        let left = try folder.names
        #expect(left == names)
    }

    @Test func `lineage to a file is told as each export begins and ends`() async throws {
        let yard = try await ExportYard(units: 200)
        let events = yard.folder.file("events.jsonl")
        let failed = try await yard.export(
            ["--out", yard.folder.file("set"), "--openlineage", events, "--minimum-rows", "9999"])
        #expect(failed.status == 1)
        _ = try await yard.made("set", ["--openlineage", events])
        let missing = try await yard.export(
            [
                "--out", yard.folder.file("other"), "--openlineage", events, "--features",
                "none.csv",
            ])
        #expect(missing.status == 2)
        let lines = String(decoding: try yard.folder.read("events.jsonl"), as: UTF8.self)
            .split(separator: "\n")
        let told = try lines.map { try JSON.parse(Array($0.utf8)) }
        let types = told.compactMap { $0["eventType"]?.string }
        #expect(types == ["START", "FAIL", "START", "COMPLETE", "START", "FAIL"])
        let runs = told.compactMap { $0["run"]?["runId"]?.string }
        #expect(runs.count == 6 && Set(runs).count == 3)
        for start in [0, 2, 4] { #expect(runs[start] == runs[start + 1]) }
        #expect(told[3]["outputs"]?.array?.isEmpty == false)
        #expect(told[1]["outputs"]?.array?.isEmpty == true)
        let text = lines.joined()
        #expect(!text.contains("none.csv"), "what an error says is nobody else's business")
    }

    @Test func `a simulation's page is a file`() async throws {
        let folder = try TemporaryFolder()
        let run = try await Program.run([
            "simulate", "feedback", "--units", "1500", "--cycles", "2", "--html",
            folder.file("page.html"),
        ])
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        let page = String(decoding: try folder.read("page.html"), as: UTF8.self)
        #expect(page.hasPrefix("<!") && page.contains("<svg") && page.contains("naive_drop"))
        #expect(!page.contains("<script") && !page.contains("http://"))
        #expect(try folder.names == ["page.html"])
        let none = try await Program.run([
            "simulate", "feedback", "--units", "1500", "--cycles", "2", "--html",
            folder.file("none/page.html"),
        ])
        #expect(none.status == 2 && none.errors.contains("none/page.html"))
    }
}
