import Glibc
import HoldfastFormats
import Testing

@testable import HoldfastStatistics

@Suite struct SequenceTests {
    @Test func `a bet on two means grows as the closed form says`() throws {
        for item in try Golden.cases("cases", in: "betting_two_sample_mean") {
            var bet = PairedBet(limit: try item.number("c"))
            var (most, crossed): (Double, Int?) = (-.infinity, nil)
            let at = try #require(item["logK_at"])
            for (step, pair) in zip(try item.numbers("x"), try item.numbers("y")).enumerated() {
                bet.add(pair.0 - pair.1)
                most = max(most, bet.logCapital)
                if crossed == nil && bet.logCapital >= log(20) { crossed = step + 1 }
                if let expected = at["\(step + 1)"]?.double {
                    #expect(isClose(bet.logCapital, expected), "step \(step + 1)")
                }
            }
            #expect(isClose(most, try item.number("max_logK")))
            #expect(crossed.map(Double.init) == item["first_cross_20"]?.double)
        }
    }

    @Test func `a bounded mean's sequence is confseq's on its grid`() throws {
        for item in try Golden.cases("cases", in: "confseq_bounded_mean") {
            let (values, alpha) = (try item.numbers("x"), try item.number("alpha"))
            let quarter = BoundedMeanSequence.Bets(values, weights: nil, tail: 0.025)
            let first = try item.numbers("lambda_predmix_eb_alpha_0025_first5")
            for (stake, expected) in zip(quarter.stakes, first) {
                #expect(isClose(stake, expected))
            }
            let bets = BoundedMeanSequence.Bets(values, weights: nil, tail: alpha / 2)
            let grid = (1..<1_000).map { Double($0) / 1_000 }
            let above = grid.map { bets.logCapital(above: $0) }
            let below = grid.map { bets.mirrored.logCapital(above: 1 - $0) }
            let ours = BoundedMeanSequence(values, alpha: alpha)
            for (index, time) in try item.counts("at").enumerated() {
                let held = grid.indices.filter {
                    max(above[$0][time - 1], below[$0][time - 1]) <= log(2 / alpha)
                }
                let (low, high) = (grid[held.first ?? 0], grid[held.last ?? 0])
                let lower = try item.numbers("betting_lower")[index]
                let upper = try item.numbers("betting_upper")[index]
                #expect(abs(low - 0.001 - lower) < 1e-9, "\(low) \(lower)")
                #expect(abs(high + 0.001 - upper) < 1e-9, "\(high) \(upper)")
                // Half of the capital is staked otherwise, which costs little.
                #expect(ours.lower(after: time) >= lower - 0.04, "\(ours.lower(after: time))")
                #expect(ours.upper(after: time) <= upper + 0.04, "\(ours.upper(after: time))")
            }
        }
    }

    @Test func `a sequence holds the mean at all times, weighted or not`() {
        var failed = (plain: 0, weighted: 0)
        for seed in 0..<200 as Range<UInt64> {
            let chance = CounterStream(seed: seed, stream: 3)
            let values = (0..<300 as Range<UInt64>).map { chance.uniform($0) < 0.2 ? 1.0 : 0 }
            let plain = BoundedMeanSequence(values, alpha: 0.1)
            if plain.lower(after: 300) > 0.2 || plain.upper(after: 300) < 0.2 { failed.plain += 1 }
            // Of the rows kept, those of 1 were kept half as often and count twice: of all, 1/3.
            let weights = values.map { $0 == 1 ? 2.0 : 1 }
            let weighted = BoundedMeanSequence(values, weights: weights, most: 2, alpha: 0.1)
            let truth = 0.4 / 1.2
            if weighted.lower(after: 300) > truth || weighted.upper(after: 300) < truth {
                failed.weighted += 1
            }
            #expect(plain.upper(after: 300) - plain.lower(after: 300) < 0.2, "seed \(seed)")
        }
        #expect(failed.plain <= 20 && failed.weighted <= 20, "\(failed)")
        let none = BoundedMeanSequence([], alpha: 0.05)
        #expect(none.lower(after: 0) == 0 && none.upper(after: 0) == 1)
        let ones = BoundedMeanSequence([Double](repeating: 1, count: 400), alpha: 0.05)
        #expect(ones.upper(after: 400) == 1 && ones.lower(after: 400) > 0.95)
        let example = BoundedMeanSequence([0.2, 0.4, 0.3, 0.5, 0.2, 0.3, 0.4, 0.2], alpha: 0.1)
        #expect(example.lower(after: 8) == 0.134, "\(example.lower(after: 8))")
        #expect(isClose(example.upper(after: 8), 0.67), "\(example.upper(after: 8))")
    }

    /// Three columns that hang together, one of them categories.
    private func columns(_ count: Int, _ chance: CounterStream, _ from: Int, shift: Double = 0)
        -> [SampleColumn]
    {
        let base = (0..<count).map { chance.normal(UInt64(from + $0)) }
        let second = (0..<count).map { base[$0] + chance.normal(UInt64(from + 2_000 + $0)) + shift }
        let codes = base.map { $0 < -1 ? Int32(0) : $0 < 0.5 ? 1 : $0 < 1.5 ? 2 : -1 }
        return [
            SampleColumn("a", numbers: base), SampleColumn("b", numbers: second),
            SampleColumn("c", categories: codes),
        ]
    }

    @Test func `a whole clean run sounds an alarm no oftener than it promised`() {
        var alarms = 0
        for seed in 0..<400 as Range<UInt64> {
            let chance = CounterStream(seed: seed, stream: 4)
            let watch = ShiftWatch(
                reference: columns(300, chance, 0), operation: columns(300, chance, 10_000),
                alpha: 0.05, seed: seed)
            alarms += watch.alarm == nil ? 0 : 1
            #expect((watch.alarm == nil) == (watch.peak < log(20)), "seed \(seed)")
        }
        // 20 of 400 at most on average, with a standard deviation of 4.4.
        #expect(alarms <= 28, "\(alarms)")
    }

    @Test func `a shift is found, sooner the larger it is, and named`() throws {
        var found = (small: 0, large: 0)
        for seed in 0..<40 as Range<UInt64> {
            let chance = CounterStream(seed: seed, stream: 5)
            let reference = columns(400, chance, 0)
            for (shift, isLarge) in [(0.7, false), (1.6, true)] {
                let watch = ShiftWatch(
                    reference: reference, operation: columns(400, chance, 10_000, shift: shift),
                    marks: [100, 400], alpha: 0.05, seed: seed)
                guard watch.alarm != nil else { continue }
                if isLarge { found.large += 1 } else { found.small += 1 }
                let largest = watch.columns.max { $0.peak < $1.peak }
                #expect(largest?.name == "b" || !isLarge, "seed \(seed)")
                #expect(watch.logs.count == 2 && watch.columns[0].logs.count == 2)
            }
        }
        #expect(found.large >= 39 && found.small >= 30, "\(found)")
    }

    @Test func `the plan of pairs uses each reference row once and no row's value`() {
        for size in [0, 1, 15, 16, 40, 400, 1_001, 90_000] {
            var (ours, theirs) = (0, 0)
            for pair in ShiftWatch.Plan(referenceRows: size, operationRows: 1_000_000) {
                #expect(pair.reference.lowerBound >= ours && pair.operation.lowerBound == theirs)
                (ours, theirs) = (pair.reference.upperBound, pair.operation.upperBound)
            }
            #expect(ours <= size && theirs <= 1_000_000, "\(size)")
            #expect(size < 40 || theirs >= size, "\(size): \(theirs)")
        }
    }

    @Test func `columns without rows, of one value or all missing bet nothing`() {
        let none = ShiftWatch(
            reference: [SampleColumn("a", numbers: [])],
            operation: [SampleColumn("a", numbers: [])], marks: [0], alpha: 0.05, seed: 1)
        #expect(none.alarm == nil && none.peak == 0 && none.logs == [0])
        let flat = SampleColumn("a", numbers: [Double](repeating: 2, count: 300))
        let same = ShiftWatch(reference: [flat], operation: [flat], alpha: 0.05, seed: 1)
        #expect(same.alarm == nil && same.peak == 0)
        let missing = SampleColumn("a", numbers: [Double](repeating: .nan, count: 300))
        let gone = ShiftWatch(reference: [flat], operation: [missing], alpha: 0.05, seed: 1)
        #expect(gone.alarm != nil)
        let new = SampleColumn("k", categories: [Int32](repeating: 7, count: 300))
        let known = SampleColumn("k", categories: (0..<300).map { Int32($0 % 3) })
        #expect(
            ShiftWatch(reference: [known], operation: [new], alpha: 0.05, seed: 1).alarm != nil)
    }

    @Test func `harm is found by its upper and lower bounds, and no harm in few runs`() throws {
        var (alarms, found) = (0, 0)
        for seed in 0..<60 as Range<UInt64> {
            let chance = CounterStream(seed: seed, stream: 8)
            func losses(_ from: Int, _ rate: (Int) -> Double) -> [Double] {
                (0..<300).map { chance.uniform(UInt64(from + $0)) < rate($0) ? 1 : 0 }
            }
            let before = losses(0) { _ in 0.1 }
            let same = try #require(
                HarmfulShift(
                    reference: before, operation: losses(1_000) { _ in 0.1 }, alpha: 0.05, seed: 1))
            alarms += same.alarm == nil ? 0 : 1
            #expect((same.alarm == nil) == (same.interval.lower <= 0), "seed \(seed)")
            let worse = try #require(
                HarmfulShift(
                    reference: before, operation: losses(2_000) { $0 < 60 ? 0.1 : 0.6 },
                    alpha: 0.05, seed: 1))
            if let alarm = worse.alarm {
                found += alarm > 60 ? 1 : 0
                #expect(worse.lower(after: alarm) > worse.bound)
                #expect(worse.lower(after: alarm - 1) <= worse.bound)
            }
            // Twice the weight on every row changes nothing.
            let twice = HarmfulShift(
                reference: before, operation: losses(2_000) { $0 < 60 ? 0.1 : 0.6 },
                weights: [Double](repeating: 2, count: 300), alpha: 0.05, seed: 1)
            #expect(twice?.alarm == worse.alarm)
        }
        #expect(alarms <= 3 && found >= 57, "\(alarms) \(found)")
        #expect(HarmfulShift(reference: [], operation: [1], alpha: 0.05, seed: 1) == nil)
        #expect(HarmfulShift(reference: [1], operation: [], alpha: 0.05, seed: 1) == nil)
        let one = try #require(HarmfulShift(reference: [0], operation: [1], alpha: 0.05, seed: 1))
        #expect(one.alarm == nil && one.interval.lower < -0.5 && one.interval.upper > 0.5)
        // Beyond the limit of steps rows are taken in blocks, and the last ones count too.
        let many = [Double](repeating: 0, count: 25_001)
        let long = try #require(
            HarmfulShift(reference: many, operation: many.map { _ in 1 }, alpha: 0.05, seed: 1))
        #expect(long.alarm ?? .max < 100 && long.interval.lower > 0.99)
    }

    @Test func `the examples of the comments are true`() throws {
        var bet = PairedBet()
        for _ in 0..<30 { bet.add(0.3) }
        #expect(bet.logCapital > 4.053 && bet.logCapital < 4.0531, "\(bet.logCapital)")
        let interval = try #require(
            EstimatedFigure(value: 0.9, standardError: 0.01).interval(level: 0.95))
        #expect(interval.lower > 0.8786 && interval.lower < 0.8787, "\(interval)")
        #expect(interval.upper > 0.9179 && interval.upper < 0.918, "\(interval)")
        let age = SampleColumn("age", numbers: [20, 30, 40, 50, .nan])
        let bins = ColumnBins(age, count: 2)
        #expect(bins.codes(of: SampleColumn("age", numbers: [25, 60, .nan])) == [1, 2, 0])
        #expect(bins.codes(of: SampleColumn("age", numbers: [.infinity])) == [2])
        let good = [Double](repeating: 0.1, count: 200)
        let harm = try #require(
            HarmfulShift(
                reference: good, operation: good + good.map { 5 * $0 }, alpha: 0.05, seed: 1))
        #expect(
            harm.alarm == 247 && isClose(harm.interval.lower, 0.127),
            "\(harm.alarm ?? 0) \(harm.bound) \(harm.interval)")
        let many = (0..<400).map { Double($0) }
        let watch = ShiftWatch(
            reference: [SampleColumn("x", numbers: many)],
            operation: [SampleColumn("x", numbers: many.map { $0 + 100 })], alpha: 0.05, seed: 1)
        #expect(
            watch.alarm == 16 && watch.columns[0].peak > 18.78, "\(watch.alarm ?? 0) \(watch.peak)")
    }
}
