import HoldfastFormats
@testable import HoldfastReports
@testable import HoldfastStatistics
import TestSupport
import Testing

@Suite struct FeedbackReportTests {
    private static func cycle(
        _ number: Int, auc: Double, calibration: Double, seen: Double? = nil, spared: Int = 0
    ) -> FeedbackResult.Cycle {
        FeedbackResult.Cycle(
            number: number,
            actions: FeedbackResult.Actions(
                blocked: 100, fraudLetThrough: 20, goodBlocked: 40, spared: spared,
                fraudSpared: spared / 2),
            monitor: seen.map { FeedbackResult.Monitor(auc: $0, weightedAUC: nil) },
            training: FeedbackResult.Training(
                rows: 900, positives: 20, rate: 20.0 / 900, effectiveRows: 900),
            coefficients: [-3, 1, 0, 0, 0, 0],
            quality: FeedbackResult.Quality(
                auc: auc, logLoss: 0.2, brier: 0.05, calibration: calibration,
                calibrationError: 0.02, recall: 0.5, precision: 0.4, fraudShare: 0.06))
    }

    /// Three cycles of both regimes, of which the first is left out of every mean.
    private static func result(
        _ scenario: FeedbackScenario, naive: (auc: Double, calibration: Double),
        control: (auc: Double, calibration: Double)
    ) -> FeedbackResult {
        let regimes: [FeedbackRegime] = [.naiveDrop, .controlOnly]
        let courses = zip(regimes, [naive, control]).map { regime, means in
            FeedbackResult.Course(
                regime: regime,
                cycles: (0..<3).map { number in
                    cycle(
                        number, auc: number == 0 ? 0.9 : means.auc,
                        calibration: number == 0 ? 1 : means.calibration,
                        seen: number == 0 ? nil : regime == .naiveDrop ? 0.53 : 0.91,
                        spared: number > 0 && regime.hasControl ? 12 : 0)
                })
        }
        return FeedbackResult(
            settings: FeedbackSettings(
                scenario: scenario, units: 1_000, cycles: 3, regimes: regimes),
            courses: courses)
    }

    private static func sentences(_ result: FeedbackResult) -> String {
        FeedbackFinding.sentences(result).joined(separator: "\n")
    }

    @Test func `where naive retraining loses order, the text says what it lost`() {
        let result = Self.result(.tail, naive: (0.64, 0.13), control: (0.93, 1.02))
        let text = Self.sentences(result)
        #expect(text.contains("the model unlearns what it prevents: a mean AUC of 0.640, 0.640 at"))
        #expect(text.contains("against 0.930 by the control group alone"))
        #expect(text.contains("calibration 0.130 against 1.020"))
        // The model of cycle 0 acts in cycle 1, and was 0.9.
        #expect(text.contains("In cycle 1 the unblocked rows show an AUC of 0.530 of a model that"))
        #expect(text.contains("has 0.900; the control group shows 0.910 of a model of 0.900."))
    }

    @Test func `where naive retraining loses calibration alone, the text says so`() {
        let result = Self.result(.mild, naive: (0.808, 0.84), control: (0.807, 0.94))
        let text = Self.sentences(result)
        #expect(text.contains("Here naive retraining loses no AUC to the control group: 0.808"))
        #expect(text.contains("It loses calibration: it predicts 0.840 of the fraud there is"))
        #expect(!text.contains("unlearns"))
        let neither = Self.result(.mild, naive: (0.808, 0.92), control: (0.807, 0.94))
        #expect(Self.sentences(neither).contains("Nor does it lose calibration: 0.920 against"))
    }

    @Test func `a run that compares nothing says what to run`() {
        var result = Self.result(.tail, naive: (0.64, 0.13), control: (0.93, 1))
        result.courses.removeFirst()
        #expect(Self.sentences(result).hasPrefix("Run naive_drop and control_only side by side"))
    }

    @Test func `the text reads as it should`() {
        let result = Self.result(.tail, naive: (0.64, 0.13), control: (0.93, 1.02))
        let text = FeedbackText.render(result)
        let cost = """
            Cost of the holdout, a cycle: units above the threshold left alone, the fraud among them
                                  units  fraud of all
              control_only         12.0    6.0   7.5%
            """
        #expect(text.contains(cost), "\(text)")
        #expect(text.contains("  cycle                   0      1      2\n"))
        #expect(text.contains("  naive_drop              -  0.530  0.530\n"))
        #expect(
            text.hasPrefix("Feedback simulation: scenario tail, seed 1, 3 cycles of 1,000 units\n"))
    }

    @Test func `of many cycles the first, the last and some between are shown`() {
        #expect(FeedbackText.shownCycles(9) == Array(0..<9))
        #expect(FeedbackText.shownCycles(11) == Array(0..<11))
        for count in [12, 13, 100, 1_000] {
            let shown = FeedbackText.shownCycles(count)
            #expect(shown.count == FeedbackText.cycleLimit && Set(shown).count == shown.count)
            #expect(shown.first == 0 && shown.last == count - 1 && shown == shown.sorted())
        }
    }

    @Test(arguments: FeedbackScenario.allCases)
    func `a run fits the schema and the page, whatever it found`(
        _ scenario: FeedbackScenario
    ) throws {
        let schema = try JSONSchemaValidator("feedback-simulation.schema.json")
        let settings = [
            FeedbackSettings(scenario: scenario, units: 900, cycles: 13, evaluationUnits: 300),
            FeedbackSettings(
                scenario: scenario, units: 800, cycles: 2, controlShare: 0.25, window: 2,
                evaluationUnits: 100),
            // So few units that there is no fraud, no model, no figure.
            FeedbackSettings(
                scenario: scenario, seed: FeedbackSettings.seedLimit, units: 1, cycles: 1,
                evaluationUnits: 1),
        ]
        for settings in settings {
            let result = FeedbackSimulation(settings).run()
            let json = FeedbackJSON.render(result)
            #expect(schema.faults(json) == [], "\(settings)")
            let text = FeedbackText.render(result)
            #expect(text == FeedbackText.render(FeedbackSimulation(settings).run()))
            #expect(text.hasSuffix("\n") && !text.contains(" \n"), "\(text)")
            for line in text.split(separator: "\n") {
                #expect(line.count <= FeedbackText.width, "\(line)")
            }
        }
    }

    @Test func `the schema refuses what is not as it says`() throws {
        let schema = try JSONSchemaValidator("feedback-simulation.schema.json")
        let json = FeedbackJSON.render(
            Self.result(.tail, naive: (0.64, 0.13), control: (0.93, 1.02)))
        guard case .object(let good) = json else { throw MissingFixture("no object") }
        #expect(schema.faults(json) == [])
        for (name, _) in good.members {
            let less = JSONObject(good.members.filter { $0.key != name })
            #expect(schema.faults(.object(less)) == ["$: lacks \"\(name)\""])
        }
        var more = good
        more.append("surprise", 1)
        #expect(schema.faults(.object(more)) == ["$: has surprise"])
    }
}
