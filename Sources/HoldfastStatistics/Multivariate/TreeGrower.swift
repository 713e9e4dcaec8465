import Glibc

/// Grows trees one after the other and keeps each training row's score between them.
///
/// A row's slope and curvature are whole numbers in the halves of one 64-bit number, so that a
/// histogram takes one addition a cell, sums do not depend on the order of rows, and a child's
/// histogram is exactly its parent's less its sibling's.
struct TreeGrower {
    private let rows: BinnedRows
    private let isCandidate: [Bool]
    private let weights: [Double]
    private let settings: BoostedTrees.Settings
    /// The training rows; each node owns a stretch, which its split parts in two.
    private var order: [Int32]
    private var spare: [Int32]
    /// By row: the log odds so far, and slope · 2³² + curvature.
    private var scores: [Double]
    private var packed: [Int64]
    /// Two histograms for each depth, a node's own and one for its smaller child.
    private var histograms: [[Int64]]
    /// The leaves of the tree that is being grown, and the stretch that each owns.
    private var leaves: [(place: Int32, range: Range<Int>)] = []
    /// Whole numbers a unit of slope: the sums over all rows stay below 2³⁰.
    private let scale: Double

    init(
        _ rows: BinnedRows, training: [Int32], isCandidate: [Bool], weights: [Double],
        settings: BoostedTrees.Settings
    ) {
        precondition(settings.depth >= 1 && settings.trees >= 0, "a tree has a split")
        self.rows = rows
        self.isCandidate = isCandidate
        self.weights = weights
        self.settings = settings
        order = training
        spare = training
        packed = [Int64](repeating: 0, count: rows.rowCount)
        let size = rows.width * BinnedRows.stride
        histograms = [[Int64]](
            repeating: [Int64](repeating: 0, count: size), count: 2 * settings.depth)
        let all = training.reduce(0.0) { $0 + weights[Int($1)] }
        let ours = training.reduce(0.0) { $0 + (isCandidate[Int($1)] ? weights[Int($1)] : 0) }
        scale = 0x1p30 / all
        scores = [Double](repeating: log(ours / (all - ours)), count: rows.rowCount)
    }

    /// Takes each row's slope and curvature at its score.
    mutating func prepare() {
        let (order, scores, weights) = (order, scores, weights)
        let (isCandidate, scale) = (isCandidate, scale)
        packed.withUnsafeMutableBufferPointer { packed in
            for place in order {
                let row = Int(place)
                let probability = 1 / (1 + exp(-scores[row]))
                let weight = weights[row] * scale
                let slope = weight * (probability - (isCandidate[row] ? 1 : 0))
                let curvature = weight * probability * (1 - probability)
                // Cut off and not rounded, which is a call; a unit is below n/2³⁰ of a row.
                packed[row] = Int64(slope) << 32 &+ Int64(curvature)
            }
        }
    }

    /// Grows a tree, adds its nodes and gains, moves the scores, and answers the tree's root.
    mutating func growTree(_ nodes: inout [BoostedTrees.Node], _ gains: inout [Double]) -> Int32 {
        fill(0, order.indices)
        let total = histograms[0][..<BinnedRows.stride].reduce(0, &+)
        var splits: [Int32: Double] = [:]
        let root = grow(order.indices, total, depth: 0, slot: 0, &nodes, &splits)
        for leaf in leaves {
            let value = nodes[Int(leaf.place)].value
            for index in leaf.range { scores[Int(order[index])] += value }
        }
        leaves.removeAll(keepingCapacity: true)
        // By place, so that the sums of gains do not depend on the order of a dictionary.
        for index in nodes.indices {
            if let gain = splits[Int32(index)] { gains[Int(nodes[index].column)] += gain }
        }
        return root
    }

    private mutating func grow(
        _ range: Range<Int>, _ total: Int64, depth: Int, slot: Int,
        _ nodes: inout [BoostedTrees.Node], _ splits: inout [Int32: Double]
    ) -> Int32 {
        let place = nodes.count
        nodes.append(BoostedTrees.Node(value: answer(total)))
        guard depth < settings.depth, let split = bestSplit(slot, total) else {
            leaves.append((Int32(place), range))
            return Int32(place)
        }
        let middle = part(range, split)
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        let rest = total &- split.left
        let below = 2 * (depth + 1)
        // The slots of the children: the smaller is counted, the larger is what remains.
        var slots = (left: below, right: below + 1)
        if depth + 1 < settings.depth {
            if left.count > right.count { slots = (below + 1, below) }
            fill(below, left.count > right.count ? right : left)
            subtract(below, from: slot, to: below + 1)
        }
        let l = grow(left, split.left, depth: depth + 1, slot: slots.left, &nodes, &splits)
        let r = grow(right, rest, depth: depth + 1, slot: slots.right, &nodes, &splits)
        let isLast = nodes[Int(l)].column < 0 && nodes[Int(r)].column < 0
        if isLast && split.gain < settings.leastGain {
            nodes.removeSubrange((place + 1)...)
            leaves.removeLast(2)
            leaves.append((Int32(place), range))
            return Int32(place)
        }
        nodes[place].column = Int32(split.column)
        nodes[place].offset = split.offset
        nodes[place].limit = split.limit
        nodes[place].left = l
        nodes[place].right = r
        splits[Int32(place)] = max(0, split.gain)
        return Int32(place)
    }

    private func answer(_ total: Int64) -> Double {
        let (slope, curvature) = (Double(total >> 32), Double(total & 0xFFFF_FFFF))
        return -settings.rate * slope / (curvature + settings.ridge * scale)
    }

    /// Sums slopes and curvatures of a stretch of rows by column and bin.
    private mutating func fill(_ slot: Int, _ range: Range<Int>) {
        let width = rows.width
        let (rows, order, packed) = (rows, order, packed)
        histograms[slot].withUnsafeMutableBufferPointer { sums in
            sums.update(repeating: 0)
            rows.cells.withUnsafeBufferPointer { cells in
                order.withUnsafeBufferPointer { order in
                    packed.withUnsafeBufferPointer { packed in
                        for index in range {
                            let row = Int(order[index])
                            let add = packed[row]
                            let start = row &* width
                            var base = 0
                            for column in 0..<width {
                                sums[base &+ Int(cells[start &+ column])] &+= add
                                base &+= BinnedRows.stride
                            }
                        }
                    }
                }
            }
        }
    }

    private mutating func subtract(_ small: Int, from parent: Int, to large: Int) {
        let (small, parent) = (histograms[small], histograms[parent])
        histograms[large].withUnsafeMutableBufferPointer { sums in
            for index in sums.indices { sums[index] = parent[index] &- small[index] }
        }
    }

    /// A place to part the rows of a node.
    private struct Split {
        var column: Int
        var offset: UInt8
        var limit: UInt8
        /// The sums of the left side.
        var left: Int64
        /// By how much the deviance falls: twice the logarithm of the likelihoods' ratio, as far
        /// as a parabola tells.
        var gain: Double
    }

    /// The split of a node at which the deviance falls most, or `nil` where none is allowed.
    private func bestSplit(_ slot: Int, _ total: Int64) -> Split? {
        let ridge = settings.ridge * scale
        let least = settings.leastCurvature * scale
        let (slope, curvature) = (Double(total >> 32), Double(total & 0xFFFF_FFFF))
        let before = slope * slope / (curvature + ridge)
        var best = Split(column: -1, offset: 0, limit: 0, left: 0, gain: -1)
        var most = 0.0
        func look(_ left: Int64, _ column: Int, _ offset: UInt8, _ limit: Int) {
            let (g, h) = (Double(left >> 32), Double(left & 0xFFFF_FFFF))
            guard h >= least, curvature - h >= least else { return }
            let other = slope - g
            let after = g * g / (h + ridge) + other * other / (curvature - h + ridge)
            guard after > most else { return }
            most = after
            best = Split(
                column: column, offset: offset, limit: UInt8(truncatingIfNeeded: limit),
                left: left, gain: 0)
        }
        histograms[slot].withUnsafeBufferPointer { sums in
            for column in 0..<rows.width {
                let base = column * BinnedRows.stride
                let missing = sums[base]
                var left: Int64 = 0
                for bin in 1..<(rows.largest[column] + 1) {
                    left &+= sums[base + bin]
                    look(left, column, 1, bin)
                    if missing != 0 { look(left &+ missing, column, 0, bin + 1) }
                }
            }
        }
        guard best.column >= 0 else { return nil }
        best.gain = (most - before) / scale
        return best
    }

    /// Moves the rows of the left side before those of the right, each in the order they had,
    /// and answers where the right side starts.
    private mutating func part(_ range: Range<Int>, _ split: Split) -> Int {
        let width = rows.width
        let cells = rows.cells
        var middle = range.lowerBound
        spare.withUnsafeMutableBufferPointer { spare in
            order.withUnsafeMutableBufferPointer { order in
                cells.withUnsafeBufferPointer { cells in
                    var right = 0
                    for index in range {
                        let row = order[index]
                        let bin = cells[Int(row) &* width &+ split.column] &- split.offset
                        // Both are written and one pointer moves: a branch would be guessed.
                        order[middle] = row
                        spare[right] = row
                        let isLeft = bin < split.limit
                        middle &+= isLeft ? 1 : 0
                        right &+= isLeft ? 0 : 1
                    }
                    for index in 0..<right { order[middle &+ index] = spare[index] }
                }
            }
        }
        return middle
    }
}
