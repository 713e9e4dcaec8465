/// A table: the first cell of a row is its heading, numbers stand right.
struct DataTable: Sendable {
    /// What it shows, read out before it.
    var caption: String
    /// The columns.
    var columns: [Column]
    /// The cells of each row, as many as columns.
    var rows: [[HTML]]
    /// Whether all cells but the first of a row are figures: then the table says so once, which
    /// makes a page of hundreds of tables smaller.
    var isFigures = false

    /// A column.
    struct Column: Sendable {
        /// Its heading.
        var title: String
        /// Whether it holds numbers.
        var isNumber: Bool

        /// A column of texts.
        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        /// A column of numbers.
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    /// The table, in a frame of its own that scrolls where the page is narrow.
    var html: HTML {
        // A frame that scrolls must be reached by keyboard, and then must have a name.
        HTML("div", ["class": "scroll", "tabindex": "0", "role": "group", "aria-label": caption]) {
            HTML("table", isFigures ? ["class": "f"] : [:]) {
                HTML("caption") { caption }
                HTML("thead") {
                    HTML("tr") { for column in columns { heading(column) } }
                }
                HTML("tbody") {
                    for row in rows { HTML("tr") { cells(row) } }
                    if rows.isEmpty {
                        HTML("tr") { HTML("td", ["colspan": String(columns.count)]) { "none" } }
                    }
                }
            }
        }
    }

    private func heading(_ column: Column) -> HTML {
        // A row of headings alone, and a column of them, need no scope to be told.
        if isFigures { return HTML("th") { column.title } }
        return column.isNumber
            ? HTML("th", ["scope": "col", "class": "n"]) { column.title }
            : HTML("th", ["scope": "col"]) { column.title }
    }

    private func cells(_ row: [HTML]) -> HTML {
        precondition(row.count == columns.count, "a row has a cell for each column")
        return .list(
            zip(row, columns).enumerated().map { place, pair in
                if place == 0 {
                    return isFigures
                        ? HTML("th") { pair.0 } : HTML("th", ["scope": "row"]) { pair.0 }
                }
                return pair.1.isNumber && !isFigures
                    ? HTML("td", ["class": "n"]) { pair.0 } : HTML("td") { pair.0 }
            })
    }
}
