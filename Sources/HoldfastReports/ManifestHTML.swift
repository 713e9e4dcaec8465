public import HoldfastDatasets

/// A retraining set's `report.html`: for the person who must sign that it may be trained on.
///
/// First what the set is and whether each gate let it pass; then the flow of decisions, and how far
/// leaving rows out may have bent what is left. It names no engine, no machine and no time of its
/// own: the same manifest gives the same bytes.
public enum ManifestHTML {
    /// The page.
    public static func render(_ manifest: Manifest) -> String {
        let audit = manifest.audit
        var sections = [
            ManifestFlow.section(manifest), ManifestAttrition.section(audit),
            ManifestBalance.section(manifest), ManifestWeights.section(manifest),
            ManifestPositivity.section(manifest), ManifestFeatures.section(audit),
        ]
        sections.append(ManifestPlacebo.section(audit))
        sections.append(ManifestSource.section(manifest))
        return HTMLPage(
            title: "Retraining set of \(manifest.experiment)",
            opening: ManifestOpening.html(manifest), sections: sections, closing: closing
        ).markup
    }

    private static var closing: HTML {
        HTML("p") {
            "Made by Holdfast. The same figures for programs are in manifest.json beside this page."
        }
    }
}
