public import HoldfastChecks
public import HoldfastFormats
internal import HoldfastStatistics

/// A check for programs: `report.json`, described by `Schemas/check-report.schema.json`.
///
/// It holds no time and no name of a machine: the same report gives the same bytes.
public enum CheckJSON: FigureJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    public static let version: Int64 = 1

    /// The report as one JSON object.
    public static func render(_ report: CheckReport) -> JSON {
        [
            "check_report": .integer(version),
            "verdict": .string(report.verdict.rawValue),
            "level": .number(report.options.level),
            "margins": margins(report.options.margins),
            "column_margins": .object(
                JSONObject(
                    report.options.columnMargins.sorted {
                        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
                    }.map { (key: $0.key, value: margins($0.value)) })),
            "categories": .array(report.options.categories.map(JSON.string)),
            "ignored": .array(report.options.ignored.map(JSON.string)),
            "weight": text(report.options.weight),
            "label": text(report.options.label),
            "prediction": text(report.options.prediction),
            "key": text(report.options.key),
            "unit": text(report.options.unit),
            "slice_by": text(report.options.slices?.text),
            "across_columns": .bool(report.options.isAcross),
            "across_margins": margins(report.options.acrossMargins),
            "byte_limit": report.options.byteLimit.map(count) ?? .null,
            "family": count(report.family),
            "tables": .array(report.tables.map(table)),
            "pairs": .array(report.pairs.map(pair)),
            "distributions": .array(report.pictures.map(distribution)),
            "schema": report.schema.map(schema) ?? .null,
        ]
    }

    private static func margins(_ margins: Margins) -> JSON {
        [
            "distribution": .number(margins.distribution),
            "missing_share": .number(margins.missingShare),
        ]
    }

    private static func margins(_ margins: AcrossMargins) -> JSON {
        [
            "classifier": .number(margins.classifier),
            "correlation": .number(margins.correlation),
            "overlap": .number(margins.overlap),
            "skew": .number(margins.skew),
        ]
    }

    private static func table(_ table: TableFacts) -> JSON {
        [
            "role": .string(table.role.rawValue), "name": .string(table.name),
            "rows": count(table.rows), "columns": count(table.columns),
            "effective_rows": number(table.effectiveRows),
        ]
    }

    private static func pair(_ pair: PairComparison) -> JSON {
        [
            "reference": .string(pair.reference.rawValue),
            "candidate": .string(pair.candidate.rawValue),
            "verdict": .string(pair.verdict.rawValue),
            "agrees": count(pair.count(.agrees)),
            "disagrees": count(pair.count(.disagrees)),
            "inconclusive": count(pair.count(.inconclusive)),
            "columns": .array(pair.columns.map(column)),
            "across": across(pair.across),
            "slices": pair.slices.map(slices) ?? .null,
        ]
    }

    private static func column(_ column: ColumnComparison) -> JSON {
        [
            "column": .string(column.column),
            "part": .string(column.part.rawValue),
            "verdict": .string(column.verdict.rawValue),
            "reference": column.reference.map(facts) ?? .null,
            "candidate": column.candidate.map(facts) ?? .null,
            "findings": .array(column.findings.map(finding)),
            "statistics": .array(
                column.statistics.map {
                    [
                        "name": .string($0.name.rawValue), "value": number($0.value),
                        "p_value": number($0.pValue),
                    ]
                }),
            "outside_range": number(column.outsideRange),
            "new_categories": column.newCategories.map(categories) ?? .null,
            "vanished_categories": column.vanishedCategories.map(categories) ?? .null,
            "notes": .array(column.notes.map(JSON.string)),
        ]
    }

    private static func facts(_ facts: ColumnFacts) -> JSON {
        [
            "kind": .string(facts.kind.rawValue),
            "rows": count(facts.rows),
            "missing": count(facts.missing),
            "nan": count(facts.notANumber),
            "positive_infinity": count(facts.positiveInfinity),
            "negative_infinity": count(facts.negativeInfinity),
            "infinite": count(facts.positiveInfinity + facts.negativeInfinity),
            "empty_text": count(facts.emptyText),
            "categories": facts.categories.map(count) ?? .null,
            "minimum": number(facts.minimum),
            "maximum": number(facts.maximum),
            "mean": number(facts.mean),
            "standard_deviation": number(facts.standardDeviation),
            "median": number(facts.median),
            "rank_error": number(facts.rankError),
            "unattributed_share": number(facts.unattributedShare),
        ]
    }

    static func finding(_ finding: Finding) -> JSON {
        [
            "measure": .string(finding.measure.rawValue),
            "verdict": .string(finding.verdict.rawValue),
            "effect": .number(finding.effect),
            "expected_by_chance": number(finding.expectedByChance),
            "interval": [.number(finding.interval.lower), .number(finding.interval.upper)],
            "margin": .number(finding.margin),
            "p_value": number(finding.pValue),
            "adjusted_p_value": number(finding.adjustedPValue),
            "false_discovery_rate": number(finding.falseDiscoveryRate),
            "rows_needed": finding.rowsNeeded.map(count) ?? .null,
        ]
    }

    private static func categories(_ list: CategoryList) -> JSON {
        [
            "count": count(list.count),
            "share": .number(list.share),
            "first": .array(
                list.first.map {
                    ["category": .string($0.category), "count": count($0.count)]
                }),
        ]
    }
}
