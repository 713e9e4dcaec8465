/// Why no learning curve can be drawn of a pilot.
package enum PilotFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// There are no features to learn from.
    case noFeatures
    /// No feature has two values.
    case constantFeatures(Int)
    /// All rows have one label.
    case oneClass(rows: Int, isPositive: Bool)
    /// Some fold would have fewer than two rows of a label.
    case tooFewOfLabel(count: Int, isPositive: Bool, folds: Int)
    /// There are too few different sizes to see a curve.
    case tooFewRows(rows: Int, needed: Int)

    /// What was found, and what to do about it.
    package var description: String {
        switch self {
        case .noFeatures:
            "the pilot has no features to learn from; name them by --features"
        case .constantFeatures(let count):
            "the pilot has no feature of two values, of \(count): nothing can be learnt from them; "
                + "name others by --features, or check what wrote them"
        case .oneClass(let rows, let isPositive):
            "all \(rows) labels of the pilot are \(isPositive ? "positive" : "negative"), so that "
                + "nothing can be learnt; take rows of both labels, or check --label and --positive"
        case .tooFewOfLabel(let count, let isPositive, let folds):
            "the pilot has \(count) \(isPositive ? "positives" : "negatives") for \(folds) folds, "
                + "and each takes two; collect more rows, or give fewer --folds"
        case .tooFewRows(let rows, let needed):
            "the pilot's \(rows) rows are too few to see how a model grows with them; it takes "
                + "about \(needed), or a curve of your own by --curve"
        }
    }
}
