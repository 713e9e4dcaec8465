/// How far one category's share differs between two samples.
///
///     var (one, two) = (CategorySummary(), CategorySummary())
///     for name in ["JP", "JP", "KR", "KR"] { one.add(name) }
///     for name in ["JP", "KR", "KR", "KR"] { two.add(name) }
///     CategoryDifference.largest(one, two, limit: 1).map(\.difference)   // [-0.25]: JP's
///
/// For a report's reader: no interval, and with many categories the largest of many differences,
/// which sampling alone makes large.
package struct CategoryDifference: Sendable, Equatable {
    /// The category's bytes.
    package var category: [UInt8]
    /// Its share of the reference's values, by mass.
    package var reference: Double
    /// Its share of the candidate's values, by mass.
    package var candidate: Double

    /// The candidate's share less the reference's.
    package var difference: Double { candidate - reference }

    /// The categories that differ the most, at most `limit` of them; of equal differences the one
    /// whose bytes come first. Those that do not differ are left out; none where a sample is empty.
    package static func largest(
        _ reference: CategorySummary, _ candidate: CategorySummary, limit: Int
    ) -> [CategoryDifference] {
        let (n, m) = (reference.total, candidate.total)
        guard n > 0, m > 0, limit > 0 else { return [] }
        var found: [CategoryDifference] = []
        func add(_ name: UnsafeBufferPointer<UInt8>, _ x: Double, _ y: Double) {
            guard x / n != y / m else { return }
            // Most categories differ less than the last one that is kept.
            if found.count == limit, let last = found.last,
                abs(y / m - x / n) < abs(last.difference)
            {
                return
            }
            let new = CategoryDifference(category: Array(name), reference: x / n, candidate: y / m)
            let place = found.firstIndex { new.precedes($0) } ?? found.count
            found.insert(new, at: place)
            if found.count > limit { found.removeLast() }
        }
        reference.eachMass { name, mass in
            if mass > 0 { add(name, mass, candidate.mass(of: name)) }
        }
        candidate.eachMass { name, mass in
            if reference.mass(of: name) == 0 { add(name, 0, mass) }
        }
        return found
    }

    private func precedes(_ other: CategoryDifference) -> Bool {
        let (one, two) = (abs(difference), abs(other.difference))
        return one != two ? one > two : category.lexicographicallyPrecedes(other.category)
    }
}
