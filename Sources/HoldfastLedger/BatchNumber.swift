public import HoldfastAssignment
public import HoldfastFormats
internal import HoldfastSQL

/// The number that a producer gives a batch, so that one that never arrives is noticed.
///
///     BatchNumber(source: name, sequence: 42)
///
/// Each source counts its batches from 1, over all kinds of facts and without leaving one out, in
/// the order in which things happened. A number that is missing is a **gap**: what the batch held
/// is not known, and rows whose window it touches are not called clean.
public struct BatchNumber: Sendable, Hashable {
    /// Who counts: a shop's till, a relay.
    public var source: Name
    /// The batch's number, from 1 to ``limit``.
    public var sequence: Int64
    /// The times of its first and its last fact, where the facts at hand are not all of them.
    public var span: ClosedRange<Timestamp>?

    /// The greatest number: the last integer that is exact in a double.
    public static let limit: Int64 = (1 << 53) - 1

    /// A number; `nil` where it is not from 1 to ``limit``.
    public init?(source: Name, sequence: Int64, span: ClosedRange<Timestamp>? = nil) {
        guard (1...BatchNumber.limit).contains(sequence) else { return nil }
        self.source = source
        self.sequence = sequence
        self.span = span
    }
}

/// How far a source has counted.
public struct SourceState: Sendable, Hashable {
    /// The source.
    public var source: String
    /// The greatest number that arrived.
    public var lastSequence: Int64
    /// How many numbers arrived.
    public var batchCount: Int64
    /// When a batch arrived last that had not been here.
    public var lastReceived: Timestamp

    /// How many numbers below the greatest have not arrived.
    public var missing: Int64 { lastSequence - batchCount }
}

extension LedgerFile {
    /// Enters the number of a batch in the batch's own transaction. A number that is there stays as
    /// it is: the batch is sent again, cut otherwise perhaps.
    func enter(
        _ number: BatchNumber, of facts: [Fact], _ received: Timestamp,
        _ commit: inout CommitBuilder
    ) throws(SQLError) {
        let times = facts.compactMap(\.at)
        let span = number.span
        let row: [SQLValue] = [
            .text(number.source.text), .integer(number.sequence), .integer(Int64(facts.count)),
            .integer((span?.lowerBound ?? times.min() ?? received).microseconds),
            .integer((span?.upperBound ?? times.max() ?? received).microseconds),
        ]
        let leaf = Leaf.of(.batches, row)
        guard try insert(row, leaf: leaf, into: .batches, received, &commit) else { return }
        try connection.prepared(
            """
            INSERT INTO sources (source, last_sequence, batch_count, received_at)
            VALUES (?1, ?2, 1, ?3)
            ON CONFLICT (source) DO UPDATE SET batch_count = batch_count + 1,
              last_sequence = max(last_sequence, excluded.last_sequence),
              received_at = excluded.received_at
            """
        ).run([
            .text(number.source.text), .integer(number.sequence), .integer(received.microseconds),
        ])
    }
}

extension SQLiteConnection {
    /// Every source that numbers its batches, by name.
    func sources() throws(SQLError) -> [SourceState] {
        var sources: [SourceState] = []
        try query(
            """
            SELECT source, last_sequence, batch_count, received_at FROM sources ORDER BY source
            """
        ) { row throws(SQLError) in
            sources.append(
                SourceState(
                    source: row.text(0) ?? "", lastSequence: row.integer(1),
                    batchCount: row.integer(2),
                    lastReceived: Timestamp(microseconds: row.integer(3))))
        }
        return sources
    }
}
