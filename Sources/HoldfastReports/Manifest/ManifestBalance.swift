internal import HoldfastDatasets

/// Whether control rows that were kept are like those that were left out.
enum ManifestBalance {
    /// Differences beyond this many standard deviations are named (Austin, 2009).
    private static let limit = 0.1

    static func section(_ manifest: Manifest) -> HTMLPage.Section {
        let (audit, isWeighted) = (manifest.audit, manifest.isCensoringWeighted)
        return HTMLPage.Section(
            "balance", link: "Balance", "Are the rows kept like the rows left out?"
        ) {
            HTML("p") {
                """
                Each line holds one feature of the control rows that were kept \
                \(isWeighted ? "and weighted against all of them, kept and left out" : "against those that were left out"). The dot is the difference of their means in standard deviations, \
                the bar its 95% interval. Dots between the dashed lines (±0.1) are alike enough. \
                \(finding(audit.balance))
                """
            }
            if audit.balance.isEmpty {
                HTML("p", ["class": "soft"]) { "There is no feature to compare." }
            } else {
                picture(sorted(audit.balance), isWeighted).html
            }
        }
    }

    /// The largest differences first; those that are not defined stand last.
    private static func sorted(_ balance: [Audit.Balance]) -> [Audit.Balance] {
        balance.sorted { one, other in
            let (a, b) = (size(one), size(other))
            return a == b
                ? one.feature.utf8.lexicographicallyPrecedes(other.feature.utf8) : a > b
        }
    }

    private static func size(_ entry: Audit.Balance) -> Double {
        entry.difference.map { $0.isNaN ? -1 : abs($0) } ?? -1
    }

    private static func finding(_ balance: [Audit.Balance]) -> String {
        let apart = sorted(balance).filter(\.isAlarm)
        let named = apart.prefix(5).map { "\($0.feature) (\(signed($0.difference)))" }
        if balance.isEmpty { return "" }
        if apart.isEmpty {
            let beyond = balance.count { size($0) > limit }
            let all = CheckFigures.counted(balance.count, "feature")
            return beyond == 0
                ? "All of the \(all) lie between them."
                : "\(beyond) of \(all) \(beyond == 1 ? "lies" : "lie") beyond, by no more than chance explains."
        }
        let more = apart.count > named.count ? " and \(apart.count - named.count) more" : ""
        return """
            \(apart.count) of \(CheckFigures.counted(balance.count, "feature")) \
            \(apart.count == 1 ? "lies" : "lie") beyond, by more than chance explains: \(named.joined(separator: ", "))\(more).
            """
    }

    /// A difference with its sign, to two decimals.
    private static func signed(_ difference: Double?) -> String {
        guard let difference, !difference.isNaN else { return "-" }
        let text =
            abs(difference) < 1_000
            ? CheckFigures.fixed(difference, 2) : CheckFigures.short(difference)
        return difference > 0 && text != "0.00" ? "+" + text : text
    }

    private static func picture(_ balance: [Audit.Balance], _ isWeighted: Bool) -> Picture {
        let difference = isWeighted ? "kept less all" : "kept less left out"
        let plot = DotPlot(
            series: [difference],
            rows: balance.map { entry in
                DotPlot.Row(
                    name: entry.feature,
                    points: [
                        entry.difference.flatMap { difference in
                            difference.isNaN
                                ? nil : DotPlot.Point(value: difference, interval: entry.interval)
                        }
                    ],
                    note: entry.difference == nil ? "not defined" : signed(entry.difference),
                    isAlarm: entry.isAlarm)
            },
            limits: [-limit, limit],
            axisTitle: "\(difference), in standard deviations", isSymmetric: true,
            format: { signed($0) })
        return Picture(
            "balance-picture", title: "Difference of kept and left out, by feature",
            description: """
                The standardised mean difference of each feature with its 95% interval, the \
                largest first. \(finding(balance))
                """,
            table: table(balance, isWeighted), draw: { plot.draw($0) })
    }

    private static func table(_ balance: [Audit.Balance], _ isWeighted: Bool) -> DataTable {
        func mean(_ value: Double?) -> HTML { .text(value.map(CheckFigures.short) ?? "-") }
        return DataTable(
            caption: "Control rows kept and left out, by feature",
            columns: [
                .text("feature"), .number("difference (SD)"), .number("95% interval"),
                .number("mean kept"), .number(isWeighted ? "mean of all" : "mean left out"),
                .number("kept"),
                .number("left out"), .number("ratio of variances"),
            ],
            rows: balance.map { entry in
                [
                    .text(entry.feature), .text(signed(entry.difference)),
                    .text(
                        entry.interval.map { "\(signed($0.low)) … \(signed($0.high))" } ?? "-"),
                    mean(entry.keptMean), mean(entry.excludedMean),
                    "\(CheckFigures.grouped(entry.kept))",
                    "\(CheckFigures.grouped(entry.excluded))", mean(entry.varianceRatio),
                ]
            })
    }
}
