/// Categories as the share of a category's training rows that are the candidate's, in bins.
///
/// D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes in
/// classification and prediction problems" (2001). The share is drawn towards that of all rows by
/// `strength` rows. A training row takes the share of the *other* quarters of the training rows:
/// its own would tell the trees which table it is from, for a category of one row wholly.
/// Categories with fewer than three of those rows, and any that training has not seen, are one.
struct MembershipRates {
    private static let strength = 4.0
    /// Three rows are the fewest of which two can agree against one.
    private static let leastRows = 3.0
    /// The parts of the training rows that take their shares from each other.
    static let parts = 4

    /// By part and code + 1; the last part stands for a row that is not a training one.
    private let bins: [UInt8]
    private let levels: Int
    /// The largest bin.
    let largest: Int

    /// Rates of `codes`, by row, over the training rows; `part` is by row, `parts` in it a row
    /// that is not for training.
    init(_ codes: [Int32], part: [UInt8], isCandidate: [Bool], weights: [Double]) {
        let levels = Int(codes.max() ?? -1) + 2
        self.levels = levels
        var all = [Double](repeating: 0, count: levels * (Self.parts + 1))
        var ours = all
        for row in codes.indices where part[row] < Self.parts {
            let place = Int(part[row]) * levels + Int(codes[row]) + 1
            all[place] += weights[row]
            if isCandidate[row] { ours[place] += weights[row] }
        }
        // The totals stand at the last part, and each part then becomes what the others have.
        let last = Self.parts * levels
        for part in 0..<Self.parts {
            for level in 0..<levels {
                all[last + level] += all[part * levels + level]
                ours[last + level] += ours[part * levels + level]
            }
        }
        for part in 0..<Self.parts {
            for level in 0..<levels {
                all[part * levels + level] = all[last + level] - all[part * levels + level]
                ours[part * levels + level] = ours[last + level] - ours[part * levels + level]
            }
        }
        var rates = all
        for part in 0...Self.parts {
            let range = part * levels..<(part + 1) * levels
            Self.rates(all[range], ours[range], to: &rates)
        }
        // The quantiles of the training rows' rates.
        let training = part.indices.filter { part[$0] < Self.parts }
        let step = max(1, training.count / 1_024)
        let sample = stride(from: 0, to: training.count, by: step).map { index in
            rates[Int(part[training[index]]) * levels + Int(codes[training[index]]) + 1]
        }
        let edges = BinnedRows.edges(of: sample)
        largest = edges.count + 1
        bins = BinnedRows.bins(of: rates, edges: edges)
    }

    private static func rates(
        _ all: ArraySlice<Double>, _ ours: ArraySlice<Double>, to rates: inout [Double]
    ) {
        let base = ours.reduce(0, +) / max(all.reduce(0, +), .leastNormalMagnitude)
        var (rareAll, rareOurs) = (0.0, 0.0)
        for place in all.indices where all[place] < leastRows {
            rareAll += all[place]
            rareOurs += ours[place]
        }
        let rare = (rareOurs + strength * base) / (rareAll + strength)
        for place in all.indices {
            rates[place] =
                all[place] < leastRows
                ? rare : (ours[place] + strength * base) / (all[place] + strength)
        }
    }

    /// The bin of a row of a category, from 1.
    func bin(_ code: Int32, part: UInt8) -> UInt8 { bins[Int(part) * levels + Int(code) + 1] }
}
