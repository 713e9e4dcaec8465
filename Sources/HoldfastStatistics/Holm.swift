/// p-values corrected for being many (S. Holm, "A simple sequentially rejective multiple test
/// procedure", 1979).
///
///     Holm.adjusted([0.01, 0.04, 0.03])   // [0.03, 0.06, 0.06]
public enum Holm {
    /// The adjusted p-values, in the order given: rejecting those up to α keeps the chance of any
    /// false rejection in the family at most α, whatever depends on what. An undefined one stays
    /// `nil` and does not count towards the family.
    public static func adjusted(_ pValues: [Double?]) -> [Double?] {
        let known = pValues.enumerated().compactMap { place, value in
            value.map { (place: place, value: $0) }
        }
        var adjusted = [Double?](repeating: nil, count: pValues.count)
        var largest = 0.0
        // By place where values tie, so that the order is the same on every run.
        let ordered = known.sorted { ($0.value, $0.place) < ($1.value, $1.place) }
        for (rank, item) in ordered.enumerated() {
            largest = max(largest, min(1, item.value * Double(known.count - rank)))
            adjusted[item.place] = largest
        }
        return adjusted
    }
}
