public import HoldfastChecks
public import HoldfastFormats
internal import HoldfastStatistics

/// A check for programs: `report.json`, described by `Schemas/check-report.schema.json`.
///
/// It holds no time and no name of a machine: the same report gives the same bytes.
public enum CheckJSON {
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
            "family": .integer(Int64(report.family)),
            "tables": .array(report.tables.map(table)),
            "pairs": .array(report.pairs.map(pair)),
        ]
    }

    private static func margins(_ margins: Margins) -> JSON {
        [
            "distribution": .number(margins.distribution),
            "missing_share": .number(margins.missingShare),
        ]
    }

    private static func table(_ table: TableFacts) -> JSON {
        [
            "role": .string(table.role.rawValue), "name": .string(table.name),
            "rows": .integer(Int64(table.rows)), "columns": .integer(Int64(table.columns)),
        ]
    }

    private static func pair(_ pair: PairComparison) -> JSON {
        [
            "reference": .string(pair.reference.rawValue),
            "candidate": .string(pair.candidate.rawValue),
            "verdict": .string(pair.verdict.rawValue),
            "agrees": .integer(Int64(pair.count(.agrees))),
            "disagrees": .integer(Int64(pair.count(.disagrees))),
            "inconclusive": .integer(Int64(pair.count(.inconclusive))),
            "columns": .array(pair.columns.map(column)),
        ]
    }

    private static func column(_ column: ColumnComparison) -> JSON {
        [
            "column": .string(column.column),
            "verdict": .string(column.verdict.rawValue),
            "reference": column.reference.map(facts) ?? .null,
            "candidate": column.candidate.map(facts) ?? .null,
            "findings": .array(column.findings.map(finding)),
            "outside_range": number(column.outsideRange),
            "new_categories": column.newCategories.map(categories) ?? .null,
            "vanished_categories": column.vanishedCategories.map(categories) ?? .null,
            "notes": .array(column.notes.map(JSON.string)),
        ]
    }

    private static func facts(_ facts: ColumnFacts) -> JSON {
        [
            "kind": .string(facts.kind.rawValue),
            "rows": .integer(Int64(facts.rows)),
            "missing": .integer(Int64(facts.missing)),
            "infinite": .integer(Int64(facts.positiveInfinity + facts.negativeInfinity)),
            "categories": facts.categories.map { .integer(Int64($0)) } ?? .null,
            "minimum": number(facts.minimum),
            "maximum": number(facts.maximum),
            "mean": number(facts.mean),
            "standard_deviation": number(facts.standardDeviation),
        ]
    }

    private static func finding(_ finding: Finding) -> JSON {
        [
            "measure": .string(finding.measure.rawValue),
            "verdict": .string(finding.verdict.rawValue),
            "effect": .number(finding.effect),
            "expected_by_chance": number(finding.expectedByChance),
            "interval": [.number(finding.interval.lower), .number(finding.interval.upper)],
            "margin": .number(finding.margin),
            "p_value": number(finding.pValue),
            "adjusted_p_value": number(finding.adjustedPValue),
            "rows_needed": finding.rowsNeeded.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    private static func categories(_ list: CategoryList) -> JSON {
        [
            "count": .integer(Int64(list.count)),
            "share": .number(list.share),
            "first": .array(
                list.first.map {
                    ["category": .string($0.category), "count": .integer(Int64($0.count))]
                }),
        ]
    }

    private static func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
}
