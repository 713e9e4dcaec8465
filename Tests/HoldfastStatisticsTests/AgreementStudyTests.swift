import Glibc
import Testing

@testable import HoldfastStatistics

@Suite struct AgreementStudyTests {
    /// Everything where HOLDFAST_LONG is set, which takes some minutes in release.
    private static let isLong = getenv("HOLDFAST_LONG") != nil

    private var designs: [StudyDesign] {
        Self.isLong ? StudyDesign.all() : StudyDesign.few(repeats: 20)
    }

    /// Whether a difference of twice the margin can be told at all: spread over neighbours, the
    /// figures below are those of theory, k/(ε² ln k) rows.
    private func canTell(_ design: StudyDesign) -> Bool {
        let categories = Double(design.categories ?? 2)
        guard design.rows >= 10_000 else { return false }
        return Double(design.rows) >= categories / (0.01 * max(1, log(categories)))
    }

    @Test func `alike never disagree, and twice the margin apart nearly always do`() throws {
        for cell in AgreementStudy.run(designs, seed: 1, progress: { _, _ in }) {
            let share = Double(cell.disagrees) / Double(cell.design.repeats)
            if cell.design.change == .none {
                #expect(share <= 0.01, "seed 1: \(cell.name)")
            } else if canTell(cell.design) {
                #expect(share >= 0.99, "seed 1: \(cell.name) \(cell.disagrees)")
            }
            #expect(cell.changedByOutlier <= cell.design.repeats / 500, "seed 1: \(cell.name)")
            let covered = Double(cell.covered) / Double(cell.design.repeats)
            #expect(covered >= 0.9, "seed 1: \(cell.name) \(cell.covered)")
            #expect(cell.agrees + cell.inconclusive + cell.disagrees == cell.design.repeats)
        }
    }

    @Test func `at the margin few of the verdicts are wrong`() {
        let designs = StudyDesign.all(repeats: 40, times: [1]).filter { design in
            design.rows == 10_000 && [2, 100].contains(design.categories) && design.distance > 0
                && design.column != .uniform
        }
        for cell in AgreementStudy.run(designs, seed: 2, progress: { _, _ in }) {
            // Of 40, where 1 is allowed, 6 or more come once in a thousand times.
            #expect(cell.agrees <= 5 && cell.disagrees <= 5, "seed 2: \(cell.name)")
        }
    }

    @Test func `a design's figures hang on the seed and its name only`() {
        let designs = [0, 4, 8].map { StudyDesign.few(repeats: 2)[$0] }
        let all = AgreementStudy.run(designs, seed: 3, progress: { _, _ in })
        let one = AgreementStudy.run([designs[1]], seed: 3, progress: { _, _ in })
        #expect(all.filter { $0.design == designs[1] } == one)
    }

    @Test func `progress reaches the end, and what it throws ends the study`() {
        struct Stop: Error {}
        var last = (done: -1, of: 0)
        let designs = Array(StudyDesign.few(repeats: 3).prefix(2))
        _ = AgreementStudy.run(designs, seed: 4) { done, of in
            #expect(done > last.done && done <= of)
            last = (done, of)
        }
        #expect(last.done == 6 && last.of == 6)
        #expect(throws: Stop.self) {
            try AgreementStudy.run(designs, seed: 4) { done, _ in if done > 1 { throw Stop() } }
        }
    }

    @Test func `the distributions of a design are its distance apart`() {
        for design in StudyDesign.all()
        where design.rows == 100 && !StudyColumn.numbers.contains(design.column) {
            let distance = StudyCategories(design).distance
            #expect(abs(distance - design.distance) < 1e-9, "\(design.name): \(distance)")
        }
        for column in StudyColumn.numbers {
            var chance = StudyChance(seed: 5)
            let numbers = StudyNumbers(column)
            let one = numbers.sample(40_000, distance: 0, using: &chance)
            let two = numbers.sample(40_000, distance: 0.2, using: &chance)
            let effect = KolmogorovSmirnov(one, two)?.effect ?? 0
            #expect(abs(effect - 0.2) < 0.02, "\(column.rawValue): \(effect)")
            #expect(zip(one, one.dropFirst()).allSatisfy { $0 <= $1 }, "\(column.rawValue)")
        }
    }

    @Test func `an alias table draws each place in proportion`() {
        var chance = StudyChance(seed: 6)
        let counts = AliasTable([1, 0, 5, 2, 2]).counts(100_000, using: &chance)
        let test = ChiSquare.goodnessOfFit(
            observed: [counts[0]] + counts[2...], expected: [10_000, 50_000, 20_000, 20_000])
        #expect(counts[1] == 0 && counts.reduce(0, +) == 100_000)
        #expect((test?.pValue ?? 0) > 0.001)
    }

    @Test(arguments: [1, 2, 7])
    func `parts hold each design once, and take about as long`(count: Int) {
        let all = StudyDesign.all()
        let parts = StudyDesign.parts(all, count: count)
        #expect(parts.count == count)
        #expect(parts.flatMap { $0.map(\.name) }.sorted() == all.map(\.name).sorted())
        let costs = parts.map { $0.reduce(0) { $0 + $1.cost } }
        #expect(Double(costs.max() ?? 0) <= 1.1 * Double(costs.min() ?? 0), "\(costs)")
    }

    @Test func `of 100,000 rows there are a fifth of the repeats`() {
        for design in StudyDesign.all(repeats: 50) {
            #expect(design.repeats == (design.rows == 100_000 ? 10 : 50))
        }
    }

    @Test func `a row of the table has a text for each head`() {
        let cells = AgreementStudy.run(
            Array(StudyDesign.few(repeats: 2).prefix(1)), seed: 7, progress: { _, _ in })
        #expect(cells.count == 2)
        for cell in cells { #expect(AgreementStudy.row(cell).count == AgreementStudy.heads.count) }
    }
}

@Suite struct DistanceFloorTests {
    /// The expectation of a category's estimate given its total, over the binomial distribution.
    @Test(arguments: [0.5, 0.3, 1.0 / 3, 0.1, 0.77])
    func `a category's estimate is never too large on average, and 0 where nothing differs`(
        equal: Double
    ) {
        let size = 1_000_000.0
        // The other rows are in one category without a difference, which adds 0.
        let sizes = (x: size * equal, y: size * (1 - equal))
        for total in [2, 3, 4, 5, 7, 10, 16, 33, 64] {
            let estimates = (0...total).map { x in
                DistanceFloor(cells: [(Double(x), Double(total - x))], sizes: sizes).estimate
            }
            let scale = Double(total) * (1 / sizes.x + 1 / sizes.y) / 2
            for step in 0...50 {
                let part = Double(step) / 50
                let mean = estimates.enumerated().reduce(0.0) { sum, item in
                    sum + item.element
                        * Gamma.binomial(
                            Double(item.offset), of: Double(total), probability: part)
                }
                #expect(mean / scale <= abs(part - equal) + 1e-12, "\(total) \(part)")
            }
            let mean = estimates.enumerated().reduce(0.0) { sum, item in
                sum + item.element
                    * Gamma.binomial(Double(item.offset), of: Double(total), probability: equal)
            }
            #expect(abs(mean) / scale < 1e-12, "\(total)")
        }
    }

    @Test func `one row in each category tells nothing`() {
        let cells = [TotalVariation.Cell](repeating: (1, 0), count: 50) + [(0, 1)]
        let floor = DistanceFloor(cells: cells, sizes: (50, 50))
        #expect(floor.estimate == 0 && floor.standardError == 0)
    }
}
