internal import HoldfastFormats
internal import HoldfastStatistics

/// What a model must keep to be fit: bounds on its figures.
///
///     var requirements = Requirements.usual(.binary)
///     requirements.set(Requirement(.auc, Bound(least: 0.8)))
///     let (sections, unmeasured) = requirements.held(against: sections)
package struct Requirements: Sendable, Equatable {
    /// The requirements; of two of one figure the later one holds.
    package private(set) var all: [Requirement] = []

    package init(_ all: [Requirement] = []) {
        for one in all { set(one) }
    }

    /// Adds one, in place of that of the same figure if there is one.
    package mutating func set(_ requirement: Requirement) {
        all.removeAll { $0.name == requirement.name && $0.of == requirement.of }
        all.append(requirement)
    }

    /// Asks that the model be better than what it is compared with, where nobody asked otherwise: a
    /// baseline is there to be beaten.
    package mutating func requireBetter() {
        for index in all.indices where all[index].isUsual {
            switch all[index].name {
            case .aucGain, .accuracyGain: all[index].bound = Bound(least: 0)
            default: break
            }
        }
    }

    /// Takes one out.
    package mutating func drop(_ name: FigureName, of: String?) {
        all.removeAll { $0.name == name && $0.of == of }
    }

    /// What is required where the user says nothing, each with its reason.
    ///
    /// - It must rank clearly better than chance (an area of 0.6) or explain some of the variance,
    ///   and say what it means: a probability may be off by a tenth on average.
    /// - A candidate may be worse than what is in operation by 0.01 at most; of numbers, whose
    ///   units nobody here knows, it must be no worse.
    /// - On what it has never seen it may be worse by a twentieth.
    /// - It must say more than one thing, and beat one split and one feature by 0.01.
    /// - Groups' error rates may differ by a tenth; the smallest rate of selection must be four
    ///   fifths of the largest (the rule of the Uniform Guidelines on Employee Selection
    ///   Procedures, 1978). That holds for single columns; crossings are shown.
    /// - Of the rows of a behaviour test one in a hundred may fail.
    /// - In operation its risk may have risen by a twentieth (the tolerance of A. Podkopaev and A.
    ///   Ramdas, "Tracking the risk of a deployed model and detecting harmful distribution shifts",
    ///   2022), of its inputs and predictions a tenth
    ///   may differ from what was, and of its inputs a twentieth may lie outside what it knows.
    package static func usual(_ task: JudgeTask) -> Requirements {
        var all: [Requirement] = [
            Requirement(.distinctPredictions, Bound(least: 2)),
            Requirement(.gainOverOneSplit, Bound(least: 0.01)),
            Requirement(.gainOverOneFeature, Bound(least: 0.01)),
            Requirement(.importanceShare, Bound(most: 0.9)),
            Requirement(.behaviourFailures, Bound(most: 0.01)),
            Requirement(.outsideShare, Bound(most: 0.05)),
            Requirement(.inputDistance, Bound(most: 0.1)),
            Requirement(.predictionDistance, Bound(most: 0.1)),
            Requirement(.harmfulShift, Bound(most: 0.05)),
        ]
        switch task {
        case .binary:
            all += [
                Requirement(.auc, Bound(least: 0.6)),
                Requirement(.calibrationError, Bound(most: 0.1)),
                Requirement(.aucGain, Bound(least: -0.01)),
                Requirement(.aucGap, Bound(most: 0.05)),
                Requirement(.equalizedOddsDifference, Bound(most: 0.1)),
                Requirement(.demographicParityRatio, Bound(least: 0.8)),
            ]
        case .classes:
            all += [
                Requirement(.accuracyGain, Bound(least: -0.01)),
                Requirement(.accuracyGap, Bound(most: 0.05)),
                Requirement(.emptyClasses, Bound(most: 0)),
            ]
        case .number:
            all += [
                Requirement(.rSquared, Bound(least: 0.05)),
                Requirement(.meanAbsoluteErrorGain, Bound(least: 0)),
                Requirement(.rSquaredGap, Bound(most: 0.1)),
            ]
        }
        return Requirements(all)
    }

    /// The sections with a bound at every figure that has one, and the requirements that no figure
    /// answers: the user's, and the usual ones.
    package func held(against sections: [JudgementSection]) -> (
        sections: [JudgementSection], unmeasured: [Requirement], unasked: [Requirement]
    ) {
        var sections = sections
        var used = Set<Int>()
        for section in sections.indices {
            for index in sections[section].figures.indices {
                let figure = sections[section].figures[index]
                // By labels that came it is judged elsewhere; there they stand beside estimates.
                let isBeside =
                    sections[section].question == .accurateWithoutLabels
                    && !figure.name.isEstimate
                guard figure.source != .biased, !isBeside, let place = place(for: figure)
                else { continue }
                used.insert(place)
                sections[section].figures[index].hold(to: all[place].bound)
            }
        }
        let open = all.indices.filter { !used.contains($0) }.map { all[$0] }
        // What was asked and has no answer is open; what nobody asked is only named.
        func isAsked(_ requirement: Requirement) -> Bool {
            !requirement.isUsual
                || sections.contains { $0.question == requirement.name.usualQuestion }
        }
        return (sections, open.filter(isAsked), open.filter { !isAsked($0) })
    }

    private func place(for figure: JudgedFigure) -> Int? {
        let exact = all.lastIndex {
            $0.name == figure.name && Requirement.isSame($0.of, figure.of)
        }
        guard exact == nil, let of = figure.of, figure.name.isOfEach else { return exact }
        // Of crossed groups some are always small: only who asks for them is told that they are.
        let isCrossing = of.contains(FigureName.crossing)
        return all.lastIndex {
            $0.name == figure.name && $0.of == nil && !(isCrossing && $0.isUsual)
        }
    }
}

/// A bound on a figure.
package struct Requirement: Sendable, Equatable {
    package var name: FigureName
    /// Of what, where it is not of all rows; see ``JudgedFigure/of``.
    package var of: String?
    package var bound: Bound
    /// Whether it stands because the user said nothing.
    package var isUsual: Bool

    /// Whether two texts say the same thing that a figure is of: `region=north` is
    /// `region = north`.
    static func isSame(_ one: String?, _ other: String?) -> Bool {
        func plain(_ text: String) -> String {
            text.replacing(" = ", with: "=").replacing(" × ", with: "×")
        }
        guard let one, let other else { return one == nil && other == nil }
        return sameBytes(plain(one), plain(other))
    }

    package init(_ name: FigureName, of: String? = nil, _ bound: Bound, isUsual: Bool = true) {
        self.name = name
        self.of = of
        self.bound = bound
        self.isUsual = isUsual
    }
}

extension FigureName {
    /// Whether a requirement that names nothing holds for each thing that the figure is of: there
    /// is none of all rows together.
    var isOfEach: Bool { FigureName.ofEach.contains(self) }

    /// The question that is left open where a usual requirement on this figure has no answer;
    /// `nil` where it may have none for a good reason: scores that are no probabilities have no
    /// calibration, and without features there are no rivals.
    var usualQuestion: JudgeQuestion? { FigureName.usualQuestions[self] }

    private static let usualQuestions: [FigureName: JudgeQuestion] = [
        .auc: .accurate, .rSquared: .accurate, .aucGain: .better, .accuracyGain: .better,
        .meanAbsoluteErrorGain: .better, .aucGap: .overfitted, .accuracyGap: .overfitted,
        .rSquaredGap: .overfitted, .emptyClasses: .degenerate,
        .equalizedOddsDifference: .fair, .demographicParityRatio: .fair,
        .behaviourFailures: .behaves, .harmfulShift: .accurateOverTime,
        .inputDistance: .inputsMoved, .outsideShare: .inputsOutside,
        .predictionDistance: .predictionsMoved,
    ]

    /// Whether it is expected, and not counted.
    var isEstimate: Bool {
        rawValue.hasPrefix("estimated_") || self == .predictedError
    }

    /// Whether there is nothing to estimate: a count of these rows, or evidence that is what it is.
    var isExact: Bool { FigureName.exact.contains(self) }

    private static let exact: Set<FigureName> = [
        .distinctPredictions, .emptyClasses, .behaviourFailures, .inputShift, .predictionShift,
        .longestRunShare,
    ]

    /// What stands between the columns of a crossing.
    static let crossing = " × "

    private static let ofEach: Set<FigureName> = [
        .aucGain, .logLossGain, .brierGain, .accuracyGain, .meanAbsoluteErrorGain,
        .squaredErrorGain,
        .importanceShare, .behaviourFailures, .harmfulShift,
        .inputDistance,
        .predictionDistance,
        .demographicParityDifference, .demographicParityRatio, .equalizedOddsDifference,
        .equalizedOddsRatio, .equalOpportunityDifference, .equalOpportunityRatio,
        .predictiveParityDifference, .groupCalibrationDifference, .meanPredictionDifference,
    ]
}

extension JudgedFigure {
    /// Takes a bound, and says how many rows it would take where these cannot tell.
    mutating func hold(to bound: Bound) {
        self.bound = bound
        guard verdict == .inconclusive, let interval, rows > 0 else { return }
        let ends = [bound.least, bound.most].compactMap { $0 }
        rowsNeeded =
            ends.filter { interval.lower <= $0 && interval.upper >= $0 }.compactMap {
                RowsNeeded.estimate(value, in: interval, margin: $0, size: Double(rows))
            }.max()
    }
}
