public import HoldfastChecks
internal import HoldfastStatistics

/// A check's `report.html`: for the person who must say whether a difference matters.
///
/// First the verdict and what to do, then every column in one table, the worst first; then each
/// column's pictures and figures, those that agree folded; then what was found across columns, and
/// in slices; last what each statistic says. One file without a script that loads nothing, names
/// no machine and no time: the same report gives the same bytes.
///
/// Its size is bounded: ``pictureLimit`` columns have pictures, however many there are.
public enum CheckHTML {
    /// The most columns with pictures; the others have a row in the table.
    public static let pictureLimit = 40

    /// The page.
    public static func render(_ report: CheckReport) -> String {
        let columns = CheckedColumn.worstFirst(report)
        var sections = [CheckOverview.section(columns, report)]
        if let schema = report.schema { sections.insert(CheckSchemaSection.section(schema), at: 0) }
        if !columns.isEmpty { sections.append(CheckColumnSection.section(columns, report)) }
        if let across = CheckAcrossSection.section(report) { sections.append(across) }
        if let slices = CheckSliceSection.section(report) { sections.append(slices) }
        sections.append(CheckGlossary.section(report))
        return HTMLPage(
            title: "Check: \(CheckText.headline(report))",
            opening: CheckOpening.html(report, columns), sections: sections, closing: closing
        ).markup
    }

    /// A verdict in words and a sign; its colour adds nothing that these do not say.
    static func mark(_ verdict: Verdict) -> HTML {
        switch verdict {
        case .agrees: HTML("span", ["class": "vg"]) { "✓ agrees" }
        case .inconclusive: HTML("span", ["class": "vw"]) { "? inconclusive" }
        case .disagrees: HTML("span", ["class": "vb"]) { "✕ disagrees" }
        }
    }

    /// A name that a file holds, kept apart from the text around it whichever way it is written.
    static func name(_ name: String, limit: Int = 100) -> HTML {
        HTML("bdi") { CheckSentences.name(name, limit: limit) }
    }

    /// The style of a table in pictures, the same in all of them.
    static func style(_ role: TableRole) -> Int {
        switch role {
        case .train: 0
        case .eval: 1
        case .serve: 2
        }
    }

    private static var closing: HTML {
        HTML("p") { "Made by Holdfast. The JSON report has the same figures for programs." }
    }
}
