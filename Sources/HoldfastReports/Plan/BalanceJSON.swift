package import HoldfastDatasets
package import HoldfastFormats
internal import HoldfastStatistics

/// A balance before the start for programs, described by `Schemas/plan-balance.schema.json`.
///
/// It holds no salt, no time and no name of a machine: the same catalog, units and seed give the
/// same bytes.
package enum BalanceJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    package static let version: Int64 = 1

    /// The report as one JSON object.
    package static func render(_ report: BalanceReport) -> JSON {
        [
            "plan_balance": .integer(version),
            "experiment": .string(report.experiment),
            "dealing": .string(report.dealing),
            "clusters": .bool(report.hasClusters),
            "file": .string(report.file),
            "rows": .integer(Int64(report.rows)),
            "left_out": .array(
                report.leftOut.map {
                    ["reason": .string($0.reason.rawValue), "rows": .integer(Int64($0.rows))]
                }),
            "seed": .integer(Int64(report.request.seed)),
            "salts": .integer(Int64(report.request.salts)),
            "salts_without_an_arm": .integer(Int64(report.emptied)),
            "limit": .number(BalanceRequest.limit),
            "arms": .array(
                report.arms.map {
                    [
                        "arm": .string($0.name), "units": .integer(Int64($0.inForce)),
                        "expected_units": .number($0.expected),
                    ]
                }),
            "chance_deviation": number(report.chanceDeviation),
            "largest": .object(
                JSONObject(
                    chance(report.largest) + [
                        ("in_force", number(report.inForce)),
                        ("as_large", number(asLarge(report.inForce, report.largest))),
                        ("histogram", histogram(report.largest)),
                    ])),
            "covariates": .array(report.covariates.map { covariate($0, report) }),
            "passed_over": .array(
                report.passedOver.map {
                    ["column": .string($0.name), "why": .string($0.why)]
                }),
            "strata": .array(report.strata.map { stratum($0, report) }),
            "choice": report.request.isChoosing
                ? [
                    "best_hundredth": number(report.best),
                    "median": number(report.largest.quantile(0.5)),
                ] : .null,
            "warnings": .array(BalanceSentences.warnings(report).map(JSON.string)),
            "findings": .array(BalanceSentences.findings(report).map(JSON.string)),
        ]
    }

    private static func chance(
        _ distribution: BalanceDistribution
    ) -> [(key: String, value: JSON)] {
        [
            ("p50", number(distribution.quantile(0.5))),
            ("p90", number(distribution.quantile(0.9))),
            ("p95", number(distribution.quantile(0.95))),
            ("p99", number(distribution.quantile(0.99))),
            ("beyond_limit", number(distribution.share(beyond: BalanceRequest.limit))),
            ("undefined", .integer(Int64(distribution.undefined))),
        ]
    }

    private static func asLarge(
        _ value: Double?, _ distribution: BalanceDistribution
    ) -> Double? {
        value.flatMap { distribution.share(atLeast: $0) }
    }

    private static func histogram(_ distribution: BalanceDistribution) -> JSON {
        let (edges, counts) = distribution.bins()
        return [
            "edges": .array(edges.map(JSON.number)),
            "counts": .array(counts.map { .integer(Int64($0)) }),
        ]
    }

    private static func covariate(
        _ covariate: BalanceReport.Covariate, _ report: BalanceReport
    ) -> JSON {
        .object(
            JSONObject(
                [
                    ("name", .string(covariate.name)),
                    ("values", covariate.levels.map { .integer(Int64($0)) } ?? .null),
                    ("absent", .integer(Int64(covariate.absent))),
                ] + chance(covariate.chance) + [
                    (
                        "in_force",
                        .array(
                            zip(report.arms.dropFirst(), covariate.inForce).map { arm, value in
                                ["arm": .string(arm.name), "difference": number(value)]
                            })
                    ),
                    (
                        "as_large",
                        number(asLarge(covariate.largestInForce, covariate.chance))
                    ),
                ]))
    }

    private static func stratum(
        _ stratum: BalanceReport.Stratum, _ report: BalanceReport
    ) -> JSON {
        [
            "name": .string(stratum.name),
            "units": .integer(Int64(stratum.units)),
            "arms": .array(
                zip(report.arms, stratum.inForce).map { arm, units in
                    [
                        "arm": .string(arm.name), "units": .integer(Int64(units)),
                        "share": arm.inForce > 0
                            ? .number(Double(units) / Double(arm.inForce)) : .null,
                    ]
                }),
            "expected_control": .number(stratum.expectedControl),
            "least_control": .number(stratum.leastControl),
            "thin": .bool(stratum.isThin),
        ]
    }

    private static func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
}
