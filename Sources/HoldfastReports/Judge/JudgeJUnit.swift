package import HoldfastChecks

/// A judgement as JUnit XML: a suite for each question, a case for each requirement.
///
/// What is missed is a failure, what cannot be told is skipped: see ``CheckJUnit`` for why.
package enum JudgeJUnit {
    /// The document.
    package static func render(_ judgement: Judgement) -> String {
        var suites = judgement.sections.compactMap(suite)
        if !judgement.unmeasured.isEmpty {
            suites.append(
                JUnit.Suite(
                    name: "not measured",
                    cases: judgement.unmeasured.map {
                        JUnit.Case(
                            name: $0.name.rawValue, outcome: .skipped,
                            sentence: "required \(JudgeWords.bound($0.bound)), not measured")
                    }))
        }
        return JUnit.render("holdfast judge", suites)
    }

    private static func suite(_ section: JudgementSection) -> JUnit.Suite? {
        let cases = section.figures.compactMap { figure -> JUnit.Case? in
            guard let verdict = figure.verdict else { return nil }
            let name = figure.name.rawValue + (figure.of.map { ": \($0)" } ?? "")
            return JUnit.Case(
                name: CheckSentences.name(name), outcome: outcome(verdict),
                sentence: JudgeWords.sentence(figure),
                details: [
                    "\(CheckFigures.counted(figure.rows, "row")), \(figure.source.word)"
                ])
        }
        return cases.isEmpty
            ? nil : JUnit.Suite(name: section.question.shortTitle, cases: cases)
    }

    private static func outcome(_ verdict: Fitness) -> JUnit.Outcome {
        switch verdict {
        case .fit: .passed
        case .inconclusive: .skipped
        case .unfit: .failed("unfit")
        }
    }
}
