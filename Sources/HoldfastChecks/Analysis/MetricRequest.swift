package import HoldfastStatistics

/// A metric as it is asked for: what it is of, and how rows of an arm become one figure.
///
///     try MetricRequest("spend")                 // a mean, or a proportion where all are 0 or 1
///     try MetricRequest("clicks:ratio/visits")   // the sum of clicks by the sum of visits
///     try MetricRequest("latency:p99.9")         // the quantile 0.999
package struct MetricRequest: Sendable, Equatable {
    /// The outcome's or the column's name.
    package var name: String
    /// How it is counted; `nil` for what its values say.
    package var kind: EffectMetric?
    /// What a ratio is divided by.
    package var denominator: String?

    /// The most metrics of one analysis.
    package static let limit = 100

    package init(name: String, kind: EffectMetric? = nil, denominator: String? = nil) {
        self.name = name
        self.kind = kind
        self.denominator = denominator
    }

    /// Reads `NAME[:mean|proportion|ratio/OTHER|p90]`. What follows the last colon is a kind, so
    /// that a name with a colon is written with one: `a:b:mean`. Throws where it is none.
    package init(_ text: String) throws(CheckError) {
        func refuse(_ what: String) -> CheckError {
            CheckError(
                "metric \"\(CategoryList.cut(text))\" \(what)",
                hint: "write NAME, NAME:mean, NAME:proportion, NAME:ratio/OTHER or NAME:p90")
        }
        guard !text.isEmpty else { throw refuse("has no name") }
        var name = text
        if let colon = text.lastIndex(of: ":") {
            let kind = text[text.index(after: colon)...]
            name = String(text[..<colon])
            if kind == "mean" {
                self.kind = .mean
            } else if kind == "proportion" {
                self.kind = .proportion
            } else if kind.hasPrefix("ratio/") {
                denominator = String(kind.dropFirst(6))
                guard denominator != "" else { throw refuse("is divided by nothing") }
                self.kind = .ratio
            } else if kind.hasPrefix("p"), let percent = Double(kind.dropFirst()) {
                guard percent > 0 && percent < 100 else {
                    throw refuse("asks for no quantile: p lies between 0 and 100")
                }
                self.kind = .quantile(percent / 100)
            } else {
                throw refuse("is of no kind that is known")
            }
        }
        guard !name.isEmpty else { throw refuse("has no name") }
        self.name = name
    }

    /// What reports call it: `clicks/visits`, `latency p99.9`.
    package var title: String {
        switch kind {
        case .ratio?: "\(name)/\(denominator ?? "")"
        case .quantile(let share)?: "\(name) p\(Self.percent(share))"
        case .mean?, .proportion?, nil: name
        }
    }

    /// A quantile's hundredths without the noise of binary: 0.999 is "99.9".
    private static func percent(_ share: Double) -> String {
        let value = (share * 1e8).rounded() / 1e6
        return value == value.rounded() ? String(Int(value)) : String(value)
    }
}

extension EffectMetric {
    /// Its name in reports and JSON.
    package var word: String {
        switch self {
        case .mean: "mean"
        case .proportion: "proportion"
        case .ratio: "ratio"
        case .quantile: "quantile"
        }
    }
}
