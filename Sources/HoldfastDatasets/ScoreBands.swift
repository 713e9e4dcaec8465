internal import HoldfastAssignment
internal import HoldfastSQL

/// Bands of the score, in which rows are counted: those by which an exploration deals, or else ten
/// of equal width between the least score and the greatest.
struct ScoreBands {
    /// The ends between bands, ascending.
    let edges: [Double]
    /// Whether the arms' shares differ from band to band.
    let isDealt: Bool

    init(_ experiment: Experiment, least: Double?, greatest: Double?) {
        if case .exploration(let bands) = experiment.method {
            edges = bands.compactMap(\.below)
            isDealt = true
            return
        }
        isDealt = false
        guard let least, let greatest, least < greatest, (greatest - least).isFinite else {
            edges = []
            return
        }
        // Probabilities are cut at tenths, where everybody looks for them.
        let (low, high) = least >= 0 && greatest <= 1 ? (0, 1) : (least, greatest)
        edges = (1..<10).map { low + (high - low) * (Double($0) / 10) }
    }

    /// How many bands there are.
    var count: Int { edges.count + 1 }

    /// The ends of a band, the second not included.
    func ends(of band: Int) -> (from: Double?, below: Double?) {
        (band == 0 ? nil : edges[band - 1], band < edges.count ? edges[band] : nil)
    }

    /// The number of the band of a decision, `d`, from 1; 0 without a score.
    var number: SQL {
        let cases = edges.enumerated().map { index, edge -> SQL in
            "WHEN d.score < \(edge) THEN \(Int64(index) + 1) "
        }
        return """
            CASE WHEN d.score IS NULL THEN 0 \(SQL.joined(cases, by: ""))ELSE \(Int64(count)) END
            """
    }
}
