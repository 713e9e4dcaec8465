package import HoldfastAssignment
package import HoldfastChecks
package import HoldfastFormats

/// What is to be known of an experiment from recorded facts.
package struct AnalysisRequest: Sendable {
    /// The catalog in force: it says how the experiment deals.
    package var catalog: Catalog
    package var experiment: Name
    /// The metrics; none means the experiment's own outcome.
    package var metrics: [MetricRequest]
    /// Only what was received by then is read, so that it can be repeated for ever.
    package var asOf: Timestamp
    /// The time in which outcomes count, from the decision on; the experiment's by default.
    package var horizon: Span?
    /// What it means that none of a name was observed, for names other than the experiment's own
    /// outcome, of which the catalog says it; `nil` for unknown.
    package var absent: Double?
    /// What a difference is adjusted for: ``before``, or a feature or score of the decision.
    package var covariate: String?
    /// Features by which rows are parted.
    package var subgroups: [String]
    /// Whether it is asked whom the treatment reached.
    package var isByExposure: Bool

    /// The covariate that is the metric itself in as long a time before the first decision.
    package static let before = "before"

    package init(
        catalog: Catalog, experiment: Name, metrics: [MetricRequest] = [], asOf: Timestamp,
        horizon: Span? = nil, absent: Double? = 0, covariate: String? = nil,
        subgroups: [String] = [], isByExposure: Bool = false
    ) {
        self.catalog = catalog
        self.experiment = experiment
        self.metrics = metrics
        self.asOf = asOf
        self.horizon = horizon
        self.absent = absent
        self.covariate = covariate
        self.subgroups = subgroups
        self.isByExposure = isByExposure
    }
}

/// Why an analysis could not be made: not what the rows say, but what kept them from being found.
package struct AnalysisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package var message: String
    /// What the reader can do.
    package var hint: String

    package init(_ message: String, _ hint: String) {
        self.message = message
        self.hint = hint
    }

    package var description: String { "analyze: \(message); \(hint)" }
}
