internal import HoldfastDatasets

/// How the kept rows' features spread, against everything served.
enum ManifestFeatures {
    /// The pictures shown at once; the others are folded away.
    private static let shownCount = 12
    /// The most categories of one picture; the table has them all.
    private static let categoryLimit = 14

    static func section(_ audit: Audit) -> HTMLPage.Section {
        let ordered = audit.features.map { (feature: $0, difference: difference($0)) }
            .sorted { one, other in
                one.difference == other.difference
                    ? one.feature.feature.utf8.lexicographicallyPrecedes(other.feature.feature.utf8)
                    : one.difference > other.difference
            }.enumerated().map { place, entry in
                picture(entry.feature, entry.difference, place + 1).smallHTML
            }
        return HTMLPage.Section(
            "features", link: "Features", "Do the rows kept look like everything served?"
        ) {
            HTML("p") {
                """
                Each picture holds the rows kept (filled) against everything the model scored \
                (outline). What differs most stands first; the percentage says how many of the \
                rows would have to be others for both to look alike. Small sets differ a little \
                by chance alone.
                """
            }
            if ordered.isEmpty {
                HTML("p", ["class": "soft"]) { "No feature was recorded." }
            } else {
                HTML("div", ["class": "small"]) { HTML.list(Array(ordered.prefix(shownCount))) }
            }
            if ordered.count > shownCount {
                HTML("details") {
                    HTML("summary") {
                        "\(CheckFigures.counted(ordered.count - shownCount, "more feature"))"
                    }
                    HTML("div", ["class": "small"]) {
                        HTML.list(Array(ordered.dropFirst(shownCount)))
                    }
                }
            }
        }
    }

    /// The total variation of both, what is missing counted as a value; 0 where either has no rows.
    private static func difference(_ feature: Audit.FeatureHistogram) -> Double {
        let kept = feature.kept + [feature.keptMissing]
        let served = feature.served + [feature.servedMissing]
        let (keptTotal, servedTotal) = (kept.reduce(0, +), served.reduce(0, +))
        guard keptTotal > 0, servedTotal > 0, kept.count == served.count else { return 0 }
        return zip(kept, served).reduce(0) {
            $0 + abs(Double($1.0) / Double(keptTotal) - Double($1.1) / Double(servedTotal))
        } / 2
    }

    private static func picture(
        _ feature: Audit.FeatureHistogram, _ difference: Double, _ number: Int
    ) -> Picture {
        let kept = feature.kept.reduce(feature.keptMissing, +)
        let served = feature.served.reduce(feature.servedMissing, +)
        return Picture(
            "feature-\(number)", title: feature.feature,
            description: """
                \(feature.feature): \(CheckFigures.counted(kept, "row")) kept against \
                \(CheckFigures.grouped(served)) served differ by \
                \(CheckFigures.percent(difference)).
                """,
            caption: HTML("span", ["class": "soft"]) {
                "differs by \(CheckFigures.percent(difference))"
            },
            table: table(feature, kept, served), draw: { [draw(feature, kept, served, $0)] })
    }

    private static func draw(
        _ feature: Audit.FeatureHistogram, _ kept: Int, _ served: Int, _ width: Double
    ) -> Drawing {
        let names = ["rows kept", "all served"]
        guard !feature.categories.isEmpty else {
            return Histogram(
                series: [
                    (names[0], feature.kept, feature.keptMissing),
                    (names[1], feature.served, feature.servedMissing),
                ], edges: feature.edges
            ).draw(width)
        }
        func share(_ count: Int, _ total: Int) -> Double? {
            total == 0 ? nil : Double(count) / Double(total)
        }
        var rows = zip(feature.categories, zip(feature.kept, feature.served)).map { name, counts in
            BarRows.Row(name: name, values: [share(counts.0, kept), share(counts.1, served)])
        }
        if feature.keptMissing > 0 || feature.servedMissing > 0 {
            rows.insert(
                BarRows.Row(
                    name: "(none)",
                    values: [
                        share(feature.keptMissing, kept), share(feature.servedMissing, served),
                    ]), at: 0)
        }
        return BarRows(
            series: names, rows: Array(rows.prefix(categoryLimit)),
            format: { CheckFigures.percent($0) }
        ).draw(width)
    }

    private static func table(
        _ feature: Audit.FeatureHistogram, _ kept: Int, _ served: Int
    ) -> DataTable {
        func row(_ name: String, _ keptCount: Int, _ servedCount: Int) -> [HTML] {
            [
                .text(name), "\(CheckFigures.grouped(keptCount))",
                "\(CheckFigures.percent(keptCount, of: kept))",
                "\(CheckFigures.grouped(servedCount))",
                "\(CheckFigures.percent(servedCount, of: served))",
            ]
        }
        var rows = zip(feature.kept, feature.served).enumerated().map { place, counts in
            let isCategory = feature.categories.indices.contains(place)
            return row(
                isCategory ? feature.categories[place] : Bins.name(feature.edges, place), counts.0,
                counts.1)
        }
        rows.append(row("(none)", feature.keptMissing, feature.servedMissing))
        return DataTable(
            caption: "Rows by \(feature.feature)",
            columns: [
                .text(feature.categories.isEmpty ? "from, to" : "value"), .number("kept"),
                .number("share"), .number("served"), .number("share"),
            ], rows: rows)
    }
}
