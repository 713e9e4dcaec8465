internal import HoldfastAssignment
internal import HoldfastSQL

/// Which row of the user's own table of features was known when a decision was made: the last one
/// of its unit that is stamped at or before it.
///
/// A unit whose rows are all stamped later had no value then: what the table says of it is a leak.
/// A unit without a row has missing features, as one whose service logged none.
struct FeatureTimes {
    /// How old a row may be; `nil` for any age. One exactly as old still counts.
    let timeToLive: Span?

    /// The stamp of that row of a decision, `d`.
    static let stamp: SQL = """
        (SELECT MAX(f.stamped_at) FROM hf_features AS f WHERE f.unit = d.unit AND f.stamped_at <= d.decided_at)
        """

    /// Whether a decision, `d`, has only later rows, or one that is too old.
    var isWrong: SQL {
        let isLater: SQL = "EXISTS (SELECT 1 FROM hf_features AS f WHERE f.unit = d.unit)"
        let isOld: SQL =
            timeToLive.map { "\(FeatureTimes.stamp) < d.decided_at - \($0.microseconds)" }
            ?? "1 = 0"
        return "CASE WHEN \(FeatureTimes.stamp) IS NULL THEN \(isLater) ELSE \(isOld) END"
    }
}
