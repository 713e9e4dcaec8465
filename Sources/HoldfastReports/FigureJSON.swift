internal import HoldfastFormats

/// What writes findings as JSON: how a figure, a count and a text are written wherever they stand.
protocol FigureJSON {}

extension FigureJSON {
    /// A figure; one that JSON cannot hold is none.
    static func number(_ value: Double?) -> JSON {
        guard let value, value.isFinite else { return .null }
        return .number(value)
    }

    static func count(_ value: Int?) -> JSON { value.map { .integer(Int64($0)) } ?? .null }

    static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
}
