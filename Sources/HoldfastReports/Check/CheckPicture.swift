internal import HoldfastChecks

/// The pictures of one column: its values in bins and its cumulative shares, or its categories.
enum CheckPicture {
    static func html(_ picture: ColumnPicture, _ column: CheckedColumn, id: String) -> HTML {
        let drawings = drawings(picture)
        guard !drawings.isEmpty else { return "" }
        let worst = column.worst
        let words = CheckSentences.telling(worst.column, worst.pair)
        let name = CheckSentences.name(picture.column)
        return HTML("figure", ["class": "part", "id": "\(id)-p"]) {
            HTML("div", ["class": "small"]) {
                for (suffix, title, drawing) in drawings {
                    drawing.html(
                        id: "\(id)\(suffix)", style: "p", title: "\(title) of \(name)",
                        description: words)
                }
            }
            HTML("details") {
                HTML("summary") { "The figures as a table" }
                table(picture).html
            }
        }
    }

    private static func drawings(
        _ picture: ColumnPicture
    ) -> [(suffix: String, title: String, drawing: Drawing)] {
        let series = picture.series.map {
            (
                name: $0.role.rawValue, style: CheckHTML.style($0.role), shares: $0.shares,
                absent: $0.absentShare
            )
        }
        switch picture.kind {
        case .number:
            let bars = BinnedShares(series: series, edges: picture.edges)
            let curves = CumulativeCurves(
                values: picture.values,
                series: picture.series.filter { $0.cumulative.count == picture.values.count }.map {
                    ($0.role.rawValue, CheckHTML.style($0.role), $0.cumulative)
                })
            return [
                ("b", "Values in bins", bars.draw(Picture.narrow)),
                ("k", "Cumulative shares", curves.draw(Picture.narrow)),
            ]
        case .category:
            let rows = CategoryShares(
                series: series,
                categories: picture.categories.map { CheckSentences.name($0, limit: 100) })
            return [("b", "Shares of categories", rows.draw(Picture.narrow))]
        case .empty: return []
        }
    }

    /// The bins, or the categories, of every table; what has no value last.
    private static func table(_ picture: ColumnPicture) -> DataTable {
        let names =
            picture.kind == .category
            ? picture.categories.map { CheckSentences.name($0, limit: 60) } : bins(picture.edges)
        var rows = names.enumerated().map { place, name in
            [HTML.text(name)]
                + picture.series.map { one in
                    .text(
                        one.shares.indices.contains(place)
                            ? CheckFigures.percent(one.shares[place]) : "-")
                }
        }
        rows.append(
            [.text("no value, of all cells")]
                + picture.series.map { .text(CheckFigures.percent($0.absentShare)) })
        return DataTable(
            caption: "Shares of the values",
            columns: [.text(picture.kind == .category ? "category" : "values")]
                + picture.series.map { .number($0.role.rawValue) }, rows: rows, isFigures: true)
    }

    private static func bins(_ edges: [Double]) -> [String] {
        let ends = edges.map(CheckFigures.short)
        return ends.map { "up to \($0)" } + [ends.last.map { "above \($0)" } ?? "all"]
    }
}
