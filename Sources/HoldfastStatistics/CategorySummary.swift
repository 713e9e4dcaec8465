/// How often each category of a column occurs, categories told apart by their bytes.
///
///     var summary = CategorySummary()
///     for name in ["JP", "KR", "JP"] { summary.add(name) }
///     summary.count                          // 3
///     summary.counts.map(\.count)            // [2, 1], in the order of first occurrence
///
/// Bytes and not `String`, because Swift holds the two ways to write é equal and engines do not.
/// Two summaries of parts ``merge(_:)`` into that of the whole. A category is stored once, in one
/// run of bytes; adding a known one allocates nothing.
public struct CategorySummary: Sendable {
    /// The values seen, the missing ones not among them.
    public private(set) var count = 0
    /// The missing values.
    public private(set) var missing = 0
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var tallies: [Int] = []
    /// Open addressing: the place of a category and 1, or 0 for a free slot; never over half full.
    private var slots: [Int] = [Int](repeating: 0, count: 16)

    /// A summary of nothing.
    public init() {}

    /// The number of different categories.
    public var categories: Int { tallies.count }

    /// All cells seen.
    public var rows: Int { count + missing }

    /// Adds missing values.
    public mutating func addMissing(_ count: Int = 1) { missing += count }

    /// Adds a category, `times` times.
    public mutating func add(_ name: String, times: Int = 1) {
        var name = name
        name.withUTF8 { add(bytes: $0, times: times) }
    }

    /// Adds a category given by its bytes, `times` times.
    package mutating func add(bytes name: UnsafeBufferPointer<UInt8>, times: Int = 1) {
        guard times > 0 else { return }
        _ = place(adding: name, times: times)
    }

    /// Adds a category, `times` times, which is above 0, and answers its place in ``counts``.
    package mutating func place(adding name: UnsafeBufferPointer<UInt8>, times: Int) -> Int {
        count += times
        let slot = slot(of: name)
        if slots[slot] > 0 {
            tallies[slots[slot] - 1] += times
            return slots[slot] - 1
        }
        bytes.append(contentsOf: name)
        ends.append(bytes.count)
        tallies.append(times)
        slots[slot] = tallies.count
        if tallies.count * 2 > slots.count { grow() }
        return tallies.count - 1
    }

    /// Adds all that another summary has seen.
    public mutating func merge(_ other: CategorySummary) {
        missing += other.missing
        other.eachCategory { add(bytes: $0, times: $1) }
    }

    /// The categories as bytes with their counts, in the order of first occurrence.
    public var counts: [(category: [UInt8], count: Int)] {
        tallies.indices.map { (Array(bytes[range(of: $0)]), tallies[$0]) }
    }

    /// The same, the most frequent first; of equally frequent ones by their bytes.
    package var ranked: [(category: [UInt8], count: Int)] {
        counts.sorted { one, other in
            one.count != other.count
                ? one.count > other.count
                : one.category.lexicographicallyPrecedes(other.category)
        }
    }

    /// How often a category occurs: 0 where it was not seen.
    package func tally(of name: UnsafeBufferPointer<UInt8>) -> Int {
        let place = slots[slot(of: name)]
        return place > 0 ? tallies[place - 1] : 0
    }

    /// Calls `body` with each category and its count, in the order of first occurrence.
    package func eachCategory(_ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
        bytes.withUnsafeBufferPointer { all in
            for place in tallies.indices {
                body(UnsafeBufferPointer(rebasing: all[range(of: place)]), tallies[place])
            }
        }
    }

    private func range(of place: Int) -> Range<Int> {
        (place == 0 ? 0 : ends[place - 1])..<ends[place]
    }

    /// The slot that holds a category, or the free one where it belongs.
    private func slot(of name: UnsafeBufferPointer<UInt8>) -> Int {
        // The seed differs per process, so that no file can be made to collide; nothing that is
        // reported depends on the order of the slots.
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(name))
        var slot = hasher.finalize() & (slots.count - 1)
        while slots[slot] > 0 && !bytes[range(of: slots[slot] - 1)].elementsEqual(name) {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private mutating func grow() {
        slots = [Int](repeating: 0, count: slots.count * 2)
        bytes.withUnsafeBufferPointer { all in
            for place in tallies.indices {
                slots[slot(of: UnsafeBufferPointer(rebasing: all[range(of: place)]))] = place + 1
            }
        }
    }
}
