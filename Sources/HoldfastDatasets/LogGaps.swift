internal import HoldfastFormats
internal import HoldfastSQL

/// The times of which it is not known what happened: those of numbered batches that never arrived.
///
/// A source counts its batches in the order in which things happened. What a missing one held
/// happened no earlier than the first fact of the batch before it, and no later than the last fact
/// of the batch after it; before the first batch that arrived, at any time. Where a source does not
/// keep to that order, and the one is later than the other, it is the time between them. Whether a
/// number behind the last that arrived is missing is not known.
struct LogGaps {
    let receivedBy: Timestamp
    /// The ends of a decision's window, the second not included, as expressions of `d`.
    let window: (start: SQL, end: SQL)

    /// The decisions whose window touches a gap: common table expressions behind `hf_decisions`,
    /// and the query itself.
    ///
    /// By one walk over gaps and windows in the order of time: the latest end among the gaps that
    /// begin before a window ends says whether any of them reaches into it. A question asked anew
    /// for each decision made SQLite go through all batches each time.
    var query: SQL {
        """
        hf_batches AS (
          SELECT source, sequence, last_at,
            LAG(sequence) OVER (PARTITION BY source ORDER BY sequence) AS sequence_before,
            LAG(first_at) OVER (PARTITION BY source ORDER BY sequence) AS first_before
          FROM batches WHERE received_at <= \(receivedBy.microseconds)),
        hf_gaps AS (
          SELECT CASE WHEN first_before > last_at THEN last_at
              ELSE COALESCE(first_before, \(Int64.min)) END AS since,
            CASE WHEN first_before > last_at THEN first_before ELSE last_at END AS until
          FROM hf_batches WHERE sequence > COALESCE(sequence_before, 0) + 1),
        hf_gap_marks AS (
          SELECT d.decision, \(window.start) AS window_start, \(window.end) AS moment, 0 AS is_gap,
            NULL AS until
          FROM hf_decisions AS d WHERE EXISTS (SELECT 1 FROM hf_gaps)
          UNION ALL
          SELECT NULL, NULL, since, 1, until FROM hf_gaps),
        hf_gap_walk AS (
          SELECT decision, window_start,
            MAX(until) OVER (ORDER BY moment, is_gap ROWS UNBOUNDED PRECEDING) AS latest
          FROM hf_gap_marks)
        SELECT decision FROM hf_gap_walk WHERE decision IS NOT NULL AND latest >= window_start
        """
    }
}
