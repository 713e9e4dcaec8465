package import HoldfastStatistics

/// A figure of a model, where it may lie, and what was required of it.
package struct JudgedFigure: Sendable, Equatable {
    /// What was measured.
    package var name: FigureName
    /// What it is of, where it is not of all rows: a group, a time, a feature, a test.
    package var of: String?
    /// The figure.
    package var value: Double
    /// Where it lies; `nil` where the figure is exact or no interval is defined.
    package var interval: Interval?
    /// The rows that it was counted on.
    package var rows: Int
    /// Which rows those are.
    package var source: RowSource
    /// What was required of it.
    package var bound: Bound?
    /// About the rows that it would take to tell, where the verdict is inconclusive.
    package var rowsNeeded: Int?

    package init(
        _ name: FigureName, of: String? = nil, _ value: Double, _ interval: Interval? = nil,
        rows: Int, source: RowSource
    ) {
        self.name = name
        self.of = of
        self.value = value
        self.interval = interval
        self.rows = rows
        self.source = source
    }

    /// What the rows say of the requirement; `nil` where there is none. A biased figure says
    /// nothing, and one whose interval is not known cannot tell.
    package var verdict: Fitness? {
        guard let bound, source != .biased else { return nil }
        if let interval { return bound.verdict(on: interval) }
        // Of a handful of rows no count says what the model does on others.
        if isSmall && name == .distinctPredictions { return .inconclusive }
        return name.isExact && value.isFinite
            ? bound.verdict(on: Interval(lower: value, upper: value)) : .inconclusive
    }

    /// Whether its rows are too few for it to be relied on, whatever its interval.
    package var isSmall: Bool { rows < JudgedFigure.fewRows }

    /// Fewer rows than these bear no approximation of an interval.
    package static let fewRows = 30
}

/// What is asked of a model: each row of the specification's table.
package enum JudgeQuestion: String, Sendable, Equatable, CaseIterable {
    case accurate
    case better
    case overfitted
    case degenerate
    case fair
    case reasons
    case behaves
    case accurateOverTime = "accurate_over_time"
    case accurateWithoutLabels = "accurate_without_labels"
    case reasonsForOne = "reasons_for_one"
    case inputsMoved = "inputs_moved"
    case inputsOutside = "inputs_outside"
    case predictionsMoved = "predictions_moved"
}

/// The answer to one question.
package struct JudgementSection: Sendable, Equatable {
    /// The question.
    package var question: JudgeQuestion
    /// What was measured, the headline first.
    package var figures: [JudgedFigure]
    /// What there is to see.
    package var pictures: [JudgePicture]
    /// What a reader must know to read it rightly, a sentence each.
    package var notes: [String]

    package init(
        _ question: JudgeQuestion, figures: [JudgedFigure] = [], pictures: [JudgePicture] = [],
        notes: [String] = []
    ) {
        self.question = question
        self.figures = figures
        self.pictures = pictures
        self.notes = notes
    }

    /// What its figures say together; `nil` where nothing was required.
    package var verdict: Fitness? { Fitness(all: figures.compactMap(\.verdict)) }
}

/// Something to see, as data: how it is drawn is the page's.
package struct JudgePicture: Sendable, Equatable {
    /// Its name, one of the section's: lower-case words with underscores.
    package var id: String
    package var title: String
    /// What it shows and how it is read, a sentence or two.
    package var caption: String
    package var shape: Shape

    package init(_ id: String, _ title: String, _ caption: String, _ shape: Shape) {
        self.id = id
        self.title = title
        self.caption = caption
        self.shape = shape
    }

    package enum Shape: Sendable, Equatable {
        /// Lines over numbers or steps: calibration, over time, partial dependence, by rows.
        case lines(Lines)
        /// Shares of rows in bins, one series each for example a label.
        case histogram(edges: [Double], series: [Series])
        /// Values in rows with their intervals: importance, groups.
        case bars(axis: String, rows: [Bar], limits: [Double])
        /// Counts of a label in rows by a prediction in columns.
        case matrix(rows: [String], columns: [String], counts: [[Double]])
    }

    package struct Lines: Sendable, Equatable {
        package var x: String
        package var y: String
        package var lines: [Line]
        /// What the steps are called, where they are no numbers: step i is `steps[i]`.
        package var steps: [String]
        /// Whether the line y = x stands for what would be right.
        package var hasDiagonal: Bool
        /// Values of y that should not be passed.
        package var limits: [Double]

        package init(
            x: String, y: String, lines: [Line], steps: [String] = [], hasDiagonal: Bool = false,
            limits: [Double] = []
        ) {
            self.x = x
            self.y = y
            self.lines = lines
            self.steps = steps
            self.hasDiagonal = hasDiagonal
            self.limits = limits
        }
    }

    package struct Line: Sendable, Equatable {
        package var name: String
        package var points: [Point]
        package var style: Style

        package init(_ name: String, _ points: [Point], style: Style = .plain) {
            self.name = name
            self.points = points
            self.style = style
        }

        package enum Style: String, Sendable, Equatable {
            case plain
            /// Of rows that the model's actions have bent: crossed out.
            case biased
            /// One of many in the background, such as an individual's curve.
            case faint
        }
    }

    package struct Point: Sendable, Equatable {
        package var x: Double
        /// `nil` where there is no value: a gap.
        package var y: Double?
        package var interval: Interval?

        package init(_ x: Double, _ y: Double?, _ interval: Interval? = nil) {
            self.x = x
            self.y = y
            self.interval = interval
        }
    }

    package struct Series: Sendable, Equatable {
        package var name: String
        /// A count or weight for each bin.
        package var counts: [Double]

        package init(_ name: String, _ counts: [Double]) {
            self.name = name
            self.counts = counts
        }
    }

    package struct Bar: Sendable, Equatable {
        package var name: String
        package var value: Double
        package var interval: Interval?
        /// Said in place of the value, such as "too few rows".
        package var note: String?

        package init(
            _ name: String, _ value: Double, _ interval: Interval? = nil, note: String? = nil
        ) {
            self.name = name
            self.value = value
            self.interval = interval
            self.note = note
        }
    }
}

/// Whether a model is fit for production.
package struct Judgement: Sendable, Equatable {
    /// What is judged, as its user called it.
    package var model: String
    /// What it is judged beside, if anything.
    package var incumbent: String?
    /// The rows, table by table.
    package var tables: [JudgedTable]
    /// What the label is: two classes, several, or a number.
    package var task: JudgeTask
    /// The answers.
    package var sections: [JudgementSection]
    /// What was required and could not be measured.
    package var unmeasured: [Requirement]
    /// What is usually required, and could not be measured for want of something.
    package var unasked: [Requirement]
    /// How it was judged.
    package var options: JudgeOptions

    package init(
        model: String, incumbent: String? = nil, tables: [JudgedTable], task: JudgeTask,
        sections: [JudgementSection], unmeasured: [Requirement] = [],
        unasked: [Requirement] = [], options: JudgeOptions
    ) {
        self.model = model
        self.incumbent = incumbent
        self.tables = tables
        self.task = task
        self.sections = sections
        self.unmeasured = unmeasured
        self.unasked = unasked
        self.options = options
    }

    /// Unfit if any requirement is missed, else inconclusive if any cannot be told or measured, or
    /// nothing was required, else fit.
    package var verdict: Fitness {
        let found = sections.compactMap(\.verdict) + unmeasured.map { _ in Fitness.inconclusive }
        return Fitness(all: found) ?? .inconclusive
    }
}

/// A table, and what became of its rows.
package struct JudgedTable: Sendable, Equatable {
    package var name: String
    package var source: RowSource
    /// The rows that were judged by.
    package var rows: Int
    /// The rows without a label, which no figure can use.
    package var withoutLabel: Int
    /// The rows with a label and without a prediction: a model that is silent there.
    package var withoutPrediction: Int
    /// What weighted rows are worth (Kish's effective sample size).
    package var effectiveRows: Double?

    package init(
        name: String, source: RowSource, rows: Int, withoutLabel: Int = 0,
        withoutPrediction: Int = 0, effectiveRows: Double? = nil
    ) {
        self.name = name
        self.source = source
        self.rows = rows
        self.withoutLabel = withoutLabel
        self.withoutPrediction = withoutPrediction
        self.effectiveRows = effectiveRows
    }
}

/// What a label is.
package enum JudgeTask: String, Sendable, Equatable, CaseIterable {
    /// Yes or no, predicted by a probability or a score.
    case binary
    /// One of several classes.
    case classes
    /// A number.
    case number
}

/// How a model is judged.
package struct JudgeOptions: Sendable, Equatable {
    /// The level of the intervals.
    package var level = 0.95
    /// From which prediction on a row counts as a yes.
    package var threshold = 0.5
    /// Where the threshold is to let this share of rows be a yes, which then decides it.
    package var positiveShare: Double?
    /// What all chance comes from.
    package var seed: UInt64 = 0
    /// The replicates of a bootstrap.
    package var replicates = 200

    package init() {}
}
