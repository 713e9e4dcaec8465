internal import HoldfastAssignment
package import HoldfastChecks
internal import HoldfastFormats
package import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastStatistics

/// An experiment's rows as a ledger or a lake knows them, ready to be analysed.
///
///     let facts = try AnalysedFacts.read(request, from: ledger)
///     facts.rows.counts    // [118, 2_204]: ripe units by arm
///
/// A row is a unit by its first decision that chance dealt, of revisions that deal alike, in the
/// arm that it was dealt: a crossover stays where it was dealt. In a switchback a row is a unit's
/// first decision in a block, burn-in aside, and rows of one unit are a cluster. Testers are no
/// rows. Only rows whose horizon has passed by the as-of time count, in all arms alike.
package struct AnalysedFacts: Sendable {
    package var rows: AnalysisRows
    package var dealing: AnalysisDealing
    package var flow: [FlowBox]
    /// What a row is.
    package var rowMeaning: String
    package var notes: [String]

    /// Reads them. Throws ``AnalysisError`` where the catalog does not say what is to be known, and
    /// `LedgerError` or an engine's error where facts cannot be read.
    package static func read(
        _ request: AnalysisRequest, from facts: any FactStore,
        progress: (String) -> Void = { _ in }
    ) throws -> AnalysedFacts {
        try Export.telling(facts, tried: "analysing \(request.experiment)") {
            try facts.staging {
                let plan = try AnalysisPlan(request, facts)
                return try withoutActuallyEscaping(progress) { progress in
                    try AnalysisReading(plan: plan, facts: facts, progress: progress).read()
                }
            }
        }
    }
}
