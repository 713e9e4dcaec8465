import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// Foretold moves against units that are really dealt by both catalogs.
@Suite struct DifferenceTests {
    /// A catalog of one experiment, drawn from many kinds.
    private func text(_ chance: inout SeededGenerator) -> String {
        func share() -> Int { Int.random(in: 0...20, using: &chance) * 5 }
        let held = share() / 5
        let (from, to) = (share() / 4, 50 + share() / 2)
        let first = share()
        let second = Int.random(in: 0...(100 - first), using: &chance)
        var lines = [
            "holdfast: 1", "salt: \(exampleSalt)",
            "layers: {lending: {unit: customer}, other: {unit: customer}}",
            "holdouts:", "  program: {unit: customer, share: \(held)%, covers: all}",
        ]
        if Bool.random(using: &chance) {
            lines.append("  second: {unit: customer, share: 7.5%, covers: [trial]}")
        }
        lines += ["experiments:", "  trial:", "    unit: customer", "    traffic: \(share())%"]
        if Bool.random(using: &chance) {
            let layer = Bool.random(using: &chance) ? "lending" : "other"
            lines.append("    layer: {name: \(layer), from: \(from)%, to: \(to)%}")
        }
        let others = "[{low: \(first)%}, {high: \(100 - first)%}]"
        switch Int.random(in: 0..<5, using: &chance) {
        case 0:
            let panels = Int.random(in: 2...9, using: &chance)
            let stay = Int.random(in: 1..<panels, using: &chance)
            lines += [
                "    rotate: {panels: \(panels), stay: \(stay), every: 30d, from: 2026-01-01}",
                "    arms: \(others)",
            ]
        case 1:
            lines += [
                "    explore: [{below: 0.5, control: \(share())%}, {control: 1%}]",
                "    arms: \(others)",
            ]
        case 2:
            lines += [
                "    switchback: {every: 6h, burnIn: 30m}",
                "    arms: [{control: \(first)%}, {low: \(100 - first)%}]",
            ]
        default:
            lines.append(
                "    arms: [{control: \(first)%}, {low: \(second)%}, {high: \(100 - first - second)%}]"
            )
        }
        return lines.joined(separator: "\n")
    }

    @Test(arguments: 0..<40) func `the moves that are foretold are those that happen`(
        seed: UInt64
    ) throws {
        var chance = SeededGenerator(seed: seed)
        let old = try catalog(text(&chance))
        let new = try catalog(text(&chance))
        let difference = CatalogDifference(from: old, to: new, at: someTime).experiments.first
        let total = 4_000
        for score in [0.2, 0.7] {
            var seen: [[Standing]: Int] = [:]
            for index in 0..<total {
                let unit = try #require(UnitID("customer-\(index)"))
                let candidate = Candidate(unit: unit, score: score)
                let pair = [
                    Standing(try old.assign(candidate, in: "trial", at: someTime)),
                    Standing(try new.assign(candidate, in: "trial", at: someTime)),
                ]
                if pair[0] != pair[1] { seen[pair, default: 0] += 1 }
            }
            var foretold: [[Standing]: Double] = [:]
            for move in difference?.moves ?? [] {
                let isForScore =
                    switch move.scores {
                    case nil: true
                    case "scores below 0.5": score < 0.5
                    default: score >= 0.5
                    }
                if isForScore { foretold[[move.from, move.to], default: 0] += move.share }
            }
            for pair in Set(seen.keys).union(foretold.keys) {
                let share = foretold[pair] ?? 0
                let sigma = (Double(total) * share * (1 - share)).squareRoot()
                let count = Double(seen[pair] ?? 0)
                #expect(
                    abs(count - Double(total) * share) <= 4.5 * sigma + 0.001,
                    "seed \(seed), score \(score), \(pair): \(count) of \(total), foretold \(share)"
                )
            }
        }
    }

    @Test func `a change is safe where no unit leaves an arm or a holdout, and only there`() throws
    {
        func isSafe(_ old: String, _ new: String) throws -> Bool {
            CatalogDifference(
                from: try catalog(catalogText(old)), to: try catalog(catalogText(new)), at: someTime
            ).isSafe
        }
        #expect(try isSafe("traffic: 10%", "traffic: 100%"))
        #expect(try !isSafe("traffic: 10%", "traffic: 9.9999%"))
        #expect(try isSafe("eligible: {attribute: a, is: x}", ""), "a rule that goes lets all in")
        #expect(try !isSafe("", "eligible: {attribute: a, is: x}"))
        #expect(try isSafe("", "ends: 2026-01-01T00:00:00Z"), "to end is to stop")
        #expect(try !isSafe("", "starts: 2199-01-01T00:00:00Z"))
        #expect(try isSafe("starts: 2199-01-01T00:00:00Z", ""))
        let ended = "ends: 2026-01-01T00:00:00Z"
        #expect(try isSafe(ended, ""), "opened again as it was")
        #expect(try isSafe(ended, "starts: 2199-01-01T00:00:00Z"))
        #expect(try !isSafe(ended + "\n    traffic: 50%", "traffic: 40%"), "opened as another")
        #expect(try isSafe(ended, ended + "\n    traffic: 40%"), "it stays ended")
        let rotate = "rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01}"
        func method(_ text: String) -> String {
            """
            holdfast: 1
            salt: \(exampleSalt)
            experiments:
              trial:
                unit: customer
                \(text)
            """
        }
        func isSafeMethod(_ old: String, _ new: String) throws -> Bool {
            CatalogDifference(
                from: try catalog(method(old)), to: try catalog(method(new)), at: someTime
            ).isSafe
        }
        #expect(try isSafeMethod(rotate, rotate))
        #expect(try !isSafeMethod(rotate, rotate.replacing("30d", with: "31d")))
        #expect(try !isSafeMethod(rotate, rotate.replacing("stay: 2", with: "stay: 3")))
    }

    @Test func `a tester moves unless the forced arm is the one that chance gave`() throws {
        let plain = try catalog(catalogText())
        let arms = try (0..<40).map { index in
            (index, try #require(plain.assign("customer-\(index)").arm))
        }
        for (index, arm) in arms {
            for forced in ["control", "treatment"] {
                let new = try catalog(catalogText("overrides: {customer-\(index): \(forced)}"))
                let difference = CatalogDifference(from: plain, to: new, at: someTime)
                #expect(difference.isSafe == (arm.text == forced), "customer-\(index), \(forced)")
                #expect(difference.experiments.first?.moves.isEmpty == true)
            }
        }
    }

    @Test func `removing a running experiment or its holdout takes units out of control`() throws {
        let text = catalogText().replacing(
            "experiments:",
            with: "holdouts: {program: {unit: customer, share: 2%, covers: all}}\nexperiments:")
        let both = try catalog(text)
        let open = try catalog(catalogText())
        let difference = CatalogDifference(from: both, to: open, at: someTime)
        #expect(!difference.isSafe)
        #expect(difference.experiments[0].moves.allSatisfy { $0.from == .heldOut })
        let none = try catalog("holdfast: 1\nsalt: \(exampleSalt)\n")
        let removed = CatalogDifference(from: open, to: none, at: someTime)
        #expect(!removed.isSafe && removed.experiments[0].reasons.count == 2)
        #expect(CatalogDifference(from: none, to: open, at: someTime).isSafe)
    }
}
