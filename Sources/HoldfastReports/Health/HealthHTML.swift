internal import HoldfastDatasets

/// The report's page: the verdict, what to do about each alarm, then each experiment's figures and
/// pictures by day. One file without a script that loads nothing.
package enum HealthHTML {
    /// The page.
    package static func render(_ report: HealthReport) -> String {
        HTMLPage(
            title: "Health: \(HealthWords.headline(report))", opening: opening(report),
            sections: report.findings.enumerated().map { section($1, report, number: $0 + 1) },
            closing: HTML("p") {
                """
                Made by Holdfast. p-values and evidence hold however often they are looked at: a \
                sound experiment alarms by each of its sample ratios with a probability of \
                \(CheckFigures.percent(HealthRules.level)) at most in its whole life, by that of \
                a day with as much on each day, and by drift after \(runLength) blocks on average, \
                each an hour or longer.
                """
            }
        ).markup
    }

    private static var runLength: String {
        CheckFigures.grouped(Int(HealthRules.averageRunLength))
    }

    private static func opening(_ report: HealthReport) -> HTML {
        .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: are running experiments still valid?" },
            HTML("h1") { HealthWords.headline(report) },
            HTML("p", ["class": "verdict \(style(report.status))"]) {
                "As of \(report.asOf), revision \(report.revision), \(HealthWords.source(report))."
            },
            HTML("dl", ["class": "facts"]) {
                for findings in report.findings {
                    HTML("div") {
                        HTML("dt") { findings.name }
                        HTML("dd") { mark(findings) }
                    }
                }
            },
        ])
    }

    private static func style(_ status: HealthFindings.Status) -> String {
        switch status {
        case .healthy: "good"
        case .unknown: "waived"
        case .alarm: "bad"
        }
    }

    private static func mark(_ findings: HealthFindings) -> HTML {
        switch findings.status {
        case .healthy: HTML("span", ["class": "vg"]) { "✓ healthy" }
        case .unknown: HTML("span", ["class": "vw"]) { "? no unit yet" }
        case .alarm:
            HTML("span", ["class": "vb"]) {
                "✕ \(CheckFigures.counted(findings.alarms.count, "alarm"))"
            }
        }
    }

    private static func section(
        _ findings: HealthFindings, _ report: HealthReport, number: Int
    ) -> HTMLPage.Section {
        let name = findings.name
        return HTMLPage.Section("experiment-\(number)", link: name, name) {
            for alarm in findings.alarms {
                HTML("p") {
                    HTML("b") { "✕ \(alarm.alarm.rawValue)" }
                    alarm.since.map { " since \($0): " } ?? ": "
                    alarm.text
                }
                HTML("p") {
                    alarm.stands
                        ? "It stands until it is acknowledged: " : "It ends by itself, or by "
                    HTML("code") { "holdfast health --acknowledge \(name)/\(alarm.alarm.rawValue)" }
                }
            }
            for sentence in HealthWords.coverage(findings) { HTML("p") { sentence } }
            arms(findings)
            ratios(findings)
            rates(findings)
            HTML("p") { "Drift is measured by \(HealthWords.reference(findings))." }
            if let drift = findings.drift, drift.logEvidence != nil { features(drift) }
            HTML.list(
                HealthPictures(findings).all.map {
                    JudgeDrawing.picture($0, section: "experiment-\(number)").html
                })
        }
    }

    private static func arms(_ findings: HealthFindings) -> HTML {
        DataTable(
            caption: "Units by arm",
            columns: [.text("arm")]
                + ["dealt", "exposed", "ripe", "outcome missing"].map { .number($0) },
            rows: findings.arms.map { name in
                let arm = findings.tally.arms[name] ?? HealthTally.Arm()
                return [.text(name)] + HealthWords.figures(arm, findings).map { .text($0) }
            }
        ).html
    }

    private static func ratios(_ findings: HealthFindings) -> HTML {
        DataTable(
            caption: "Sample ratio: p-values that may be looked at every day",
            columns: [
                .text("units"), .text("by arm, and expected"), .number("p so far"),
                .number("log evidence now"),
            ],
            rows: findings.ratios.filter { $0.pValue != nil }.map { ratio in
                let counts = ratio.counts.map {
                    "\($0.arm) \(CheckFigures.grouped($0.observed)) "
                        + "(\(CheckFigures.grouped(Int($0.expected.rounded()))))"
                }
                return [
                    .text(HealthWords.population(ratio.population)),
                    .text(counts.joined(separator: ", ")), .text(CheckFigures.pValue(ratio.pValue)),
                    .text(CheckFigures.fixed(ratio.logEvidence, 2)),
                ]
            }
        ).html
    }

    private static func rates(_ findings: HealthFindings) -> HTML {
        DataTable(
            caption: "The \(HealthRules.windowDays) days up to the last that anything happened on",
            columns: [.text("what"), .number("how many"), .number("limit")],
            rows: HealthWords.rates(findings).filter { $0.all > 0 }.map {
                [
                    .text($0.name), .text(HealthWords.share($0.cases, $0.all)),
                    .text($0.limit.map(CheckFigures.percent) ?? "none at all"),
                ]
            }
                + [HealthWords.clusters(findings)].compactMap { $0 }.map {
                    [.text($0.name), .text($0.share), .text("none where clusters are dealt")]
                }
        ).html
    }

    private static func features(_ drift: HealthFindings.Drift) -> HTML {
        DataTable(
            caption: "Features by the evidence that they have drifted; alarm at "
                + CheckFigures.fixed(HealthPictures.driftLimit, 2) + " for all together",
            columns: [.text("feature"), .number("log evidence")],
            rows: [[.text("all"), .text(CheckFigures.fixed(drift.logEvidence ?? 0, 2))]]
                + drift.features.prefix(20).map {
                    [.text($0.name), .text(CheckFigures.fixed($0.logEvidence, 2))]
                }
        ).html
    }
}
