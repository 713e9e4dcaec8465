import Glibc

/// Whether a model can tell a row of the reference from one of the candidate.
package struct ClassifierTwoSample: Sendable, Equatable {
    /// What a column did for the model.
    package struct Influence: Sendable, Equatable {
        /// The column's name.
        package let name: String
        /// The share of the fall of the deviance that its splits brought.
        package let gainShare: Double
        /// The area that this column alone gives, on rows that it was not learnt from; known for
        /// the first few.
        package let areaAlone: Double?
    }

    /// The area under the curve.
    package let area: Double
    /// Its standard error.
    package let standardError: Double
    /// The area of each fold.
    package let foldAreas: [Double]
    /// Columns that the model used.
    package let importance: [Influence]

    package init?(
        reference: SampleColumns, candidate: SampleColumns, folds: Int = 2, trees: Int = 25,
        seed: UInt64 = 0
    ) {
        var settings = BoostedTrees.Settings()
        settings.trees = trees
        self.init(
            reference: reference, candidate: candidate, folds: folds, settings: settings,
            seed: seed)
    }

    init?(
        reference: SampleColumns, candidate: SampleColumns, folds: Int,
        settings: BoostedTrees.Settings, seed: UInt64
    ) {
        precondition(folds >= 2, "rows are scored by models of other rows")
        precondition(reference.isAlike(candidate), "both samples have the same columns")
        var pool = PooledRows(reference, candidate, folds: folds, seed: seed)
        guard pool.hasRowsInEachFold else { return nil }
        var gains = [Double](repeating: 0, count: pool.rows.width)
        var areas: [AreaUnderCurve] = []
        var variance = 0.0
        for fold in 0..<folds {
            pool.encodeCategories(testing: fold)
            let trees = BoostedTrees(
                pool.rows, training: pool.training(for: fold), isCandidate: pool.isCandidate,
                weights: pool.weights, settings: settings)
            let testing = pool.testing(in: fold)
            guard let area = pool.area(trees.scores(pool.rows, of: testing), of: testing) else {
                return nil
            }
            areas.append(area)
            variance += area.variance
            for column in gains.indices { gains[column] += trees.gains[column] }
        }
        foldAreas = areas.map(\.area)
        area = foldAreas.reduce(0, +) / Double(folds)
        standardError = (2 * variance).squareRoot() / Double(folds)
        let total = gains.reduce(0, +)
        importance = gains.indices.filter { gains[$0] > 0 }
            .sorted { (gains[$1], $0) < (gains[$0], $1) }
            .map { column in
                Influence(
                    name: reference.columns[column].name, gainShare: gains[column] / total,
                    areaAlone: nil)
            }
    }

    private var statistic: Double {
        let slope = area * (1 - area)
        return standardError > 0 ? log(area / (1 - area)) * slope / standardError : 0
    }

    package var pValue: Double { Normal.upperTail(statistic) }
}
