internal import HoldfastFormats
internal import HoldfastSQL

/// The times of which it is not known what happened: those of numbered batches that never arrived.
///
/// A source counts its batches in the order in which things happened. What a missing one held
/// happened no earlier than the first fact of the batch before it, and no later than the last fact
/// of the batch after it; before the first batch that arrived, at any time. Whether a number behind
/// the last that arrived is missing is not known.
struct LogGaps {
    let receivedBy: Timestamp

    /// The common table expressions, each followed by a comma: at last `hf_gaps` with `since` and
    /// `until`, both included, no two of which overlap.
    ///
    /// Joined where they overlap: a source that lost every other batch has one long gap, and not
    /// thousands that every decision would be held against.
    func tables(_ countsBatches: Bool) -> SQL {
        guard countsBatches else { return "" }
        return """
            hf_batches AS (
              SELECT source, sequence, last_at,
                LAG(sequence) OVER (PARTITION BY source ORDER BY sequence) AS sequence_before,
                LAG(first_at) OVER (PARTITION BY source ORDER BY sequence) AS first_before
              FROM batches WHERE received_at <= \(receivedBy.microseconds)),
            hf_missing AS (
              SELECT COALESCE(first_before, \(Int64.min)) AS since, last_at AS until FROM hf_batches
              WHERE sequence > COALESCE(sequence_before, 0) + 1),
            hf_missing_before AS (
              SELECT since, until, MAX(until) OVER (ORDER BY since, until
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until_before
              FROM hf_missing),
            hf_missing_runs AS (
              SELECT since, until, SUM(CASE WHEN since <= until_before THEN 0 ELSE 1 END)
                OVER (ORDER BY since, until ROWS UNBOUNDED PRECEDING) AS run
              FROM hf_missing_before),
            hf_gaps AS (
              SELECT MIN(since) AS since, MAX(until) AS until FROM hf_missing_runs GROUP BY run),

            """
    }

    /// Whether a window, its end not included, touches a gap.
    static func touch(from start: SQL, to end: SQL) -> SQL {
        "EXISTS (SELECT 1 FROM hf_gaps AS g WHERE g.until >= \(start) AND g.since < \(end))"
    }
}
