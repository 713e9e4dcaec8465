/// Which rows a figure was counted on, and so what it is a figure of.
package enum RowSource: String, Sendable, Equatable, CaseIterable {
    /// Rows of control and holdout: the model was scored, and left them alone.
    case control
    /// Rows that stand for all by their weights: the inverse of their chance of being seen.
    case weighted
    /// The rows of a table, of which nothing is known but what its owner says.
    case given
    /// Rows that the model's own actions have bent. Shown for comparison, never judged by.
    case biased
}
