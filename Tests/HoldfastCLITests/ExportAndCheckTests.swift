import Foundation
import HoldfastFormats
import Testing
import TestSupport

@Suite struct ExportAndCheckTests {
    /// A ledger of 400 decisions with an outcome for every tenth unit.
    private func ledger(in folder: TemporaryFolder) async throws -> (
        catalog: String, ledger: String
    ) {
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let ledger = folder.file("ledger.db")
        var decisions = "id,unit,cluster,age,at,income,region\n"
        var outcomes = "id,unit,name,value,at\n"
        for number in 1...400 {
            decisions +=
                "d-\(number),c-\(number),h-\(number),30,2026-01-01T00:00:00Z,\(number).5,JP\n"
            if number % 10 == 0 {
                outcomes += "o-\(number),c-\(number),defaulted,1,2026-01-01T05:00:00Z\n"
            }
        }
        for (kind, text) in [("decisions", decisions), ("outcomes", outcomes)] {
            let run = try await Program.run(
                ["record", kind, "--catalog", catalog, "--ledger", ledger, "-"], input: text)
            #expect(run.status == 0, "\(run.errors)")
        }
        return (catalog, ledger)
    }

    @Test func `an export is a whole folder, and a failed gate leaves none`() async throws {
        let folder = try TemporaryFolder()
        let (catalog, ledger) = try await ledger(in: folder)
        let arguments = [
            "export", "--catalog", catalog, "--ledger", ledger, "--experiment", "limits",
            "--format", "json", "--minimum-positives", "1",
        ]
        let failed = try await Program.run(
            arguments + ["--out", folder.file("few"), "--minimum-rows", "100000"])
        #expect(failed.status == 1)
        #expect(try !folder.names.contains { $0.contains("few") })
        let gates = try JSON.parse(Array(failed.output.utf8))["gates"]?.array ?? []
        #expect(gates.count { $0["passed"] == false } == 1)

        let waived = try await Program.run(
            arguments + [
                "--out", folder.file("few"), "--minimum-rows", "100000", "--waive",
                "minimum-rows=a trial run",
            ])
        #expect(waived.status == 0)
        let manifest = try JSON.parse(Array(try folder.read("few/manifest.json")))
        #expect(manifest["gates"]?.array?.last?["waiver"] == "a trial run")
        let flow = manifest["flow"]
        let boxes = flow?["excluded"]?.array?.compactMap { $0["rows"]?.double }.reduce(0, +) ?? 0
        #expect(boxes + (flow?["kept"]?.double ?? 0) == 400)
        let train = String(decoding: try folder.read("few/train.csv"), as: UTF8.self)
        #expect(
            train.hasPrefix(
                "id,unit,cluster,experiment,decided_at,arm,reason,propensity,score,model,income,region,defaulted\n"
            ))
        let over = try await Program.run(arguments + ["--out", folder.file("few")])
        #expect(over.status == 2)
        #expect(over.errors.contains("is there already"))
    }

    @Test func `the same ledger gives the same bytes`() async throws {
        let folder = try TemporaryFolder()
        let (catalog, ledger) = try await ledger(in: folder)
        let seconds = Int64(Date().timeIntervalSince1970 * 1_000_000)
        let asOf = Timestamp(microseconds: seconds).description
        let export = [
            "export", "--catalog", catalog, "--ledger", ledger, "--experiment", "limits", "--out",
        ]
        let future = try await Program.run(
            export + [folder.file("future"), "--as-of", "2099-01-01T00:00:00Z"])
        #expect(future.status == 2)
        #expect(future.errors.contains("in the future"))
        for name in ["one", "two"] {
            let run = try await Program.run([
                "export", "--catalog", catalog, "--ledger", ledger, "--experiment", "limits",
                "--out",
                folder.file(name), "--as-of", asOf, "--file-format", "jsonl",
                "--minimum-positives", "1",
            ])
            #expect(run.status == 0, "\(run.errors)\(run.output)")
        }
        for file in ["train.jsonl", "eval.jsonl", "manifest.json"] {
            #expect(try folder.read("one/\(file)") == folder.read("two/\(file)"))
        }
    }

    @Test func `beside a manifest only features and the label are compared`() async throws {
        let folder = try TemporaryFolder()
        let (catalog, ledger) = try await ledger(in: folder)
        let out = folder.file("set")
        #expect(
            try await Program.run([
                "export", "--catalog", catalog, "--ledger", ledger, "--experiment", "limits",
                "--out", out, "--minimum-positives", "1",
            ]).status == 0)
        let run = try await Program.run([
            "check", "--train", "\(out)/train.csv", "--eval", "\(out)/eval.csv", "--format", "json",
        ])
        #expect(run.status == 3, "400 rows cannot tell: \(run.errors)")
        let report = try JSON.parse(Array(run.output.utf8))
        let columns = report["pairs"]?.array?.first?["columns"]?.array?.compactMap {
            $0["column"]?.string
        }
        #expect(columns.map(Set.init) == ["income", "region", "defaulted"])
    }

    @Test func `check says by its status what it found`() async throws {
        let folder = try TemporaryFolder()
        let numbers = (0..<4_000).map { String(($0 * 7_919) % 4_001) }
        func table(_ name: String, _ values: [String]) throws -> String {
            try folder.write(name, "x\n" + values.joined(separator: "\n") + "\n")
        }
        let train = try table("train.csv", numbers)
        let same = try table("same.csv", numbers.reversed())
        let shifted = try table("shifted.csv", numbers.map { "\((Int($0) ?? 0) + 2_000)" })
        let few = try table("few.csv", stride(from: 100, to: 4_000, by: 200).map(String.init))
        #expect(try await Program.run(["check", "--train", train, "--serve", same]).status == 0)
        // The same rows in eval are a leak.
        let leak = try await Program.run(["check", "--train", train, "--eval", same])
        #expect(leak.status == 1 && leak.output.contains("Rows in both tables: disagrees"))
        let disagrees = try await Program.run([
            "check", "--train", train, "--serve", shifted, "--json", folder.file("report.json"),
        ])
        #expect(disagrees.status == 1)
        #expect(disagrees.output.hasPrefix("train and serve disagree."))
        let report = try JSON.parse(Array(try folder.read("report.json")))
        #expect(report["verdict"] == "disagrees")
        #expect(try await Program.run(["check", "--train", train, "--serve", few]).status == 3)
        #expect(
            try await Program.run(["check", "--train", train, "--eval", "nowhere.csv"]).status == 2)
        #expect(try await Program.run(["check", "--train", train]).status == 64)
        let stream = try await Program.run(
            ["check", "--train", train, "--serve", "-"],
            input: "x\n" + numbers.joined(separator: "\n") + "\n")
        #expect(stream.status == 0)
    }

    @Test func `the demo tells the same story twice`() async throws {
        let folder = try TemporaryFolder()
        var manifests: [Data] = []
        for name in ["one", "two"] {
            let run = try await Program.run([
                "demo", "--out", folder.file(name), "--format", "json",
            ])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.isEmpty)
            let result = try JSON.parse(Array(run.output.utf8))
            #expect(result["agreement"]?["verdict"] == "agrees")
            #expect(result["contamination"]?["verdict"] == "disagrees")
            let columns = result["contamination"]?["pairs"]?.array?.first?["columns"]?.array ?? []
            let differ = columns.filter { $0["verdict"] != "agrees" }.compactMap {
                $0["column"]?.string
            }
            #expect(differ == ["item_id"])
            manifests.append(try folder.read("\(name)/clean/manifest.json"))
        }
        #expect(manifests.first == manifests.last)
    }
}
