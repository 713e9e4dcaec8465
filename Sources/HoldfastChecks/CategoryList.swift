internal import HoldfastStatistics

/// Some categories, the most frequent first, of possibly many.
public struct CategoryList: Sendable, Equatable {
    /// How many categories are named.
    public static let limit = 10
    /// The number of them all.
    public var count: Int
    /// The share of the table's values that they make.
    public var share: Double
    /// The most frequent, at most ``limit``, with how often each occurs; long names are cut.
    public var first: [Item]

    /// A category and how often it occurs.
    public struct Item: Sendable, Equatable {
        /// The category as text, cut to 100 code points.
        public var category: String
        /// How often it occurs.
        public var count: Int
    }

    /// The categories of `one` that `other` has not. With weights the share is one of mass.
    init(of one: CategorySummary, notIn other: CategorySummary) {
        var found: [(name: [UInt8], count: Int)] = []
        var total = 0.0
        one.eachCategory { name, times in
            guard other.tally(of: name) == 0 else { return }
            found.append((Array(name), times))
            total += one.isWeighted ? one.mass(of: name) : Double(times)
        }
        found.sort {
            $0.count != $1.count ? $0.count > $1.count : $0.name.lexicographicallyPrecedes($1.name)
        }
        count = found.count
        share = one.total > 0 ? min(1, total / one.total) : 0
        first = found.prefix(Self.limit).map { item in
            // Bytes that are no UTF-8 are shown as the replacement character.
            let text = String(decoding: item.name, as: UTF8.self)
            return Item(category: Self.cut(text), count: item.count)
        }
    }

    /// A character can be of any length, so that code points are counted.
    static func cut(_ text: String) -> String {
        guard text.unicodeScalars.count > 100 else { return text }
        return String(text.unicodeScalars.prefix(99)) + "…"
    }
}
