/// Bins of numbers that hold equal shares of the reference, as far as its ties allow.
///
///     let reference = OrderedSample([1, 2, 3, 4])
///     let bins = QuantileBins(reference: reference, count: 2)
///     bins?.edges                             // [2.5]
///     bins?.shares(of: reference)             // [0.5, 0.5]
///
/// Bin k holds what is above edge k − 1 and at most edge k, the first all that is at most the first
/// edge, the last all above the last, so that no value of any sample falls outside. The edges are
/// the reference's ``OrderedSample/quantile(_:)``s; those that tie are one, so that a column in
/// which one value is frequent has fewer bins, and a constant one two.
public struct QuantileBins: Sendable, Equatable {
    /// The edges between the bins, in ascending order; one fewer than there are bins.
    public let edges: [Double]

    /// Bins at the quantiles of the reference, ten if nothing else is said; `nil` where it has no
    /// row.
    public init?(reference: OrderedSample, count: Int = 10) {
        precondition(count > 1, "fewer than two bins tell nothing")
        // As multiples of the step, which NumPy's linspace gives: 0.30000000000000004, not 0.3.
        let levels = (1..<count).map { Double($0) * (1 / Double(count)) }
        guard let quantiles = reference.quantiles(levels) else { return nil }
        var edges: [Double] = []
        for edge in quantiles where edges.last != edge { edges.append(edge) }
        self.edges = edges
    }

    /// The mass of a sample in each bin: the rows, where they have no weights.
    public func masses(of sample: OrderedSample) -> [Double] {
        let upTo = sample.masses(upTo: edges) + [sample.total]
        return zip(upTo, [0] + upTo).map { max(0, $0 - $1) }
    }

    /// The share of a sample in each bin, or `nil` where it has no row.
    public func shares(of sample: OrderedSample) -> [Double]? {
        sample.count > 0 ? masses(of: sample).map { $0 / sample.total } : nil
    }
}
