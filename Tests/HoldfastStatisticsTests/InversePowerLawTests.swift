import Glibc
import HoldfastFormats
@testable import HoldfastStatistics
import Testing

/// The learning curve a − b·n^−c, and how many rows it says reach a score.
@Suite struct InversePowerLawTests {
    /// The law of scores at their sizes, by weight.
    private func fit(
        _ points: [(rows: Double, score: Double, weight: Double)], isRising: Bool, best: Double
    ) -> InversePowerLaw? {
        InversePowerFit(
            rows: points.map(\.rows), weights: points.map(\.weight), isRising: isRising,
            best: best
        )?.law(points.map(\.score))
    }

    @Test func `the fit is that of scipy's curve_fit, rising and falling, with errors and without`()
        throws
    {
        for item in try Golden.cases("curves", in: "plan") {
            let isRising = item["rising"] == .bool(true)
            let rows = try item.numbers("rows")
            let scores = try item.numbers("scores")
            let errors = item["errors"]?.array == nil ? nil : try item.numbers("errors")
            let expected = try item.numbers("params")
            let tolerance = try item.number("tolerance")
            let points = rows.indices.map { index in
                (rows[index], scores[index], errors.map { 1 / ($0[index] * $0[index]) } ?? 1)
            }
            let law = try #require(
                fit(points, isRising: isRising, best: isRising ? 1 : 0))
            let origin = item["origin"]?.string ?? ""
            #expect(isClose(law.ceiling, expected[0], tolerance), "\(law) \(origin)")
            #expect(isClose(law.gap, expected[1], tolerance * 10), "\(law) \(origin)")
            #expect(isClose(law.exponent, expected[2], tolerance), "\(law) \(origin)")
        }
    }

    @Test func `scores that follow a law give that law, and the rows back that it came from`()
        throws
    {
        for (ceiling, gap, exponent) in [(0.8, 1.0, 0.5), (0.95, 4, 0.9), (0.7, 0.3, 0.2)] {
            for isRising in [true, false] {
                let law = InversePowerLaw(
                    ceiling: isRising ? ceiling : ceiling / 4, gap: gap, exponent: exponent,
                    isRising: isRising)
                let rows = [100.0, 200, 400, 800, 1_600]
                let fitted = try #require(
                    fit(
                        rows.map { ($0, law.score(at: $0), 1) }, isRising: isRising,
                        best: isRising ? 1 : 0))
                #expect(isClose(fitted.ceiling, law.ceiling, 1e-7), "\(fitted)")
                #expect(isClose(fitted.gap, gap, 1e-5), "\(fitted)")
                #expect(isClose(fitted.exponent, exponent, 1e-6), "\(fitted)")
                for wanted in [50.0, 3_000, 100_000] {
                    #expect(isClose(law.rows(reaching: law.score(at: wanted)), wanted, 1e-6))
                }
            }
        }
    }

    @Test func `a ceiling does not pass the best score, and neither is it reached`() throws {
        // Towards 1.1, were that possible.
        let law = InversePowerLaw(ceiling: 1.1, gap: 2, exponent: 0.4, isRising: true)
        let points = [100.0, 300, 900, 2_700].map { ($0, law.score(at: $0), 1.0) }
        let fitted = try #require(fit(points, isRising: true, best: 1))
        #expect(fitted.ceiling == 1)
        #expect(fitted.rows(reaching: 1) == nil && fitted.rows(reaching: 1.01) == nil)
        #expect(fitted.rows(reaching: 0.999_999_999_999) == nil, "beyond the most rows spoken of")
        let falling = InversePowerLaw(ceiling: -0.1, gap: 2, exponent: 0.4, isRising: false)
        let losses = [100.0, 300, 900, 2_700].map { ($0, falling.score(at: $0), 1.0) }
        #expect(try #require(fit(losses, isRising: false, best: 0)).ceiling == 0)
    }

    @Test func `scores that become worse with rows are flat, and need no rows`() throws {
        let points = [(100.0, 0.8, 1.0), (200, 0.79, 1), (400, 0.78, 1)]
        let law = try #require(fit(points, isRising: true, best: 1))
        #expect(law.gap == 0 && isClose(law.ceiling, 0.79, 1e-12))
        #expect(law.rows(reaching: 0.7) == 1 && law.rows(reaching: 0.79) == nil)
        #expect(law.rows(within: 0.01) == 1 && law.rows(within: 0) == nil)
        #expect(isClose(Self.law.rows(.within(0.01)), 10_000, 1e-9))
        #expect(fit(Array(points.prefix(2)), isRising: true, best: 1) == nil)
        let alike = [(100.0, 0.8, 1.0), (100, 0.79, 1), (200, 0.81, 1)]
        #expect(fit(alike, isRising: true, best: 1) == nil, "two sizes")
    }

    // MARK: - How sure

    private static let law = InversePowerLaw(ceiling: 0.8, gap: 1, exponent: 0.5, isRising: true)
    private static let sizes = [250.0, 500, 1_000, 2_000, 4_000, 8_000]

    private static func noisy(_ seed: UInt64, error: (Double) -> Double) -> [Double] {
        let chance = CounterStream(seed: seed, stream: 77)
        return sizes.enumerated().map { index, rows in
            law.score(at: rows) + error(rows) * chance.normal(UInt64(index))
        }
    }

    /// How often the interval of the rows holds the true number.
    private static func coverage(
        _ runs: Int, _ target: LearningTarget, _ points: (UInt64) -> LearningPoints
    ) throws -> Double {
        var hits = 0
        for seed in 0..<UInt64(runs) {
            let fit = try #require(
                LearningCurveFit(points(seed), score: .auc, seed: seed, draws: 199))
            let reach = fit.reach(target)
            if (reach.lower ?? .infinity) <= 10_000, (reach.upper ?? .infinity) >= 10_000 {
                hits += 1
            }
        }
        return Double(hits) / Double(runs)
    }

    @Test func `intervals from standard errors hold the true rows about as often as they say`()
        throws
    {
        let error = { (rows: Double) in 0.03 / rows.squareRoot() }
        let share = try Self.coverage(200, .score(0.79)) { seed in
            LearningPoints(
                rows: Self.sizes, scores: Self.noisy(seed, error: error),
                chance: .standardErrors(Self.sizes.map(error)))
        }
        // 0.95 less four standard errors of 200 runs.
        #expect(share >= 0.88, "\(share)")
    }

    @Test func `intervals from folds hold the true rows, though folds are all easier or harder`()
        throws
    {
        let share = try Self.coverage(200, .score(0.79)) { seed in
            let chance = CounterStream(seed: seed, stream: 78)
            let folds = (0..<8).map { fold in
                let shift = 0.001 * chance.normal(UInt64(fold))
                return zip(
                    Self.noisy(1_000 + seed * 8 + UInt64(fold)) { 0.06 / $0.squareRoot() },
                    Self.sizes
                ).map { $0.0 + shift }
            }
            return LearningPoints(rows: Self.sizes, folds: folds)
        }
        #expect(share >= 0.88, "\(share)")
    }

    @Test func `a distance from the ceiling is known though the ceiling is not`() throws {
        // All rows of a fold are easier or harder by far more than the curve has left to rise.
        func points(_ seed: UInt64) -> LearningPoints {
            let chance = CounterStream(seed: seed, stream: 79)
            let folds = (0..<8).map { fold in
                let shift = 0.03 * chance.normal(UInt64(fold))
                return Self.noisy(9_000 + seed * 8 + UInt64(fold)) { 0.06 / $0.squareRoot() }
                    .map { $0 + shift }
            }
            return LearningPoints(rows: Self.sizes, folds: folds)
        }
        var open = 0
        for seed in 0..<20 as Range<UInt64> {
            let fit = try #require(
                LearningCurveFit(points(seed), score: .auc, seed: seed, draws: 199))
            let near = fit.reach(.within(0.01))
            let score = fit.reach(.score(fit.law.ceiling - 0.01))
            #expect(near.verdict == .reached, "\(seed)")
            #expect(isClose(near.rows, score.rows ?? 0, 1e-9), "one and the same by the law")
            if score.verdict == .unknown { open += 1 }
        }
        #expect(open >= 10, "\(open) of 20")
        let share = try Self.coverage(200, .within(0.01), points)
        #expect(share >= 0.88, "\(share)")
    }

    @Test func `intervals from the scatter alone are wide where points are few`() throws {
        let points = LearningPoints(
            rows: Self.sizes, scores: Self.noisy(3) { 0.02 / $0.squareRoot() }, chance: .scatter)
        let fit = try #require(LearningCurveFit(points, score: .auc, seed: 1))
        let fewer = LearningPoints(
            rows: Array(points.rows.prefix(3)), scores: Array(points.scores.prefix(3)),
            chance: .scatter)
        let blind = try #require(LearningCurveFit(fewer, score: .auc, seed: 1))
        #expect(fit.hasChance && !blind.hasChance)
        #expect(blind.ceiling == nil && blind.reach(.score(0.79)).verdict == .unknown)
        let again = try #require(LearningCurveFit(points, score: .auc, seed: 1))
        #expect(again.ceiling == fit.ceiling)
        #expect(again.reach(.score(0.79)) == fit.reach(.score(0.79)))
    }

    @Test func `a target far below the ceiling is reached, near it open, and beyond it refused`()
        throws
    {
        let points = LearningPoints(
            rows: Self.sizes, scores: Self.noisy(5) { 0.03 / $0.squareRoot() },
            chance: .standardErrors(Self.sizes.map { 0.03 / $0.squareRoot() }))
        let fit = try #require(LearningCurveFit(points, score: .auc, seed: 5))
        let ceiling = try #require(fit.ceiling)
        #expect(fit.reach(.score(0.785)).verdict == .reached)
        let open = fit.reach(.score((ceiling.lower + ceiling.upper) / 2))
        #expect(open.verdict == .unknown && open.upper == nil && open.lower != nil)
        let beyond = fit.reach(.score(ceiling.upper + 0.01))
        #expect(beyond.verdict == .beyond && beyond.rows == nil && beyond.lower == nil)
        let reach = fit.reach(.score(0.785))
        let (lower, rows, upper) = (reach.lower ?? 0, reach.rows ?? 0, reach.upper ?? 0)
        #expect(lower < rows && rows < upper)
    }
}
