/// A picture with its words, and its figures as a table.
///
/// It is drawn twice where it must be read on a telephone and on a desk: a drawing that is only
/// made smaller has letters nobody can read.
struct Picture: Sendable {
    /// Its name in links and labels, without spaces; no other on the page may have it.
    var id: String
    /// What it is.
    var title: String
    /// What it shows, in words that stand in for it.
    var description: String
    /// The same figures.
    var table: DataTable
    /// The drawings for one width: more than one where it is long, so that none is cut in print.
    var draw: @Sendable (Double) -> [Drawing]
    /// What is said above it.
    var caption: HTML

    /// The width of a telephone's page.
    static let narrow = 328.0
    /// The width of a desk's or a sheet's.
    static let wide = 700.0

    init(
        _ id: String, title: String, description: String, caption: HTML = "", table: DataTable,
        draw: @escaping @Sendable (Double) -> [Drawing]
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.caption = caption
        self.table = table
        self.draw = draw
    }

    /// The figure in the two widths.
    var html: HTML {
        figure {
            drawings("wide", Picture.wide)
            drawings("narrow", Picture.narrow)
        }
    }

    /// The figure in the narrow width only, for several side by side.
    var smallHTML: HTML {
        figure { drawings("", Picture.narrow) }
    }

    private func figure(@HTMLBuilder _ drawings: () -> HTML) -> HTML {
        HTML("figure", ["id": id]) {
            HTML("figcaption") {
                HTML("h3") { title }
                caption
            }
            drawings()
            HTML("details") {
                HTML("summary") { "The figures as a table" }
                table.html
            }
        }
    }

    private func drawings(_ style: String, _ width: Double) -> HTML {
        let all = draw(width)
        return .list(
            all.enumerated().map { place, drawing in
                let part = all.count > 1 ? ", part \(place + 1) of \(all.count)" : ""
                let suffix = (style.isEmpty ? "" : "-\(style)") + (place > 0 ? "-\(place + 1)" : "")
                return drawing.html(
                    id: id + suffix, style: style, title: title + part, description: description)
            })
    }
}
