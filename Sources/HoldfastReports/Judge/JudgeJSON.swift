package import HoldfastChecks
package import HoldfastFormats
internal import HoldfastStatistics

/// A judgement for programs, described by `Schemas/judgement.schema.json`.
///
/// It holds no time and no name of a machine: the same judgement gives the same bytes.
package enum JudgeJSON: FigureJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    package static let version: Int64 = 1

    /// The judgement as one JSON object.
    package static func render(_ judgement: Judgement) -> JSON {
        let options = judgement.options
        return [
            "judgement": .integer(version),
            "verdict": .string(judgement.verdict.rawValue),
            "model": .string(judgement.model),
            "incumbent": judgement.incumbent.map(JSON.string) ?? .null,
            "task": .string(judgement.task.rawValue),
            "level": .number(options.level),
            "threshold": .number(options.threshold),
            "positive_share": number(options.positiveShare),
            "seed": .string(String(options.seed)),
            "tables": .array(judgement.tables.map(table)),
            "sections": .array(judgement.sections.map(section)),
            "unmeasured": .array(judgement.unmeasured.map(requirement)),
            "usual_and_not_measured": .array(judgement.unasked.map(requirement)),
        ]
    }

    private static func requirement(_ requirement: Requirement) -> JSON {
        [
            "figure": .string(requirement.name.rawValue),
            "of": requirement.of.map(JSON.string) ?? .null,
            "at_least": number(requirement.bound.least),
            "at_most": number(requirement.bound.most),
        ]
    }

    private static func table(_ table: JudgedTable) -> JSON {
        [
            "name": .string(table.name), "source": .string(table.source.rawValue),
            "rows": count(table.rows), "without_label": count(table.withoutLabel),
            "without_prediction": count(table.withoutPrediction),
            "effective_rows": number(table.effectiveRows),
        ]
    }

    private static func section(_ section: JudgementSection) -> JSON {
        [
            "question": .string(section.question.rawValue),
            "verdict": section.verdict.map { .string($0.rawValue) } ?? .null,
            "figures": .array(section.figures.map(figure)),
            "pictures": .array(section.pictures.map(picture)),
            "notes": .array(section.notes.map(JSON.string)),
        ]
    }

    private static func figure(_ figure: JudgedFigure) -> JSON {
        [
            "figure": .string(figure.name.rawValue),
            "of": figure.of.map(JSON.string) ?? .null,
            "value": number(figure.value),
            "lower": number(figure.interval?.lower),
            "upper": number(figure.interval?.upper),
            "rows": count(figure.rows),
            "source": .string(figure.source.rawValue),
            "at_least": number(figure.bound?.least),
            "at_most": number(figure.bound?.most),
            "verdict": figure.verdict.map { .string($0.rawValue) } ?? .null,
            "rows_needed": figure.rowsNeeded.map(count) ?? .null,
        ]
    }

    static func picture(_ picture: JudgePicture) -> JSON {
        var object: [(key: String, value: JSON)] = [
            ("id", .string(picture.id)), ("title", .string(picture.title)),
            ("caption", .string(picture.caption)),
        ]
        switch picture.shape {
        case .lines(let lines):
            object += [
                ("kind", "lines"), ("x", .string(lines.x)), ("y", .string(lines.y)),
                ("steps", .array(lines.steps.map(JSON.string))),
                ("lines", .array(lines.lines.map(line))),
            ]
        case .histogram(let edges, let series):
            object += [
                ("kind", "histogram"), ("edges", .array(edges.map { number($0) })),
                (
                    "series",
                    .array(
                        series.map {
                            [
                                "name": .string($0.name),
                                "counts": .array($0.counts.map { number($0) }),
                            ]
                        })
                ),
            ]
        case .bars(let axis, let rows, let limits):
            object += [
                ("kind", "bars"), ("axis", .string(axis)), ("rows", .array(rows.map(bar))),
                ("limits", .array(limits.map { number($0) })),
            ]
        case .matrix(let rows, let columns, let counts):
            object += [
                ("kind", "matrix"), ("rows", .array(rows.map(JSON.string))),
                ("columns", .array(columns.map(JSON.string))),
                ("counts", .array(counts.map { row in .array(row.map { number($0) }) })),
            ]
        }
        return .object(JSONObject(object))
    }

    private static func line(_ line: JudgePicture.Line) -> JSON {
        [
            "name": .string(line.name), "style": .string(line.style.rawValue),
            "points": .array(
                line.points.map { point in
                    [
                        "x": number(point.x), "y": number(point.y),
                        "lower": number(point.interval?.lower),
                        "upper": number(point.interval?.upper),
                    ]
                }),
        ]
    }

    private static func bar(_ bar: JudgePicture.Bar) -> JSON {
        [
            "name": .string(bar.name), "value": number(bar.value),
            "lower": number(bar.interval?.lower), "upper": number(bar.interval?.upper),
            "note": bar.note.map(JSON.string) ?? .null,
        ]
    }
}
