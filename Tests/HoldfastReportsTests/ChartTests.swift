import TestSupport
import Testing

@testable import HoldfastReports

/// A page that holds one picture.
private func page(_ draw: @escaping @Sendable (Double) -> [Drawing]) throws -> ParsedPage {
    let table = DataTable(caption: "t", columns: [.text("a")], rows: [["b"]])
    return try ParsedPage(
        HTMLPage(
            title: "t", opening: HTML("h1") { "t" },
            sections: [
                HTMLPage.Section("s", link: "s", "s") {
                    Picture("p", title: "p", description: "d", table: table, draw: draw).html
                }
            ], closing: ""
        ).markup)
}

private let names = [
    "x", "income", "months_since_the_last_change_of_address_of_the_household", "漢字かな交じり文",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "", "a b c d e f g h i j k l m n o p q r s t u v w",
]

private let figures = [
    0, 1, -1, 0.1, -0.05, 12_345, 1e-9, 1e12, -1e300, 1e300, .infinity, -.infinity, .nan,
]

@Suite struct ChartTests {
    @Test func `no data makes texts overlap or leave their picture`() throws {
        for seed in UInt64(0)..<40 {
            var chance = SeededGenerator(seed: seed)
            func figure() -> Double { figures.randomElement(using: &chance) ?? 0 }
            func name() -> String { names.randomElement(using: &chance) ?? "" }
            let size = Int.random(in: 0...60, using: &chance)
            let histogram = Histogram(
                series: (0..<2).map { _ in
                    (
                        name(),
                        (0..<size).map { _ in
                            [0, 0, 1, 900, 1 << 50].randomElement(using: &chance) ?? 0
                        }, Int.random(in: 0...3, using: &chance)
                    )
                }, edges: size == 0 ? [] : (0...size).map { _ in figure() })
            let bars = BarRows(
                series: [name(), name()],
                rows: (0..<size).map { _ in
                    BarRows.Row(
                        name: name(), values: [figure(), nil], note: name(),
                        isAlarm: Bool.random(using: &chance))
                }, format: { CheckFigures.short($0) })
            let series = (0..<Int.random(in: 1...7, using: &chance)).map { _ in name() }
            let isSymmetric = Bool.random(using: &chance)
            let dots = DotPlot(
                series: series,
                rows: (0..<size).map { _ in
                    DotPlot.Row(
                        name: name(),
                        points: series.map { _ in
                            DotPlot.Point(value: figure(), interval: (figure(), figure()))
                        }, isAlarm: Bool.random(using: &chance))
                }, limits: [-0.1, 0.1], axisTitle: name(), isSymmetric: isSymmetric,
                format: { CheckFigures.short($0) })
            let lines = LineChart(
                series: series.map { name in
                    LineChart.Series(
                        name: name, points: (0..<size).map { (Double($0), figure()) })
                }, stepTitle: name(), valueTitle: name())
            var faults = pictureFaults(try page { [histogram.draw($0)] })
            faults += pictureFaults(try page { [bars.draw($0)] })
            faults += pictureFaults(try page { dots.draw($0) })
            faults += pictureFaults(try page { [lines.draw($0)] })
            #expect(faults == [], "seed \(seed): \(faults.prefix(3))")
        }
    }

    @Test func `a flow reads at any length and in any width`() throws {
        for count in [0, 1, 3, 11] {
            let box = FlowChart.Box(
                count: "9,223,372,036,854,775,807", words: names.joined(separator: " "),
                left: "9,223,372,036,854,775,807")
            let flow = FlowChart(
                start: box, exits: Array(repeating: box, count: count), end: box,
                parts: Array(repeating: box, count: min(count, 5)))
            #expect(pictureFaults(try page { [flow.draw($0)] }) == [])
        }
    }

    @Test func `a bar that is not nothing can be seen`() throws {
        let histogram = Histogram(series: [("a", [1, 1_000_000_000], 0)], edges: [0, 1, 2])
        let bars = try page { [histogram.draw($0)] }.all("rect").compactMap {
            Double($0.attributes["height"] ?? "")
        }
        #expect(bars.count == 4 && bars.allSatisfy { $0 >= 1.5 })
    }

    @Test func `a dot plot of many rows is cut by us, not by the printer`() {
        func count(_ rows: Int) -> Int {
            DotPlot(
                series: ["a"],
                rows: (0..<rows).map { DotPlot.Row(name: "\($0)", points: [nil]) },
                axisTitle: "a", isSymmetric: true, format: { CheckFigures.short($0) }
            ).draw(Picture.wide).count
        }
        #expect([0, 1, 30, 31, 60, 61].map(count) == [1, 1, 1, 2, 2, 3])
    }

    @Test func `ticks are round, and as many as asked`() {
        func texts(_ low: Double, _ high: Double, _ count: Int) -> [String] {
            Scale(low, high, from: 0, to: 100).ticks(count).map(\.text)
        }
        #expect(texts(0, 1, 5) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(texts(-0.3, 0.3, 6) == ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"])
        #expect(texts(0, 25_000, 5) == ["0", "5,000", "10,000", "15,000", "20,000", "25,000"])
        #expect(texts(7, 7, 2) == ["7"])
        #expect(texts(0, 3e12, 3) == ["0", "1e12", "2e12", "3e12"])
    }

    @Test func `short figures are to three figures`() {
        let cases: [(Double, String)] = [
            (0, "0"), (-0.0, "0"), (0.01234, "0.0123"), (0.5, "0.5"), (1, "1"), (12.345, "12.3"),
            (999.6, "1,000"), (51_234.5, "51,235"), (1e9, "1e9"), (1.25e300, "1.3e300"),
            (0.00001, "1e-5"), (-2, "-2"), (.infinity, "∞"), (.nan, "-"),
        ]
        for (value, text) in cases { #expect(CheckFigures.short(value) == text) }
    }

    @Test func `a name that is too long keeps its beginning and its end`() {
        let short = TextWidth.shortened("household_income_last_year", to: 100, size: 13)
        #expect(short.hasPrefix("hous") && short.hasSuffix("year") && short.contains("…"))
        #expect(TextWidth.estimate(short, size: 13) <= 100)
        #expect(TextWidth.shortened("income", to: 100, size: 13) == "income")
        let lines = TextWidth.wrapped("one two three four five six", to: 90, size: 13)
        #expect(lines.joined(separator: " ") == "one two three four five six" && lines.count > 1)
    }
}

@Suite struct StyleSheetTests {
    @Test func `texts and pictures have the contrast that WCAG AA asks, light and dark`() throws {
        for colours in [StyleSheet.light, StyleSheet.dark] {
            func colour(_ name: String) throws -> String {
                try #require(colours.first { $0.key == name }?.value)
            }
            for ground in [try colour("ground"), try colour("panel")] {
                for (name, value) in colours where !["ground", "panel", "rule"].contains(name) {
                    let ratio = try contrast(value, ground)
                    #expect(ratio >= 4.5, "\(name) on \(ground) has \(ratio)")
                }
            }
        }
    }

    @Test func `two series look unlike to those who do not tell red from green`() throws {
        for colours in [StyleSheet.light, StyleSheet.dark] {
            let first = try colours.filter { ["s0", "s1", "s2"].contains($0.key) }.map {
                try lineared($0.value)
            }
            for (one, other) in [(0, 1), (0, 2)] {
                // What a deuteranope is left with: brightness, and blue against yellow.
                func seen(_ c: [Double]) -> (Double, Double) {
                    (0.37 * c[0] + 0.63 * c[1], c[2])
                }
                let (a, b) = (seen(first[one]), seen(first[other]))
                #expect(abs(a.0 - b.0) + abs(a.1 - b.1) > 0.2, "s\(one) and s\(other)")
            }
        }
    }

    /// The contrast of two colours, from 1 to 21.
    private func contrast(_ one: String, _ other: String) throws -> Double {
        func brightness(_ c: [Double]) -> Double { 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2] }
        let both = [brightness(try lineared(one)), brightness(try lineared(other))].sorted()
        return (both[1] + 0.05) / (both[0] + 0.05)
    }

    /// Red, green and blue as amounts of light.
    private func lineared(_ colour: String) throws -> [Double] {
        let values = bytes(hexadecimal: String(colour.dropFirst()))
        try #require(values.count == 3)
        return values.map { value in
            let share = Double(value) / 255
            return share <= 0.04045 ? share / 12.92 : gamma((share + 0.055) / 1.055)
        }
    }

    /// x to the power of 2.4, by Newton's steps on y⁵ = x¹².
    private func gamma(_ x: Double) -> Double {
        var target = 1.0
        for _ in 0..<12 { target *= x }
        var y = x
        for _ in 0..<60 { y -= (y * y * y * y * y - target) / (5 * y * y * y * y) }
        return y
    }
}
