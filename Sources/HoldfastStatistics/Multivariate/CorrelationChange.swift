import Glibc

/// Which pairs of number columns go together differently in two tables.
///
///     // income 1 ... 6 in both; limit 2, 1, 4, 3, 6, 5 in the reference, 5, 6, 3, 4, 1, 2 here
///     let change = CorrelationChange(reference: lastMonth, candidate: thisMonth)
///     change.pairs[0].difference         // -1.657: from 0.8286 to -0.8286
///     change.pairs[0].pValue             // 0.01236
///     change.interval(change.pairs[0])   // -1.880 to -0.3054
///
/// The correlation is that of ranks (C. Spearman, "The proof and measurement of association between
/// two things", 1904), ties at their mean rank, over the rows in which both columns have a value.
/// It is the same on any monotone scale, and one outlier moves it little.
///
/// It sees no dependence that goes up and then down, none of three columns together, and none of
/// categories, which is out of its scope. Weights of rows are not looked at. Rows are taken to be
/// independent, and with heavy ties or far from a monotone relation the variance is an approximate
/// one.
package struct CorrelationChange: Sendable, Equatable {
    /// A correlation of one table.
    package struct Correlation: Sendable, Equatable {
        /// Spearman's, from −1 to 1.
        package let value: Double
        /// The rows in which both columns have a value.
        package let count: Int

        /// The scale on which its error is normal: R. A. Fisher's z, arctanh r (1921). A perfect
        /// correlation is taken as half a swap of neighbours short of 1, where z is finite.
        fileprivate var z: Double {
            let n = Double(count)
            let most = 1 - 6 / (n * n * n - n)
            return atanh(min(most, max(-most, value)))
        }

        /// (1 + r²/2)/(n − 3), the variance of z for ranks: D. G. Bonett and T. A. Wright, "Sample
        /// size requirements for estimating Pearson, Kendall and Spearman correlations" (2000).
        fileprivate var variance: Double { (1 + value * value / 2) / Double(count - 3) }

        fileprivate func interval(tail: Double) -> Interval {
            let half = Normal.exceeded(by: tail) * variance.squareRoot()
            return Interval(
                lower: min(value, tanh(z - half)), upper: max(value, tanh(z + half)))
        }
    }

    /// Two columns and their correlation in each table.
    package struct Pair: Sendable, Equatable {
        /// The names of the columns, in the order of the tables.
        package let columns: (String, String)
        /// Their correlation in the reference.
        package let reference: Correlation
        /// Their correlation in the candidate.
        package let candidate: Correlation

        /// The p-value of equal correlations: the difference of z is normal. Not corrected for the
        /// number of pairs; ``Holm`` does that.
        package var pValue: Double {
            let error = (reference.variance + candidate.variance).squareRoot()
            return Normal.twoSided((candidate.z - reference.z) / error)
        }

        /// The candidate's correlation less the reference's.
        package var difference: Double { candidate.value - reference.value }

        /// The interval of the difference that it lies beyond with probability `tail` on a side.
        func interval(tail: Double) -> Interval {
            let (p, q) = (reference.value, candidate.value)
            let (one, two) = (reference.interval(tail: tail), candidate.interval(tail: tail))
            func length(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
            return Interval(
                lower: q - p - length(q - two.lower, one.upper - p),
                upper: q - p + length(two.upper - q, p - one.lower))
        }

        package static func == (one: Pair, two: Pair) -> Bool {
            one.columns == two.columns && one.reference == two.reference
                && one.candidate == two.candidate
        }
    }

    /// The pairs whose correlation both tables know, the largest difference first.
    package let pairs: [Pair]

    /// Compares each pair of number columns. A pair is left out where a table has fewer than four
    /// rows with both values, or one of the columns does not vary in them.
    package init(reference: SampleColumns, candidate: SampleColumns) {
        precondition(reference.isAlike(candidate), "both samples have the same columns")
        let (ours, theirs) = (Self.numbers(reference), Self.numbers(candidate))
        var pairs: [Pair] = []
        var rooms = (
            RankedColumn.Room(rowCount: reference.rowCount),
            RankedColumn.Room(rowCount: candidate.rowCount)
        )
        for i in ours.indices {
            for j in (i + 1)..<max(ours.count, i + 1) {
                let one = RankedColumn.correlation(
                    ours[i].ranked, ours[j].ranked, in: &rooms.0)
                let two = RankedColumn.correlation(
                    theirs[i].ranked, theirs[j].ranked, in: &rooms.1)
                guard let p = one.value, let q = two.value, one.count > 3, two.count > 3 else {
                    continue
                }
                pairs.append(
                    Pair(
                        columns: (ours[i].name, ours[j].name),
                        reference: Correlation(value: p, count: one.count),
                        candidate: Correlation(value: q, count: two.count)))
            }
        }
        // By place where differences tie, so that the order is the same on every run.
        let order = pairs.indices.sorted {
            (-abs(pairs[$0].difference), $0) < (-abs(pairs[$1].difference), $1)
        }
        self.pairs = order.map { pairs[$0] }
    }

    private static func numbers(_ sample: SampleColumns) -> [(
        name: String, ranked: RankedColumn
    )] {
        sample.columns.compactMap { column in
            guard case .numbers(let values) = column.values else { return nil }
            return (column.name, RankedColumn(values))
        }
    }

    /// The interval of a pair's difference; those of *all* pairs hold at once with probability
    /// `level` (C. E. Bonferroni, 1936).
    ///
    /// From the intervals of the two correlations: G. Y. Zou, "Toward using confidence intervals to
    /// compare correlations" (2007).
    package func interval(_ pair: Pair, level: Double = 0.95) -> Interval {
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        let tail = (1 - level) / Double(2 * max(1, pairs.count))
        return pair.interval(tail: tail)
    }
}
