/// What a ledger has done since it was opened, and what waits to be done: for whoever watches it.
///
///     let activity = ledger.activity
///     activity.facts[.exposure]?.accepted   // 20061
///     activity.waitingFacts                 // 0: nothing waits
///
/// Counts begin at 0 when the ledger is opened; what the file holds is counted by reading it.
public struct LedgerActivity: Sendable, Hashable {
    /// The facts that wait to be written.
    public var waitingFacts: Int
    /// About how many bytes of memory they hold.
    public var waitingBytes: Int
    /// Whether the last transaction that was tried could be written.
    public var isWritable: Bool
    /// The facts that were answered, by kind. A kind that is not among them has had none.
    public var facts: [Fact.Kind: FactCounts]
    /// The transactions that were committed.
    public var commits: Int
    /// How long they took, from beginning one to its being on disk.
    public var commitSeconds: DurationHistogram

    /// The activity of a ledger that has done nothing yet.
    public init(
        waitingFacts: Int = 0, waitingBytes: Int = 0, isWritable: Bool = true,
        facts: [Fact.Kind: FactCounts] = [:], commits: Int = 0,
        commitSeconds: DurationHistogram = DurationHistogram()
    ) {
        self.waitingFacts = waitingFacts
        self.waitingBytes = waitingBytes
        self.isWritable = isWritable
        self.facts = facts
        self.commits = commits
        self.commitSeconds = commitSeconds
    }
}

/// What became of facts of one kind. Counts of parts add up.
public struct FactCounts: Sendable, Hashable {
    /// Recorded.
    public var accepted: Int
    /// Recorded before, with the same content.
    public var duplicate: Int
    /// Not recorded: refused when it was read, or by the ledger itself.
    public var refused: Int

    /// Counts, 0 unless given.
    public init(accepted: Int = 0, duplicate: Int = 0, refused: Int = 0) {
        self.accepted = accepted
        self.duplicate = duplicate
        self.refused = refused
    }

    /// Counts one fact by its receipt.
    public mutating func count(_ receipt: Receipt) {
        switch receipt {
        case .accepted: accepted += 1
        case .duplicate: duplicate += 1
        case .refused: refused += 1
        }
    }

    /// Adds the counts of other facts.
    public mutating func add(_ other: FactCounts) {
        accepted += other.accepted
        duplicate += other.duplicate
        refused += other.refused
    }
}

/// How long things took: how many in each range of seconds, and the sum. Histograms of
/// parts add up.
///
///     var histogram = DurationHistogram()
///     histogram.observe(nanoseconds: 250_000)
///     histogram.count   // 1, in the range that ends with 0.00025 s
///     histogram.sum     // 0.00025
///
/// A range holds its upper bound, as Prometheus's `le` does. The bounds are the same for every
/// histogram, so that any two can be added: a commit on a fast disk takes a tenth of a
/// millisecond, and a client gives up after ten seconds.
public struct DurationHistogram: Sendable, Hashable {
    /// The upper bounds of the ranges, in seconds, ascending.
    public static let bounds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
        10,
    ]

    /// The same in nanoseconds: durations are compared as integers, so that a bound falls into its
    /// own range.
    private static let nanosecondBounds = bounds.map { Int64(($0 * 1e9).rounded()) }

    /// How many fell into each range, not cumulative: one more than there are bounds, the last for
    /// what took longer than any.
    public private(set) var counts: [Int]
    /// The sum of all durations, in seconds.
    public private(set) var sum: Double

    /// A histogram of nothing.
    public init() {
        counts = Array(repeating: 0, count: DurationHistogram.bounds.count + 1)
        sum = 0
    }

    /// How many were observed.
    public var count: Int { counts.reduce(0, +) }

    /// Counts one duration. A negative one, of a clock that stepped back, counts as 0.
    public mutating func observe(nanoseconds: Int64) {
        let nanoseconds = max(0, nanoseconds)
        let index = DurationHistogram.nanosecondBounds.firstIndex { nanoseconds <= $0 }
        counts[index ?? DurationHistogram.bounds.count] += 1
        sum += Double(nanoseconds) / 1e9
    }

    /// Adds what another histogram observed.
    public mutating func add(_ other: DurationHistogram) {
        for (index, count) in other.counts.enumerated() { counts[index] += count }
        sum += other.sum
    }
}
