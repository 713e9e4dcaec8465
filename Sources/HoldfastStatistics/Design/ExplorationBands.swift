/// Bands of a model's scores, with how many units and positives each has.
package struct ExplorationBands: Sendable, Equatable {
    /// One band.
    package struct Band: Sendable, Equatable {
        /// The least score that is beyond it; `nil` for the last.
        package let below: Double?
        /// The units of the period that is planned for.
        package let units: Double
        /// The rate of positives that is planned with.
        package let rate: Double
        /// What the rate was counted from; `nil` where it was given.
        package let counted: Counted?
        /// Whether the model acts on its units.
        package let isActed: Bool
    }

    /// Labelled rows of a band.
    package struct Counted: Sendable, Equatable {
        package let rows: Int
        package let positives: Int
        /// Wilson's interval of the rate.
        package let interval: Interval
        /// Whether all labels are alike. The rate is then that of half a row more of each label,
        /// as what was not seen in few rows is not known to be 0 (H. Jeffreys, 1946).
        package var isOneClass: Bool { positives == 0 || positives == rows }
    }

    /// Why scores cannot be cut into bands.
    package enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// All rows have one label.
        case oneClass(rows: Int, isPositive: Bool)
        /// All scores are one.
        case constantScores(Double)
        /// No score is in the region where the model acts.
        case nothingActedOn(threshold: Double)
        /// A band has no labelled row.
        case emptyBand(from: Double?, below: Double?)

        package var description: String {
            switch self {
            case .oneClass(let rows, let isPositive):
                "all \(rows) labels are \(isPositive ? "positive" : "negative"), and no band can be "
                    + "told from another; take rows of both labels, or check --label and --positive"
            case .constantScores(let score):
                "every score is \(score), so that there are no bands; check --score, or plan a "
                    + "flat share"
            case .nothingActedOn(let threshold):
                "no score is at least \(threshold), so that the model acts on nothing; check "
                    + "--threshold and --score"
            case .emptyBand(let from, let below):
                "no labelled row has a score\(from.map { " from \($0)" } ?? "")"
                    + "\(below.map { " below \($0)" } ?? ""); take other --edges, or fewer --bands"
            }
        }
    }

    package let bands: [Band]
    /// The score from which on the model acts; `nil` where it acts on all.
    package let threshold: Double?

    /// The bands that the model acts on.
    package var acted: [Band] { bands.filter(\.isActed) }

    /// Bands of given rates; edges ascend, and are one fewer than rates and units.
    package init(edges: [Double], rates: [Double], units: [Double]) {
        precondition(rates.count == edges.count + 1 && units.count == rates.count, "a rate a band")
        precondition(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, "edges ascend")
        precondition(rates.allSatisfy { $0 >= 0 && $0 <= 1 }, "rates are from 0 to 1")
        bands = rates.indices.map {
            Band(
                below: $0 < edges.count ? edges[$0] : nil, units: units[$0], rate: rates[$0],
                counted: nil, isActed: true)
        }
        threshold = nil
    }

    /// Bands of labelled rows. `served` are the scores of all units, where these are known apart
    /// from the labelled ones; `units` are those of the period, by default as many as there are
    /// scores. Edges at or below the threshold are left out: there the model does not act, and
    /// what lies below is one band.
    package init(
        scores: [Double], labels: [Bool], served: [Double]? = nil, edges: [Double],
        threshold: Double? = nil, units: Double? = nil, level: Double = 0.95
    ) throws(Fault) {
        precondition(scores.count == labels.count, "a label for each score")
        let positives = labels.count { $0 }
        guard positives > 0 && positives < labels.count else {
            throw .oneClass(rows: labels.count, isPositive: positives > 0)
        }
        guard let low = scores.min(), let high = scores.max(), low < high else {
            throw .constantScores(scores.first ?? 0)
        }
        if let threshold, high < threshold { throw .nothingActedOn(threshold: threshold) }
        // A threshold that every score passes parts nothing.
        let parting = threshold.flatMap { $0 > min(low, served?.min() ?? low) ? $0 : nil }
        let kept = edges.filter { edge in parting.map { edge > $0 } ?? true }
        let all = ([parting].compactMap { $0 } + kept).sorted()
        let population = served ?? scores
        let scale = (units ?? Double(population.count)) / Double(population.count)
        let counts = Self.counts(population, all)
        let rows = Self.counts(scores, all)
        let yes = Self.counts(scores.indices.filter { labels[$0] }.map { scores[$0] }, all)
        var bands: [Band] = []
        for place in rows.indices {
            guard rows[place] > 0,
                let interval = Proportions.wilson(
                    successes: yes[place], of: rows[place], level: level)
            else {
                throw .emptyBand(
                    from: place > 0 ? all[place - 1] : nil,
                    below: place < all.count ? all[place] : nil)
            }
            let counted = Counted(rows: rows[place], positives: yes[place], interval: interval)
            let (ours, count) = (Double(yes[place]), Double(rows[place]))
            bands.append(
                Band(
                    below: place < all.count ? all[place] : nil,
                    units: Double(counts[place]) * scale,
                    rate: counted.isOneClass ? (ours + 0.5) / (count + 1) : ours / count,
                    counted: counted, isActed: parting == nil || place > 0))
        }
        self.bands = bands
        self.threshold = threshold
    }

    private static func counts(_ scores: [Double], _ edges: [Double]) -> [Int] {
        var counts = [Int](repeating: 0, count: edges.count + 1)
        for score in scores {
            // Few edges: the first that is above the score ends its band.
            counts[edges.firstIndex { score < $0 } ?? edges.count] += 1
        }
        return counts
    }

    /// Edges that part the scores from a threshold on into so many bands of about as many rows;
    /// fewer where scores are often the same.
    ///
    ///     ExplorationBands.edges((0..<100).map { Double($0) / 100 }, bands: 4, threshold: nil)
    ///     // [0.25, 0.5, 0.75]
    ///
    /// An edge has four figures, or as many more as it takes to move no more than a quarter of a
    /// band's rows across it: where scores lie close together they have many in common.
    package static func edges(_ scores: [Double], bands: Int, threshold: Double?) -> [Double] {
        precondition(bands > 0, "there is a band")
        let sorted = scores.filter { score in threshold.map { score >= $0 } ?? true }.sorted()
        guard let first = sorted.first, let last = sorted.last else { return [] }
        let most = sorted.count / bands / 4
        var edges: [Double] = []
        for place in 1..<max(bands, 2) where bands > 1 {
            let score = sorted[place * sorted.count / bands]
            let before = edges.last ?? first
            guard score > before else { continue }
            let rank = rank(score, sorted)
            edges.append(
                rounded(score) { edge in
                    edge > before && edge <= last && abs(Self.rank(edge, sorted) - rank) <= most
                })
        }
        return edges
    }

    /// How many sorted scores are below an edge.
    private static func rank(_ edge: Double, _ sorted: [Double]) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < edge { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// To as few figures as will do, four or more; as it is where a double has no fewer.
    private static func rounded(_ value: Double, _ isRight: (Double) -> Bool) -> Double {
        guard value != 0 else { return value }
        var unit = 1.0
        // Powers of ten are exact up to there, and whole numbers up to 2⁵³.
        while unit <= 1e22, abs(value) * unit < 0x1p53 {
            if abs(value) * unit >= 1_000 {
                let edge = (value * unit).rounded() / unit
                if isRight(edge) { return edge }
            }
            unit *= 10
        }
        return value
    }
}
