import TestSupport
import Testing

@testable import HoldfastReports

private let figures = [
    0, 1, -1, 0.1, -0.05, 12_345, 1e-9, 1e12, -1e300, 1e300, .infinity, -.infinity, .nan,
]

private let names = [
    "x", "months_since_the_last_change_of_address_of_the_household", "漢字かな交じり文",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "", "2025-06-01", "a b c d e f g h i j k l m n o p q r",
]

private let roles = ["train", "eval", "serve"]

/// A page that holds one drawing.
private func page(_ drawing: Drawing) throws -> ParsedPage {
    let table = DataTable(caption: "t", columns: [.text("a")], rows: [["b"]])
    return try ParsedPage(
        HTMLPage(
            title: "t", opening: HTML("h1") { "t" },
            sections: [
                HTMLPage.Section("s", link: "s", "s") {
                    Picture(
                        "p", title: "p", description: "d", table: table, draw: { _ in [drawing] }
                    )
                    .smallHTML
                }
            ], closing: ""
        ).markup)
}

@Suite struct CheckChartTests {
    @Test func `no data makes texts overlap or leave their picture`() throws {
        for seed in UInt64(0)..<24 {
            var chance = SeededGenerator(seed: seed)
            func figure() -> Double { figures.randomElement(using: &chance) ?? 0 }
            func name() -> String { names.randomElement(using: &chance) ?? "" }
            let size = Int.random(in: 0...40, using: &chance)
            let series = roles.prefix(Int.random(in: 0...3, using: &chance)).enumerated().map {
                (
                    name: $1, style: $0, shares: (0..<size).map { _ in figure() },
                    absent: figure()
                )
            }
            let bars = BinnedShares(
                series: series, edges: (0..<max(0, size - 1)).map { _ in figure() })
            let curves = CumulativeCurves(
                values: (0..<size).map { _ in figure() },
                series: series.map { ($0.name, $0.style, $0.shares) })
            let categories = CategoryShares(
                series: series, categories: (0..<size).map { _ in name() })
            let effects = EffectChart(
                slices: (0..<size).map { _ in
                    let value = (value: figure(), low: figure(), high: figure())
                    return (name(), Bool.random(using: &chance) ? value : nil)
                }, margin: 0.1, valueTitle: name(), isOrdered: Bool.random(using: &chance))
            let strip = IntervalStrip(
                effect: figure(), interval: (figure(), figure()), margin: 0.1)
            let width: Double = seed % 2 == 0 ? Picture.narrow : Picture.wide
            for drawing in [
                bars.draw(width), curves.draw(width), categories.draw(width), effects.draw(width),
                strip.drawing,
            ] {
                let faults = pictureFaults(try page(drawing))
                #expect(faults == [], "seed \(seed): \(faults.prefix(3))")
            }
        }
    }

    @Test func `steps of one direction are one step, in halves of a unit`() {
        var drawing = Drawing(width: 100)
        drawing.compactPath([[(0, 10), (5, 10), (9.4, 10), (9.4, 3), (10, 3.6)]], style: "x")
        let markup = drawing.html(id: "i", style: "p", title: "t", description: "d").markup
        #expect(markup.contains("d=\"M0 10h9.5v-7l.5 .5\""))
    }

    @Test func `a bar is as high as its share, and a little is not nothing`() throws {
        let chart = BinnedShares(
            series: [("train", 0, [0.5, 0.25, 0.25], 0), ("serve", 2, [1e-9, 0, 1], 0)],
            edges: [1, 2])
        let page = try page(chart.draw(328))
        let paths = page.all("path").filter { $0.attributes["class"] == "f0" }
        // The sign of the legend, then the bars: those of half as much are half as high.
        let heights = (paths.last?.attributes["d"] ?? "").split(separator: "v").dropFirst()
            .compactMap { Double($0.prefix { "-.0123456789".contains($0) }) }.filter { $0 < 0 }
        #expect(heights.count == 3)
        #expect(abs(heights[0] - 2 * heights[1]) <= 0.5 && heights[1] == heights[2])
        let outline = page.all("path").last { $0.attributes["class"] == "o2 d2" }
        #expect(outline?.attributes["d"]?.contains("v-1.5h") == true)
    }
}
