import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private let hour: Int64 = 3_600_000_000

private func switchback(_ every: String, _ burnIn: String, _ lines: String...) throws -> Catalog {
    try catalog(
        trialText(
            "switchback: {every: \(every), burnIn: \(burnIn)}",
            "arms: [{control: 20%}, {low: 30%}, {high: 50%}]", lines.joined(separator: "\n    ")))
}

@Suite struct SwitchbackLawTests {
    @Test(arguments: [
        ("6h", "30m"), ("7h", "0s"), ("1w", "604799s"), ("1s", "0s"), ("36600d", "1d"),
    ])
    func `a region keeps its arm for a whole block, and its burn-in is the beginning`(
        every: String, burnIn: String
    ) throws {
        let catalog = try switchback(every, burnIn)
        let length = try #require(Span(every)).microseconds
        let first = try #require(Span(burnIn)).microseconds
        var chance = SeededGenerator(seed: 11)
        for epoch in [-3, -2, -1, 0, 1, 2, 3, 9] + (0..<20).map({ _ in Int64(chance.below(99)) }) {
            let start = Timestamp(microseconds: epoch * length)
            let arm = try catalog.assign("region-1", at: start).arm
            let within =
                [0, first - 1, first, first + 1, length - 1]
                + (0..<5).map { _ in Int64(chance.below(Int(length))) }
            for offset in within where offset >= 0 && offset < length {
                let answer = try catalog.assign("region-1", at: start.adding(offset))
                #expect(answer.arm == arm, "block \(epoch), \(offset) µs")
                #expect(answer.isBurnIn == (offset < first), "block \(epoch), \(offset) µs")
            }
        }
    }

    @Test func `over blocks and regions, arms get their shares and forget the block before`() throws
    {
        let catalog = try switchback("6h", "30m")
        let arms = ["control", "low", "high"].compactMap { Name($0) }
        var counts = [0, 0, 0]
        var lag = [[Int]](repeating: [0, 0, 0], count: 3)
        var neighbours = lag
        let blocks = isLong ? 100_000 : 4_000
        var before: [Int] = []
        for block in 0..<blocks {
            let time = Timestamp(microseconds: Int64(block) * 6 * hour)
            let found = try (0..<4).map { region in
                let answer = try catalog.assign("region-\(region)", at: time)
                #expect(
                    answer.propensity == [0.2, 0.3, 0.5][arms.firstIndex { $0 == answer.arm } ?? 0])
                return try #require(arms.firstIndex { $0 == answer.arm })
            }
            for (region, arm) in found.enumerated() {
                counts[arm] += 1
                if !before.isEmpty { lag[before[region]][arm] += 1 }
            }
            neighbours[found[0]][found[1]] += 1
            before = found
        }
        for (count, share) in zip(counts, [0.2, 0.3, 0.5]) {
            #expect(fits(count, of: 4 * blocks, share), "\(counts)")
        }
        #expect(chiSquare(lag) < chiSquareLimit(4), "\(lag)")
        #expect(chiSquare(neighbours) < chiSquareLimit(4), "\(neighbours)")
    }

    @Test func `holdout, slice and traffic stay while blocks go`() throws {
        let text = trialText(
            "switchback: {every: 1h, burnIn: 0s}", "arms: [{control: 50%}, {treatment: 50%}]",
            "traffic: 60%", "layer: {name: lending, from: 10%, to: 90%}",
            sections: """
                holdouts: {program: {unit: customer, share: 20%}}
                layers: {lending: {unit: customer}}

                """)
        let catalog = try catalog(text)
        var seen: Set<String> = []
        for index in 0..<200 {
            let answers = try (0..<30).map {
                try catalog.assign("region-\(index)", at: someTime.adding(Int64($0) * hour))
            }
            let reasons = Set(answers.map(\.reason))
            #expect(reasons.count == 1, "region-\(index): \(reasons)")
            guard let reason = reasons.first else { continue }
            seen.insert(reason.word)
            if reason == .assigned {
                #expect(Set(answers.map(\.arm)).count == 2, "region-\(index) never switches")
            } else {
                #expect(Set(answers).count == 1 && answers[0].isBurnIn == nil)
            }
        }
        #expect(seen == ["holdout", "outside_slice", "not_enrolled", "assigned"])
    }

    @Test func `a block's bucket is that of the scope with its number`() throws {
        var chance = SeededGenerator(seed: 5)
        let name = Name(literal: "a.B-c_9")
        let blocks = EpochScope(of: name, salt: exampleSalt)
        let unit = try #require(UnitID("region-1"))
        let numbers: [Int64] = [0, 1, -1, 9, 10, -10, 99, 100, .max, .min, .max - 1, .min + 1]
        for epoch in numbers + (0..<500).map({ _ in Int64(bitPattern: chance.next()) }) {
            let scope = Scope("arm:a.B-c_9@\(epoch)", salt: exampleSalt)
            #expect(
                unit.withBytes { blocks.bucket(of: $0, epoch: epoch) } == scope.bucket(of: unit))
            #expect(blocks.text(epoch: epoch) == scope.text)
        }
    }

    @Test func `no time is too far`() throws {
        for (every, burnIn) in [("1s", "0s"), ("36600d", "36599d")] {
            let catalog = try switchback(every, burnIn)
            for microseconds in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
                let time = Timestamp(microseconds: microseconds)
                let answer = try catalog.assign("region-1", at: time)
                #expect(answer.arm != nil && answer.isBurnIn != nil)
            }
        }
    }

    @Test func `what is dealt once has no burn-in`() throws {
        let catalog = try catalog(catalogText())
        #expect(try catalog.assign("customer-1").isBurnIn == nil)
    }
}
