internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastStatistics

/// A request held against what the catalog declares and the ledger holds.
struct AnalysisPlan {
    let request: AnalysisRequest
    let experiment: Experiment
    let ratio: SampleRatio
    let statements: AnalysisStatements
    let metrics: [Metric]
    let horizon: Span
    /// The columns of features that are read: the covariate's and the subgroups'.
    let features: [Feature]
    let logged: LoggedFeatures?

    /// A metric and the outcomes that it is made of.
    struct Metric {
        var request: MetricRequest
        /// What the absence of each of its outcomes means; `nil` for unknown.
        var absent: Double?
        var absentBelow: Double?
    }

    /// A feature that is read with each row.
    struct Feature {
        var name: String
        var isText: Bool
        var sql: SQL
    }

    init(_ request: AnalysisRequest, _ facts: any FactStore) throws {
        self.request = request
        let catalog = request.catalog
        guard let experiment = catalog[experiment: request.experiment.text] else {
            let fault = AssignmentFault.unknownExperiment(
                request.experiment.text, known: catalog.experiments.map(\.name))
            throw AnalysisError(fault.message, fault.hint)
        }
        guard experiment.arms.contains(where: { $0.name == .control }), experiment.arms.count > 1
        else {
            throw AnalysisError(
                "experiment \(experiment.name) has no arm named control beside another",
                "an effect is a difference from control: declare a control arm")
        }
        if request.covariate == AnalysisRequest.before, case .switchback = experiment.method {
            throw AnalysisError(
                "a switchback's units were treated before most of their blocks",
                "what they did before a block is no covariate from before the start: take a feature"
            )
        }
        self.experiment = experiment
        horizon = try AnalysisPlan.horizon(request, experiment)
        metrics = try AnalysisPlan.metrics(request, experiment)
        let revisions = try facts.revisions(salt: catalog, receivedBy: request.asOf)
        guard !revisions.isEmpty else {
            throw AnalysisError(
                "nothing had been received by the as-of time", "give a later one, or leave it out")
        }
        let taken = ExportPlan.alike(revisions, catalog, experiment).map(\.revision)
        guard !taken.isEmpty else {
            let never = NeverDealt(experiment.name)
            throw AnalysisError(never.message, never.hint(to: "analyse"))
        }
        let isMost = try facts.isMost(experiment.name)
        ratio = SampleRatio(
            experiment, of: catalog, taken: taken, asOf: request.asOf, isMost: isMost)
        statements = AnalysisStatements(
            experiment: experiment, taken: taken, asOf: request.asOf,
            horizon: horizon.microseconds, block: ratio.block, isMost: isMost)
        logged = try facts.loggedFeatures(of: experiment.name)
        features = try AnalysisPlan.features(request, experiment, logged)
    }

    private static func horizon(
        _ request: AnalysisRequest, _ experiment: Experiment
    ) throws(AnalysisError) -> Span {
        guard let horizon = request.horizon ?? experiment.outcome?.horizon else {
            throw AnalysisError(
                "experiment \(experiment.name) declares no outcome, and so no horizon",
                "say within what time outcomes count, as --horizon 30d")
        }
        guard horizon > .zero else {
            throw AnalysisError("a horizon of no time holds no outcome", "give one, as 30d")
        }
        return horizon
    }

    private static func metrics(
        _ request: AnalysisRequest, _ experiment: Experiment
    ) throws(AnalysisError) -> [Metric] {
        var asked = request.metrics
        if asked.isEmpty {
            guard let outcome = experiment.outcome else {
                throw AnalysisError(
                    "experiment \(experiment.name) declares no outcome",
                    "name what is to be compared, as --metric spend")
            }
            asked = [MetricRequest(name: outcome.name.text)]
        }
        func absent(_ name: String) -> Double? {
            guard let own = experiment.outcome, own.name.text == name else { return request.absent }
            return own.absent
        }
        for metric in asked {
            for name in [metric.name, metric.denominator].compactMap({ $0 })
            where Name(name) == nil {
                throw AnalysisError(
                    "\"\(name.prefix(100))\" is no name of an outcome",
                    "names have 1 to 64 of the characters A-Z, a-z, 0-9, . _ -")
            }
        }
        return asked.map { metric in
            Metric(
                request: metric, absent: absent(metric.name),
                absentBelow: metric.denominator.flatMap(absent))
        }
    }

    private static func features(
        _ request: AnalysisRequest, _ experiment: Experiment, _ logged: LoggedFeatures?
    ) throws(AnalysisError) -> [Feature] {
        var features: [Feature] = []
        let covariate = request.covariate == AnalysisRequest.before ? nil : request.covariate
        for (name, isCovariate) in [(covariate, true)] + request.subgroups.map({ ($0, false) }) {
            guard let name, !features.contains(where: { $0.name == name }) || isCovariate else {
                continue
            }
            if name == "score" {
                features.append(Feature(name: name, isText: false, sql: "d.score"))
                continue
            }
            guard let feature = experiment.features.first(where: { $0.name.text == name }) else {
                let known = experiment.features.map(\.name.text) + ["score"]
                throw AnalysisError(
                    "experiment \(experiment.name) declares no feature \"\(name.prefix(100))\"",
                    "it has \(known.joined(separator: ", "))")
            }
            let isText = feature.type == .category
            guard !isCovariate || !isText else {
                throw AnalysisError(
                    "feature \(name) is a category, and a covariate is a number",
                    "name one of numbers, or part rows by --subgroup \(name)")
            }
            features.append(
                Feature(name: name, isText: isText, sql: logged?.columns[name] ?? "NULL"))
        }
        return features
    }

    /// Whether the value before the start is asked for.
    var asksBefore: Bool { request.covariate == AnalysisRequest.before }

    /// What a row is, for people.
    var rowMeaning: String {
        let unit = experiment.unit.text
        if case .switchback(let switchback) = experiment.method {
            return "a row is one \(unit) in a block of \(switchback.every), by its first decision "
                + "after burn-in; rows of one \(experiment.cluster?.text ?? unit) are a cluster"
        }
        if let cluster = experiment.cluster {
            return
                "a row is one \(unit) by its first decision; each \(cluster) was dealt as one, and "
                + "is a cluster"
        }
        return "a row is one \(unit) by its first decision"
    }

    /// What was dealt, in the plural.
    var dealtWord: String {
        if case .switchback = experiment.method { return "blocks of a \(experiment.unit)" }
        return experiment.cluster == nil ? "units" : "clusters"
    }
}
