/// The few values that a column is looked at by: the tenths of a reference's numbers, or its
/// categories, and what has no value.
///
///     let bins = ColumnBins(SampleColumn("age", numbers: [20, 30, 40, 50, .nan]), count: 2)
///     bins.codes(of: SampleColumn("age", numbers: [25, 60, .nan]))     // [1, 2, 0]
///
/// Bin 0 is what is missing. Numbers: the bins of ``QuantileBins``, infinite ones in the outer
/// bins. Categories: the reference's most frequent ones, then one of all others, new ones too.
package struct ColumnBins: Sendable, Equatable {
    /// The categories that have a bin of their own, at most.
    package static let categoryLimit = 30

    private enum Kind: Sendable, Equatable {
        case numbers(edges: [Double])
        /// The bin of each code.
        case categories([UInt8])
    }

    private let kind: Kind
    /// The bins, 0 among them.
    package let count: Int
    /// Whether bins have an order.
    package let isNumber: Bool

    /// The bins of a reference.
    package init(_ reference: SampleColumn, count bins: Int = 10) {
        switch reference.values {
        case .numbers(let numbers):
            let sample = OrderedSample(numbers.filter(\.isFinite))
            let edges = QuantileBins(reference: sample, count: bins)?.edges ?? []
            kind = .numbers(edges: edges)
            count = edges.count + 2
            isNumber = true
        case .categories(let codes):
            var counts = [Int](repeating: 0, count: Int(codes.max() ?? -1) + 1)
            for code in codes where code >= 0 { counts[Int(code)] += 1 }
            let order = counts.indices.filter { counts[$0] > 0 }
                .sorted { (counts[$1], $0) < (counts[$0], $1) }
                .prefix(Self.categoryLimit)
            var places = [UInt8](repeating: UInt8(order.count + 1), count: counts.count)
            for (place, code) in order.enumerated() { places[code] = UInt8(place + 1) }
            kind = .categories(places)
            count = order.count + 2
            isNumber = false
        }
    }

    /// The bin of each row of a column of the same kind.
    package func codes(of column: SampleColumn) -> [UInt8] {
        switch (kind, column.values) {
        case (.numbers(let edges), .numbers(let numbers)):
            return numbers.map { number in
                number.isNaN ? 0 : UInt8(edges.count { $0 < number } + 1)
            }
        case (.categories(let places), .categories(let codes)):
            return codes.map { code in
                code < 0
                    ? 0 : Int(code) < places.count ? places[Int(code)] : UInt8(count - 1)
            }
        case (.numbers, .categories), (.categories, .numbers):
            preconditionFailure("a column keeps its kind")
        }
    }
}
