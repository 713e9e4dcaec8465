internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastStatistics

/// What stands across columns, in slices, as pictures and against a schema.
extension CheckJSON {
    static func across(_ across: AcrossColumns) -> JSON {
        [
            "verdict": text(across.verdict?.rawValue),
            "findings": .array(across.findings.map(finding)),
            "classifier": across.classifier.map(classifier) ?? .null,
            "correlations": .array(across.correlations.map(correlation)),
            "duplicates": across.duplicates.map { facts in
                [
                    "shared": count(facts.shared), "rows": count(facts.rows),
                    "expected_share": number(facts.expectedShare),
                ]
            } ?? .null,
            "units": across.units.map { facts in
                [
                    "column": .string(facts.column), "reference": count(facts.reference),
                    "candidate": count(facts.candidate), "shared": count(facts.shared),
                ]
            } ?? .null,
            "skew": across.skew.map(skew) ?? .null,
            "notes": .array(across.notes.map(JSON.string)),
        ]
    }

    private static func classifier(_ facts: AcrossColumns.ClassifierFacts) -> JSON {
        [
            "area": number(facts.area), "interval": ends(facts.interval),
            "reference_rows": count(facts.referenceRows),
            "candidate_rows": count(facts.candidateRows),
            "columns": .array(
                facts.columns.map {
                    [
                        "column": .string($0.column), "share": number($0.share),
                        "area": number($0.area),
                    ]
                }),
        ]
    }

    private static func correlation(_ facts: AcrossColumns.CorrelationFacts) -> JSON {
        [
            "columns": [.string(facts.one), .string(facts.other)],
            "reference": number(facts.reference), "candidate": number(facts.candidate),
            "interval": ends(facts.interval),
        ]
    }

    private static func skew(_ facts: AcrossColumns.SkewFacts) -> JSON {
        [
            "key": .string(facts.key), "joined": count(facts.joined),
            "reference_only": count(facts.referenceOnly),
            "candidate_only": count(facts.candidateOnly), "repeated": count(facts.repeated),
            "sampled_share": number(facts.sampledShare), "differing": count(facts.differing),
            "columns": .array(
                facts.columns.map { column in
                    [
                        "column": .string(column.column), "differing": count(column.differing),
                        "missing_on_one_side": count(column.missingOnOneSide),
                        "mean_shift": number(column.meanShift),
                        "largest": number(column.largest),
                        "examples": .array(
                            column.examples.map {
                                [
                                    "key": .string($0.key), "reference": text($0.reference),
                                    "candidate": text($0.candidate),
                                ]
                            }),
                    ]
                }),
        ]
    }

    static func slices(_ slices: SliceComparison) -> JSON {
        [
            "column": .string(slices.column), "period": text(slices.period),
            "unplaced": count(slices.unplaced),
            "slices": .array(
                slices.slices.map { slice in
                    [
                        "name": .string(slice.name), "rows": count(slice.rows),
                        "reference_rows": count(slice.referenceRows),
                        "columns": .array(
                            slice.columns.map {
                                [
                                    "column": .string($0.column),
                                    "verdict": .string($0.verdict.rawValue),
                                    "findings": .array($0.findings.map(finding)),
                                ]
                            }),
                    ]
                }),
        ]
    }

    static func distribution(_ picture: ColumnPicture) -> JSON {
        [
            "column": .string(picture.column), "kind": .string(picture.kind.rawValue),
            "edges": .array(picture.edges.map(number)),
            "categories": .array(picture.categories.map { .string(cut($0)) }),
            "values": .array(picture.values.map(number)),
            "series": .array(
                picture.series.map {
                    [
                        "role": .string($0.role.rawValue),
                        "shares": .array($0.shares.map(number)),
                        "cumulative": .array($0.cumulative.map(number)),
                        "absent_share": number($0.absentShare),
                    ]
                }),
        ]
    }

    static func schema(_ schema: SchemaResult) -> JSON {
        [
            "name": .string(schema.name), "columns": count(schema.columns),
            "verdict": .string(schema.verdict.rawValue),
            "breaches": .array(
                schema.breaches.map { breach in
                    [
                        "role": .string(breach.role.rawValue), "column": .string(breach.column),
                        "rule": .string(breach.rule.rawValue),
                        "message": .string(breach.message),
                        "count": breach.count.map(count) ?? .null,
                        "examples": .array(breach.examples.map(JSON.string)),
                    ]
                }),
        ]
    }

    /// A name of at most 100 code points, as ``CategoryList`` has it.
    private static func cut(_ name: String) -> String {
        guard name.unicodeScalars.count > 100 else { return name }
        return String(String.UnicodeScalarView(name.unicodeScalars.prefix(99))) + "…"
    }

    private static func ends(_ interval: Interval) -> JSON {
        [.number(interval.lower), .number(interval.upper)]
    }
}
