internal import HoldfastChecks

/// What the tables hold against the schema that was given.
enum CheckSchemaSection {
    /// The most breaches of a schema that are written out; the others are counted.
    static let breachLimit = 200

    static func section(_ schema: SchemaResult) -> HTMLPage.Section {
        HTMLPage.Section("schema", link: "The schema", "Do the tables keep the schema?") {
            content(schema)
        }
    }

    private static func content(_ schema: SchemaResult) -> HTML {
        let shown = schema.breaches.prefix(breachLimit)
        let rest = schema.breaches.count - shown.count
        return .list([
            HTML("p") {
                schema.breaches.isEmpty ? "Every table keeps " : "Broken: "
                CheckHTML.name(schema.name, limit: 200)
                " (rules for \(CheckFigures.counted(schema.columns, "column"))). "
                if rest > 0 {
                    "The first \(breachLimit) of \(CheckFigures.grouped(schema.breaches.count)) "
                    "breaches are listed; the JSON report has them all."
                }
            },
            schema.breaches.isEmpty
                ? ""
                : DataTable(
                    caption: "What breaks it",
                    columns: [
                        .text("column"), .text("table"), .text("rule"), .text("found"),
                        .number("cells"), .text("examples"),
                    ],
                    rows: shown.map { breach in
                        [
                            CheckHTML.name(breach.column), .text(breach.role.rawValue),
                            .text(breach.rule.words),
                            HTML("span", ["class": "says"]) {
                                CheckSentences.name(breach.message, limit: 500)
                            }, .text(breach.count.map(CheckFigures.grouped) ?? "-"),
                            .text(
                                breach.examples.prefix(3).map {
                                    CheckSentences.name($0, limit: 60)
                                }.joined(separator: "; ")),
                        ]
                    }
                ).html,
        ])
    }
}

extension SchemaBreach.Rule {
    /// The rule in words.
    var words: String {
        switch self {
        case .presence: "must be there"
        case .unexpected: "not in the schema"
        case .type: "type"
        case .range: "range"
        case .categories: "categories"
        case .missingShare: "missing share"
        case .unique: "no value twice"
        }
    }
}
