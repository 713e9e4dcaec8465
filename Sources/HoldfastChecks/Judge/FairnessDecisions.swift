internal import HoldfastStatistics

/// What is decided of rows, as yes or no: of several classes, one against the rest.
struct FairnessDecisions {
    /// What a figure's `of` ends in: nothing, or the class.
    var ending: String
    /// What a picture's id ends in.
    var idEnding: String
    var labels: [Bool]
    var decisions: [Bool]
    /// The probabilities of a yes, where they are such.
    var probabilities: [Double]?

    /// The most classes that are each held against the rest.
    static let classLimit = 10

    /// The decisions that rows hold, `nil` where labels and predictions do not fit together.
    static func all(_ rows: JudgeRows, options: JudgeOptions) -> (
        all: [FairnessDecisions], notes: [String]
    )? {
        switch (rows.labels, rows.predictions) {
        case (.binary(let labels), .scores(let scores)):
            var notes: [String] = []
            let threshold = options.yesThreshold(scores, weights: rows.weights)
            notes.append(
                "A yes is a prediction of \(JudgeNumber.text(threshold)) or more"
                    + (options.positiveShare.map { ", to be \($0) of the rows." } ?? "."))
            let areShares = scores.allSatisfy { $0 >= 0 && $0 <= 1 }
            if !areShares {
                notes.append(
                    "The predictions are no probabilities: calibration by group is left out.")
            }
            let one = FairnessDecisions(
                ending: "", idEnding: "", labels: labels,
                decisions: scores.map { $0 >= threshold },
                probabilities: areShares ? scores : nil)
            return ([one], notes)
        case (.classes(let labels, let names), .classes(let codes, let probabilities)):
            let (chosen, note) = mostFrequent(labels, names)
            let all = chosen.map { place in
                let own = probabilities.flatMap { place < $0.count ? $0[place] : nil }
                return FairnessDecisions(
                    ending: ", class \(names[place])", idEnding: "_class_\(place)",
                    labels: labels.map { $0 == place }, decisions: codes.map { $0 == place },
                    probabilities: own.flatMap {
                        $0.allSatisfy { $0 >= 0 && $0 <= 1 } ? $0 : nil
                    })
            }
            return (all, note.map { [$0] } ?? [])
        case (.numbers, _), (.binary, .classes), (.classes, .scores): return nil
        }
    }

    private static func mostFrequent(_ labels: [Int32], _ names: [String]) -> ([Int], String?) {
        var counts = [Int](repeating: 0, count: names.count)
        for label in labels { counts[Int(label)] += 1 }
        let known = names.indices.filter { counts[$0] > 0 }
        guard known.count > classLimit else { return (known, nil) }
        let chosen = known.sorted { (-counts[$0], $0) < (-counts[$1], $1) }.prefix(classLimit)
        return (
            chosen.sorted(),
            "Of \(known.count) classes the \(classLimit) most frequent are held against the rest."
        )
    }
}
