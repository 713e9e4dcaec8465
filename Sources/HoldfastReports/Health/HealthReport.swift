package import HoldfastDatasets
package import HoldfastFormats

/// How the running experiments of a catalog are, as `holdfast health` tells it.
package struct HealthReport: Sendable {
    /// Items of an experiment that the ledger refused.
    package struct Refused: Sendable {
        package var experiment: String
        package var kind: String
        package var code: String
        package var count: Int

        package init(experiment: String, kind: String, code: String, count: Int) {
            self.experiment = experiment
            self.kind = kind
            self.code = code
            self.count = count
        }
    }

    /// The revision of the catalog.
    package var revision: String
    /// When it was looked at.
    package var asOf: Timestamp
    /// Whether all was read from the first fact, and no evidence that was kept.
    package var isFromStart: Bool
    /// How far the evidence that was kept was behind, before what is newer was added to it; `nil`
    /// where none was.
    package var keptLag: HealthLag?
    /// Each experiment, in the catalog's order.
    package var findings: [HealthFindings]
    /// What was refused.
    package var refused: [Refused]

    package init(
        revision: String, asOf: Timestamp, isFromStart: Bool, keptLag: HealthLag? = nil,
        findings: [HealthFindings], refused: [Refused]
    ) {
        self.revision = revision
        self.asOf = asOf
        self.isFromStart = isFromStart
        self.keptLag = keptLag
        self.findings = findings
        self.refused = refused
    }

    /// An alarm where one experiment has one; unknown where no unit of any was seen.
    package var status: HealthFindings.Status {
        if findings.contains(where: { $0.status == .alarm }) { return .alarm }
        return findings.contains { $0.status == .healthy } ? .healthy : .unknown
    }

    /// What was refused of an experiment.
    func refused(of findings: HealthFindings) -> [Refused] {
        refused.filter { sameBytes($0.experiment, findings.name) }
    }
}

/// The report for programs, by `Schemas/health-report.schema.json`.
package enum HealthReportJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    package static let version: Int64 = 1

    /// The report as one JSON object.
    package static func render(_ report: HealthReport) -> JSON {
        [
            "health": .integer(version), "status": .string(report.status.rawValue),
            "as_of": .string(report.asOf.description), "revision": .string(report.revision),
            "from_start": .bool(report.isFromStart),
            "kept_lag": report.keptLag?.json ?? .null,
            "experiments": .array(report.findings.map { experiment($0, report) }),
        ]
    }

    private static func experiment(_ findings: HealthFindings, _ report: HealthReport) -> JSON {
        var object = JSONObject([
            ("experiment", .string(findings.name)),
            ("revision", .string(report.revision)),
            (
                "refused",
                .array(
                    report.refused(of: findings).map {
                        [
                            "kind": .string($0.kind), "code": .string($0.code),
                            "count": .integer(Int64($0.count)),
                        ]
                    })
            ),
        ])
        for (name, value) in findings.json.members { object.append(name, value) }
        return .object(object)
    }
}
