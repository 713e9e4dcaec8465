internal import HoldfastFormats

/// What is known of one export, in the facets of OpenLineage.
struct LineageFacets {
    private(set) var run = JSONObject()
    private(set) var job = JSONObject()
    private(set) var input = JSONObject()
    var outputs: [JSON] = []
    private let destination: OpenLineage.Place

    /// What is known at the start.
    init(_ run: OpenLineage.Run) {
        destination = run.destination
        self.run.append(
            "nominalTime",
            OpenLineage.facet(
                "NominalTimeRunFacet", "1-0-1",
                [("nominalStartTime", .string(run.asOf.description))]))
        job.append(
            "jobType",
            OpenLineage.facet(
                "JobTypeJobFacet", "2-0-4",
                [
                    ("processingType", "BATCH"), ("integration", "HOLDFAST"),
                    ("jobType", "EXPORT"),
                ]))
    }

    /// What a manifest tells of the run, its statement, and the ledger.
    mutating func describe(_ manifest: Manifest) {
        run.append(
            "processing_engine",
            OpenLineage.facet(
                "ProcessingEngineRunFacet", "1-1-1",
                [
                    ("version", .string(manifest.engine.version)),
                    ("name", .string(manifest.engine.name)),
                ]))
        job.append(
            "sql",
            OpenLineage.facet(
                "SQLJobFacet", "1-1-0",
                [
                    ("query", .string(manifest.sql)),
                    ("dialect", .string(manifest.engine.name)),
                ]))
        input.append(
            "inputStatistics",
            OpenLineage.facet(
                "InputStatisticsInputDatasetFacet", "1-0-0",
                [("rowCount", .integer(Int64(manifest.decisionCount)))]))
        input.append(
            "dataQualityMetrics",
            OpenLineage.facet(
                "DataQualityMetricsInputDatasetFacet", "1-0-3",
                [
                    ("rowCount", .integer(Int64(manifest.decisionCount))),
                    ("columnMetrics", .object(JSONObject())),
                ]))
        input.append(
            "dataQualityAssertions",
            OpenLineage.facet(
                "DataQualityAssertionsDatasetFacet", "1-1-0",
                [("assertions", .array(manifest.gates.map(LineageFacets.assertion)))]))
    }

    /// Why there is no set.
    mutating func fail(_ message: String) {
        run.append(
            "errorMessage",
            OpenLineage.facet(
                "ErrorMessageRunFacet", "1-0-1",
                [("message", .string(message)), ("programmingLanguage", "Swift")]))
    }

    /// A gate: one that was waived warns, one that was not stops the export.
    private static func assertion(_ gate: Gate) -> JSON {
        var assertion = JSONObject([
            ("assertion", .string(gate.name.rawValue)), ("success", .bool(gate.passed)),
            ("severity", gate.waiver == nil ? "error" : "warn"),
            ("name", .string(gate.name.rawValue)), ("description", .string(gate.detail)),
            ("expected", .string(gate.limit.description)),
        ])
        if let figure = gate.figure { assertion.append("actual", .string(figure.description)) }
        if let column = gate.column { assertion.append("column", .string(column)) }
        if let waiver = gate.waiver { assertion.append("params", ["waiver": .string(waiver)]) }
        return .object(assertion)
    }

    /// A part as a data set.
    func output(_ part: Manifest.Part, of manifest: Manifest) -> JSON {
        let (rows, bytes) = (JSON.integer(Int64(part.rows)), JSON.integer(Int64(part.bytes)))
        return [
            "namespace": .string(destination.namespace),
            "name": .string("\(destination.name)/\(part.file)"),
            "facets": [
                "schema": OpenLineage.facet(
                    "SchemaDatasetFacet", "1-2-0",
                    [("fields", .array(manifest.packagedColumns.enumerated().map(field)))]),
                "version": OpenLineage.facet(
                    "DatasetVersionDatasetFacet", "1-0-1",
                    [("datasetVersion", .string("sha256:\(part.sha256)"))]),
                "lifecycleStateChange": OpenLineage.facet(
                    "LifecycleStateChangeDatasetFacet", "1-0-1",
                    [("lifecycleStateChange", "CREATE")]),
            ],
            "outputFacets": [
                "outputStatistics": OpenLineage.facet(
                    "OutputStatisticsOutputDatasetFacet", "1-0-2",
                    [("rowCount", rows), ("size", bytes), ("fileCount", 1)])
            ],
        ]
    }

    private func field(_ position: Int, _ column: PackagedColumn) -> JSON {
        [
            "name": .string(column.name), "type": .string(column.kind.rawValue),
            "description": .string(column.description),
            "ordinal_position": .integer(Int64(position + 1)),
        ]
    }
}

extension Gate {
    /// The one column that the gate is about, where it is about one.
    fileprivate var column: String? {
        switch name {
        case .sampleRatio, .sampleRatioKept, .attrition: "arm"
        case .positivity: "propensity"
        case .recomputation, .balance, .unknownShare, .positives, .placebo, .trainEval,
            .controlServe, .minimumRows:
            nil
        }
    }
}
