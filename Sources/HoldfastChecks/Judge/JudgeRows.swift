package import HoldfastStatistics

/// The rows that a model is judged on, column by column. All arrays have `count` elements.
///
/// Rows without a label or a prediction are not among them: ``JudgedTable`` counts those.
package struct JudgeRows: Sendable {
    /// What errors and reports call the table.
    package var name: String
    package var source: RowSource
    package var count: Int
    package var labels: Labels
    package var predictions: Predictions
    /// What each row counts for, above 0.
    package var weights: [Double]?
    /// Which rows are not independent: one code from 0 each.
    package var clusters: [Int32]?
    /// Which fold a row was tested in, where predictions are cross-validated.
    package var folds: [Int32]?
    /// When the row was scored, in microseconds since 1970.
    package var times: [Int64]?
    /// The columns that fairness is asked of.
    package var groups: [CodedColumn]
    /// What the model knew, where the table has it.
    package var features: [FeatureColumn]

    package enum Labels: Sendable {
        case binary([Bool])
        case classes([Int32], names: [String])
        case numbers([Double])
    }

    package enum Predictions: Sendable, Equatable {
        /// A probability or a score of a yes; or a predicted number.
        case scores([Double])
        /// A class, by the names of the labels (a class that no label has is named behind them),
        /// and, where they were given, the probabilities of the named classes: one array a class.
        case classes([Int32], probabilities: [[Double]]?)
    }

    package init(
        name: String, source: RowSource, count: Int, labels: Labels, predictions: Predictions,
        weights: [Double]? = nil, clusters: [Int32]? = nil, folds: [Int32]? = nil,
        times: [Int64]? = nil, groups: [CodedColumn] = [], features: [FeatureColumn] = []
    ) {
        self.name = name
        self.source = source
        self.count = count
        self.labels = labels
        self.predictions = predictions
        self.weights = weights
        self.clusters = clusters
        self.folds = folds
        self.times = times
        self.groups = groups
        self.features = features
    }

    package var task: JudgeTask {
        switch labels {
        case .binary: .binary
        case .classes: .classes
        case .numbers: .number
        }
    }
}

/// A column of categories by codes, with what the codes mean.
package struct CodedColumn: Sendable, Equatable {
    package var name: String
    /// A code from 0 for each row, −1 where there is no value.
    package var codes: [Int32]
    package var values: [String]

    package init(name: String, codes: [Int32], values: [String]) {
        self.name = name
        self.codes = codes
        self.values = values
    }
}

/// A feature of a model.
package struct FeatureColumn: Sendable, Equatable {
    package var name: String
    package var values: Values

    package enum Values: Sendable, Equatable {
        /// NaN where there is no value.
        case numbers([Double])
        /// −1 where there is no value.
        case categories([Int32], names: [String])
    }

    package init(_ name: String, numbers: [Double]) {
        self.name = name
        values = .numbers(numbers)
    }

    package init(_ name: String, categories: [Int32], names: [String]) {
        self.name = name
        values = .categories(categories, names: names)
    }

    package var count: Int {
        switch values {
        case .numbers(let numbers): numbers.count
        case .categories(let codes, _): codes.count
        }
    }

    /// The column with these rows, in their order; a row may come more than once.
    package func picking(_ rows: [Int]) -> FeatureColumn {
        switch values {
        case .numbers(let numbers): FeatureColumn(name, numbers: rows.map { numbers[$0] })
        case .categories(let codes, let names):
            FeatureColumn(name, categories: rows.map { codes[$0] }, names: names)
        }
    }

    /// The column as the statistics take it.
    package var sample: SampleColumn {
        switch values {
        case .numbers(let numbers): SampleColumn(name, numbers: numbers)
        case .categories(let codes, _): SampleColumn(name, categories: codes)
        }
    }
}

/// A model that can be asked: features in, a prediction for each row out, in the same order.
package struct ScoringModel: Sendable {
    /// What reports call it.
    package var name: String
    /// The rows that are asked about at once, at most.
    package var batchRows: Int
    /// Asks about some rows. The columns all have as many rows as predictions are due.
    package var score: @Sendable (_ columns: [FeatureColumn]) async throws -> [Double]

    package init(
        name: String, batchRows: Int = 10_000,
        score: @escaping @Sendable (_ columns: [FeatureColumn]) async throws -> [Double]
    ) {
        self.name = name
        self.batchRows = batchRows
        self.score = score
    }
}
