import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// A catalog that runs, dealt by chance in everything that a change could touch.
private func randomCatalog(_ chance: inout SeededGenerator) throws -> Catalog {
    let share = { (chance: inout SeededGenerator) in
        "\(Share(millionths: chance.below(2) == 0 ? 300_000 : chance.below(1_000_001)))"
    }
    var lines: [String] = []
    let method = chance.below(5)
    let names = ["control", "low", "high"]
    let shares =
        chance.below(2) == 0
        ? [200_000, 300_000, 500_000].map { Share(millionths: $0) } : randomShares(3, &chance)
    let others =
        chance.below(2) == 0
        ? [400_000, 600_000].map { Share(millionths: $0) } : randomShares(2, &chance)
    switch method {
    case 0, 1: lines.append("arms: \(armsText(names, shares))")
    case 2:
        lines.append("arms: \(armsText(["low", "high"], others))")
        let panels = 2 + chance.below(9)
        lines.append(
            "rotate: {panels: \(panels), stay: \(1 + chance.below(panels - 1)), every: 30d, from: 2026-01-01}"
        )
    case 3:
        lines.append("arms: \(armsText(["low", "high"], others))")
        lines.append(
            "explore: [{below: 0.5, control: \(share(&chance))}, {below: 0.9, control: \(share(&chance))}, {control: 1%}]"
        )
    default:
        lines.append("arms: \(armsText(names, shares))")
        lines.append("switchback: {every: \(chance.pick(["6h", "7h"])), burnIn: 0s}")
    }
    if method < 3, chance.below(4) == 0 { lines.append("cluster: household") }
    if chance.below(2) == 0 { lines.append("traffic: \(share(&chance))") }
    var sections = ""
    if chance.below(2) == 0 {
        sections += "layers: {lending: {unit: customer}, other: {unit: customer}}\n"
        let cuts = randomShares(3, &chance)
        if cuts[1] > .none {
            let to = Share(millionths: cuts[0].millionths + cuts[1].millionths)
            lines.append(
                "layer: {name: \(chance.pick(["lending", "other"])), from: \(cuts[0]), to: \(to)}")
        }
    }
    let holdouts = ["a", "b"].filter { _ in chance.below(2) == 0 }.map {
        "\($0): {unit: customer, share: \(share(&chance))}"
    }
    if !holdouts.isEmpty { sections += "holdouts: {\(holdouts.joined(separator: ", "))}\n" }
    var text = "holdfast: 1\nsalt: \(exampleSalt)\n\(sections)experiments:\n  trial:\n"
    text += "    unit: customer\n" + lines.map { "    \($0)\n" }.joined()
    return try catalog(text)
}

private struct Way: Hashable {
    var from: Standing
    var to: Standing
}

@Suite struct DifferenceLawTests {
    /// How many units move, foretold from the ranges and counted over units.
    @Test(arguments: (isLong ? 0..<400 : 0..<30) as Range<UInt64>)
    func `what a change is foretold to move is what moves`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let old = try randomCatalog(&chance)
        let new = try randomCatalog(&chance)
        let difference = CatalogDifference(from: old, to: new, at: someTime)
        let moves = difference.experiments.first?.moves ?? []
        let labels = [
            "scores below 0.5": 0.2, "scores from 0.5 to 0.9": 0.7, "scores from 0.9 on": 0.95,
        ]
        for (label, score) in labels {
            var foretold: [Way: Double] = [:]
            for move in moves where move.scores == nil || move.scores == label {
                #expect(move.share > 0 && move.share <= 1 && move.from != move.to, "seed \(seed)")
                foretold[Way(from: move.from, to: move.to), default: 0] += move.share
            }
            var counted: [Way: Int] = [:]
            let total = isLong ? 20_000 : 2_000
            for index in 0..<total {
                let standings = try [old, new].map {
                    // Clusters of one, of ids that no unit has.
                    Standing(
                        try $0.assign(
                            "customer-\(index)", cluster: "house-\(index)", score: score,
                            at: someTime))
                }
                guard standings[0] != standings[1] else { continue }
                counted[Way(from: standings[0], to: standings[1]), default: 0] += 1
            }
            for way in Set(foretold.keys).union(counted.keys) {
                let share = foretold[way] ?? 0
                let count = counted[way] ?? 0
                #expect(
                    fits(count, of: total, min(share, 1)) && (share > 0 || count == 0),
                    "seed \(seed), \(label), \(way.from) to \(way.to): \(count), not \(share)")
            }
        }
    }

    @Test func `a change of a great rotation is foretold in good time`() throws {
        let arms = armsText(
            (0..<20).map { "a\($0)" }, [Share](repeating: Share(millionths: 50_000), count: 20))
        let catalogs = try [1, 2].map {
            try catalog(
                trialText(
                    "rotate: {panels: 1000, stay: \($0), every: 30d, from: 2026-01-01}",
                    "arms: \(arms)"))
        }
        // 20,000 pieces on either side: minutes, if each were sought from the first one on.
        var moves: [ExperimentDifference.Move] = []
        let spent = processorTime {
            let difference = CatalogDifference(from: catalogs[0], to: catalogs[1], at: someTime)
            moves = difference.experiments.first?.moves ?? []
        }
        #expect(moves.count == 20 && moves.allSatisfy { $0.to == .arm(.control) })
        #expect(abs(moves.reduce(0) { $0 + $1.share } - 0.001) < 1e-12)
        #expect(spent < .seconds(20), "\(spent)")
    }
}
