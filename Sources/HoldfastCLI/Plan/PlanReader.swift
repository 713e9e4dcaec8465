internal import Foundation
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastReports
internal import HoldfastStatistics
internal import HoldfastTables

/// Makes a plan of what was said, and reads the files that it names.
struct PlanReader {
    let request: PlanRequest
    let progress: Progress

    /// The plan, with what must be known to read it. Throws ``PlanFault`` for what makes no plan.
    func report() throws -> SizeReport {
        try checkCompanions()
        let pilot = try pilot()
        let arms = try arms()
        var design = SizeDesign(
            try metric(pilot), shares: arms.shares.map(\.fraction),
            variant: request.text(.variant).flatMap(SizeDesign.Variant.init),
            alpha: request.number(.alpha) ?? (request.has(.nonInferiorityMargin) ? 0.025 : 0.05),
            isTwoSided: !request.isOn(.oneSided) && !request.has(.nonInferiorityMargin),
            correction: request.text(.correction).flatMap(SizeDesign.Correction.init) ?? .none,
            margin: request.number(.nonInferiorityMargin),
            isSequential: request.isOn(.sequential))
        design.clusters = try clusters(pilot)
        design.covariateCorrelation =
            request.number(.covariateCorrelation) ?? pilot?.estimate.covariateCorrelation ?? 0
        let question = SizeQuestion(
            design, arms: arms.names, effect: try effect(design), units: request.number(.units),
            power: request.number(.power) ?? 0.8, arrivals: try arrivals(),
            traffic: request.traffic?.fraction ?? arms.traffic,
            horizonDays: days(request.horizon ?? arms.horizon))
        if let fault = question.fault {
            throw PlanFault(message: fault.message, hint: fault.hint)
        }
        var notes = arms.notes
        if arms.hasClusters && design.clusters == nil {
            notes.append(
                "The experiment deals clusters, and the plan takes units to be dealt one by one, which needs fewer: give --cluster-size and --icc, or --table and --cluster."
            )
        }
        if request.has(.traffic) && question.arrivals == nil {
            notes.append(
                "Without arrivals the traffic changes nothing: the units are those that are enrolled. --arrivals FILE or --weekly N tells how long they take."
            )
        }
        let plan = try SizePlan(question) {
            try Task.checkCancellation()
            progress.show("the bound of \(arms.names.count - 1) treatments")
        }
        return SizeReport(plan, pilot: pilot, notes: notes)
    }

    private func days(_ span: Span?) -> Double {
        span.map { Double($0.microseconds) / 86_400_000_000 } ?? 0
    }

    /// Values that say nothing without another one.
    private func checkCompanions() throws(PlanFault) {
        let needs: [(PlanKey, PlanKey)] = [
            (.metric, .table), (.denominator, .metric), (.cluster, .metric), (.covariate, .metric),
            (.table, .metric), (.experiment, .catalog), (.clusterVariation, .clusterSize),
        ]
        for (key, other) in needs where request.has(key) && !request.has(other) {
            throw PlanFault(message: "\(key.flag) needs \(other.flag)", hint: "give both")
        }
        let rivals: [(PlanKey, PlanKey)] = [
            (.effect, .relativeEffect), (.arrivals, .weekly), (.shares, .catalog),
            (.cluster, .clusterSize), (.covariate, .covariateCorrelation),
        ]
        for (key, other) in rivals where request.has(key) && request.has(other) {
            throw PlanFault(
                message: "\(key.flag) and \(other.flag) are one thing", hint: "give one of them")
        }
        if request.has(.relativeEffect) && request.has(.nonInferiorityMargin) {
            throw PlanFault(
                message: "--relative-effect with a margin",
                hint: "give the true difference by --effect, in the margin's unit")
        }
        if [request.text(.table), request.text(.arrivals)].count(where: { $0 == "-" }) > 0 {
            throw PlanFault(
                message: "a plan reads no table from standard input",
                hint: "give the path of a file")
        }
    }

    // MARK: - What is measured

    private static let ratioKeys: [PlanKey] = [
        .numeratorMean, .numeratorSd, .denominatorMean, .denominatorSd, .ratioCorrelation,
    ]

    private func metric(_ pilot: SizeReport.Pilot?) throws(PlanFault) -> SizeDesign.Metric {
        let ratio = Self.ratioKeys.filter { request.has($0) }
        var ways: [String] = []
        if request.has(.baselineRate) { ways.append("--baseline-rate") }
        if request.has(.sd) || request.has(.mean) { ways.append("--sd") }
        if !ratio.isEmpty { ways.append(ratio[0].flag) }
        if pilot != nil { ways.append("--table") }
        guard ways.count == 1 else {
            throw PlanFault(
                message: ways.isEmpty
                    ? "it is not known what is measured"
                    : "\(ways.joined(separator: " and ")) each say what is measured",
                hint:
                    "give one of --baseline-rate, --sd, the five of a ratio (--numerator-mean …), and --table with --metric"
            )
        }
        if let pilot { return pilot.estimate.metric }
        if let rate = request.number(.baselineRate) { return .rate(rate) }
        if ratio.isEmpty {
            guard let deviation = request.number(.sd) else {
                throw PlanFault(
                    message: "--mean needs --sd", hint: "how much units differ decides the size")
            }
            return .mean(request.number(.mean), deviation: deviation)
        }
        let values = Self.ratioKeys.compactMap { request.number($0) }
        guard values.count == Self.ratioKeys.count else {
            let missing = Self.ratioKeys.filter { !request.has($0) }.map(\.flag)
            throw PlanFault(
                message: "the ratio lacks \(missing.joined(separator: ", "))", hint: "give all five"
            )
        }
        let (one, two) = (values[1], values[3])
        return .ratio(
            RatioMoments(
                numerator: (values[0], one * one), denominator: (values[2], two * two),
                covariance: values[4] * one * two))
    }

    private func pilot() throws -> SizeReport.Pilot? {
        guard let path = request.text(.table), let metric = request.text(.metric) else {
            return nil
        }
        let input = TableInput(named: path)
        try input.source.checkIsReadable()
        let others = [PlanKey.denominator, .cluster, .covariate].compactMap { request.text($0) }
        let progress = progress
        let table = try PickedColumns.read(input, [metric] + others) { state in
            progress.show("reading \(path): \(state.rows) rows")
        }
        do {
            let estimate = try MetricEstimate(
                values: table.numbers(metric),
                denominators: request.text(.denominator).map { try table.numbers($0) },
                clusters: request.text(.cluster).map { table.codes($0) },
                covariates: request.text(.covariate).map { try table.numbers($0) })
            return SizeReport.Pilot(table: path, metric: metric, estimate: estimate)
        } catch let fault as MetricEstimate.Fault {
            throw CommandError("\(path), column \"\(metric)\": \(fault.message)", fault.hint)
        }
    }

    private func clusters(_ pilot: SizeReport.Pilot?) throws(PlanFault) -> SizeDesign.Clusters? {
        var clusters = pilot?.estimate.clusters
        if let size = request.number(.clusterSize) {
            guard let correlation = request.number(.icc) else {
                throw PlanFault(
                    message: "--cluster-size needs --icc",
                    hint:
                        "how alike units of a cluster are decides the size; of households 0.05 to 0.5"
                )
            }
            return SizeDesign.Clusters(
                meanSize: size, variation: request.number(.clusterVariation) ?? 0,
                correlation: correlation)
        }
        guard let correlation = request.number(.icc) else { return clusters }
        guard clusters != nil else {
            throw PlanFault(message: "--icc needs --cluster-size", hint: "give both")
        }
        clusters?.correlation = correlation
        return clusters
    }

    private func effect(_ design: SizeDesign) throws(PlanFault) -> Double? {
        guard let part = request.number(.relativeEffect) else { return request.number(.effect) }
        guard let baseline = design.baseline, baseline != 0 else {
            throw PlanFault(
                message: "a relative effect is a part of the baseline, which is not known or 0",
                hint: "give --mean beside --sd, or --effect")
        }
        return part * baseline
    }

    private func arrivals() throws -> ArrivalCurve? {
        if let path = request.text(.arrivals) { return try ArrivalsFile.read(path) }
        return request.number(.weekly).flatMap { ArrivalCurve(weekly: $0) }
    }

    // MARK: - The arms

    private struct Arms {
        var names: [String]
        var shares: [Share]
        var traffic = 1.0
        var horizon: Span?
        var hasClusters = false
        var notes: [String] = []
    }

    private func arms() throws -> Arms {
        if let path = request.text(.catalog) { return try arms(of: CatalogFiles.read(path)) }
        let shares = request.shares ?? [Share(millionths: 500_000), Share(millionths: 500_000)]
        let isOne = shares.count == 2
        let names = shares.indices.map {
            $0 == 0 ? "control" : isOne ? "treatment" : "treatment-\($0)"
        }
        return Arms(names: names, shares: shares)
    }

    private func arms(of catalog: Catalog) throws -> Arms {
        let experiment = try catalog.only(request.text(.experiment))
        let name = experiment.name.text
        guard let control = experiment.arms.firstIndex(where: { $0.name.text == "control" }) else {
            throw CommandError(
                "experiment \(name) has no arm named control", "name one so, or give --shares")
        }
        var shares = try shares(of: experiment)
        var names = experiment.arms.map(\.name.text)
        names.insert(names.remove(at: control), at: 0)
        shares.insert(shares.remove(at: control), at: 0)
        var arms = Arms(names: names, shares: shares)
        arms.hasClusters = experiment.cluster != nil
        arms.horizon = experiment.outcome?.horizon
        arms.traffic = experiment.traffic.fraction
        arms.traffic *= 1 - (experiment.slice?.outside.fraction ?? 0)
        for holdout in catalog.holdouts where holdout.covers(experiment.name) {
            arms.traffic *= 1 - holdout.share.fraction
        }
        if request.traffic == nil && arms.traffic < 1 {
            let part = (arms.traffic * 1e6).rounded() / 1e4
            arms.notes.append(
                "By the catalog \(part)% of units are enrolled in \(name): what its traffic, its slice of a layer and holdouts leave."
            )
        }
        return arms
    }

    private func shares(of experiment: Experiment) throws -> [Share] {
        func refuse(_ why: String) -> CommandError {
            CommandError("\(experiment.name.text): \(why)", "give the shares by --shares")
        }
        switch experiment.method {
        case .shares, .compatible:
            let shares = experiment.arms.compactMap(\.share)
            guard shares.count == experiment.arms.count else { throw refuse("an arm has no share") }
            guard shares.allSatisfy({ $0.millionths > 0 }) else {
                throw refuse("an arm has a share of 0%")
            }
            return shares
        case .rotation(let rotation):
            let control = Share(millionths: 1_000_000 * rotation.stay / rotation.panels)
            var rest = control.rest.millionths
            let others = experiment.arms.filter { $0.name.text != "control" }
            return experiment.arms.map { arm in
                guard arm.name.text != "control" else { return control }
                // The last of them takes what rounding leaves.
                let part =
                    arm.name == others.last?.name
                    ? rest
                    : Int(control.rest.fraction * Double(arm.share?.millionths ?? 0))
                rest -= part
                return Share(millionths: part)
            }
        case .exploration:
            throw refuse("its control share depends on the score")
        case .switchback:
            throw refuse("it deals blocks of time, and those are its clusters")
        }
    }
}
