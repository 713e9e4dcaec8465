import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

/// Rows of every kind, most of them senseless: an answer is finite, or there is a fault.
@Suite struct EffectExtremeTests {
    @Test func `no rows whatever give a figure that is not finite`() {
        var answers = 0
        for seed in 0..<UInt64(4_000) {
            var chance = SeededGenerator(seed: seed)
            let metric = chance.pick([
                EffectMetric.mean, .proportion, .ratio, .quantile(0.5), .quantile(0.9),
            ])
            let shape = Shape(&chance)
            let (control, treatment) = (
                shape.rows(metric, false, &chance), shape.rows(metric, true, &chance)
            )
            let options = EffectOptions(
                level: chance.pick([0.95, 0.5, 0.999_999, 1e-9]),
                tuningRows: chance.pick([1, 5_000, 1e12]))
            let result = ArmEffect.estimate(
                metric, control: control, treatment: treatment, options: options)
            if case .success(let effect) = result {
                answers += 1
                #expect(isSound(effect), "seed \(seed), \(metric): \(effect)")
                #expect((effect.relative == nil) == (effect.relativeFault != nil), "seed \(seed)")
            }
            let compliers = ComplierEffect.estimate(
                metric, control: control, treatment: treatment, options: options)
            if case .success(let effect) = compliers {
                #expect(isSound(effect.difference), "seed \(seed), \(metric): \(effect)")
                #expect(effect.firstStageF?.isFinite ?? true, "seed \(seed)")
            }
            let weeks = (0..<4).map {
                EffectWeek(
                    week: $0, control: shape.rows(metric, false, &chance),
                    treatment: shape.rows(metric, true, &chance))
            }
            let trend = EffectTrend.estimate(metric, weeks: weeks, options: options)
            #expect(trend.slope.map(isSound) ?? true, "seed \(seed), \(metric): \(trend)")
        }
        // Most rows are senseless, but not all.
        #expect(answers > 1_000, "\(answers)")
    }

    /// What both arms' rows have.
    private struct Shape {
        let pool: [Double]
        let hasClusters: Bool
        let isShared: Bool
        let weights: [Double]?
        let hasCovariates: Bool
        let most: Int

        init(_ chance: inout SeededGenerator) {
            pool = chance.pick([
                [0, 1], [0, 0, 0, 1], [1], [1, 2, 3, 4, 5, 6.5], [-1, 0, 1], [0],
                [1e9, 1e9 + 1, 1e9 + 2], [1e300, -1e300, 1], [1e308, 1.5e308],
                [0x1p-1074, 0x1p-1030, 0], [1e-200, 3e-200, 1e200], [0.1, 0.2, 0.3],
                [-1e308, 1e308],
                [1, 1 + 0x1p-52], [-7, -8, -9.5],
            ])
            hasClusters = chance.below(3) == 0
            isShared = chance.below(2) == 0
            weights = chance.pick([
                nil, nil, [1.0, 2, 3], [1e-200, 1, 1e200], [1, 1e300], [0x1p-1074, 1],
            ])
            hasCovariates = chance.below(2) == 0
            most = chance.pick([1, 2, 3, 8, 60])
        }

        func rows(
            _ metric: EffectMetric, _ isTreatment: Bool, _ chance: inout SeededGenerator
        ) -> ArmRows {
            let count = 1 + chance.below(most)
            var rows = ArmRows(values: [])
            let pool = metric == .proportion ? pool.map { $0 > 0.5 ? 1 : 0 } : pool
            for _ in 0..<count { rows.values.append(chance.pick(pool)) }
            rows.exposed = rows.values.map { _ in chance.below(4) == 0 ? !isTreatment : isTreatment
            }
            if metric == .ratio {
                let below = chance.below(4) == 0 ? pool : [1, 2, 5]
                rows.denominators = rows.values.map { _ in chance.pick(below) }
            }
            if hasCovariates {
                rows.covariates = rows.values.map {
                    chance.below(5) == 0 ? .nan : $0 / 2 + chance.pick(pool) / 4
                }
            }
            if hasClusters {
                let first = isTreatment && !isShared ? 1_000 : 0
                rows.clusters = rows.values.map { _ in Int32(first + chance.below(1 + count / 2)) }
            }
            if let weights { rows.weights = rows.values.map { _ in chance.pick(weights) } }
            return rows
        }
    }

    private func isSound(_ effect: ArmEffect) -> Bool {
        let arms = [effect.control, effect.treatment]
        guard arms.allSatisfy({ $0.value.isFinite && $0.standardError?.isFinite ?? true }) else {
            return false
        }
        if let adjustment = effect.adjustment {
            guard adjustment.theta.isFinite, isSound(adjustment.unadjusted),
                (0...1).contains(adjustment.varianceReduction)
            else { return false }
        }
        return isSound(effect.difference) && effect.relative.map(isSound) ?? true
    }

    private func isSound(_ figure: EffectFigure) -> Bool {
        let numbers = [figure.value, figure.standardError, figure.degreesOfFreedom]
        guard numbers.allSatisfy({ $0?.isFinite ?? true }) else { return false }
        for interval in [figure.interval, figure.sequence] {
            // By a part of its width: an end may be the estimate itself, and round.
            guard let interval else { continue }
            let room = 1e-9 * max(abs(interval.lower), abs(interval.upper))
            guard interval.lower <= figure.value + room, figure.value - room <= interval.upper
            else { return false }
        }
        return [figure.pValue, figure.sequencePValue].allSatisfy { p in
            p.map { (0...1).contains($0) } ?? true
        }
    }
}
