import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

/// How often an interval of 95% leaves out 0 where both arms are dealt from one world: 200 runs of
/// each, or 1,000 with HOLDFAST_LONG=1, of which at most 6% may.
@Suite struct EffectCoverageTests {
    private static let isLong = getenv("HOLDFAST_LONG") != nil
    private static let runs = isLong ? 1_000 : 200

    /// Four standard errors of what 200 runs show lie above 5%; 1,000 runs are held to 6%.
    private static let most = isLong ? 60 : 22

    private struct Chance {
        private var generator: SeededGenerator
        init(seed: UInt64) { generator = SeededGenerator(seed: seed) }
        mutating func uniform() -> Double { (Double(generator.next() >> 12) + 0.5) * 0x1p-52 }
        mutating func normal() -> Double {
            let (one, other) = (uniform(), uniform())
            return (-2 * log(one)).squareRoot() * cos(2 * Double.pi * other)
        }
        mutating func below(_ bound: Int) -> Int { generator.below(bound) }
    }

    /// What both arms are dealt from.
    private enum World: String, CaseIterable {
        case normal, lognormal, rareShares, ratios, unequalClusters, clusteredShares, weights
        case clusteredWeights, covariate, clusteredCovariate, median, upperTail, clusteredMedian
        case compliers

        var metric: EffectMetric {
            switch self {
            case .rareShares, .clusteredShares: .proportion
            case .ratios: .ratio
            case .median, .clusteredMedian: .quantile(0.5)
            case .upperTail: .quantile(0.9)
            case .normal, .lognormal, .unequalClusters, .weights, .clusteredWeights, .covariate,
                .clusteredCovariate, .compliers:
                .mean
            }
        }

        /// Rows of one arm; `first` is the code of its first cluster.
        func rows(_ isTreatment: Bool, _ chance: inout Chance) -> ArmRows {
            switch self {
            case .normal: return plain(isTreatment ? 60 : 25, &chance) { $0.normal() }
            case .lognormal: return plain(isTreatment ? 600 : 300, &chance) { exp($0.normal()) }
            case .rareShares: return plain(1_000, &chance) { $0.uniform() < 0.01 ? 1 : 0 }
            case .median: return plain(isTreatment ? 150 : 80, &chance) { exp($0.normal()) }
            case .upperTail: return plain(400, &chance) { exp($0.normal()) }
            case .ratios:
                var rows = ArmRows(values: [], denominators: [])
                for _ in 0..<150 {
                    let visits = Double(1 + chance.below(9))
                    rows.values.append(visits * exp(chance.normal() * 0.7))
                    rows.denominators?.append(visits)
                }
                return rows
            case .weights:
                var rows = ArmRows(values: [], weights: [])
                for _ in 0..<(isTreatment ? 400 : 150) {
                    // Held out rarely where much is at stake: the weight goes with the value.
                    let weight = [1.0, 4, 10][chance.below(3)]
                    rows.values.append(weight + chance.normal() * 3)
                    rows.weights?.append(weight)
                }
                return rows
            case .covariate:
                var rows = ArmRows(values: [], covariates: [])
                for _ in 0..<(isTreatment ? 60 : 40) {
                    let before = chance.normal()
                    rows.values.append(0.8 * before + 0.6 * chance.normal())
                    rows.covariates?.append(chance.uniform() < 0.1 ? .nan : before)
                }
                return rows
            case .compliers:
                var rows = plain(200, &chance) { $0.normal() }
                rows.exposed = rows.values.map { value in
                    // Who is reached differs from the others, and some of control are.
                    chance.uniform() < (isTreatment ? 0.6 : 0.1) + (value > 0 ? 0.1 : 0)
                }
                return rows
            case .unequalClusters, .clusteredShares, .clusteredWeights, .clusteredCovariate,
                .clusteredMedian:
                return clustered(isTreatment, &chance)
            }
        }

        private func plain(
            _ count: Int, _ chance: inout Chance, _ draw: (inout Chance) -> Double
        ) -> ArmRows {
            ArmRows(values: (0..<count).map { _ in draw(&chance) })
        }

        /// Twenty clusters an arm, of 1 to 25 rows, whose rows correlate by a fifth.
        private func clustered(_ isTreatment: Bool, _ chance: inout Chance) -> ArmRows {
            var rows = ArmRows(values: [], covariates: [], clusters: [], weights: [])
            for cluster in 0..<20 {
                let level = chance.normal() * 0.5
                for _ in 0...(chance.below(5) * chance.below(7)) {
                    let before = level + chance.normal()
                    let value = before + chance.normal() * 0.5
                    rows.values.append(self == .clusteredShares ? (value > 1.2 ? 1 : 0) : value)
                    rows.covariates?.append(before)
                    rows.clusters?.append(Int32(cluster + (isTreatment ? 20 : 0)))
                    rows.weights?.append([1.0, 1, 3][chance.below(3)])
                }
            }
            if self != .clusteredWeights { rows.weights = nil }
            if self != .clusteredCovariate { rows.covariates = nil }
            return rows
        }
    }

    /// The effect of a run, in which there is none.
    private func effect(_ world: World, seed: UInt64) throws -> EffectFigure {
        var chance = Chance(seed: seed &* 1_000_003)
        let (control, treatment) = (world.rows(false, &chance), world.rows(true, &chance))
        if world == .compliers {
            return try ComplierEffect.estimate(
                world.metric, control: control, treatment: treatment, options: EffectOptions()
            ).get().difference
        }
        return try ArmEffect.estimate(
            world.metric, control: control, treatment: treatment, options: EffectOptions()
        ).get().difference
    }

    @Test(arguments: World.allCases.map(\.rawValue))
    func `intervals leave out no effect in at most 6 of 100 runs`(_ name: String) throws {
        let world = try #require(World(rawValue: name))
        var (left, rejected, sequences) = (0, 0, 0)
        for seed in 0..<UInt64(Self.runs) {
            let figure = try effect(world, seed: seed)
            let interval = try #require(figure.interval, "\(world), seed \(seed)")
            let isOutside = interval.lower > 0 || interval.upper < 0
            left += isOutside ? 1 : 0
            rejected += (figure.pValue ?? 1) < 0.05 ? 1 : 0
            if let sequence = figure.sequence, sequence.lower > 0 || sequence.upper < 0 {
                sequences += 1
            }
        }
        #expect(left <= Self.most, "\(world): \(left) of \(Self.runs)")
        // Nor so wide that they say nothing.
        #expect(left >= Self.runs / 100, "\(world): \(left) of \(Self.runs)")
        // The p-value and the interval are of one mind.
        #expect(rejected == left, "\(world)")
        #expect(sequences <= left, "\(world)")
    }

    @Test func `a sequence leaves out no effect in at most 6 of 100 runs, at any of 20 looks`()
        throws
    {
        var (ever, fixed) = (0, 0)
        for seed in 0..<UInt64(Self.runs) {
            var chance = Chance(seed: seed &* 7_919)
            var (one, two) = (ArmRows(values: []), ArmRows(values: []))
            var (wasSequence, wasInterval) = (false, false)
            for _ in 0..<20 {
                for _ in 0..<25 {
                    one.values.append(exp(chance.normal() * 0.5))
                    two.values.append(exp(chance.normal() * 0.5))
                }
                let figure = try ArmEffect.estimate(
                    .mean, control: one, treatment: two,
                    options: EffectOptions(tuningRows: 500)
                ).get().difference
                let (sequence, interval) = (
                    try #require(figure.sequence), try #require(figure.interval)
                )
                wasSequence = wasSequence || sequence.lower > 0 || sequence.upper < 0
                wasInterval = wasInterval || interval.lower > 0 || interval.upper < 0
            }
            ever += wasSequence ? 1 : 0
            fixed += wasInterval ? 1 : 0
        }
        #expect(ever <= Self.runs * 6 / 100, "\(ever) of \(Self.runs)")
        // What looking every day at the fixed interval costs: a quarter of the runs.
        #expect(fixed > Self.runs / 10, "\(fixed) of \(Self.runs)")
    }
}
