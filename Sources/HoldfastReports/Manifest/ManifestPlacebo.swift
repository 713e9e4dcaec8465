internal import HoldfastDatasets

/// Whether the arms were alike when no treatment could have made them otherwise.
enum ManifestPlacebo {
    static func section(_ audit: Audit) -> HTMLPage.Section {
        HTMLPage.Section(
            "placebo", link: "Before the start", "Were the arms alike before the experiment began?"
        ) {
            HTML("p") {
                """
                Before an experiment begins, its treatment cannot have done anything. If the arms \
                differ even then, they were not dealt by chance. \(finding(audit.placebo))
                """
            }
            if let placebo = audit.placebo, !placebo.arms.isEmpty { picture(placebo).html }
        }
    }

    private static func finding(_ placebo: Audit.Placebo?) -> String {
        guard let placebo else {
            return "No outcome was recorded in that time, so this could not be asked."
        }
        guard let pValue = placebo.pValue else {
            return "There were too few outcomes in that time to tell."
        }
        return pValue < 0.001
            ? "They differ by more than chance explains (p \(CheckFigures.pValue(pValue)))."
            : "They differ by no more than chance explains (p \(CheckFigures.pValue(pValue)))."
    }

    private static func picture(_ placebo: Audit.Placebo) -> Picture {
        let chart = BarRows(
            series: ["mean outcome"],
            rows: placebo.arms.map {
                BarRows.Row(
                    name: $0.arm, values: [$0.mean], note: CheckFigures.counted($0.units, "unit"))
            },
            format: { CheckFigures.short($0) })
        return Picture(
            "placebo-picture", title: "Mean outcome before the experiment, by arm",
            description: finding(placebo),
            table: DataTable(
                caption: "Outcomes before the experiment",
                columns: [.text("arm"), .number("units"), .number("mean outcome")],
                rows: placebo.arms.map {
                    [
                        .text($0.arm), "\(CheckFigures.grouped($0.units))",
                        .text($0.mean.map(CheckFigures.short) ?? "-"),
                    ]
                }),
            draw: { [chart.draw($0)] })
    }
}
