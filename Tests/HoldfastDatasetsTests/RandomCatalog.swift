import HoldfastAssignment
import HoldfastFormats
import HoldfastSQL
import TestSupport

/// Catalogs of one experiment, `limits`, in which anything may stand before the arms.
enum RandomCatalog {
    /// Ids that a catalog may name as testers, and a table may hold.
    static let testers = ["it's", "a \"b\"", "back\\slash", "NUL\0NUL", "e\u{301}", "é"]

    /// `withNUL` says whether a tester's id may hold one, which SQLite alone can write.
    static func make(
        _ chance: inout SeededGenerator, withNUL isNUL: Bool = true
    ) throws -> Catalog {
        let method = methods[chance.below(methods.count)](&chance)
        let isOfUnits = method.hasPrefix("switchback") || method.hasPrefix("explore")
        var keys = ["unit: customer", method]
        func perhaps(_ text: @autoclosure () -> String) {
            if chance.below(2) == 0 { keys.append(text()) }
        }
        if !isOfUnits { perhaps("cluster: household") }
        perhaps("layer: {name: l, from: \(chance.below(40))%, to: \(60 + chance.below(41))%}")
        perhaps("traffic: \(share(500_000 + chance.below(500_001)))")
        perhaps("eligible: \(rule(3, &chance))")
        perhaps("starts: \(time(&chance))")
        if !keys.contains(where: { $0.hasPrefix("starts") }) { perhaps("ends: \(time(&chance))") }
        if chance.below(2) == 0 {
            // `control` is an arm of every method.
            let testers = testers.filter { isNUL || !$0.utf8.contains(0) }
            let texts = testers.map { "\(JSON.string($0).text()): control" }
            keys.append("overrides: {\(texts.joined(separator: ", "))}")
        }
        let holdouts = (0..<chance.below(3)).map { index in
            "h\(index): {unit: customer, share: \(share(chance.below(200_000))), covers: all}"
        }
        return try catalog(
            """
            holdouts: {\(holdouts.joined(separator: ", "))}, layers: {l: {unit: customer}},
            experiments: {limits: {\(keys.joined(separator: ", "))}}
            """)
    }

    private static let methods: [@Sendable (inout SeededGenerator) -> String] = [
        { "arms: \(arms(["control", "low", "mid", "high"], &$0))" },
        { chance in
            let panels = 2 + chance.below(60)
            return """
                rotate: {panels: \(panels), stay: \(1 + chance.below(panels - 1)),
                every: \(1 + chance.below(50))h, from: 2026-01-02}, arms: \(arms(["low", "high"], &chance))
                """
        },
        { chance in
            let bands = (0..<chance.below(4)).map { index in
                "{below: 0.\(2 * index + 1), control: \(share(chance.below(1_000_001)))}, "
            }
            return """
                explore: [\(bands.joined()){control: \(share(chance.below(1_000_001)))}],
                arms: \(arms(["low", "mid", "high"], &chance))
                """
        },
        { chance in
            "switchback: {every: \(1 + chance.below(30))h, burnIn: 30m}, "
                + "arms: \(arms(["control", "on"], &chance))"
        },
    ]

    private static func share(_ millionths: Int) -> String {
        let digits = String(millionths % 10_000)
        return "\(millionths / 10_000).\(String(repeating: "0", count: 4 - digits.count))\(digits)%"
    }

    /// Arms whose shares add up to 100%; some may be 0.
    private static func arms(_ names: [String], _ chance: inout SeededGenerator) -> String {
        let inner = (1..<names.count).map { _ in chance.below(1_000_001) }
        let cuts = ([0, 1_000_000] + inner).sorted()
        let parts = zip(names, zip(cuts, cuts.dropFirst())).map { "{\($0): \(share($1.1 - $1.0))}" }
        return "[\(parts.joined(separator: ", "))]"
    }

    private static func rule(_ depth: Int, _ chance: inout SeededGenerator) -> String {
        switch depth == 0 ? chance.below(4) : chance.below(7) {
        case 0: return "{attribute: country, in: [JP, \"it's \\\\ \\\"x\\\"\"]}"
        case 1: return "{attribute: country, isNot: KR}"
        case 2:
            return "{attribute: age, \(chance.pick(["atLeast", "above", "atMost", "below"])): 20}"
        case 3: return "{attribute: vip, is: \(chance.pick(["true", "false"]))}"
        case 4: return "{not: \(rule(depth - 1, &chance))}"
        case let kind:
            let rules = (0..<1 + chance.below(3)).map { _ in rule(depth - 1, &chance) }
            return "{\(kind == 5 ? "all" : "any"): [\(rules.joined(separator: ", "))]}"
        }
    }

    /// A moment within some hundred hours, often on the hour.
    static func time(_ chance: inout SeededGenerator) -> Timestamp {
        moment(Double(chance.below(200)), chance.pick([0, 0, -1, 1, 123_456_789]))
    }

    // MARK: - Units

    private static let pieces = [
        "u", "'", "\"", "\\", "`", "é", "e\u{301}", "店", "🦊", " ", "%", "\n", "\t", "--", ";", "/",
        "\u{7f}", "\u{feff}", "0",
    ]

    static func id(_ chance: inout SeededGenerator) -> String {
        (0..<1 + chance.below(6)).map { _ in chance.pick(pieces) }.joined()
            + "\(chance.below(9_999))"
    }

    static func units(_ count: Int, _ chance: inout SeededGenerator) -> [TableRow] {
        (0..<count).map { index in
            func perhaps<Value>(_ value: Value) -> Value? { chance.below(40) == 0 ? nil : value }
            var unit: String? = id(&chance)
            if index < testers.count { unit = testers[index] }
            switch index {
            case 20: unit = nil
            case 21: unit = ""
            case 22: unit = String(repeating: "店", count: 341) + "x"
            case 23: unit = String(repeating: "店", count: 341) + "xx"
            default: break
            }
            return TableRow(
                unit: unit, household: perhaps(chance.below(40) == 0 ? "" : id(&chance)),
                score: perhaps(
                    chance.pick([0.1, 0.3, 0.5, -1, 0.1.nextDown, 1e300, .infinity, -.infinity])),
                time: time(&chance),
                country: perhaps(chance.pick(["JP", "KR", "it's \\ \"x\"", "US"])),
                age: perhaps(chance.pick([19.5, 20, 20.5])), isVIP: perhaps(chance.below(2) == 0))
        }
    }
}

/// A row of the table that is dealt.
struct TableRow: CustomStringConvertible {
    var unit: String?
    var household: String?
    var score: Double?
    var time: Timestamp
    var country: String?
    var age: Double?
    var isVIP: Bool?

    var insertion: SQL {
        """
        INSERT INTO units VALUES (\(SQLValue(unit)), \(SQLValue(household)), \(SQLValue(score)),
          \(time.microseconds), \(SQLValue(country)), \(SQLValue(age)), \(SQLValue(isVIP)))
        """
    }

    /// The same as texts, what is missing as an empty one; a missing unit stays so.
    var texts: SQL {
        """
        INSERT INTO units VALUES (\(SQLValue(unit)), \(household ?? ""),
          \(score.map { "\($0)" } ?? ""), \("\(time.microseconds)"), \(country ?? ""),
          \(age.map { "\($0)" } ?? ""), \(isVIP.map { "\($0)" } ?? ""))
        """
    }

    var description: String {
        "\(unit?.prefix(60).debugDescription ?? "nil") \(household ?? "-") \(score ?? .nan) \(time)"
    }
}

/// What a row is given.
struct Answer: Equatable, CustomStringConvertible {
    var unit: SQLValue
    var arm: String?
    var reason: String
    var act: Bool
    var propensity: Double?
    var bucket: Int64?

    /// A row of the statement; the columns of ids may be one or two.
    init(_ row: SQLiteStatement) {
        let first = row.columnCount - 7
        unit = row.value(0)
        arm = row.text(first + 1)
        reason = row.text(first + 2) ?? "NULL"
        act = row.integer(first + 3) == 1
        if case .real(let value) = row.value(first + 4) { propensity = value }
        if case .integer(let value) = row.value(first + 5) { bucket = value }
    }

    /// What the library gives; `refused` where it gives an error.
    init(of row: TableRow, by catalog: Catalog, at time: Timestamp?) {
        unit = SQLValue(row.unit)
        (arm, reason, act, propensity, bucket) = (nil, "refused", false, nil, nil)
        guard let id = row.unit.flatMap({ UnitID($0) }) else { return }
        var candidate = Candidate(unit: id)
        candidate.cluster = row.household.flatMap { UnitID($0) }
        candidate.score = row.score
        candidate.attributes["country"] = row.country.map { .text($0) }
        candidate.attributes["age"] = row.age.map { .number($0) }
        candidate.attributes["vip"] = row.isVIP.map { .boolean($0) }
        do throws(AssignmentFault) {
            let dealt = try catalog.assign(candidate, in: "limits", at: time ?? row.time)
            arm = dealt.arm?.text
            reason = dealt.reason.word
            act = dealt.act
            propensity = dealt.propensity
            bucket = dealt.bucket.map { Int64($0) }
        } catch {
            // A refusal is what the statement must give too.
            return
        }
    }

    var description: String {
        "\(reason) \(arm ?? "-") \(act) \(propensity ?? -1) \(bucket ?? -1)"
    }
}
