import Glibc

/// Whether rows still come from where a reference's rows came from, watched over a whole run with
/// one chance of a false alarm.
///
///     let x = (0..<400).map { Double($0) }
///     let watch = ShiftWatch(
///         reference: [SampleColumn("x", numbers: x)],
///         operation: [SampleColumn("x", numbers: x.map { $0 + 100 })], alpha: 0.05, seed: 1)
///     watch.alarm     // 16: the rows of operation after which it was sure
///     watch.peak      // 18.78…: the logarithm of the largest e-value
///
/// Rows of operation, in the order in which they came, are paired with rows of the reference, drawn
/// without returning them. Each column has statistics between 0 and 1: whether a number lies at or
/// below each tenth of the reference, whether a category is this one, whether a value is missing. A
/// ``PairedBet`` is made on each; the e-value is the mean capital over a column's statistics, and
/// then over the columns. A mean of bets is a bet, whatever holds them together, so it reaches 1/α
/// at *any* time with a probability of α at most while rows are drawn independently from one
/// distribution (V. Vovk and R. Wang, "E-values: calibration, combination and applications", 2021).
///
/// A tenth of the reference's rows, 1,000 at most, drawn first, say where the tenths lie and which
/// categories have a statistic, and are paired with none: a statistic chosen by the rows that it is
/// then measured on is no fair bet. The most frequent of many like categories are those that the
/// reference happened to draw often; chosen by all its rows, 500 of them alarmed in each clean run.
///
/// A reference is finite: one half of it is paired row by row, one half of the rest each with two
/// rows of operation, then with four, and so on, a plan that no row's value decides. Large
/// references are taken in blocks, so that there are at most ``pairLimit`` pairs of a stage.
///
/// In one column of numbers 108 of 3,000 clean runs of 2,000 rows against 6,000 sounded an alarm at
/// .05, and 19 of 500 of 25,000 against 75,000. A shift that begins after n clean pairs takes about
/// √n pairs longer to be found. A shift among many rare categories is hardly found: few of them
/// are in a tenth of the reference, and the others are one.
///
/// It says that something moved, however little, not how far, and it takes seasons for shifts. Rows
/// that depend on each other break its level.
package struct ShiftWatch: Sendable {
    /// The pairs of the longest stage, at most.
    package static let pairLimit = 20_000
    /// The rows of a reference that bins are learnt from, at most.
    private static let learntLimit = 1_000
    /// The rows of a reference that are left unused.
    static let leastRows = 16

    /// What was seen of one column.
    package struct Column: Sendable, Equatable {
        package var name: String
        /// The logarithm of the mean capital of its bets, at the marks.
        package var logs: [Double] = []
        /// The largest so far, after the marks' last.
        package var peak = 0.0
    }

    /// The columns, in their order.
    package private(set) var columns: [Column]
    /// The logarithm of the e-value at each mark.
    package private(set) var logs: [Double] = []
    /// The logarithm of the largest e-value of the run.
    package private(set) var peak = 0.0
    /// The rows of operation after which the e-value reached 1/α first.
    package private(set) var alarm: Int?
    /// The rows of operation that could be paired.
    package private(set) var pairedRows = 0

    /// Watches a whole run. `marks` are counts of rows at which the e-values are noted;
    /// a smaller `pairLimit` takes smaller references in blocks too.
    ///
    /// Both have the same columns. A column without a row on a side gives no bet.
    package init(
        reference: [SampleColumn], operation: [SampleColumn], marks: [Int] = [], alpha: Double,
        seed: UInt64, pairLimit: Int = Self.pairLimit
    ) {
        precondition(SampleColumns(reference).isAlike(SampleColumns(operation)), "the same columns")
        columns = reference.map { Column(name: $0.name) }
        let lots = Self.shuffled(reference[0].values.count, seed: seed)
        let order = lots.dropFirst(Self.learntRows(of: lots.count)).map { $0 }
        let learnt = lots.prefix(lots.count - order.count).map { Int($0) }
        let bins = reference.map { ColumnBins($0.picking(learnt)) }
        var bets = zip(bins, zip(reference, operation)).map { bins, pair in
            ColumnBets(
                bins, reference: bins.codes(of: pair.0), operation: bins.codes(of: pair.1))
        }
        let count = operation[0].values.count
        var mark = 0
        func note(upTo rows: Int, _ total: Double) {
            while mark < marks.count, marks[mark] < rows {
                logs.append(total)
                for place in columns.indices { columns[place].logs.append(bets[place].log) }
                mark += 1
            }
        }
        var total = 0.0
        for pair in Plan(
            referenceRows: order.count, operationRows: count, pairLimit: pairLimit)
        {
            note(upTo: pair.operation.upperBound, total)
            for place in bets.indices {
                bets[place].bet(order[pair.reference], pair.operation)
                columns[place].peak = max(columns[place].peak, bets[place].log)
            }
            total = LogMean.of(bets.map(\.log))
            peak = max(peak, total)
            pairedRows = pair.operation.upperBound
            if alarm == nil && total >= -log(alpha) { alarm = pairedRows }
        }
        note(upTo: .max, total)
    }

    /// The rows of a reference, of so many, that bins are learnt from and none is paired.
    static func learntRows(of count: Int) -> Int { min(learntLimit, count / 10) }

    private static func shuffled(_ count: Int, seed: UInt64) -> [Int32] {
        let chance = CounterStream(seed: seed, stream: 91)
        return NumberOrder.ascending((0..<UInt64(count)).map { chance.uniform($0) })
    }
}

extension ShiftWatch {
    /// Which rows are held against each other, step after step.
    struct Plan: Sequence, IteratorProtocol {
        private let operationRows: Int
        private let block: Int
        private var referenceStart = 0
        private var stageEnd: Int
        private let referenceRows: Int
        private var operationStart = 0
        private var times = 1

        init(
            referenceRows: Int, operationRows: Int, pairLimit: Int = ShiftWatch.pairLimit
        ) {
            self.referenceRows = referenceRows
            self.operationRows = operationRows
            block = Swift.max(1, referenceRows / (2 * pairLimit))
            stageEnd = referenceRows / 2
        }

        mutating func next() -> (reference: Range<Int>, operation: Range<Int>)? {
            while referenceStart + block > stageEnd {
                let left = referenceRows - stageEnd
                guard left >= Swift.max(ShiftWatch.leastRows, 2 * block) else { return nil }
                referenceStart = stageEnd
                stageEnd += left / 2
                times *= 2
            }
            let size = block * times
            guard operationStart + size <= operationRows else { return nil }
            defer {
                referenceStart += block
                operationStart += size
            }
            return (
                referenceStart..<(referenceStart + block),
                operationStart..<(operationStart + size)
            )
        }
    }

    /// The bets on one column's statistics.
    struct ColumnBets {
        private let bins: ColumnBins
        private let reference: [UInt8]
        private let operation: [UInt8]
        private var bets: [PairedBet]
        /// The logarithm of their mean capital.
        private(set) var log = 0.0

        init(_ bins: ColumnBins, reference: [UInt8], operation: [UInt8]) {
            self.bins = bins
            self.reference = reference
            self.operation = operation
            // Of numbers the last bin is all that is left, once the others are known.
            bets = [PairedBet](repeating: PairedBet(), count: bins.count - (bins.isNumber ? 1 : 0))
        }

        mutating func bet(_ ours: ArraySlice<Int32>, _ theirs: Range<Int>) {
            var differences = [Double](repeating: 0, count: bins.count)
            let (one, other) = (1 / Double(ours.count), 1 / Double(theirs.count))
            for row in ours { differences[Int(reference[Int(row)])] += one }
            for row in theirs { differences[Int(operation[row])] -= other }
            var sum = 0.0
            for place in bets.indices {
                // At or below an edge: the bins up to it, but not what is missing.
                sum = bins.isNumber && place > 1 ? sum + differences[place] : differences[place]
                bets[place].add(Swift.min(1, Swift.max(-1, sum)))
            }
            log = LogMean.of(bets.map(\.logCapital))
        }
    }
}
