internal import HoldfastStatistics

/// One figure of every regime over the cycles.
struct FeedbackCurve: Sendable {
    /// Its name in links.
    var id: String
    /// What is drawn, and what it means.
    var title: String
    var caption: String
    /// What the axis says.
    var axis: String
    /// The figure.
    var figure: @Sendable (FeedbackResult.Cycle) -> Double?
    /// How it is written.
    var format: @Sendable (Double, String) -> String = { $1 }

    /// The curves of a page, in order.
    static let all = [
        FeedbackCurve(
            id: "auc", title: "How good the model truly is",
            caption: """
                The chance that a fraud has a higher score than a good unit (AUC), on units that \
                nobody touched: 1 is perfect, 0.5 is a coin.
                """,
            axis: "AUC on untouched units", figure: { $0.quality?.auc }),
        FeedbackCurve(
            id: "monitor", title: "What a monitor says of it",
            caption: """
                The same figure on the rows whose label is seen in operation. A monitor that looks \
                at unblocked rows only takes a good model for a bad one.
                """,
            axis: "AUC on rows whose label is seen",
            figure: { $0.monitor?.weightedAUC ?? $0.monitor?.auc }),
        FeedbackCurve(
            id: "calibration", title: "Whether its probabilities are right",
            caption: """
                The fraud that the model predicts by the fraud there is: 1 is right, below 1 it is \
                too hopeful.
                """,
            axis: "fraud predicted by fraud there is", figure: { $0.quality?.calibration }),
        FeedbackCurve(
            id: "recall", title: "How much fraud it would block",
            caption: "The share of all fraud among the units of the highest scores (recall).",
            axis: "share of fraud blocked", figure: { $0.quality?.recall },
            format: { value, _ in CheckFigures.short(value * 100) + "%" }),
    ]

    /// The curve of a result.
    func picture(_ result: FeedbackResult, id section: String) -> Picture {
        let chart = LineChart(
            series: result.courses.map { course in
                LineChart.Series(
                    name: course.regime.shortName,
                    points: course.cycles.map { (Double($0.number), figure($0)) })
            }, stepTitle: "cycle", valueTitle: axis, tickFormat: format)
        return Picture(
            "\(section)-\(id)", title: title, description: "\(caption) \(ends(result))",
            caption: HTML("p") { caption }, table: table(result), draw: { [chart.draw($0)] })
    }

    /// Where each line begins and ends.
    private func ends(_ result: FeedbackResult) -> String {
        result.courses.compactMap { course in
            let values = course.cycles.compactMap(figure)
            guard let first = values.first, let last = values.last else { return nil }
            return "\(course.regime.shortName): \(show(first)) to \(show(last))."
        }.joined(separator: " ")
    }

    private func table(_ result: FeedbackResult) -> DataTable {
        DataTable(
            caption: "\(axis), by cycle",
            columns: [.text("cycle")]
                + result.courses.map { .number("\($0.regime.shortName) (\($0.regime.rawValue))") },
            rows: (0..<(result.courses.map(\.cycles.count).max() ?? 0)).map { cycle in
                ["\(cycle)"]
                    + result.courses.map { course in
                        .text(
                            course.cycles.indices.contains(cycle)
                                ? figure(course.cycles[cycle]).map(show) ?? "-" : "-")
                    }
            })
    }

    private func show(_ value: Double) -> String {
        value.isFinite && abs(value) < 1_000
            ? CheckFigures.fixed(value, 3) : CheckFigures.short(value)
    }
}

/// What a holdout costs: the fraud that was let go so that there is something to learn from.
enum FeedbackCost {
    static func html(_ result: FeedbackResult, id section: String) -> HTML {
        let costs = result.courses.map { cost($0) }.filter { $0.spared > 0 }
        guard !costs.isEmpty else { return "" }
        let chart = BarRows(
            series: ["fraud let go a cycle"],
            rows: costs.map {
                BarRows.Row(
                    name: $0.name, values: [$0.fraud],
                    note: $0.share.map { CheckFigures.percent($0) } ?? "")
            },
            format: { CheckFigures.short($0) })
        let caption = """
            Frauds that the model would have blocked and that were let go, a cycle, and their \
            share of all fraud.
            """
        return Picture(
            "\(section)-cost", title: "What the holdout costs", description: caption,
            caption: HTML("p") { caption },
            table: DataTable(
                caption: "Units left alone above the threshold, a cycle",
                columns: [
                    .text("trained on"), .number("units"), .number("fraud"),
                    .number("of all fraud"),
                ],
                rows: costs.map {
                    [
                        .text($0.name), .text(CheckFigures.short($0.spared)),
                        .text(CheckFigures.short($0.fraud)),
                        .text($0.share.map { CheckFigures.percent($0) } ?? "-"),
                    ]
                }),
            draw: { [chart.draw($0)] }
        ).html
    }

    /// A regime's mean cost a cycle; cycle 0 has no model that could have blocked.
    private static func cost(
        _ course: FeedbackResult.Course
    ) -> (name: String, spared: Double, fraud: Double, share: Double?) {
        let cycles = course.cycles.dropFirst().map(\.actions)
        let count = Double(max(1, cycles.count))
        let spared = cycles.reduce(0) { $0 + $1.spared }
        let fraud = cycles.reduce(0) { $0 + $1.fraudSpared }
        let all = cycles.reduce(0) { $0 + $1.fraudLetThrough + $1.blocked - $1.goodBlocked }
        return (
            course.regime.shortName, Double(spared) / count, Double(fraud) / count,
            all > 0 ? Double(fraud) / Double(all) : nil
        )
    }
}
