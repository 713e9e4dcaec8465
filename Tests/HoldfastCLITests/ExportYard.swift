import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// A ledger filled by the program itself, from which tests export.
struct ExportYard {
    let folder: TemporaryFolder
    let catalog: String
    let ledger: String

    static let catalogText = """
        holdfast: 1
        salt: export-yard-salt-0001
        experiments:
          limits:
            unit: customer
            arms: [{control: 50%}, {treatment: 50%}]
            washout: 2h
            outcome: {name: paid, horizon: 3h, absent: 0}
            features: {income: number, region: category}
          promo: {unit: customer, arms: [{control: 50%}, {on: 50%}]}
        """

    /// Units are scored a minute apart from 2026-01-01 on; a third has the outcome, and every
    /// eighth was reached by another treatment, those of a low income more often.
    init(units: Int = 1_200) async throws {
        folder = try TemporaryFolder()
        catalog = try folder.write("catalog.yaml", ExportYard.catalogText)
        ledger = folder.file("ledger.db")
        var decisions = "id,unit,at,score,intended,income,region\n"
        var exposures = "id,unit,experiment,arm,at\n"
        var outcomes = "id,unit,name,value,at\n"
        var table = "unit,at,debt\n"
        for number in 1...units {
            let at = ExportYard.time(number)
            let score = Double(number * 37 % 100) / 100
            let income = number * 7_919 % 1_009
            decisions +=
                "d-\(number),c-\(number),\(at),\(score),\(score >= 0.5),"
                + "\(income).25,\(number % 3)\n"
            if number % 3 == 0 { outcomes += "o-\(number),c-\(number),paid,1,\(at)\n" }
            if number % 8 == 0 || income < 50 {
                exposures += "x-\(number),c-\(number),promo,on,\(at)\n"
            }
            let stamp = number % 50 == 7 ? "2025-12-01T00:00:00Z" : "2025-12-31T00:00:00Z"
            table += "c-\(number),\(stamp),\(number * 31 % 97)\n"
        }
        try folder.write("features.csv", table)
        for (kind, text) in [
            ("decisions", decisions), ("exposures", exposures), ("outcomes", outcomes),
        ] {
            let more = kind == "decisions" ? ["--experiment", "limits"] : []
            let run = try await Program.run(
                ["record", kind, "--catalog", catalog, "--ledger", ledger, "-"] + more,
                input: text)
            guard run.status == 0 else { throw ProgramError("record \(kind): \(run.errors)") }
        }
    }

    /// Words that waive all that a small trial can fail.
    static let waivers = [
        "sample-ratio", "sample-ratio-kept", "attrition", "balance", "unknown-share",
        "positivity", "positives", "train-eval", "control-serve", "minimum-rows",
    ].flatMap { ["--waive", "\($0)=a trial"] }

    static func time(_ minute: Int) -> String {
        let start: Int64 = 1_767_225_600_000_000
        return Timestamp(microseconds: start + Int64(minute) * 60_000_000).description
    }

    /// The words of an export from here.
    func words(_ more: [String]) -> [String] {
        ["export", "--catalog", catalog, "--ledger", ledger, "--experiment", "limits"] + more
    }

    func export(_ more: [String]) async throws -> Program.Run {
        try await Program.run(words(more))
    }

    /// The manifest of an export that was made, with everything waived.
    func made(_ name: String, _ more: [String]) async throws -> JSON {
        let run = try await export(["--out", folder.file(name)] + ExportYard.waivers + more)
        guard run.status == 0 else { throw ProgramError("\(run.status): \(run.errors)") }
        return try JSON.parse(Array(try folder.read("\(name)/manifest.json")))
    }

    func header(_ file: String) throws -> [String] {
        let text = String(decoding: try folder.read(file), as: UTF8.self)
        return text.prefix { $0 != "\n" }.split(separator: ",").map(String.init)
    }

    /// How many decisions a reason leaves out as the first.
    static func rows(_ manifest: JSON, _ reason: String) -> Double? {
        manifest["flow"]?["excluded"]?.array?.first { $0["reason"]?.string == reason }?["rows"]?
            .double
    }
}
