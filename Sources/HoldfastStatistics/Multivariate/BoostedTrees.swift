import Glibc

/// Small trees, each fitted to what those before it left, that answer how likely a row is to be
/// one of the candidate's.
///
/// J. H. Friedman, "Greedy function approximation: a gradient boosting machine" (2001): logistic
/// loss; the leaves by one Newton step (J. Friedman, T. Hastie and R. Tibshirani, "Additive
/// logistic regression", 2000) with a ridge. A tree that has nothing worth a split ends the fit.
struct BoostedTrees: Sendable {
    /// How trees are grown.
    struct Settings: Sendable {
        /// The trees, at most.
        var trees = 20
        /// The splits on the way to a leaf: three let columns act together.
        var depth = 3
        /// The part of each tree's answer that is taken.
        var rate = 0.2
        /// Added to the curvature of each leaf, which draws the answers of small ones to 0.
        var ridge = 1.0
        /// The curvature that a leaf must have: 5 is that of 20 rows of even odds.
        var leastCurvature = 5.0
        /// The fall of the deviance for which a last split is kept, or else taken back.
        var leastGain = 0.0

        /// Every split that helps.
        static func plain(trees: Int) -> Settings { Settings(trees: trees) }

        /// Splits that chance alone would hardly bring: of k splits that are tried, the best makes
        /// the deviance fall by about 2 ln k where nothing is to be found (D. P. Foster and E. I.
        /// George, "The risk inflation criterion for multiple regression", 1994). Those of every
        /// tree count. Few steps, and larger ones: what is strong is soon found.
        static func sparse(trees: Int, rows: BinnedRows) -> Settings {
            var settings = Settings(trees: (trees + 1) / 2, rate: 0.3)
            let cells = rows.largest.reduce(0, +)
            let tried = Double((cells << (settings.depth - 1)) * settings.trees)
            settings.leastGain = 2 * log(max(1, tried))
            return settings
        }
    }

    /// A split, or a leaf where `column` is −1.
    struct Node: Sendable {
        var column: Int32 = -1
        /// A bin less `offset`, in 8 bits, is below `limit` on the left side. An offset of 1 makes
        /// a missing value, 0, the largest of all.
        var offset: UInt8 = 0
        var limit: UInt8 = 0
        var left: Int32 = 0
        var right: Int32 = 0
        var value = 0.0
    }

    private(set) var nodes: [Node] = []
    private(set) var roots: [Int32] = []
    /// By how much each column's splits made the deviance fall.
    private(set) var gains: [Double]

    /// Trees fitted to some of the rows: `isCandidate` and `weights` are by row.
    init(
        _ rows: BinnedRows, training: [Int32], isCandidate: [Bool], weights: [Double],
        settings: Settings
    ) {
        gains = [Double](repeating: 0, count: rows.width)
        var grower = TreeGrower(
            rows, training: training, isCandidate: isCandidate, weights: weights,
            settings: settings)
        for _ in 0..<settings.trees {
            grower.prepare()
            let root = grower.growTree(&nodes, &gains)
            if nodes[Int(root)].column < 0 { break }
            roots.append(root)
        }
    }

    /// Whether no split was worth it: every row has the same score.
    var isConstant: Bool { roots.isEmpty }

    /// The log odds, up to a constant, of given rows.
    func scores(_ rows: BinnedRows, of places: [Int32]) -> [Double] {
        var scores = [Double](repeating: 0, count: places.count)
        let width = rows.width
        rows.cells.withUnsafeBufferPointer { cells in
            nodes.withUnsafeBufferPointer { nodes in
                for (index, place) in places.enumerated() {
                    let start = Int(place) * width
                    var sum = 0.0
                    for root in roots {
                        var node = nodes[Int(root)]
                        while node.column >= 0 {
                            let bin = cells[start + Int(node.column)] &- node.offset
                            node = nodes[Int(bin < node.limit ? node.left : node.right)]
                        }
                        sum += node.value
                    }
                    scores[index] = sum
                }
            }
        }
        return scores
    }
}
