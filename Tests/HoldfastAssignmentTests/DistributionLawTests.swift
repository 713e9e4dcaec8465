import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// What a unit is dealt in a hash of GrowthBook's first version: 32 bits of FNV-1a over the unit
/// and the experiment, nothing between, modulo 1,000.
private func growthBookBucket(_ unit: String, _ experiment: String) -> Int {
    var hash: UInt32 = 0x811C_9DC5
    for byte in (unit + experiment).utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return Int(hash % 1_000)
}

/// A catalog that asks everything that hashes of one unit, and the steps that answer.
private let nested = """
    holdfast: 1
    salt: \(exampleSalt)
    holdouts: {program: {unit: customer, share: 3%}}
    layers: {lending: {unit: customer}}
    experiments:
      trial:
        unit: customer
        layer: {name: lending, from: 10%, to: 90%}
        traffic: 70%

    """

@Suite struct DistributionLawTests {
    /// Buckets fall evenly into 1,000 bins, whatever ids look like.
    ///
    /// A million sequential ids; of the others a million with `HOLDFAST_LONG=1`, else 100,000.
    @Test(arguments: IDKind.allCases, ["arm:trial", "holdout:program", "arm:trial@123456"])
    func `buckets fall evenly into a thousand bins`(kind: IDKind, scope: String) {
        let count = isLong || (kind == .sequential && scope == "arm:trial") ? 1_000_000 : 100_000
        let scope = Scope(scope, salt: exampleSalt)
        var chance = SeededGenerator(seed: 17)
        var bins = [Int](repeating: 0, count: 1_000)
        for index in 0..<count {
            var id = kind.id(index, &chance)
            let bucket = id.withUTF8 { scope.bucket(of: UnsafeRawBufferPointer($0)) }
            bins[Int((bucket * 1_000) >> 52)] += 1
        }
        let expected = Double(count) / 1_000
        let statistic = bins.reduce(0.0) { sum, bin in
            sum + (Double(bin) - expected) * (Double(bin) - expected) / expected
        }
        #expect(statistic < chiSquareLimit(999), "\(kind), \(scope.text): \(statistic)")
        // Bins more even than chance would be no chance either.
        #expect(statistic > 999 - (chiSquareLimit(999) - 999), "\(kind), \(scope.text)")
    }

    @Test func `the lowest bits of a bucket are even too`() throws {
        let scope = Scope("arm:trial", salt: exampleSalt)
        var bits = [Int](repeating: 0, count: 52)
        let count = 50_000
        for index in 0..<count {
            let bucket = scope.bucket(of: try #require(UnitID("\(index)")))
            for bit in 0..<52 where bucket >> bit & 1 == 1 { bits[bit] += 1 }
        }
        for (bit, ones) in bits.enumerated() {
            #expect(fits(ones, of: count, 0.5), "bit \(bit): \(ones)")
        }
    }

    /// Two experiments with names that differ in one character.
    ///
    /// By GrowthBook's hash v1 the units of one's first arm are not those of the other's by chance:
    /// chi-square is 351 for 100,000 customers in halves, and 48,067 in tenths.
    @Test(arguments: [("exp1", "exp2"), ("exp-1", "exp-2"), ("price-a", "price-b")])
    func `experiments with similar names deal independently`(one: String, other: String) throws {
        let text = "holdfast: 1\nsalt: \(exampleSalt)\nexperiments:\n"
        let catalog = try catalog(
            text + "  \(one): {unit: customer, arms: [{control: 50%}, {treatment: 50%}]}\n"
                + "  \(other): {unit: customer, arms: [{control: 50%}, {treatment: 50%}]}\n")
        let empty = { (size: Int) in
            [[Int]](repeating: [Int](repeating: 0, count: size), count: size)
        }
        var (halves, tenths) = (empty(2), empty(10))
        var (theirHalves, theirTenths) = (empty(2), empty(10))
        let count = 100_000
        for index in 0..<count {
            let unit = "customer-\(index)"
            let theirs = [growthBookBucket(unit, one), growthBookBucket(unit, other)]
            theirHalves[theirs[0] / 500][theirs[1] / 500] += 1
            theirTenths[theirs[0] / 100][theirs[1] / 100] += 1
            guard index < (isLong ? count : 40_000) else { continue }
            let ours = try [one, other].map { try catalog.assign(unit, in: $0) }
            halves[ours[0].act ? 1 : 0][ours[1].act ? 1 : 0] += 1
            let buckets = try ours.map { Int((try #require($0.bucket) * 10) >> 52) }
            tenths[buckets[0]][buckets[1]] += 1
        }
        #expect(chiSquare(halves) < chiSquareLimit(1), "\(halves)")
        #expect(chiSquare(tenths) < chiSquareLimit(81), "\(chiSquare(tenths))")
        // The same test finds what it is there to find.
        #expect(chiSquare(theirHalves) > 200, "\(chiSquare(theirHalves))")
        #expect(chiSquare(theirTenths) > 40_000, "\(chiSquare(theirTenths))")
        if one == "exp1" {
            #expect(Int(chiSquare(theirHalves).rounded()) == 351)
            #expect(Int(chiSquare(theirTenths).rounded()) == 48_067)
        }
    }

    @Test func `arm, split, slice, holdout and traffic of one name deal independently`() throws {
        let scopes = ["arm", "split", "layer", "holdout", "traffic", "arm@1", "arm@2"].map {
            let parts = $0.split(separator: "@")
            return Scope(
                "\(parts[0]):trial" + (parts.count > 1 ? "@\(parts[1])" : ""), salt: exampleSalt)
        }
        var tables = [[[Int]]](
            repeating: [[Int]](repeating: [Int](repeating: 0, count: 10), count: 10),
            count: scopes.count * scopes.count)
        for index in 0..<(isLong ? 1_000_000 : 60_000) {
            let unit = try #require(UnitID("customer-\(index)"))
            let tenths = scopes.map { Int(($0.bucket(of: unit) * 10) >> 52) }
            for one in scopes.indices {
                for other in scopes.indices where other > one {
                    tables[one * scopes.count + other][tenths[one]][tenths[other]] += 1
                }
            }
        }
        for one in scopes.indices {
            for other in scopes.indices where other > one {
                let statistic = chiSquare(tables[one * scopes.count + other])
                #expect(
                    statistic < chiSquareLimit(81),
                    "\(scopes[one].text) and \(scopes[other].text): \(statistic)")
            }
        }
    }

    /// What a unit received has, among those that came to that step, the share that was declared.
    @Test(arguments: [
        "arms: [{control: 5%}, {low: 0.5%}, {high: 94.5%}]",
        "arms: [{low: 30%}, {high: 70%}]\n    rotate: {panels: 7, stay: 3, every: 30d, from: 2026-01-01}",
        "arms: [{low: 30%}, {high: 70%}]\n    explore: [{below: 0.5, control: 10%}, {below: 0.9, control: 4%}, {control: 1%}]",
        "arms: [{control: 40%}, {low: 1%}, {high: 59%}]\n    switchback: {every: 6h, burnIn: 30m}",
    ])
    func `propensities are the shares that are measured`(method: String) throws {
        let catalog = try catalog(nested + "    " + method + "\n")
        var counts: [String: [String: (count: Int, propensity: Double)]] = [:]
        var reached: [String: Int] = [:]
        let scores = [0.2, 0.7, 0.95]
        let isByScore = method.contains("explore")
        for index in 0..<(isLong ? 1_000_000 : 60_000) {
            // A score by which nothing else is decided.
            let score = isByScore ? scores[index % 3] : nil
            let answer = try catalog.assign("customer-\(index)", score: score, at: someTime)
            let step = answer.reason.word
            let key = step == "assigned" ? "\(step) \(score ?? 0)" : step
            for before in ["holdout", "outside_slice", "not_enrolled"] {
                reached[before, default: 0] += 1
                if step == before { break }
            }
            if step == "assigned" { reached[key, default: 0] += 1 }
            let got = answer.arm?.text ?? "none"
            let last = counts[key]?[got]
            #expect(last == nil || last?.propensity == answer.propensity, "\(key) \(got)")
            counts[key, default: [:]][got] = ((last?.count ?? 0) + 1, answer.propensity)
        }
        for (key, received) in counts {
            let total = try #require(reached[key])
            for (got, (count, propensity)) in received {
                #expect(
                    fits(count, of: total, propensity),
                    "\(key) \(got): \(count) of \(total), not \(propensity)")
            }
            guard key.hasPrefix("assigned") else { continue }
            // What can be received adds up to 1, and each arm was seen.
            let sum = received.values.reduce(0) { $0 + $1.propensity }
            #expect(received.count == 3 && abs(sum - 1) < 1e-12, "\(key): \(received)")
        }
        #expect(counts.count == (isByScore ? 6 : 4), "\(counts.keys)")
    }
}
