/// The finite numbers of a column, as they come: what an ``OrderedSample`` is made from.
///
///     var summary = NumberSummary()
///     for value in [1.0, 2.0, 4.0] { summary.add(value) }
///     summary.count          // 3
///     summary.mean           // 2.3333333333333335
///     summary.variance       // 2.333333333333333
///
/// Values are kept in blocks, 8 bytes each, 16 with weights, so that any statistic needs no second
/// pass over the table, and nothing is copied as a column grows. Two summaries of parts
/// ``merge(_:)`` into that of the whole, which takes over the blocks. A cell without a finite value
/// is for the caller to count: adding one is a bug.
///
/// With a limit of memory a summary is exact until the limit is reached; from then on it is a
/// sketch, whose order is known up to ``OrderedSample/rankError``, while count, range, mean and
/// variance stay exact. A summary with weights takes no notice of the limit and stays exact: where
/// weights differ much, a pair's heavier value would leave no useful bound.
public struct NumberSummary: Sendable {
    private struct Block {
        var values: [Double] = []
        var weights: [Double] = []
        /// The values that it was made for.
        var room = 0
    }

    /// Nearly 16 Ki: with its head a block stays below what the allocator rounds up to pages.
    private static let mostInBlock = 16_000
    private static let fewestInBlock = 16
    /// A block of fewer values is copied by a merger, lest a summary become a list of crumbs.
    private static let crumb = 1_024

    /// The values seen.
    public private(set) var count = 0
    /// Whether the values have weights.
    package private(set) var isWeighted = false
    private var full: [Block] = []
    private var open = Block()
    private var fullBytes = 0
    private var sketch: QuantileSketch?
    private var byteLimit: Int?

    /// A summary of nothing, exact whatever comes.
    public init() {}

    /// A summary of nothing that holds at most `byteLimit` bytes of values, at least 4096, and
    /// while it makes room for more about as much again.
    package init(byteLimit: Int?) {
        precondition(byteLimit.map { $0 >= 4_096 } ?? true, "a summary has 4096 bytes or more")
        self.byteLimit = byteLimit
    }

    /// The bytes held for values.
    package var byteCount: Int { fullBytes + Self.bytes(open) + (sketch?.byteCount ?? 0) }

    private static func bytes(_ block: Block) -> Int {
        8 * (block.values.capacity + block.weights.capacity)
    }

    /// Adds a finite value.
    public mutating func add(_ value: Double) {
        precondition(value.isFinite && !isWeighted, "a finite value, and no weight before")
        if open.values.count == open.room { makeRoom() }
        open.values.append(value)
        count += 1
    }

    /// Adds a finite value of a weight that is finite and above 0. One summary has weights from its
    /// first value on, or never.
    public mutating func add(_ value: Double, weight: Double) {
        precondition(value.isFinite, "a summary is of finite values")
        precondition(weight > 0 && weight.isFinite, "a weight is finite and above 0")
        precondition(isWeighted || count == 0, "weights come with the first value or never")
        isWeighted = true
        if open.values.count == open.room { makeRoom() }
        open.values.append(value)
        open.weights.append(weight)
        count += 1
    }

    /// Adds finite values, without weights.
    package mutating func add(contentsOf values: UnsafeBufferPointer<Double>) {
        precondition(!isWeighted, "no weight before, none now")
        append(values, weights: nil)
    }

    /// Adds finite values of these weights, one each.
    package mutating func add(
        contentsOf values: UnsafeBufferPointer<Double>, weights: UnsafeBufferPointer<Double>
    ) {
        precondition(values.count == weights.count, "a weight for each value")
        precondition(isWeighted || count == 0, "weights come with the first value or never")
        precondition(weights.allSatisfy { $0 > 0 && $0.isFinite }, "finite weights above 0")
        isWeighted = isWeighted || !values.isEmpty
        append(values, weights: weights)
    }

    private mutating func append(
        _ values: UnsafeBufferPointer<Double>, weights: UnsafeBufferPointer<Double>?
    ) {
        precondition(values.allSatisfy { $0.isFinite }, "a summary is of finite values")
        var start = 0
        while start < values.count {
            if open.values.count == open.room { makeRoom(for: values.count - start) }
            let end = min(values.count, start + open.room - open.values.count)
            open.values.append(contentsOf: values[start..<end])
            if let weights { open.weights.append(contentsOf: weights[start..<end]) }
            count += end - start
            start = end
        }
    }

    /// Closes the open block and opens the next one, as large as all before it, in bounds.
    private mutating func makeRoom(for more: Int = 1) {
        close()
        var room = min(Self.mostInBlock, max(Self.fewestInBlock, count, more))
        if let byteLimit, !isWeighted {
            room = min(room, byteLimit / 128)
            compact(to: byteLimit - 8 * room - 64)
        }
        open.room = room
        open.values.reserveCapacity(room)
        if isWeighted { open.weights.reserveCapacity(room) }
    }

    private mutating func close() {
        guard !open.values.isEmpty else { return }
        fullBytes += Self.bytes(open)
        full.append(open)
        open = Block()
    }

    /// Adds all that another summary has seen. Both have weights, or neither.
    public mutating func merge(_ other: consuming NumberSummary) {
        guard other.count > 0 else { return }
        precondition(count == 0 || isWeighted == other.isWeighted, "weights in both or neither")
        isWeighted = other.isWeighted
        let whole = count + other.count
        if other.open.values.count > open.values.count { swap(&open, &other.open) }
        var crumbs = [other.open]
        for block in other.full {
            if block.values.count < Self.crumb {
                crumbs.append(block)
            } else {
                fullBytes += Self.bytes(block)
                full.append(block)
            }
        }
        for crumb in crumbs {
            crumb.values.withUnsafeBufferPointer { values in
                crumb.weights.withUnsafeBufferPointer { weights in
                    append(values, weights: isWeighted ? weights : nil)
                }
            }
        }
        if let theirs = other.sketch {
            sketch = sketch ?? QuantileSketch()
            sketch?.merge(theirs)
        }
        count = whole
        if let byteLimit, !isWeighted { compact(to: byteLimit) }
    }

    /// Halves the lowest level that has its part of the bytes or more, until no more than
    /// `most` bytes are held.
    private mutating func compact(to most: Int) {
        while byteCount > most {
            var sketch = sketch ?? QuantileSketch()
            // Counted here alone: a copy in `self` would make each change copy a level.
            self.sketch = nil
            let rows = full.reduce(open.values.count) { $0 + $1.values.count }
            let part = most / 8 / (sketch.levels.count + 1)
            // Where none has its part, blocks with room left are what takes it: the rows go up.
            let level = rows >= part ? 0 : (sketch.levels.firstIndex { $0.count >= part } ?? -1) + 1
            if level > 0 {
                sketch.compact(level: level)
            } else {
                let rest = sketch.compact(rows: AscendingOrder.of(takeBlocks()))
                if let rest { open = Block(values: [rest], room: 1) }
            }
            self.sketch = sketch
        }
    }

    private mutating func takeBlocks() -> [[Double]] {
        let blocks = (full + [open]).map(\.values)
        full = []
        open = Block()
        fullBytes = 0
        return blocks
    }

    /// The values in order, from which all statistics are computed.
    public consuming func ordered() -> OrderedSample {
        if isWeighted {
            var rows: [(value: Double, weight: Double)] = []
            rows.reserveCapacity(count)
            eachValue { rows.append((value: $0 + 0, weight: $1)) }
            rows.sort { ($0.value, $0.weight) < ($1.value, $1.weight) }
            return OrderedSample(ascending: rows)
        }
        guard let sketch else { return OrderedSample(ascending: AscendingOrder.of(takeBlocks())) }
        var rows: [(value: Double, weight: Double)] = []
        eachValue { rows.append((value: $0 + 0, weight: $1)) }
        rows.sort { $0.value < $1.value }
        return OrderedSample(
            sketch: rows, count: count, moments: moments,
            rankError: sketch.rankError / Double(count))
    }

    /// Calls `body` with each value kept and its mass: its weight, 1 without weights, and 2^level
    /// in a sketch. In no order that means anything.
    package func eachValue(_ body: (Double, Double) -> Void) {
        for block in full + [open] {
            for (place, value) in block.values.enumerated() {
                body(value, isWeighted ? block.weights[place] : 1)
            }
        }
        for (level, values) in (sketch?.levels ?? []).enumerated() {
            let mass = QuantileSketch.mass(level: level + 1)
            for value in values { body(value, mass) }
        }
    }

    /// The moments of all values seen, without their weights.
    private var moments: Moments {
        var moments = sketch?.moments ?? Moments()
        for block in full + [open] {
            moments.merge(block.values.withUnsafeBufferPointer { Moments($0) })
        }
        return moments
    }

    /// The mean of the values, whatever their weights, or `nil` without one.
    public var mean: Double? { moments.finiteMean }

    /// The sample variance of the values, whatever their weights, or `nil` for fewer than two: none
    /// is defined there. `nil` also where the squares are beyond a double.
    public var variance: Double? {
        let moments = moments
        return moments.variance(freedom: moments.total - 1)
    }

    /// The smallest value, `nil` without one.
    public var minimum: Double? { count > 0 ? moments.minimum : nil }

    /// The largest value, `nil` without one.
    public var maximum: Double? { count > 0 ? moments.maximum : nil }
}
