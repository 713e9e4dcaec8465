internal import HoldfastChecks
internal import HoldfastStatistics

/// The candidates in slices: where, or since when, the tables differ.
enum CheckSliceSection {
    /// The columns of each pair that are drawn.
    static let pictureLimit = 3

    /// The section; `nil` where no slices were asked for.
    static func section(_ report: CheckReport) -> HTMLPage.Section? {
        let sliced = report.pairs.enumerated().compactMap { place, pair in
            pair.slices.map { (place: place, pair: pair, digest: SliceDigest($0)) }
        }
        guard let first = sliced.first else { return nil }
        let isTime = first.digest.comparison.period != nil
        return HTMLPage.Section(
            "slices", link: "In slices", isTime ? "Since when?" : "Where?"
        ) {
            HTML("p") {
                """
                Each slice of the second table is held against the first. Every interval is at \
                \(CheckFigures.level(report.options.level)) by itself, so that among many some \
                stray: slices do not change a verdict.
                """
            }
            for one in sliced {
                HTML("div", ["class": "entry"]) {
                    if report.pairs.count > 1 {
                        HTML("h3") {
                            "\(one.pair.reference.rawValue) and \(one.pair.candidate.rawValue)"
                        }
                    }
                    HTML("p") { one.digest.sentence }
                    pictures(one.digest, id: "t\(one.place + 1)")
                }
            }
        }
    }

    private static func pictures(_ digest: SliceDigest, id: String) -> HTML {
        let columns = digest.worstColumns(pictureLimit)
        let isDrawn = digest.comparison.slices.count > 1
        return HTML("figure", ["class": "part"]) {
            if isDrawn {
                HTML("div", ["class": "small"]) {
                    for (place, column) in columns.enumerated() {
                        picture(column.column, column.findings, digest, id: "\(id)-\(place + 1)")
                    }
                }
            }
            HTML("details") {
                HTML("summary") { "The slices as a table" }
                table(columns, digest).html
            }
        }
    }

    private static func picture(
        _ column: String, _ findings: [Finding?], _ digest: SliceDigest, id: String
    ) -> HTML {
        let comparison = digest.comparison
        let name = CheckSentences.name(column)
        let present = findings.compactMap { $0 }
        let chart = EffectChart(
            slices: zip(comparison.slices, findings).map { slice, finding in
                (
                    label(slice.name, comparison),
                    finding.map { ($0.effect, $0.interval.lower, $0.interval.upper) }
                )
            }, margin: present.first?.margin ?? 0.1,
            valueTitle: present.first.map { "\($0.measure.abbreviation), margin dashed" } ?? "",
            isOrdered: comparison.period != nil)
        let bad = zip(comparison.slices, findings).filter { $1?.verdict == .disagrees }
            .map { label($0.0.name, comparison) }
        let words =
            bad.isEmpty
            ? "It disagrees in no slice."
            : "It disagrees in \(CheckFigures.counted(bad.count, "slice")): "
                + bad.prefix(3).joined(separator: ", ") + (bad.count > 3 ? ", …" : ".")
        return HTML("div") {
            HTML("h4") {
                CheckHTML.name(column)
            }
            HTML("p", ["class": "soft"]) { words }
            chart.draw(Picture.narrow).html(
                id: id, style: "p", title: "\(name) by slice", description: words)
        }
    }

    /// A time of day that is always midnight need not be said.
    private static func label(_ name: String, _ comparison: SliceComparison) -> String {
        let text = CheckSentences.name(name, limit: 60)
        guard comparison.period != nil else { return text }
        if text.hasSuffix("T00:00:00Z") { return String(text.dropLast(10)) }
        return text.hasSuffix(":00Z") ? String(text.dropLast(4)) : text
    }

    /// What each slice comes to, and its effect in the columns that are drawn.
    private static func table(
        _ columns: [(column: String, findings: [Finding?])], _ digest: SliceDigest
    ) -> DataTable {
        DataTable(
            caption: "Columns that disagree, and effects, by slice",
            columns: [
                .text("slice"), .number("rows"), .number("disagree"), .number("inconclusive"),
            ] + columns.map { .number(CheckSentences.name($0.column, limit: 40)) },
            rows: digest.rows.enumerated().map { place, row in
                [
                    .text(label(row.name, digest.comparison)),
                    .text(CheckFigures.grouped(row.rows)),
                    .text(CheckFigures.grouped(row.disagrees)),
                    .text(CheckFigures.grouped(row.inconclusive)),
                ]
                    + columns.map { column in
                        .text(
                            column.findings[place].map {
                                "\(CheckFigures.fixed($0.effect, 2)) "
                                    + "(\(CheckSentences.ends($0.interval)))"
                            } ?? "-")
                    }
            }, isFigures: true)
    }
}
