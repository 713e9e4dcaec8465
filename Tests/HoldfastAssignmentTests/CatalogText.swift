import HoldfastFormats
import TestSupport

@testable import HoldfastAssignment

let exampleSalt = "example-salt-of-24-chars"

/// A catalog of one experiment named `trial`, of these lines beside its unit.
func catalogText(_ lines: String..., arms: String = "[{control: 50%}, {treatment: 50%}]") -> String
{
    """
    holdfast: 1
    salt: \(exampleSalt)
    experiments:
      trial:
        unit: customer
        arms: \(arms)

    """ + lines.map { "    \($0)\n" }.joined()
}

func catalog(_ text: String) throws(CatalogError) -> Catalog {
    try Catalog(files: [("catalog.yaml", text)], salt: { _ in nil })
}

/// The faults of a catalog; none if it is read.
func problems(_ text: String) -> [CatalogProblem] {
    do throws(CatalogError) {
        _ = try catalog(text)
        return []
    } catch {
        return error.problems
    }
}

let someTime = Timestamp(microseconds: 1_772_323_200_000_000)  // 2026-03-01T00:00:00Z

extension Catalog {
    /// The answer for a unit that needs nothing else.
    func assign(_ unit: String, in experiment: String = "trial") throws -> Assignment {
        guard let id = UnitID(unit) else { throw MissingFixture("\(unit) is no unit") }
        return try assign(Candidate(unit: id), in: experiment, at: someTime)
    }
}

/// Ids as producers make them.
enum IDKind: String, CaseIterable {
    case sequential, email, uuid, numeric

    func id(_ index: Int, _ chance: inout SeededGenerator) -> String {
        switch self {
        case .sequential: return "customer-\(index)"
        case .numeric: return "\(index)"
        case .email: return "user.\(index)@example.\(["com", "co.jp", "org"][index % 3])"
        case .uuid:
            let digits = (0..<32).map { _ in String(chance.below(16), radix: 16) }.joined()
            return "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(4))-4\(digits.suffix(19))"
        }
    }
}

/// The statistic of Pearson's chi-square test of independence of two classifications.
func chiSquare(_ table: [[Int]]) -> Double {
    let rows = table.map { Double($0.reduce(0, +)) }
    let columns = (table.first ?? []).indices.map { column in
        Double(table.reduce(0) { $0 + $1[column] })
    }
    let total = rows.reduce(0, +)
    var sum = 0.0
    for (row, counts) in table.enumerated() {
        for (column, count) in counts.enumerated() {
            let expected = rows[row] * columns[column] / total
            sum += (Double(count) - expected) * (Double(count) - expected) / expected
        }
    }
    return sum
}
