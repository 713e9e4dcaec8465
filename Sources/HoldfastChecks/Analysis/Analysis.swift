package import HoldfastStatistics

/// What treatments did, by intention to treat: each row in the arm that it was dealt.
///
/// Knows nothing of where rows came from; see ``AnalysisRun`` for how it comes about.
package struct Analysis: Sendable, Equatable {
    /// The experiment or the table, as its user called it.
    package var name: String
    /// What a row is, such as "a unit by its first decision".
    package var rowMeaning: String
    /// The arms with their rows.
    package var arms: [AnalysedArm]
    /// The name of the arm that others are compared with.
    package var control: String
    /// What became of everything that was there, in order; each is in exactly one.
    package var flow: [FlowBox]
    /// Whether arms received their shares; `nil` where shares are not known.
    package var sampleRatio: AnalysedRatio?
    package var metrics: [AnalysedMetric]
    package var subgroups: [AnalysedSubgroup]
    /// What a reader must know, a sentence each.
    package var notes: [String]
    package var pictures: [JudgePicture]
    package var options: AnalysisOptions

    package init(
        name: String, rowMeaning: String, arms: [AnalysedArm], control: String,
        flow: [FlowBox] = [], sampleRatio: AnalysedRatio? = nil, metrics: [AnalysedMetric] = [],
        subgroups: [AnalysedSubgroup] = [], notes: [String] = [], pictures: [JudgePicture] = [],
        options: AnalysisOptions = AnalysisOptions()
    ) {
        self.name = name
        self.rowMeaning = rowMeaning
        self.arms = arms
        self.control = control
        self.flow = flow
        self.sampleRatio = sampleRatio
        self.metrics = metrics
        self.subgroups = subgroups
        self.notes = notes
        self.pictures = pictures
        self.options = options
    }

    /// How far the question could be answered.
    package enum Status: String, Sendable, Equatable {
        /// There is a figure for all that was asked of each metric and arm.
        case told
        /// Some of what was asked cannot be told from these rows.
        case inconclusive
        /// Arms did not receive their shares: no effect is shown.
        case refused
    }

    /// Whether effects are kept back because of the sample ratio.
    package var isRefused: Bool {
        sampleRatio?.isFailed == true && options.despiteSampleRatio == nil
    }

    package var status: Status {
        if isRefused { return .refused }
        return metrics.allSatisfy { metric in
            !metric.effects.isEmpty
                && metric.effects.allSatisfy { $0.effect != nil && $0.faults.isEmpty }
        } ? .told : .inconclusive
    }
}

/// An arm and how many rows it has.
package struct AnalysedArm: Sendable, Equatable {
    package var name: String
    package var rows: Int
    /// Its clusters, where rows are members of them.
    package var clusters: Int?

    package init(name: String, rows: Int, clusters: Int? = nil) {
        self.name = name
        self.rows = rows
        self.clusters = clusters
    }
}

/// How many rows came to one end.
package struct FlowBox: Sendable, Equatable {
    /// Its name for programs: lower-case words with underscores.
    package var name: String
    /// What it means, for people.
    package var title: String
    package var count: Int
    /// Parts of it, such as reasons.
    package var parts: [(name: String, count: Int)]

    package init(
        _ name: String, _ title: String, _ count: Int, parts: [(name: String, count: Int)] = []
    ) {
        self.name = name
        self.title = title
        self.count = count
        self.parts = parts
    }

    package static func == (one: FlowBox, other: FlowBox) -> Bool {
        one.name == other.name && one.title == other.title && one.count == other.count
            && one.parts.elementsEqual(other.parts, by: ==)
    }
}

/// Which way an effect goes, as far as its interval tells.
package enum EffectVerdict: String, Sendable, Equatable, CaseIterable {
    /// The whole interval lies above 0.
    case raises
    /// The whole interval lies below 0.
    case lowers
    /// The interval holds 0: these rows cannot tell.
    case inconclusive

    /// The verdict of an interval; inconclusive without one.
    package init(_ interval: Interval?) {
        guard let interval else {
            self = .inconclusive
            return
        }
        self = interval.lower > 0 ? .raises : interval.upper < 0 ? .lowers : .inconclusive
    }
}

/// A metric with its effects.
package struct AnalysedMetric: Sendable, Equatable {
    /// What reports call it.
    package var title: String
    package var kind: EffectMetric
    /// An arm's rows, and those of them without the metric.
    package var missing: [(arm: String, rows: Int, missing: Int)]
    /// The p-value of equal shares of missing rows; `nil` where none or all are missing.
    package var missingPValue: Double?
    /// Whether arms miss unlike shares, by the limits of an export's gate.
    package var isAttritionAlarm: Bool
    /// What it is adjusted for, if for anything.
    package var covariate: String?
    /// Of each arm against control.
    package var effects: [AnalysedEffect]
    /// Those that a holdout withheld: of no arm, and in no test.
    package var heldOut: ArmFigure?
    package var notes: [String]

    package static func == (one: AnalysedMetric, other: AnalysedMetric) -> Bool {
        one.title == other.title && one.kind == other.kind
            && one.missing.elementsEqual(other.missing, by: ==)
            && one.missingPValue == other.missingPValue
            && one.isAttritionAlarm == other.isAttritionAlarm && one.covariate == other.covariate
            && one.effects == other.effects && one.heldOut == other.heldOut
            && one.notes == other.notes
    }
}

/// An arm against control in one metric.
package struct AnalysedEffect: Sendable, Equatable {
    package var arm: String
    /// What was found, or `nil` where ``fault`` says why nothing was.
    package var effect: ArmEffect?
    package var fault: String?
    /// The p-values corrected over the family: metrics by arms.
    package var holm: Double?
    package var benjaminiHochberg: Double?
    /// The sequence's p-value corrected in the same way, valid whenever it is looked at.
    package var sequenceHolm: Double?
    /// The interval of the difference at the level that the correction leaves to it.
    package var corrected: Interval?
    /// Which way it goes by ``corrected``.
    package var verdict = EffectVerdict.inconclusive
    /// Which way it goes by the confidence sequence, corrected: what may be said before the end.
    package var sequenceVerdict = EffectVerdict.inconclusive
    /// About how many rows of both arms it would take to tell, were the effect what it seems.
    package var rowsNeeded: Int?
    /// The effect on those whom the treatment reached because they were dealt it.
    package var complier: ComplierEffect?
    package var complierFault: String?
    /// How the effect changes by week since a row was dealt.
    package var trend: EffectTrend?
    /// The effect of the rows dealt until then, step by step.
    package var course: [CourseStep] = []

    package init(arm: String, effect: ArmEffect? = nil, fault: String? = nil) {
        self.arm = arm
        self.effect = effect
        self.fault = fault
    }

    /// Why something that was asked for is not there: the effect, its adjustment for a covariate,
    /// or the effect on those whom the treatment reached.
    package var faults: [String] {
        let adjustment = effect?.canBeAdjusted == true ? effect?.adjustmentFault : nil
        return [fault ?? oneRowFault?.sentence, adjustment, complierFault].compactMap(\.self)
    }

    /// An arm of one row, which has a share and an interval, of a difference that cannot be told.
    private var oneRowFault: EffectFault? {
        guard let effect, verdict == .inconclusive else { return nil }
        func isOne(_ figure: ArmFigure) -> Bool { (figure.clusters ?? figure.rows) == 1 }
        return isOne(effect.control)
            ? .oneRow(.control) : isOne(effect.treatment) ? .oneRow(.treatment) : nil
    }
}

/// The effect of the rows that were dealt until a moment.
package struct CourseStep: Sendable, Equatable {
    /// The moment at which the last of them was dealt, in microseconds since 1970.
    package var time: Double
    /// The rows of both arms.
    package var rows: Int
    package var difference: Double
    package var interval: Interval?
    package var sequence: Interval?
}

/// A metric's effects in the parts of the rows, which is exploratory.
package struct AnalysedSubgroup: Sendable, Equatable {
    /// What rows are parted by.
    package var name: String
    package var metric: String
    package var arm: String
    package var parts: [Part]
    /// The p-value of one effect for all parts (W. G. Cochran's Q, 1954); `nil` where fewer than
    /// two parts have a standard error of at least 20 degrees of freedom: others are left out.
    package var differencePValue: Double?
    /// Values that were too rare to be looked at, and rows of no known value.
    package var leftOutRows: Int

    package struct Part: Sendable, Equatable {
        package var value: String
        package var rows: Int
        package var effect: AnalysedEffect
    }
}
