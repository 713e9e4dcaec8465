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

    /// The stamp of that row of each decision whose unit has any; null where all are later.
    static let table = SQLTable(
        "hf_stamps", key: ["decision"],
        [.required("decision", .integer), .optional("stamp", .integer)])

    /// What fills the table, for decisions, `d`, under a condition: one walk over decisions and
    /// features of each unit in the order of time.
    static func query(decisions: SQL, where condition: SQL) -> SQL {
        """
        SELECT decision, stamp FROM (
          SELECT decision, COUNT(stamped_at) OVER (PARTITION BY unit) AS stamps,
            MAX(stamped_at) OVER (
              PARTITION BY unit ORDER BY moment, is_decision ROWS UNBOUNDED PRECEDING) AS stamp
          FROM (
            SELECT d.decision, d.unit, d.decided_at AS moment, 1 AS is_decision, NULL AS stamped_at
            FROM \(decisions) WHERE \(condition)
            UNION ALL
            SELECT NULL, f.unit, f.stamped_at, 0, f.stamped_at FROM hf_features AS f
          ) AS hf_moments) AS hf_walk
        WHERE decision IS NOT NULL AND stamps > 0
        """
    }

    /// What brings in the stamp of a decision, `d`.
    static let join: SQL = "LEFT JOIN hf_stamps AS s ON s.decision = d.decision"

    /// Whether a decision, `d`, has only later rows, or one that is too old.
    var isWrong: SQL {
        let isOld: SQL =
            timeToLive.map { "s.stamp < d.decided_at - \($0.microseconds)" } ?? "1 = 0"
        return """
            s.decision IS NOT NULL AND CASE WHEN s.stamp IS NULL THEN 1 WHEN \(isOld) THEN 1 ELSE 0 END = 1
            """
    }
}
