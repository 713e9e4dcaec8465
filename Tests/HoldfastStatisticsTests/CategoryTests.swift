import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastStatistics

extension CategorySummary {
    /// A summary of counts of categories named by their place.
    init(counts: [Int]) {
        self.init()
        for (place, count) in counts.enumerated() { add("c\(place)", times: count) }
    }
}

@Suite struct CategoryGoldenTests {
    private func compare(_ distance: TotalVariation, _ item: JSON) throws {
        let origin = item["origin"]?.string ?? ""
        if item["expected"]?["statistic"] == .null {
            #expect(distance.test == nil && distance.gTest == nil, "\(origin)")
        } else {
            let (test, g) = (distance.test, distance.gTest)
            // Samples alike have the statistic 0 and the probability 1.
            let statistic = try item.expected("statistic")
            #expect(abs((test?.statistic ?? -1) - statistic) < 1e-9 * max(1e-6, statistic))
            #expect(test?.degreesOfFreedom == Int(try item.expected("df")), "\(origin)")
            #expect(isClose(test?.pValue, try item.expected("p")), "\(origin)")
            // SciPy's sum of logarithms cancels to about 1e-15 of the rows.
            let size = distance.sizes.x + distance.sizes.y
            let difference = abs((g?.statistic ?? -1) - (try item.expected("g")))
            #expect(difference < 1e-9 * (try item.expected("g")) + 1e-14 * size, "\(origin)")
            #expect(isClose(g?.pValue, try item.expected("g_p"), 1e-8), "\(origin)")
        }
        let total = try item.expected("total_variation")
        #expect(abs(distance.effect - total) < 1e-9 * max(1e-3, total), "\(origin)")
        let shares = distance.pairedShares
        #expect(shares.reference.count == Int(try item.expected("levels")), "\(origin)")
        let pairs = Array(zip(shares.reference, shares.candidate))
        let new = pairs.filter { $0.0 == 0 }.map(\.1)
        let vanished = pairs.filter { $0.1 == 0 }.map(\.0)
        #expect(new.count == Int(try item.expected("new_levels")), "\(origin)")
        #expect(vanished.count == Int(try item.expected("vanished_levels")), "\(origin)")
        #expect(abs(new.reduce(0, +) - (try item.expected("new_mass"))) < 1e-9)
        #expect(abs(vanished.reduce(0, +) - (try item.expected("vanished_mass"))) < 1e-9)
    }

    @Test(arguments: ["tables", "trio"])
    func `tables of categories have SciPy's figures`(part: String) throws {
        for item in try Golden.cases(part, in: "categories") {
            let (x, y) = (try item.counts("reference"), try item.counts("candidate"))
            try compare(try #require(TotalVariation(x, y)), item)
            // Not by the counts but by the names.
            let (one, two) = (CategorySummary(counts: x), CategorySummary(counts: y))
            try compare(try #require(TotalVariation(one, two)), item)
        }
    }

    @Test func `weighted tables have the figures of effective counts`() throws {
        for item in try Golden.cases("weighted", in: "categories") {
            var summaries: [CategorySummary] = []
            for rows in try #require(item["rows"]?.array) {
                var summary = CategorySummary()
                for (category, weight) in zip(
                    try rows.counts("categories"), try rows.numbers("weights"))
                {
                    summary.add("c\(category)", weight: weight)
                }
                summaries.append(summary)
            }
            let expected = try #require(item["expected"])
            for (summary, (effective, total)) in zip(
                summaries, zip(try expected.numbers("effective"), try expected.numbers("totals")))
            {
                #expect(summary.isWeighted && isClose(summary.effectiveCount, effective))
                #expect(isClose(summary.total, total))
            }
            try compare(try #require(TotalVariation(summaries[0], summaries[1])), item)
            let name = Array("c0".utf8)
            let share =
                name.withUnsafeBufferPointer { summaries[0].mass(of: $0) }
                / summaries[0].total
            let count = summaries[0].effectiveCount
            let wilson = Proportions.wilson(successes: share * count, of: count)
            let ends = try expected.numbers("wilson")
            #expect(isClose(wilson?.lower, ends[0]) && isClose(wilson?.upper, ends[1]))
        }
    }

    @Test func `false discoveries are controlled as by SciPy`() throws {
        for item in try Golden.cases("false_discoveries", in: "categories") {
            let adjusted = BenjaminiHochberg.adjusted(try item.numbers("p"))
            for (value, expected) in zip(adjusted, try item.numbers("expected")) {
                #expect(isClose(value, expected, 1e-12), "\(item["origin"]?.string ?? "")")
            }
        }
    }
}

@Suite struct CategorySummaryTests {
    /// A name of any length and any bytes, of few enough that they repeat.
    private func name(_ chance: inout SeededGenerator) -> [UInt8] {
        let length = chance.below(40)
        // Two letters only, so that names share their ends, which are what is hashed.
        return (0..<length).map { _ in chance.below(8) == 0 ? 98 : 97 }
    }

    @Test(arguments: UInt64(1)...5)
    func `names of any length are counted as by a dictionary`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var summary = CategorySummary()
        var expected: [[UInt8]: Int] = [:]
        for _ in 0..<20_000 {
            let name = name(&chance)
            name.withUnsafeBufferPointer { summary.add(bytes: $0) }
            expected[name, default: 0] += 1
        }
        let counts = Dictionary(
            uniqueKeysWithValues: summary.counts.map { ($0.category, $0.count) })
        #expect(counts == expected, "seed \(seed)")
        for (name, count) in expected {
            #expect(name.withUnsafeBufferPointer { summary.tally(of: $0) } == count)
        }
    }

    @Test func `weights of 1 are none, and others merge with none`() {
        var (one, two) = (CategorySummary(), CategorySummary())
        for name in ["JP", "KR", "JP"] { one.add(name, weight: 1) }
        #expect(!one.isWeighted && one.total == 3 && one.effectiveCount == 3)
        two.add("JP", weight: 2.5)
        two.add("US", weight: 0)
        two.merge(one)
        #expect(two.isWeighted && two.count == 5 && two.total == 5.5)
        #expect(two.effectiveCount == 5.5 * 5.5 / 9.25)
        one.merge(two)
        #expect(one.total == 8.5 && one.effectiveCount == 8.5 * 8.5 / 12.25)
        var masses: [Double] = []
        one.eachMass { masses.append($1) }
        #expect(masses == [6.5, 2, 0])
    }

    @Test(arguments: UInt64(1)...5, [false, true])
    func `a summary with a limit lacks what it says, and never its frequent categories`(
        seed: UInt64, isWeighted: Bool
    ) {
        var chance = SeededGenerator(seed: seed)
        var parts = [CategorySummary](repeating: CategorySummary(byteLimit: 8_192), count: 3)
        var exact: [String: Double] = [:]
        var rows = 0
        for _ in 0..<30_000 {
            // Three in ten rows lie on five categories, the rest on many thousands.
            let name =
                chance.below(10) < 3 ? "head\(chance.below(5))" : "tail\(chance.below(20_000))"
            let weight = isWeighted ? Double.random(in: 0.5...2, using: &chance) : 1
            parts[chance.below(3)].add(name, weight: weight)
            exact[name, default: 0] += weight
            rows += 1
        }
        var merged = parts[0]
        merged.merge(parts[1])
        merged.merge(parts[2])
        for summary in parts + [merged] {
            var kept = 0.0
            var keptRows = 0
            summary.eachMass { _, mass in kept += mass }
            summary.eachCategory { _, count in keptRows += count }
            #expect(summary.unattributed > 0)
            #expect(isClose(kept + summary.unattributed, summary.total, 1e-9), "seed \(seed)")
            #expect(keptRows + summary.unattributedCount == summary.count, "seed \(seed)")
            #expect(summary.categories * 32 < 8_192)
        }
        #expect(merged.count == rows)
        merged.eachMass { name, mass in
            let truth = exact[String(decoding: name, as: UTF8.self)] ?? 0
            #expect(mass <= truth + 1e-9, "seed \(seed): \(mass) of \(truth)")
        }
        for head in 0..<5 {
            let name = Array("head\(head)".utf8)
            #expect(name.withUnsafeBufferPointer { merged.mass(of: $0) } > 0, "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...3)
    func `the interval of what a limit left holds that of all`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        var exact = [CategorySummary(), CategorySummary()]
        var limited = [CategorySummary](repeating: CategorySummary(byteLimit: 32_768), count: 2)
        for side in 0..<2 {
            for _ in 0..<20_000 {
                let name =
                    chance.below(10) < 8
                    ? "h\(chance.below(20 + 10 * side))"
                    : "t\(chance.below(5_000))"
                exact[side].add(name)
                limited[side].add(name)
            }
        }
        let all = try #require(TotalVariation(exact[0], exact[1]))
        let left = try #require(TotalVariation(limited[0], limited[1]))
        #expect(limited[0].unattributed > 0 && left.test == nil && left.gTest == nil)
        let hidden = (limited[0].unattributed + limited[1].unattributed) / 40_000
        #expect(abs(all.effect - left.effect) <= hidden + 1e-12, "seed \(seed)")
        #expect(left.interval().upper >= all.interval().upper - 1e-12, "seed \(seed)")
        let shares = left.pairedShares
        #expect(
            isClose(shares.reference.reduce(0, +), 1) && isClose(shares.candidate.reduce(0, +), 1))
    }
}
