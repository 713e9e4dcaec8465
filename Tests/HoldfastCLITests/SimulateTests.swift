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
