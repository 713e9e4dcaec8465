/// How long something took, counted in classes: summaries of several runs add up.
///
///     var commits = DurationHistogram()
///     commits.observe(nanoseconds: 1_500_000)
///     commits.counts[2]   // 1: from 0.001 to 0.0025 s
public struct DurationHistogram: Sendable, Hashable {
    /// The upper ends of the classes, in seconds, ends included.
    public static let bounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// How many fell into each class, and last those beyond all of them.
    public private(set) var counts = [Int](repeating: 0, count: DurationHistogram.bounds.count + 1)
    /// All durations together, in seconds.
    public private(set) var sum = 0.0

    public init() {}

    /// How many were observed.
    public var count: Int { counts.reduce(0, +) }

    /// Counts a duration.
    public mutating func observe(nanoseconds: Int64) {
        let seconds = Double(nanoseconds) / 1e9
        let place = DurationHistogram.bounds.firstIndex { seconds <= $0 }
        counts[place ?? DurationHistogram.bounds.count] += 1
        sum += seconds
    }
}

/// How many facts of one kind met with each answer.
public struct FactCounts: Sendable, Hashable {
    public var accepted = 0
    public var duplicate = 0
    public var refused = 0

    public init() {}

    mutating func count(_ receipt: Receipt) {
        switch receipt {
        case .accepted: accepted += 1
        case .duplicate: duplicate += 1
        case .refused: refused += 1
        }
    }

    mutating func add(_ other: FactCounts) {
        accepted += other.accepted
        duplicate += other.duplicate
        refused += other.refused
    }
}

/// What a ledger's writer is doing, and has done since it was opened. Asking costs no I/O.
public struct LedgerActivity: Sendable {
    /// Facts that wait to be written.
    public var waitingFacts = 0
    /// About how many bytes of memory they hold.
    public var waitingBytes = 0
    /// Whether the last transaction that was tried could be committed.
    public var isWritable = true
    /// What became of facts, by kind.
    public var facts: [Fact.Kind: FactCounts] = [:]
    /// Transactions that wrote facts.
    public var commits = 0
    /// How long each took, from its begin to its flush.
    public var commitSeconds = DurationHistogram()
}
