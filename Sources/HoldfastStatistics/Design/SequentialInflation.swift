/// What it costs to look at any time: how many more units a confidence sequence needs than an
/// interval that is looked at once.
///
///     SequentialInflation.critical(alpha: 0.05)                  // 3.0352…, in place of 1.96
///     SequentialInflation.factor(alpha: 0.05, power: 0.8)        // 1.9149…
///
/// The sequence is a ``ConfidenceSequence``, tuned to be narrow at its own planned end. What is
/// planned for is that it excludes 0 *at* that end: it can do so earlier, which is where the units
/// come back.
package enum SequentialInflation {
    /// The half-width in standard errors at the planned end, whatever the rows are.
    package static func critical(alpha: Double) -> Double {
        ConfidenceSequence.halfWidth(standardError: 1, rows: 1, tuningRows: 1, alpha: alpha)
    }

    /// The units that the sequence needs over those of a two-sided z-test at the same level and
    /// power, which lies above `alpha`.
    package static func factor(alpha: Double, power: Double) -> Double {
        func distance(_ critical: Double) -> Double {
            // Either side counts, as in the planned test.
            RisingRoot.find(power, from: 0, to: critical + 40) {
                Normal.upperTail(critical - $0) + Normal.upperTail(critical + $0)
            } ?? .infinity
        }
        let ratio =
            distance(critical(alpha: alpha)) / distance(Normal.exceeded(by: alpha / 2))
        return ratio * ratio
    }
}
