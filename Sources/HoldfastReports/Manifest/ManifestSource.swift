internal import HoldfastDatasets
internal import HoldfastFormats

/// What is needed to make the set again, and to know it is the same.
enum ManifestSource {
    static func section(_ manifest: Manifest) -> HTMLPage.Section {
        HTMLPage.Section("source", link: "How to repeat it", "How to make this set again") {
            HTML("p") {
                """
                The same catalog, ledger and as-of time give the same bytes. Compare the digests \
                below to know whether a file is the one that was signed.
                """
            }
            table("What it was made from", made(manifest))
            DataTable(
                caption: "Files",
                columns: [
                    .text("file"), .number("rows"), .number("positive"), .number("bytes"),
                    .text("SHA-256"),
                ],
                rows: manifest.parts.map { part in
                    [
                        .text(part.file), "\(CheckFigures.grouped(part.rows))",
                        "\(CheckFigures.grouped(part.positives))",
                        "\(CheckFigures.grouped(part.bytes))", digest(part.sha256),
                    ]
                }
            ).html
            DataTable(
                caption: "Columns of the files",
                columns: [.text("column"), .text("type"), .text("role")],
                rows: manifest.columns.map { [.text($0.name), .text($0.type), .text($0.role)] }
            ).html
            HTML("details", ["class": "screen"]) {
                HTML("summary") { "The SQL that found the clean rows" }
                HTML("pre") { manifest.sql }
            }
        }
    }

    private static func made(_ manifest: Manifest) -> [[HTML]] {
        var rows: [[HTML]] = [
            ["experiment", code(manifest.experiment)],
            ["as of", code(manifest.asOf.description)],
            ["catalog’s revision", code(manifest.revision)],
            ["decisions of the revisions", code(manifest.revisions.joined(separator: ", "))],
            ["mode", code(manifest.mode.rawValue)],
            ["of each unit’s clean decisions", code(manifest.observations.rawValue)],
            [
                "outcome",
                """
                \(manifest.outcome.name) within \(manifest.outcome.horizon); absent: \
                \(manifest.outcome.absent.map(CheckFigures.short) ?? "unknown")
                """,
            ],
            ["washout", .text(manifest.washout)],
            ["weights for what was excluded", manifest.isCensoringWeighted ? "yes" : "no"],
        ]
        if let from = manifest.splitFrom {
            rows.append(["parts behind the first begin", code(from.description)])
        }
        if let features = manifest.featureTable {
            rows.append([
                "features from",
                .list([
                    code(features.file),
                    """
                    , \(CheckFigures.counted(features.rows, "row")), values of \
                    \(features.timeToLive.map { "at most \($0)" } ?? "any age"), SHA-256 
                    """,
                    digest(features.sha256),
                ]),
            ])
        }
        return rows
    }

    private static func table(_ caption: String, _ rows: [[HTML]]) -> HTML {
        DataTable(caption: caption, columns: [.text("what"), .text("value")], rows: rows).html
    }

    private static func code(_ text: String) -> HTML {
        HTML("code") { text.isEmpty ? "-" : text }
    }

    /// A digest, which is read by comparing: never narrower than two lines of it.
    private static func digest(_ text: String) -> HTML {
        HTML("code", ["class": "digest"]) { text.isEmpty ? "-" : text }
    }
}
