/// What a table of units from before the start says of a metric: all that a plan needs of it.
///
///     let pilot = try MetricEstimate(values: [0, 1, 0, 0, 1, 0, 0, 0])
///     pilot.metric             // .rate(0.25)
///
/// Rows without a finite value (of the metric, the denominator or the cluster) are left out and
/// counted. Estimates of few rows are themselves uncertain, and a plan takes them for the truth.
package struct MetricEstimate: Sendable {
    /// The rate, mean or ratio. Values of 0 and 1 alone are a rate.
    package let metric: SizeDesign.Metric
    /// The clusters, where they were given: mean size, its variation √(kΣn²/N² − 1), and the
    /// metric's ``IntraclassCorrelation``, 0 where the estimate is below.
    package let clusters: SizeDesign.Clusters?
    /// The clusters of the table.
    package let clusterCount: Int
    /// Pearson's correlation with the covariate, where one was given.
    package let covariateCorrelation: Double?
    /// The rows that were used, those left out, and those of them without a covariate.
    package let rows: Int
    package let rowsLeftOut: Int
    package let rowsWithoutCovariate: Int

    /// Why a table tells nothing of a metric.
    package struct Fault: Error, Equatable {
        package var message: String
        package var hint: String
    }

    /// The estimates; `clusters` are codes from 0, negative for none.
    package init(
        values: [Double], denominators: [Double]? = nil, clusters codes: [Int32]? = nil,
        covariates: [Double]? = nil
    ) throws(Fault) {
        let kept = values.indices.filter { row in
            values[row].isFinite && (denominators?[row].isFinite ?? true)
                && (codes.map { $0[row] >= 0 } ?? true)
        }
        rows = kept.count
        rowsLeftOut = values.count - kept.count
        guard kept.count >= 2 else {
            throw Fault(
                message: "\(kept.count) of \(values.count) rows have a value",
                hint: "two at least are needed to know how much units differ")
        }
        let numbers = kept.map { values[$0] }
        let parts = denominators.map { all in kept.map { all[$0] } }
        metric = try Self.metric(numbers, parts)
        let linear = Self.linearised(numbers, parts)
        (clusters, clusterCount) = try Self.clusters(
            linear, codes.map { all in kept.map { all[$0] } })
        let pairs = covariates.map { all in
            zip(kept, linear).filter { all[$0.0].isFinite }.map { (all[$0.0], $0.1) }
        }
        covariateCorrelation = try pairs.map { pairs throws(Fault) in try Self.correlation(pairs) }
        rowsWithoutCovariate = pairs.map { kept.count - $0.count } ?? 0
    }

    private static func metric(
        _ values: [Double], _ denominators: [Double]?
    ) throws(Fault) -> SizeDesign.Metric {
        if let denominators {
            guard let moments = RatioMoments(numerators: values, denominators: denominators) else {
                throw Fault(
                    message: "the values are beyond a double", hint: "check what wrote them")
            }
            if let fault = moments.fault { throw Fault(message: fault, hint: "check both columns") }
            return .ratio(moments)
        }
        let moments = values.withUnsafeBufferPointer { Moments($0) }
        guard let mean = moments.finiteMean,
            let variance = moments.variance(freedom: Double(values.count - 1))
        else {
            throw Fault(message: "the values are beyond a double", hint: "check what wrote them")
        }
        guard moments.minimum < moments.maximum else {
            throw Fault(
                message: "the metric has one value, \(moments.minimum), in every row",
                hint: "where every unit is alike there is nothing to compare")
        }
        guard variance > 0 else {
            throw Fault(
                message: "the values are beyond a double", hint: "check what wrote them")
        }
        if values.allSatisfy({ $0 == 0 || $0 == 1 }) { return .rate(mean) }
        return .mean(mean, deviation: variance.squareRoot())
    }

    /// What each row adds to the metric: its value, or of a ratio what it has above the ratio.
    private static func linearised(_ values: [Double], _ denominators: [Double]?) -> [Double] {
        guard let denominators else { return values }
        let (sum, whole) = (values.reduce(0, +), denominators.reduce(0, +))
        let mean = whole / Double(denominators.count)
        return zip(values, denominators).map { ($0 - sum / whole * $1) / mean }
    }

    private static func clusters(
        _ values: [Double], _ codes: [Int32]?
    ) throws(Fault) -> (SizeDesign.Clusters?, Int) {
        guard let codes else { return (nil, 0) }
        var members: [Int32: NumberSummary] = [:]
        for (code, value) in zip(codes, values) {
            members[code, default: NumberSummary()].add(value)
        }
        guard members.count >= 2 else {
            throw Fault(
                message: "the rows are of one cluster",
                hint: "two at least are needed, and many better")
        }
        var correlation = IntraclassCorrelation()
        var squares = 0.0
        for (_, summary) in members.sorted(by: { $0.key < $1.key }) {
            correlation.add(summary)
            squares += Double(summary.count) * Double(summary.count)
        }
        guard let value = correlation.value else {
            throw Fault(
                message: "no cluster of the table has two rows",
                hint: "then units are as good as single ones: leave the cluster out")
        }
        let (k, n) = (Double(members.count), Double(values.count))
        let found = SizeDesign.Clusters(
            meanSize: n / k, variation: max(0, k * squares / (n * n) - 1).squareRoot(),
            correlation: max(0, value))
        return (found, members.count)
    }

    private static func correlation(_ pairs: [(Double, Double)]) throws(Fault) -> Double {
        let one = pairs.map(\.0).withUnsafeBufferPointer { Moments($0) }
        let two = pairs.map(\.1).withUnsafeBufferPointer { Moments($0) }
        let products = pairs.reduce(0) { $0 + ($1.0 - one.mean) * ($1.1 - two.mean) }
        let value = products / (one.squares.squareRoot() * two.squares.squareRoot())
        guard pairs.count >= 3, value.isFinite else {
            throw Fault(
                message: "the covariate has one value, or none in most rows",
                hint: "it can take nothing off the variance: leave it out")
        }
        guard abs(value) < 1 - 1e-9 else {
            throw Fault(
                message: "the covariate tells the metric exactly",
                hint: "take one that was known before the start")
        }
        return value
    }
}
