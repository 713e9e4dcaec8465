import Glibc
import HoldfastStatistics
import Testing

/// The alarms of ``ToleranceBets``: no oftener than promised at the edge, and soon beyond it.
@Suite struct ToleranceBetsTests {
    /// Shares of blocks of rows, one after the other.
    private struct Blocks {
        let chance: CounterStream
        var at: UInt64 = 0

        init(seed: UInt64) { chance = CounterStream(seed: seed, stream: 77) }

        mutating func next(_ share: Double, rows: Int) -> Double {
            defer { at += UInt64(rows) }
            return Double((0..<UInt64(rows)).count { chance.uniform(at + $0) < share })
                / Double(rows)
        }
    }

    private func bets(
        _ ranges: [(Double, Double)], _ form: EDetector.Form = .cusum, runLength: Double
    ) throws -> ToleranceBets {
        try #require(
            ToleranceBets(
                within: ranges.map { Interval(lower: $0.0, upper: $0.1) }, form: form,
                averageRunLength: runLength))
    }

    @Test func `at the edges of a tolerance alarms are rarer than one in a run length`() throws {
        for form in EDetector.Form.allCases {
            for (edge, isByRow) in [(0.05, true), (0.15, true), (0.15, false)] {
                // Each alarm starts anew: 20 alarms in 400 blocks are what was promised at most.
                var alarms = 0
                for seed in 0..<12 as Range<UInt64> {
                    var blocks = Blocks(seed: seed)
                    var watch = try bets([(0.05, 0.15)], form, runLength: 20)
                    for _ in 0..<400 {
                        watch.add([blocks.next(edge, rows: 40)], rows: isByRow ? 40 : 1)
                        guard watch.isAlarming else { continue }
                        alarms += 1
                        watch = try bets([(0.05, 0.15)], form, runLength: 20)
                    }
                }
                #expect(alarms <= 12 * 400 / 20, "\(form) \(edge) \(isByRow): \(alarms)")
                // Twenty times rarer in the usual form: what is in the middle is not bet on.
                #expect(form == .shiryaevRoberts || alarms <= 24, "\(edge): \(alarms)")
            }
        }
    }

    @Test func `a shift of twice the margin is found, up or down, however late it comes`() throws {
        for quiet in [0, 400] {
            for shifted in [0.2, 0.0] {
                for seed in 0..<10 as Range<UInt64> {
                    var blocks = Blocks(seed: seed)
                    var watch = try bets([(0.05, 0.15)], runLength: 1_000)
                    for _ in 0..<quiet { watch.add([blocks.next(0.1, rows: 100)], rows: 100) }
                    #expect(!watch.isAlarming, "seed \(seed)")
                    for _ in 0..<60 { watch.add([blocks.next(shifted, rows: 100)], rows: 100) }
                    #expect(watch.isAlarming, "seed \(seed): \(quiet) \(shifted)")
                }
            }
        }
    }

    @Test func `blocks that may hang together are found later, and found`() throws {
        var blocks = Blocks(seed: 1)
        var watch = try bets([(0.05, 0.15)], runLength: 1_000)
        var count = 0
        while !watch.isAlarming, count < 400 {
            watch.add([blocks.next(0.2, rows: 100)])
            count += 1
        }
        #expect(watch.isAlarming && count > 20, "\(count)")
    }

    @Test func `one statistic of many that moves is found and named`() throws {
        var blocks = Blocks(seed: 3)
        var watch = try bets(
            [(Double, Double)](repeating: (0.05, 0.15), count: 20), runLength: 1_000)
        for _ in 0..<60 {
            watch.add(
                (0..<20).map { blocks.next($0 == 7 ? 0.22 : 0.1, rows: 100) }, rows: 100)
        }
        let most = watch.logValues.indices.max { watch.logValues[$0] < watch.logValues[$1] }
        #expect(watch.isAlarming && most == 7, "\(watch.logValues)")
    }

    @Test func `stored bets go on as if they had not been stored`() throws {
        let ranges = [(0.05, 0.15), (0.0, 0.3), (0.4, 1.0), (0.0, 1.0)]
        for form in EDetector.Form.allCases {
            var blocks = Blocks(seed: 9)
            var watch = try bets(ranges, form, runLength: 50)
            for block in 0..<30 {
                // Two sides, one, one and none, each of five numbers.
                #expect(watch.state.count == 20 && watch.state.allSatisfy(\.isFinite))
                let stored = try #require(
                    ToleranceBets(
                        within: watch.tolerances, form: form, averageRunLength: 50,
                        state: watch.state))
                #expect(stored == watch, "block \(block)")
                watch = stored
                // Now and then a statistic has no row.
                watch.add(
                    [0.2, 0.25, block % 5 == 2 ? .nan : 0.5, 0.9].map {
                        $0.isNaN ? .nan : blocks.next($0, rows: 30)
                    }, rows: 30)
            }
        }
        let range = [Interval(lower: 0.1, upper: 0.2)]
        for state in [[], [Double](repeating: 0, count: 9), [Double](repeating: .nan, count: 10)] {
            #expect(
                ToleranceBets(within: range, averageRunLength: 50, state: state) == nil)
        }
    }

    @Test func `what cannot be tolerated or told is refused or left alone`() throws {
        func isMade(_ lower: Double, _ upper: Double, _ length: Double = 9) -> Bool {
            ToleranceBets(
                within: [Interval(lower: lower, upper: upper)], averageRunLength: length) != nil
        }
        #expect(!isMade(-0.1, 0.5) && !isMade(0.5, 1.1))
        #expect(!isMade(0.1, 0.2, 0.5) && !isMade(0.1, 0.2, .infinity) && isMade(0.1, 0.1))
        #expect(ToleranceBets(within: [], averageRunLength: 9) == nil)
        #expect(
            ToleranceBets(
                within: [Interval(lower: 0, upper: 0.5)], averageRunLength: 9, memory: 1) == nil)
        var watch = try bets([(0.1, 0.2)], runLength: 9)
        let fresh = watch
        watch.add([.nan], rows: 10)
        watch.add([0.9], rows: 0)
        #expect(watch == fresh && watch.logValue == -.infinity)
        // What was never or always so is no proof by one row, and is by many.
        for (end, moved) in [(0.0, 0.01), (1, 0.99), (1e-300, 0.01)] {
            var never = try bets([(end, end)], runLength: 1_000)
            never.add([moved], rows: 100)
            #expect(!never.isAlarming)
            for _ in 0..<5 { never.add([moved], rows: 100) }
            #expect(never.isAlarming && never.state.allSatisfy(\.isFinite), "\(end)")
        }
        // Nothing outside of everything.
        var all = try bets([(0, 1)], runLength: 9)
        all.add([1], rows: 1_000)
        #expect(all.logValue == -.infinity && !all.isAlarming)
        for (share, rows, margin) in [
            (-0.1, 10.0, 0.1), (1.1, 10, 0.1), (.nan, 10, 0.1), (0.5, 0, 0.1), (0.5, 10, -0.1),
        ] {
            #expect(ToleranceBets.tolerance(share: share, of: rows, margin: margin) == nil)
        }
        let none = try #require(ToleranceBets.tolerance(share: 0, of: 100, margin: 0))
        #expect(none.lower == 0 && none.upper > 0.05)
    }
}
