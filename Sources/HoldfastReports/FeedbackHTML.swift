public import HoldfastStatistics

/// Feedback simulations as a page: what becomes of a model that is retrained on what its own
/// actions left to see, as curves over the cycles, a chapter for each world.
public enum FeedbackHTML {
    /// The page of one or more simulations, in this order.
    public static func render(_ results: [FeedbackResult]) -> String {
        HTMLPage(
            title: "What a model unlearns from its own actions", opening: opening(results),
            sections: results.enumerated().map { place, result in
                section(result, number: place + 1, of: results)
            }, closing: closing
        ).markup
    }

    private static func opening(_ results: [FeedbackResult]) -> HTML {
        let regimes = FeedbackRegime.allCases.filter { regime in
            results.contains { $0[regime] != nil }
        }
        return .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: simulation of a feedback loop" },
            HTML("h1") { "What a model unlearns from its own actions" },
            HTML("p") {
                """
                In a made-up world a model blocks the units that look most like fraud. Nobody then \
                learns whether a blocked unit was fraud, and the next model is trained on what is \
                left to see. Each line is one way to train it, in its own copy of the same world; \
                every model is judged on units that nobody touched.
                """
            },
            HTML("details", ["open": "open"]) {
                HTML("summary") { "What each line is trained on" }
                HTML("ul", ["class": "terms"]) {
                    for regime in regimes {
                        HTML("li") {
                            HTML("b") { regime.shortName }
                            ": \(regime.explanation) ("
                            HTML("code") { regime.rawValue }
                            ")"
                        }
                    }
                }
            },
        ])
    }

    private static var closing: HTML {
        HTML("p") {
            """
            Made by Holdfast. What is seen holds for worlds like these: how much a loop costs \
            elsewhere, only a control group there can tell.
            """
        }
    }

    private static func section(
        _ result: FeedbackResult, number: Int, of results: [FeedbackResult]
    ) -> HTMLPage.Section {
        let id = "world-\(number)"
        let scenario = result.settings.scenario.rawValue
        // Two runs of one scenario are told apart by what chance followed from.
        let isOnly = results.count { $0.settings.scenario == result.settings.scenario } == 1
        let name = isOnly ? scenario : "\(scenario), seed \(result.settings.seed)"
        return HTMLPage.Section(id, link: "Scenario \(name)", "Scenario \(name): \(world(result))")
        {
            HTML("p") { settings(result.settings) }
            HTML("h3") { "What is seen" }
            for sentence in FeedbackFinding.sentences(result) { HTML("p") { sentence } }
            HTML.list(FeedbackCurve.all.map { $0.picture(result, id: id).html })
            FeedbackCost.html(result, id: id)
        }
    }

    private static func world(_ result: FeedbackResult) -> String {
        switch result.settings.scenario {
        case .tail: "fraud in small patterns that a model finds almost whole"
        case .mild: "fraud all over the population"
        }
    }

    private static func settings(_ settings: FeedbackSettings) -> String {
        """
        \(CheckFigures.counted(settings.cycles, "cycle")) of \
        \(CheckFigures.counted(settings.units, "unit")), of which a model blocks the \
        \(CheckFigures.percent(settings.blockShare)) of highest scores; a control group, where \
        there is one, is \(CheckFigures.percent(settings.controlShare)). Models are trained on \
        \(settings.window == 1 ? "the last cycle" : "the last \(settings.window) cycles"). \
        Seed \(settings.seed).
        """
    }
}

extension FeedbackRegime {
    /// What a model is trained on, in as few words as fit beside a line.
    var shortName: String {
        switch self {
        case .oracle: "all labels"
        case .naiveDrop: "unblocked"
        case .naiveZero: "blocked = 0"
        case .controlOnly: "control"
        case .pooledUnweighted: "pooled"
        case .pooledWeighted: "weighted"
        case .exploration: "exploration"
        }
    }

    /// The same in a sentence.
    var explanation: String {
        switch self {
        case .oracle: "every unit with its true label, which nobody has: the best that can be"
        case .naiveDrop: "the units that were not blocked, as most do"
        case .naiveZero: "every unit, a blocked one counted as no fraud"
        case .controlOnly: "the control group, which is scored and never blocked"
        case .pooledUnweighted: "control and all unblocked units, each counted once"
        case .pooledWeighted:
            "control and all unblocked units, weighted by how many each stands for"
        case .exploration:
            "no control group: some blocked units are let through, the fewer the higher the score"
        }
    }
}
