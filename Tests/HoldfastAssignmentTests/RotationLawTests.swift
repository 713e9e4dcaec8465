import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// A rotation as the catalog says it, with one unit for each of its panels.
private struct Panels {
    let catalog: Catalog
    let panels: Int
    let stay: Int
    let every: Int64
    let from: Timestamp
    /// By the panel's number.
    let units: [String]

    init(panels: Int, stay: Int, every: Span, from: String, arms: String? = nil) throws {
        self.panels = panels
        self.stay = stay
        self.every = every.microseconds
        self.from = try Timestamp(rfc3339: from)
        let rotate = "{panels: \(panels), stay: \(stay), every: \(every), from: \"\(from)\"}"
        catalog = try HoldfastAssignmentTests.catalog(
            trialText("rotate: \(rotate)", arms.map { "arms: \($0)" } ?? "washout: 0d"))
        var units = [String?](repeating: nil, count: panels)
        var missing = panels
        var index = 0
        while missing > 0 {
            try #require(index < 100_000, "some of \(panels) panels have no unit")
            let bucket = try #require(try catalog.assign("unit-\(index)", at: self.from).bucket)
            // floor(bucket · P / 2^52), by numbers of 128 bits.
            let product = bucket.multipliedFullWidth(by: UInt64(panels))
            let panel = Int(product.high << 12 | product.low >> 52)
            if units[panel] == nil {
                units[panel] = "unit-\(index)"
                missing -= 1
            }
            index += 1
        }
        self.units = units.compactMap { $0 }
    }

    /// Whether each panel is control, so far into a period.
    func isControl(period: Int, _ within: Int64) throws -> [Bool] {
        let time = from.adding(Int64(period) * every + within)
        return try units.map { try catalog.assign($0, at: time).arm == .control }
    }
}

/// The lengths of the runs of control, and of the runs between, that lie whole within a series.
private func runs(_ series: [Bool]) -> [(isControl: Bool, length: Int)] {
    var runs: [(isControl: Bool, length: Int)] = []
    for value in series {
        if runs.last?.isControl == value {
            runs[runs.count - 1].length += 1
        } else {
            runs.append((value, 1))
        }
    }
    return Array(runs.dropFirst().dropLast())
}

@Suite struct RotationLawTests {
    @Test(arguments: (isLong ? 0..<60 : 0..<10) as Range<UInt64>)
    func `over ten years the same share is control, for a stay each, and in turn`(seed: UInt64)
        throws
    {
        var chance = SeededGenerator(seed: seed)
        let panels = seed == 0 ? 2 : seed == 1 ? 100 : 2 + chance.below(30)
        let stay = 1 + chance.below(panels - 1)
        let every = try #require(Span(chance.pick(["30d", "4w", "90d", "45d"])))
        let from = chance.pick(["2026-01-01T00:00:00Z", "2031-06-15T12:34:56.789+05:45"])
        let rotation = try Panels(panels: panels, stay: stay, every: every, from: from)
        // Ten years from the beginning, and two cycles of all panels before it.
        let years = Int(10 * 365 * 86_400_000_000 / every.microseconds)
        let periods = -2 * panels..<max(years, 3 * panels)
        var series = [[Bool]](repeating: [], count: panels)
        for period in periods {
            let within = [0, every.microseconds - 1, Int64(chance.below(Int(every.microseconds)))]
            let moments = try within.map { try rotation.isControl(period: period, $0) }
            #expect(moments[0] == moments[1] && moments[0] == moments[2], "seed \(seed)")
            #expect(moments[0].count { $0 } == stay, "seed \(seed), period \(period)")
            for panel in 0..<panels { series[panel].append(moments[0][panel]) }
        }
        for panel in 0..<panels {
            let whole = runs(series[panel])
            #expect(whole.count >= 3, "seed \(seed)")
            for run in whole {
                let length = run.isControl ? stay : panels - stay
                #expect(run.length == length, "seed \(seed), panel \(panel)")
            }
        }
        // Between the beginnings of two stretches of a unit, each other unit began one of its own.
        let starts = series.map { one in
            one.indices.dropFirst().filter { one[$0] && !one[$0 - 1] }
        }
        for panel in 0..<panels {
            for (first, next) in zip(starts[panel], starts[panel].dropFirst()) {
                #expect(next - first == panels, "seed \(seed), panel \(panel)")
                let turns = starts.map { $0.count { $0 >= first && $0 < next } }
                #expect(turns == [Int](repeating: 1, count: panels), "seed \(seed)")
            }
        }
    }

    @Test func `a thousand panels take turns too`() throws {
        let day = try #require(Span("1d"))
        let rotation = try Panels(
            panels: 1_000, stay: 999, every: day, from: "2026-01-01T00:00:00Z")
        var before: [Bool]?
        for period in [-1_000, -999, -1, 0, 1, 2, 999, 1_000, 1_000_000] {
            let moment = try rotation.isControl(period: period, 0)
            #expect(moment.count { $0 } == 999, "period \(period)")
            if period % 1_000 == 0 {
                #expect(before == nil || before == moment, "period \(period)")
                before = moment
            }
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `a unit's other arm never changes`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let arms = armsText(["low", "none", "middle", "high"], randomShares(4, &chance))
        let catalog = try catalog(
            trialText(
                "rotate: {panels: \(2 + chance.below(20)), stay: 1, every: 7d, from: 2026-01-01}",
                "arms: \(arms)"))
        for index in 0..<400 {
            var seen: Set<Name> = []
            for _ in 0..<30 {
                let time = someTime.adding(Int64(chance.below(2_000)) * 86_400_000_000)
                let answer = try catalog.assign("customer-\(index)", at: time)
                seen.insert(try #require(answer.arm))
                #expect(answer.act == (answer.arm != .control), "seed \(seed)")
            }
            seen.remove(.control)
            #expect(seen.count <= 1, "seed \(seed), customer-\(index): \(seen)")
        }
    }

    @Test func `a longer stay takes units into control, and moves nobody else`() throws {
        let catalogs = try [1, 2, 5, 19].map {
            try catalog(
                trialText(
                    "rotate: {panels: 20, stay: \($0), every: 30d, from: 2026-01-01}",
                    "arms: [{low: 40%}, {high: 60%}]"))
        }
        for index in 0..<3_000 {
            let arms = try catalogs.map { try $0.assign("customer-\(index)").arm }
            for (one, next) in zip(arms, arms.dropFirst()) {
                #expect(next == one || next == .control, "customer-\(index): \(arms)")
            }
        }
    }

    @Test func `the panel is independent of the other arm, and of the panel in another experiment`()
        throws
    {
        let lines = """
                rotate: {panels: 10, stay: 3, every: 30d, from: 2026-01-01}
                arms: [{low: 30%}, {middle: 20%}, {high: 50%}]
            """
        let text =
            "holdfast: 1\nsalt: \(exampleSalt)\nexperiments:\n"
            + ["r1", "r2"].map { "  \($0):\n    unit: customer\n\(lines)\n" }.joined()
        let catalog = try catalog(text)
        let arms = ["low", "middle", "high"].compactMap { Name($0) }
        // A time at which none of the panels is control for all: each unit's other arm is seen.
        let times = [someTime, someTime.adding(5 * 30 * 86_400_000_000)]
        var ofArm = [[Int]](repeating: [Int](repeating: 0, count: 3), count: 10)
        var ofOther = [[Int]](repeating: [Int](repeating: 0, count: 10), count: 10)
        for index in 0..<(isLong ? 1_000_000 : 30_000) {
            let one = try times.map { try catalog.assign("customer-\(index)", in: "r1", at: $0) }
            let bucket = try #require(one[0].bucket)
            let panel = Int((bucket * 10) >> 52)
            let other = try #require(one.compactMap(\.arm).first { $0 != .control })
            ofArm[panel][try #require(arms.firstIndex(of: other))] += 1
            let second = try #require(
                try catalog.assign("customer-\(index)", in: "r2", at: someTime).bucket)
            ofOther[panel][Int((second * 10) >> 52)] += 1
        }
        #expect(chiSquare(ofArm) < chiSquareLimit(18), "\(chiSquare(ofArm))")
        #expect(chiSquare(ofOther) < chiSquareLimit(81), "\(chiSquare(ofOther))")
    }

    @Test func `no time is too far`() throws {
        for (panels, every, from) in [
            (2, "1s", "0000-01-01"), (1_000, "1s", "9999-12-31"), (999, "36600d", "1970-01-01"),
        ] {
            let catalog = try catalog(
                trialText("rotate: {panels: \(panels), stay: 1, every: \(every), from: \(from)}"))
            for microseconds in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
                let time = Timestamp(microseconds: microseconds)
                let answer = try catalog.assign("customer-1", at: time)
                #expect(answer.reason == .assigned && answer.arm != nil)
            }
        }
    }
}
