import HoldfastFormats
import TestSupport
import Testing

/// `holdfast simulate feedback`: what it prints, and its status.
@Suite struct SimulateTests {
    private static let small = ["simulate", "feedback", "--units", "1500", "--cycles", "2"]

    @Test func `a simulation prints its figures, and the same ones again`() async throws {
        let validator = try JSONSchemaValidator("feedback-simulation.schema.json")
        let arguments =
            Self.small + [
                "--scenario", "mild", "--seed", "7", "--holdout", "12.5%", "--block", "10%",
                "--window", "2", "--regime", "control_only", "--regime", "naive_drop",
            ]
        let run = try await Program.run(arguments + ["--format", "json"])
        #expect(run.status == 0 && run.errors == "")
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(validator.faults(json) == [])
        #expect(json["scenario"] == "mild" && json["seed"] == 7 && json["units"] == 1500)
        #expect(json["control_share"] == 0.125 && json["block_share"] == 0.1)
        #expect(json["cycles"] == 2 && json["window"] == 2)
        let regimes = (json["regimes"]?.array ?? []).map { $0["regime"]?.string }
        #expect(regimes == ["control_only", "naive_drop"])
        let again = try await Program.run(arguments + ["--format", "json"])
        #expect(again.output == run.output)
    }

    @Test func `the text has every regime by default`() async throws {
        let run = try await Program.run(Self.small)
        #expect(run.status == 0 && run.errors == "")
        #expect(
            run.output.hasPrefix("Feedback simulation: scenario tail, seed 1, 2 cycles of 1,500"))
        for name in [
            "oracle", "naive_drop", "naive_zero", "control_only", "pooled_noweight", "pooled_ipw",
            "explore_ipw",
        ] {
            #expect(run.output.contains("\n  \(name) "), "\(name)")
        }
        #expect(run.output.contains("\nWhat it says\n"))
    }

    @Test(arguments: [
        (["--cycles", "0"], "cycles"), (["--units", "1000001"], "units"),
        (["--holdout", "0%"], "shares"), (["--holdout", "5"], "holdout"),
        (["--block", "100%"], "shares"), (["--seed", "-1"], "seed"),
        (["--seed", "9007199254740992"], "seed"), (["--regime", "none"], "naive_drop"),
        (["--regime", "oracle", "--regime", "oracle"], "regime"), (["--scenario", "x"], "mild"),
    ])
    func `what cannot be run is refused as wrong usage`(more: [String], word: String) async throws {
        let run = try await Program.run(["simulate", "feedback"] + more)
        #expect(run.status == 64 && run.output == "", "\(run.errors)")
        #expect(run.errors.contains(word), "\(run.errors)")
    }
}

/// `holdfast simulate agreement`: how often a check would be wrong.
@Suite struct SimulateAgreementTests {
    @Test func `the study prints every case, and the same figures again`() async throws {
        let validator = try JSONSchemaValidator("agreement-study.schema.json")
        let arguments = [
            "simulate", "agreement", "--repeats", "2", "--rows", "100", "--seed", "7",
        ]
        let run = try await Program.run(arguments + ["--format", "json"])
        #expect(run.status == 0 && run.errors == "")
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(validator.faults(json) == [])
        let cases = json["cases"]?.array ?? []
        #expect(cases.count > 20)
        for item in cases {
            let verdicts = ["agrees", "inconclusive", "disagrees"].compactMap { item[$0]?.double }
            #expect(verdicts.reduce(0, +) == 2 && item["repeats"] == 2, "\(item.text())")
        }
        let again = try await Program.run(arguments + ["--format", "json"])
        #expect(again.output == run.output)
        let text = try await Program.run(arguments)
        // A line a case, and the heading.
        #expect(text.output.split(separator: "\n").count == cases.count + 1)
    }

    @Test func `what cannot be drawn is refused as wrong usage`() async throws {
        for more in [["--repeats", "0"], ["--repeats", "10001"], ["--rows", "99"]] {
            let run = try await Program.run(["simulate", "agreement"] + more)
            #expect(run.status == 64 && run.output == "", "\(more)")
        }
    }
}
