/// The clusters of rows, and whether they were dealt as one.
struct AnalysisClusters {
    /// Each cluster's arm, that of most of its rows; in the order of their first rows.
    private(set) var arms: [Int32] = []
    /// How many have rows in several arms.
    let several: Int

    /// Whether clusters were dealt as one, but for stray rows of a few: where most have rows in
    /// several arms, rows were dealt within them.
    var isDealt: Bool { 2 * several <= arms.count }

    /// `nil` where rows are of no clusters.
    init?(_ rows: AnalysisRows) {
        guard let clusters = rows.clusters else { return nil }
        var places: [Int32: Int] = [:]
        var mixed = Set<Int>()
        for (cluster, arm) in zip(clusters, rows.arm) {
            if let place = places[cluster] {
                if arms[place] != arm { mixed.insert(place) }
            } else {
                places[cluster] = arms.count
                arms.append(arm)
            }
        }
        several = mixed.count
        var counts: [Int: [Int32: Int]] = [:]
        for (cluster, arm) in zip(clusters, rows.arm) {
            guard let place = places[cluster], mixed.contains(place) else { continue }
            counts[place, default: [:]][arm, default: 0] += 1
        }
        for (place, counts) in counts {
            // Of equals the first row's arm, else the first in the order of reports.
            let most = counts.values.max() ?? 0
            guard counts[arms[place]] != most else { continue }
            arms[place] = counts.filter { $0.value == most }.keys.min() ?? arms[place]
        }
    }
}
