internal import HoldfastDatasets

/// Whether there are rows to learn from wherever the model would have acted.
enum ManifestPositivity {
    static func section(_ manifest: Manifest) -> HTMLPage.Section {
        let bands = manifest.audit.bands
        return HTMLPage.Section(
            "positivity", link: "Scores", "Is there something to learn from at every score?"
        ) {
            HTML("p") {
                """
                Where the model always acts and nobody is left alone, no weight can make up for \
                what is not there: a model trained on this set would have to guess. \
                \(finding(bands))
                """
            }
            if bands.isEmpty {
                HTML("p", ["class": "soft"]) { "No scores were recorded." }
            } else {
                picture(bands).html
            }
        }
    }

    private static func isEmpty(_ band: Audit.Band) -> Bool {
        band.kept == 0 && band.intended > 0
    }

    private static func finding(_ bands: [Audit.Band]) -> String {
        let empty = bands.filter(isEmpty).map {
            "\(name($0)) (\(CheckFigures.grouped($0.intended)))"
        }
        if bands.isEmpty { return "" }
        return empty.isEmpty
            ? "Every band in which the model meant to act has rows."
            : "Without a row although the model meant to act: " + empty.joined(separator: ", ")
                + "."
    }

    private static func name(_ band: Audit.Band) -> String {
        switch (band.from.map(CheckFigures.short), band.below.map(CheckFigures.short)) {
        case (let from?, let below?): "\(from) to \(below)"
        case (let from?, nil): "\(from) and more"
        case (nil, let below?): "below \(below)"
        case (nil, nil): "any score"
        }
    }

    private static func chance(_ band: Audit.Band) -> String {
        guard let least = band.leastPropensity else { return "-" }
        return least > 0 ? CheckFigures.short(1 / least) : "∞"
    }

    private static func picture(_ bands: [Audit.Band]) -> Picture {
        let kept = bands.reduce(0) { $0 + $1.kept }
        let rows = bands.reduce(0) { $0 + $1.rows }
        func share(_ count: Int, _ total: Int) -> Double? {
            total == 0 ? nil : Double(count) / Double(total)
        }
        let chart = BarRows(
            series: ["rows kept", "all served"],
            rows: bands.map { band in
                BarRows.Row(
                    name: name(band), values: [share(band.kept, kept), share(band.rows, rows)],
                    note: isEmpty(band)
                        ? "none kept" : band.leastPropensity == nil ? "" : "1 for \(chance(band))",
                    isAlarm: isEmpty(band))
            },
            format: { CheckFigures.percent($0) })
        return Picture(
            "positivity-picture", title: "Rows by score, kept and served",
            description:
                "The share of the kept rows and of all served rows in each band of scores. "
                + finding(bands),
            caption: HTML("span", ["class": "soft"]) {
                "“1 for 20”: a row that was kept stands for at most 20 by design."
            },
            table: DataTable(
                caption: "Randomised rows by score",
                columns: [
                    .text("score"), .number("served"), .number("model meant to act"),
                    .number("kept"), .number("least propensity"), .number("stands for at most"),
                ],
                rows: bands.map { band in
                    [
                        .text(name(band)), "\(CheckFigures.grouped(band.rows))",
                        "\(CheckFigures.grouped(band.intended))",
                        "\(CheckFigures.grouped(band.kept))",
                        .text(band.leastPropensity.map(CheckFigures.short) ?? "-"),
                        .text(chance(band)),
                    ]
                }),
            draw: { [chart.draw($0)] })
    }
}
