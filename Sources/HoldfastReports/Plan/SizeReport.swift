package import HoldfastStatistics

/// The plan of an experiment's size with what its readers must know: what text, JSON and page say.
package struct SizeReport: Sendable {
    /// The answer.
    package var plan: SizePlan
    /// The power by units, where there is something to draw.
    package var curve: PowerCurve?
    /// The table that the metric was estimated from, if it was.
    package var pilot: Pilot?
    /// What must be known to read it, in sentences.
    package var notes: [String]

    /// A table of units from before the start.
    package struct Pilot: Sendable {
        package var table: String
        package var metric: String
        package var estimate: MetricEstimate

        package init(table: String, metric: String, estimate: MetricEstimate) {
            self.table = table
            self.metric = metric
            self.estimate = estimate
        }
    }

    /// The report of a plan; `notes` are those of the program, to which the design's are added.
    package init(_ plan: SizePlan, pilot: Pilot? = nil, notes: [String] = []) {
        self.plan = plan
        self.pilot = pilot
        curve = PowerCurve(plan)
        self.notes = SizeNotes.all(plan, pilot) + notes
    }

    /// Whether the plan can be carried out: its units exist, and come before the curve ends.
    package var isReached: Bool {
        plan.exactUnits != nil && plan.duration.map(\.isReached) ?? true
            && (plan.question.testedEffect != nil || hasDetectable)
    }

    private var hasDetectable: Bool {
        let found = plan.detectable
        return found?.rise != nil || found?.fall != nil || found?.margin != nil
    }
}
