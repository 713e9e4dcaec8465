internal import HoldfastDatasets

/// For how many rows each row stands.
enum ManifestWeights {
    static func section(_ manifest: Manifest) -> HTMLPage.Section {
        let weights = manifest.audit.weights
        return HTMLPage.Section("weights", link: "Weights", "For how many does a row stand?") {
            HTML("p") { finding(weights, manifest) }
            HTML("dl", ["class": "facts"]) {
                fact("Rows", CheckFigures.grouped(weights.rows))
                fact("Effective rows", figure(weights.effectiveSize))
                fact("Largest weight", figure(weights.largest))
                fact("Its share of all", share(weights.largestShare))
                if let mean = weights.mean { fact("Mean by design", figure(mean)) }
                if let trimmed = weights.trimmedShare { fact("Cut off", share(trimmed)) }
            }
            if weights.counts.isEmpty {
                HTML("p", ["class": "soft"]) { "There are no weights to draw." }
            } else {
                picture(weights).html
            }
        }
    }

    private static func finding(_ weights: Audit.Weights, _ manifest: Manifest) -> String {
        guard weights.rows > 0 else { return "There are no rows." }
        var text =
            """
            Rows of unequal weight tell less than their number: these \
            \(CheckFigures.counted(weights.rows, "row")) tell as much as \
            \(figure(weights.effectiveSize)) of equal weight would (Kish’s effective sample size).
            """
        switch manifest.mode {
        case .control where weights.largest == 1 && !manifest.isCensoringWeighted:
            text = "Each of the \(CheckFigures.counted(weights.rows, "row")) counts once."
        case .control, .weighted: break
        }
        if let mean = weights.mean {
            text += """
                 If rows were dealt as the ledger says, the mean weight by design is 1; \
                it is \(figure(mean)) (p \(CheckFigures.pValue(weights.pValue))).
                """
        }
        return text
    }

    private static func picture(_ weights: Audit.Weights) -> Picture {
        let chart = Histogram(
            series: [("rows kept", weights.counts, 0)], edges: weights.edges)
        let total = weights.counts.reduce(0, +)
        return Picture(
            "weights-picture", title: "Rows by their weight",
            description: """
                The share of the kept rows by weight, from \
                \(figure(weights.edges.first ?? 0)) to \(figure(weights.edges.last ?? 0)).
                """,
            table: DataTable(
                caption: "Rows kept by weight",
                columns: [.text("weight from, below"), .number("rows"), .number("share")],
                rows: weights.counts.enumerated().map { place, count in
                    [
                        .text(Bins.name(weights.edges, place)), "\(CheckFigures.grouped(count))",
                        "\(CheckFigures.percent(count, of: total))",
                    ]
                }),
            draw: { [chart.draw($0)] })
    }

    private static func fact(_ name: String, _ value: String) -> HTML {
        HTML("div") {
            HTML("dt") { name }
            HTML("dd") { value }
        }
    }

    private static func figure(_ value: Double) -> String { CheckFigures.short(value) }

    private static func share(_ value: Double) -> String {
        value.isFinite && abs(value) < 1_000 ? CheckFigures.percent(value) : figure(value)
    }
}

/// The names of bins in tables.
enum Bins {
    /// A bin from its edges: "0.5 to 0.9".
    static func name(_ edges: [Double], _ place: Int) -> String {
        guard edges.indices.contains(place + 1) else { return "\(place + 1)" }
        return "\(CheckFigures.short(edges[place])) to \(CheckFigures.short(edges[place + 1]))"
    }
}
