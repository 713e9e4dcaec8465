import Glibc
import HoldfastStatistics
import Testing

/// What the sequential tests promise at their edges, and what their comments show.
@Suite struct SequentialLawTests {
    private func shows(_ value: Double?, _ digits: String) -> Bool {
        value.map { "\($0)".hasPrefix(digits) } ?? false
    }

    @Test func `the examples of the sequential tests are true`() throws {
        var ratio = SequentialSampleRatio(shares: [500_000, 500_000])
        ratio?.look([40, 60])
        #expect(shows(ratio?.pValue, "0.5174"))
        ratio?.look([200, 260])
        #expect(shows(ratio?.pValue, "0.0941"))
        var strata = SampleRatioStrata(
            [
                SequentialSampleRatio(shares: [1, 9]), SequentialSampleRatio(shares: [1, 1]),
            ].compactMap(\.self))
        strata.look([20, 80], stratum: 0)
        strata.look([50, 50], stratum: 1)
        #expect(shows(strata.pValue, "0.1465"), "\(strata.pValue)")
        let mixture = NormalMixture(tightestAt: 100, alpha: 0.05)
        #expect(shows(mixture.bound(variance: 100, alpha: 0.05), "30.3520"))
        #expect(shows(mixture.bound(variance: 500, alpha: 0.05), "70.5039"))
        let one = NormalMixture(tightestAt: 100, alpha: 0.05, isOneSided: true)
        #expect(shows(one.oneSidedBound(variance: 100, alpha: 0.05), "27.6607"))
        let width = ConfidenceSequence.halfWidth(
            standardError: 0.02, rows: 10_000, tuningRows: 5_000, alpha: 0.05)
        #expect(shows(width, "0.0612"))
        let p = ConfidenceSequence.pValue(
            estimate: 0.07, standardError: 0.02, rows: 10_000, tuningRows: 5_000)
        #expect(shows(p, "0.0129"))
        var test = MixtureRatioTest(variance: 0.5, mixingVariance: 0.0001)
        test?.look(difference: 0.01, pairs: 20_000)
        #expect(shows(test?.pValue, "0.4514"))
        var detector = EDetector(form: .shiryaevRoberts, averageRunLength: 100)
        for _ in 0..<50 { detector.add(logIncrement: -0.1) }
        for _ in 0..<10 { detector.add(logIncrement: 0.4) }
        #expect(shows(detector.logValue, "6.5194") && detector.isAlarming, "\(detector.logValue)")
        #expect(shows(LogMean.of([1_000, 1_000 + log(3)]), "1000.6931"))
    }

    @Test func `the example of the tolerance is true`() throws {
        let share = try #require(ToleranceBets.tolerance(share: 0.1, of: 5_000, margin: 0.05))
        #expect(shows(share.lower, "0.0368") && shows(share.upper, "0.1648"), "\(share)")
        var bets = try #require(ToleranceBets(within: [share], averageRunLength: 1_000))
        for _ in 0..<100 { bets.add([0.15], rows: 100) }
        #expect(bets.logValue == 0 && !bets.isAlarming)
        for _ in 0..<10 { bets.add([0.25], rows: 100) }
        #expect(bets.isAlarming, "\(bets.logValue)")
    }

    @Test func `a sample ratio without units, arms or shares has no evidence or is none`() {
        typealias Ratio = SequentialSampleRatio
        var none = Ratio(shares: [1, 1])
        #expect(none?.logBayesFactor == 0 && none?.pValue == 1)
        none?.look([0, 0])
        #expect(none?.logBayesFactor == 0 && none?.pValue == 1)
        for shares in [
            [], [1], [1, 0], [0, 0], [1, -1], [1, .nan], [1, .infinity], [1e308, 1e308],
        ] {
            #expect(Ratio(shares: shares) == nil, "\(shares)")
        }
        for concentration in [0, -1, .nan, .infinity] {
            #expect(Ratio(shares: [1, 1], concentration: concentration) == nil)
        }
        // An arm of share 0 counts for nothing until a unit is in it; then there is no doubt.
        var (with, without) = (Ratio(shares: [1, 0, 2]), Ratio(shares: [1, 2]))
        with?.look([10, 0, 30])
        without?.look([10, 30])
        #expect(with?.logBayesFactor == without?.logBayesFactor)
        with?.look([10, 1, 30])
        #expect(with?.logBayesFactor == .infinity && with?.pValue == 0)
        with?.look([10, 0, 30])
        #expect(with?.pValue == 0, "a running minimum does not rise")
    }

    @Test func `a stored sample ratio goes on as if it had not been stored`() throws {
        var whole = try #require(SequentialSampleRatio(shares: [5, 95], concentration: 30))
        let chance = CounterStream(seed: 5, stream: 1)
        var counts = [0, 0]
        for unit in 0..<2_000 as Range<UInt64> {
            counts[chance.uniform(unit) < 0.07 ? 0 : 1] += 1
            whole.look(counts)
            guard unit % 500 == 3 else { continue }
            let stored = try #require(
                SequentialSampleRatio(
                    shares: [5, 95], concentration: 30, pValue: whole.pValue,
                    counts: whole.counts))
            #expect(stored == whole)
            whole = stored
        }
        for (p, counts) in [
            (-0.1, [1, 1]), (1.1, [1, 1]), (.nan, [1, 1]), (1, [1]), (1, [-1, 1]),
        ] {
            #expect(
                SequentialSampleRatio(
                    shares: [1, 1], concentration: 1, pValue: p, counts: counts) == nil)
        }
    }

    @Test func `the evidence of strata is the product of theirs, however they are looked at`() {
        func fresh() -> SampleRatioStrata {
            SampleRatioStrata(
                [
                    SequentialSampleRatio(shares: [1, 9]),
                    SequentialSampleRatio(shares: [1, 1], concentration: 10),
                ].compactMap(\.self))
        }
        var (one, other) = (fresh(), fresh())
        one.look([[20, 80], [60, 40]])
        other.look([60, 40], stratum: 1)
        other.look([20, 80], stratum: 0)
        #expect(one.logBayesFactor == other.logBayesFactor)
        #expect(
            one.logBayesFactor
                == one.strata.reduce(0) { $0 + $1.logBayesFactor } && one.pValue < 1)
        // Counts that fit as a whole, and in no stratum.
        var hidden = fresh()
        hidden.look([[0, 400], [240, 160]])
        var pooled = SequentialSampleRatio(shares: [30, 70])
        pooled?.look([240, 560])
        #expect(hidden.pValue < 1e-9 && pooled?.pValue == 1)
        if let more = SequentialSampleRatio(shares: [2, 3]) { hidden.add(more) }
        #expect(hidden.strata.count == 3 && hidden.pValue < 1e-9)
        #expect(SampleRatioStrata([]).logBayesFactor == 0)
    }

    @Test func `a sequence's p-value is alpha where its interval ends at zero`() {
        for rows in [1, 50, 5_000, 3e9] {
            for alpha in [0.5, 0.05, 1e-6] {
                let width = ConfidenceSequence.halfWidth(
                    standardError: 0.3, rows: rows, tuningRows: 2_000, alpha: alpha)
                let p = ConfidenceSequence.pValue(
                    estimate: -width, standardError: 0.3, rows: rows, tuningRows: 2_000,
                    alpha: alpha)
                #expect(abs(p / alpha - 1) < 1e-11, "\(rows) \(alpha) \(p)")
            }
        }
    }

    @Test func `a sequence that knows nothing says so, and no figure of it is NaN`() {
        func width(_ error: Double, _ rows: Double) -> Double {
            ConfidenceSequence.halfWidth(
                standardError: error, rows: rows, tuningRows: 100, alpha: 0.05)
        }
        func p(_ estimate: Double, _ error: Double, _ rows: Double) -> Double {
            ConfidenceSequence.pValue(
                estimate: estimate, standardError: error, rows: rows, tuningRows: 100)
        }
        #expect(width(1, 0) == .infinity && width(.nan, 10) == .infinity)
        #expect(width(.infinity, 10) == .infinity && width(1, .infinity) == .infinity)
        #expect(width(0, 10) == 0)
        #expect(p(1, 1, 0) == 1 && p(.nan, 1, 10) == 1 && p(1, .nan, 10) == 1)
        #expect(p(0, 0, 10) == 1 && p(1, 0, 10) == 0 && p(1, .infinity, 10) == 1)
        #expect(p(1e300, 1e-300, 10) == 0 && p(.infinity, 1, 10) == 0)
        #expect(MixtureRatioTest(variance: 0, mixingVariance: 1) == nil)
        #expect(MixtureRatioTest(variance: 1, mixingVariance: -1) == nil)
        #expect(MixtureRatioTest(variance: 1e308, mixingVariance: 1e-308) == nil)
        var test = MixtureRatioTest(variance: 1, mixingVariance: 1)
        test?.look(difference: .nan, pairs: 3)
        test?.look(difference: 1, pairs: 0)
        #expect(test?.pValue == 1 && test?.logRatio == 0)
    }

    @Test func `a detector neither overflows nor forgets where it is taken up`() {
        for form in EDetector.Form.allCases {
            var detector = EDetector(form: form, averageRunLength: 1_000)
            #expect(!detector.isAlarming && detector.logValue == -.infinity)
            for _ in 0..<5 { detector.add(logIncrement: 600) }
            #expect(abs(detector.logValue - 3_000) < 1e-9 && detector.isAlarming)
            let stored = EDetector(
                form: form, averageRunLength: 1_000, logValue: detector.logValue)
            #expect(stored == detector)
            detector.add(logIncrement: .infinity)
            detector.add(logIncrement: -.infinity)
            #expect(detector.logValue == -.infinity)
            detector.add(logIncrement: 0.5)
            #expect(detector.logValue == 0.5)
            detector.add(logIncrement: -2_000)
            #expect(detector.logValue < -1_990)
        }
        #expect(LogMean.of([]) == -.infinity && LogMean.of([-.infinity]) == -.infinity)
        #expect(LogMean.of([.infinity, 1]) == .infinity)
        #expect(abs(LogMean.of([-.infinity, 0]) + log(2)) < 1e-15)
    }
}
