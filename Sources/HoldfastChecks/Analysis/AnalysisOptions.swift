/// How an experiment is analysed.
package struct AnalysisOptions: Sendable, Equatable {
    /// The level of the intervals and sequences.
    package var level = 0.95
    /// The rows at which a confidence sequence is narrowest.
    package var tuningRows = 5_000.0
    /// Whether also those whom the treatment reached are looked at.
    package var isByExposure = false
    /// Why effects are shown even where the sample ratio fails; `nil` where they are not.
    package var despiteSampleRatio: String?

    /// The least p-value of a sample ratio with which effects are shown: that of an export's gate.
    package static let ratioLimit = 0.001
    /// The least p-value, and the largest difference between arms' shares, of missing outcomes
    /// that pass: those of an export's gate.
    package static let attritionLimit = 0.001
    package static let attritionMargin = 0.01
    /// The most values of a subgroup that are looked at, the most frequent first.
    package static let subgroupLimit = 20
    /// In how many steps an effect is shown over time.
    package static let stepCount = 24

    package init() {}

    /// The level as people write it, to six decimals: 0.58 is "58%", 0.99999 "99.999%".
    package var levelText: String {
        // What is below 100% is not written as 100%.
        let millionths = Int(min((level * 1e8).rounded(), 99_999_999))
        var digits = String(millionths % 1_000_000 + 1_000_000).dropFirst()
        while digits.last == "0" { digits = digits.dropLast() }
        return "\(millionths / 1_000_000)" + (digits.isEmpty ? "" : ".\(digits)") + "%"
    }
}
