import Testing

@testable import HoldfastStatistics

@Suite struct GainFloorTests {
    /// The mean gain of one category over Poisson counts of these means, in shares of 1,000 rows
    /// of the candidate and `size` of the reference.
    private func mean(
        _ rule: GainFloor.Rule, _ reference: Double, _ candidate: Double, size: Double
    ) -> Double {
        let counts = (0...45).map(Double.init)
        let one = counts.map { Gamma.poisson($0, mean: reference) }
        let two = counts.map { Gamma.poisson($0, mean: candidate) }
        var mean = 0.0
        for (x, first) in zip(counts, one) where first > 1e-15 {
            for (y, second) in zip(counts, two) where first * second > 1e-15 && x + y > 0 {
                let gain = GainFloor(cells: [(x, y)], sizes: (size, 1_000), rule: rule)
                mean += first * second * gain.estimate
            }
        }
        return mean
    }

    @Test(arguments: [1_000.0, 500.0])
    func `no rule finds more than there is on average, nor anything where nothing differs`(
        size: Double
    ) {
        let means = [0.1, 1, 3, 12]
        for rule in GainFloor.Rule.allCases {
            for one in means {
                for two in means {
                    let difference = two / 1_000 - one / size
                    let found = mean(rule, one, two, size: size)
                    #expect(found <= max(0, difference) + 1e-12, "\(rule) \(one) \(two)")
                    #expect(found >= min(0, difference) - 1e-12, "\(rule) \(one) \(two)")
                }
            }
        }
    }

    @Test func `new categories are found, and rows that moved to one`() {
        let rare =
            [TotalVariation.Cell](repeating: (1, 0), count: 1_000)
            + [TotalVariation.Cell](repeating: (0, 1), count: 1_000)
            + [TotalVariation.Cell](repeating: (1, 1), count: 200)
        let sizes = (x: 1_200.0, y: 2_000.0)
        let new = [TotalVariation.Cell](repeating: (0, 2), count: 400)
        let newcomers = GainFloor(cells: rare + new, sizes: sizes, rule: .newcomers)
        // s(0, 1) is 1.3: for either row of a new one, against those of the reference that chose
        // a category with one row of the candidate.
        let expected: Double = 1_040.0 / 2_000 - 260.0 / 1_200
        #expect(abs(newcomers.estimate - expected) < 1e-12)
        let one = GainFloor(cells: rare + [(0, 800)], sizes: sizes, rule: .clear)
        #expect(abs(one.estimate - 800 / 2_000) < 1e-6)
        #expect(one.standardError < 0.0142)
        // What nothing is known of gains nothing.
        #expect(GainFloor(cells: rare, sizes: sizes, rule: .common).estimate == 0)
    }

    @Test func `the lower end passes the distance in few of a hundred pairs`() {
        let seed: UInt64 = 1
        let changes: [StudyChange] = [.none, .oneCategory, .newCategories, .headTilt]
        for change in changes {
            for rows in [50, 500] {
                let design = StudyDesign(
                    column: .heavyTail, categories: 200, rows: rows, change: change,
                    distance: change == .none ? 0 : 0.3, repeats: 100)
                let categories = StudyCategories(design)
                let one = AliasTable(categories.reference)
                let two = AliasTable(categories.candidate)
                var chance = StudyChance(seed: seed, part: design.name)
                var above = 0
                for _ in 0..<100 {
                    let interval = TotalVariation(
                        one.counts(rows, using: &chance), two.counts(rows, using: &chance)
                    )?.interval()
                    if (interval?.lower ?? 1) > design.distance { above += 1 }
                }
                // Of 100, where 2.5 are allowed, 9 or more come once in a thousand times.
                #expect(above <= 8, "seed \(seed): \(design.name) \(above)")
            }
        }
    }
}

@Suite struct CategoryVariancesTests {
    @Test func `the least of the bounds is taken for the categories of about one size`() {
        var variances = CategoryVariances()
        #expect(variances.standardError == 0)
        // Below 16 rows: 9 by the square, 25 by the rows.
        variances.add(3, total: 8, replaced: 25)
        #expect(variances.standardError == 3)
        // A hundred terms of 9 and 11: squares of 10,100 on the whole, 101.01… about the mean,
        // and 10,100/20 for the chance in the totals.
        for turn in 0..<100 { variances.add(turn % 2 == 0 ? 9 : 11, total: 20, replaced: 1e6) }
        let expected = (9 + 100.0 * 100 / 99 + 505).squareRoot()
        #expect(abs(variances.standardError - expected) < 1e-12)
        variances.add(1e3, total: 1_000, replaced: 4)
        #expect(abs(variances.standardError - (expected * expected + 4).squareRoot()) < 1e-9)
    }
}
