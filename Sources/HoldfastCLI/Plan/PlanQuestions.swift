internal import HoldfastStatistics

/// Asks on a terminal for what a plan needs, one question a line. Enter takes what stands in
/// brackets; a wrong answer is asked again.
struct PlanQuestions {
    /// Says a line of text, and gives the line that was typed; `nil` at the end of the input.
    let ask: (String) -> String?
    /// Says something without asking.
    let say: (String) -> Void
    private(set) var request = PlanRequest()

    init(ask: @escaping (String) -> String?, say: @escaping (String) -> Void) {
        self.ask = ask
        self.say = say
    }

    /// The input ended before all was answered.
    struct Ended: Error {}

    /// Asks everything, and gives what was answered.
    mutating func run() throws -> PlanRequest {
        say(
            "How many units does the experiment need, and how long? Enter takes what is in brackets."
        )
        let kind = try choose(
            "What is measured on each unit: a rate (yes or no), a mean, or the metric of a table?",
            ["rate", "mean", "table"])
        switch kind {
        case "mean":
            try answer(.sd, "How much do units differ: the standard deviation?")
            try answer(.mean, "What is the mean now? It is needed for a relative effect only.", "0")
        case "table":
            try answer(.table, "Which file has a row for each unit, from before the start?")
            try answer(.metric, "Which of its columns is the metric?")
        default:
            try answer(.baselineRate, "What is the rate now, without the treatment?", "10%")
        }
        try answer(
            .shares,
            "Which shares have control and each treatment? Equal ones need the fewest units.",
            "50%,50%")
        let treatments = (request.shares?.count ?? 2) - 1
        let key: PlanKey = kind == "mean" && request.number(.mean) == 0 ? .effect : .relativeEffect
        try answer(
            key,
            key == .effect
                ? "What is the least effect that matters, as a difference?"
                : "What is the least effect that matters, as a part of the baseline?",
            key == .effect ? nil : "5%")
        try answer(.power, "How surely must it be found, if it is there (power)?", "80%")
        try answer(.alpha, "How often may chance alone find one (alpha)?", "5%")
        if treatments > 1 {
            try answer(
                .correction,
                "How is alpha kept over \(treatments) treatments: none, holm, dunnett?",
                "dunnett")
        }
        let looks = try choose(
            "When is it looked at: once, at the end; or any time, which needs about twice the units?",
            ["once", "any"])
        if looks == "any" {
            try request.set(.sequential, to: "true")
            if request.text(.correction) == "dunnett" { try request.set(.correction, to: "holm") }
        }
        try answer(
            .weekly, "How many new units come in a week? 0 where that is not known.", "0",
            isLeftOut: { $0 == "0" })
        try answer(
            .horizon, "How long does an outcome take to be known, as 90d?", "0d",
            isLeftOut: { $0 == "0d" })
        return request
    }

    /// Asks until the answer can be read.
    private mutating func answer(
        _ key: PlanKey, _ question: String, _ usual: String? = nil,
        isLeftOut: (String) -> Bool = { _ in false }
    ) throws {
        while true {
            let text = try line(question, usual)
            if isLeftOut(text) { return }
            do {
                try request.set(key, to: text)
                return
            } catch {
                say("  \(error.message); \(error.hint)")
            }
        }
    }

    private func choose(_ question: String, _ words: [String]) throws -> String {
        while true {
            let text = try line(question, words[0])
            if words.contains(text) { return text }
            say("  \"\(text.prefix(64))\" is none of \(words.joined(separator: ", "))")
        }
    }

    private func line(_ question: String, _ usual: String?) throws -> String {
        guard let text = ask(question + (usual.map { " [\($0)]" } ?? "") + " ") else {
            throw Ended()
        }
        let bare = text.trimmingWhitespace
        return bare.isEmpty ? usual ?? "" : bare
    }
}

extension String {
    /// The text without white space at its ends.
    fileprivate var trimmingWhitespace: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
