/// The rising function that fits outcomes best in squares: what a score means, learnt from rows
/// whose outcome is known, with nothing assumed but that a higher score never means less.
///
///     let rising = IsotonicRegression([1, 2, 3, 4], [0, 1, 0, 1])
///     rising?.inputs       // [1.0, 2.0, 3.0, 4.0]
///     rising?.outputs      // [0.0, 0.5, 0.5, 1.0]
///     rising?(1.5)         // 0.25: on a straight line between knots, and flat beyond the ends
///
/// Pools adjacent violators (M. Ayer, H. D. Brunk, G. M. Ewing, W. T. Reid and E. Silverman, "An
/// empirical distribution function for sampling with incomplete information", 1955): rows of one
/// input are one, and neighbours out of order become one block at their weighted mean. Interpolates
/// as scikit-learn's `IsotonicRegression(out_of_bounds='clip')` does. n log n.
///
/// It fails where a score's order is wrong: then it flattens. Its blocks at the ends are often of
/// few rows and too extreme. `nil` without a row.
package struct IsotonicRegression: Sendable, Equatable {
    /// Rows of neighbouring inputs that have one output.
    struct Block: Sendable, Equatable {
        /// The smallest input.
        var from: Double
        /// The largest input.
        var upTo: Double
        var weight = 0.0
        var weightSquares = 0.0
        var sum = 0.0
        var squares = 0.0
        var count = 0.0

        var mean: Double { sum / weight }

        mutating func merge(_ next: Block) {
            upTo = next.upTo
            weight += next.weight
            weightSquares += next.weightSquares
            sum += next.sum
            squares += next.squares
            count += next.count
        }
    }

    /// The inputs of the knots, ascending.
    package let inputs: [Double]
    /// The outputs there, which never fall.
    package let outputs: [Double]
    /// The block that each knot is of.
    private let owners: [Int32]
    /// The variance of an outcome around each block's output, and that of the output itself.
    private let spreads: [(outcome: Double, mean: Double)]

    /// Fits outcomes to inputs, both finite; each weight is above 0.
    package init?(_ inputs: [Double], _ outcomes: [Double], weights: [Double]? = nil) {
        precondition(inputs.count == outcomes.count, "one outcome for each input")
        guard !inputs.isEmpty else { return nil }
        let blocks = Self.pool(inputs, outcomes, weights)
        var knots: (inputs: [Double], outputs: [Double], owners: [Int32]) = ([], [], [])
        for (index, block) in blocks.enumerated() {
            for place in block.from == block.upTo ? [block.from] : [block.from, block.upTo] {
                knots.inputs.append(place)
                knots.outputs.append(block.mean)
                knots.owners.append(Int32(index))
            }
        }
        self.inputs = knots.inputs
        outputs = knots.outputs
        owners = knots.owners
        spreads = Self.spreads(blocks)
    }

    private static func pool(_ inputs: [Double], _ outcomes: [Double], _ weights: [Double]?)
        -> [Block]
    {
        var blocks: [Block] = []
        var next: Block?
        func close() {
            guard var block = next else { return }
            while let last = blocks.last, last.mean >= block.mean {
                var merged = blocks.removeLast()
                merged.merge(block)
                block = merged
            }
            blocks.append(block)
        }
        for place in NumberOrder.ascending(inputs) {
            let (row, weight) = (Int(place), weights?[Int(place)] ?? 1)
            if next?.from != inputs[row] {
                close()
                next = Block(from: inputs[row], upTo: inputs[row])
            }
            next?.weight += weight
            next?.weightSquares += weight * weight
            next?.sum += weight * outcomes[row]
            next?.squares += weight * outcomes[row] * outcomes[row]
            next?.count += 1
        }
        close()
        return blocks
    }

    /// A block of one row, or of rows that agree, does not show how far outcomes stray: each takes
    /// one row's part from all rows.
    private static func spreads(_ blocks: [Block]) -> [(outcome: Double, mean: Double)] {
        func spread(_ block: Block) -> Double {
            max(0, block.squares / block.weight - block.mean * block.mean)
        }
        var all = blocks[0]
        for block in blocks.dropFirst() { all.merge(block) }
        let overall = spread(all)
        return blocks.map { block in
            let outcome = (block.count * spread(block) + overall) / (block.count + 1)
            return (outcome, outcome * block.weightSquares / (block.weight * block.weight))
        }
    }

    /// The knots on either side of an input, and how far it is on the way from one to the other.
    private func place(of input: Double) -> (left: Int, right: Int, part: Double) {
        if input <= inputs[0] { return (0, 0, 0) }
        let last = inputs.count - 1
        if input >= inputs[last] { return (last, last, 0) }
        var (low, high) = (0, last)
        while high - low > 1 {
            let middle = (low + high) / 2
            if inputs[middle] <= input { low = middle } else { high = middle }
        }
        return (low, high, (input - inputs[low]) / (inputs[high] - inputs[low]))
    }

    /// The output at an input, which is no NaN.
    package func callAsFunction(_ input: Double) -> Double {
        let (left, right, part) = place(of: input)
        return outputs[left] + part * (outputs[right] - outputs[left])
    }

    /// The variance of an outcome at an input around the output there.
    func spread(at input: Double) -> Double {
        let (left, right, part) = place(of: input)
        let (one, other) = (spreads[Int(owners[left])], spreads[Int(owners[right])])
        return one.outcome + part * (other.outcome - one.outcome)
    }

    /// The variance of Σ slope · output over some inputs, which comes from the rows of the fit: of
    /// each block Σ slope squared, times the variance of its mean. The blocks are taken as given.
    func variance(ofSum slopes: [Double], at inputs: [Double]) -> Double {
        var sums = [Double](repeating: 0, count: spreads.count)
        for (slope, input) in zip(slopes, inputs) {
            let (left, right, part) = place(of: input)
            sums[Int(owners[left])] += slope * (1 - part)
            sums[Int(owners[right])] += slope * part
        }
        return zip(sums, spreads).reduce(0) { $0 + $1.0 * $1.0 * $1.1.mean }
    }

    package static func == (one: IsotonicRegression, other: IsotonicRegression) -> Bool {
        one.inputs == other.inputs && one.outputs == other.outputs
    }
}
