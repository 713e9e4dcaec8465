/// p-values corrected for being many, by the share of false rejections among all rejections
/// (Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", 1995).
///
///     BenjaminiHochberg.adjusted([0.01, 0.04, 0.03])   // [0.03, 0.04, 0.04]
///
/// Weaker than ``Holm``: rejecting those up to α lets a share of up to α of the rejections be
/// false on average, where the tests are independent or positively dependent. It says nothing of
/// any single one.
public enum BenjaminiHochberg {
    /// The adjusted p-values, in the order given: the smallest n p/rank among those as large. An
    /// undefined one stays `nil` and does not count towards the family.
    public static func adjusted(_ pValues: [Double?]) -> [Double?] {
        let known = pValues.enumerated().compactMap { place, value in
            value.map { (place: place, value: $0) }
        }
        var adjusted = [Double?](repeating: nil, count: pValues.count)
        var smallest = 1.0
        // By place where values tie, so that the order is the same on every run.
        let ordered = known.sorted { ($0.value, $0.place) < ($1.value, $1.place) }
        for (rank, item) in ordered.enumerated().reversed() {
            smallest = min(smallest, item.value * (Double(known.count) / Double(rank + 1)))
            adjusted[item.place] = smallest
        }
        return adjusted
    }
}
