internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastFormats

/// Reads how a model must behave, as requirements declare it.
///
///     - {name: region alone is no reason, invariance: {feature: region, tolerance: 0.02}}
///     - {name: income up never lowers the score, direction: {feature: income, by: [10%, 5000]}}
///     - name: these cases
///       cases:
///         - {when: {income: 0, region: north}, atMost: 0.2}
///         - {when: {income: 90000, region: south}, yes: true}
enum BehaviourReader {
    static let caseLimit = 10_000

    static func test(_ node: CatalogNode) throws -> BehaviourTest {
        let members = try node.members(
            "a behaviour test", known: ["name", "invariance", "direction", "cases"])
        guard let name = members["name"]?.text, !name.isEmpty, name.utf8.count <= 200 else {
            throw (members["name"] ?? node).fault(
                "a behaviour test has no name of 1 to 200 bytes",
                "write name: what is claimed, as income up never lowers the score")
        }
        let claims = ["invariance", "direction", "cases"].filter { members[$0] != nil }
        guard claims.count == 1 else {
            throw node.fault(
                "a behaviour test claims \(claims.isEmpty ? "nothing" : "several things")",
                "write one of invariance, direction and cases")
        }
        if let claim = members["invariance"] {
            return BehaviourTest(name, try invariance(claim))
        }
        if let claim = members["direction"] {
            return BehaviourTest(name, try direction(claim))
        }
        let cases = try (members["cases"] ?? node).elements("cases", limit: caseLimit)
        guard !cases.isEmpty else { throw node.fault("there is no case", "write one, or more") }
        return BehaviourTest(name, .cases(try cases.map(one)))
    }

    private static func feature(_ node: CatalogNode?, _ parent: CatalogNode) throws -> String {
        guard let text = node?.text, !text.isEmpty else {
            throw (node ?? parent).fault(
                "there is no feature", "write feature: and the column's name")
        }
        return text
    }

    private static func tolerance(_ node: CatalogNode?) throws -> Double {
        guard let node else { return 0 }
        let value = try node.finite("tolerance")
        guard value >= 0 else { throw node.fault("tolerance is below 0", "write 0 or more") }
        return value
    }

    private static func invariance(_ node: CatalogNode) throws -> BehaviourTest.Claim {
        let members = try node.members("invariance", known: ["feature", "values", "tolerance"])
        let values = try members["values"].map { list in
            let values = try list.elements("values", limit: BehaviourTest.mostValues).map(value)
            guard !values.isEmpty else {
                throw list.fault("values is empty", "name some, or leave it out")
            }
            return values
        }
        return .invariance(
            feature: try feature(members["feature"], node), values: values,
            tolerance: try tolerance(members["tolerance"]))
    }

    private static func direction(_ node: CatalogNode) throws -> BehaviourTest.Claim {
        let members = try node.members(
            "direction", known: ["feature", "by", "answer", "tolerance"])
        guard let by = members["by"] else {
            throw node.fault(
                "direction does not say by how much", "write by: 10%, by: 5000, or a list of both")
        }
        let steps: [BehaviourTest.Step]
        if case .sequence(let elements) = by.content {
            guard (1...20).contains(elements.count) else {
                throw by.fault("by has \(elements.count) steps", "write 1 to 20")
            }
            steps = try elements.map(step)
        } else {
            steps = [try step(by)]
        }
        var answer = BehaviourTest.Direction.neverFalls
        if let word = members["answer"] {
            guard let found = word.text.flatMap(BehaviourTest.Direction.init(rawValue:)) else {
                throw word.fault(
                    "answer is \(word.kind)", "write never_falls or never_rises")
            }
            answer = found
        }
        return .direction(
            feature: try feature(members["feature"], node), answer, steps: steps,
            tolerance: try tolerance(members["tolerance"]))
    }

    /// 10% is a factor of 1.1, 5000 an amount.
    private static func step(_ node: CatalogNode) throws -> BehaviourTest.Step {
        if let text = node.text, text.hasSuffix("%"), let percent = Double(text.dropLast()),
            percent.isFinite, percent != 0, percent > -100
        {
            return .factor(1 + percent / 100)
        }
        let amount = try node.finite("by")
        guard amount != 0 else { throw node.fault("by is 0", "write by how much it changes") }
        return .amount(amount)
    }

    private static func one(_ node: CatalogNode) throws -> BehaviourTest.Case {
        let expectations = ["atLeast", "atMost", "yes", "is"]
        let members = try node.members("a case", known: ["when"] + expectations)
        guard let when = members["when"] else {
            throw node.fault("a case has no values", "write when: {income: 0, region: north}")
        }
        var values: [String: FeatureValue] = [:]
        for member in try when.entries("when", limit: 10_000) {
            guard let name = member.key.text else {
                throw member.key.fault("\(member.key.kind) is no feature", "write its name")
            }
            values[name] = try value(member.value)
        }
        let given = expectations.filter { members[$0] != nil }
        guard given.count == 1, let word = given.first, let node = members[word] else {
            throw node.fault(
                "a case expects \(given.isEmpty ? "nothing" : "several things")",
                "write one of atLeast: 0.5, atMost: 0.2, yes: true, is: CLASS")
        }
        switch word {
        case "atLeast": return BehaviourTest.Case(values, .atLeast(try node.finite(word)))
        case "atMost": return BehaviourTest.Case(values, .atMost(try node.finite(word)))
        case "yes":
            guard let isYes = node.boolean else {
                throw node.fault("yes is \(node.kind)", "write true or false")
            }
            return BehaviourTest.Case(values, .isYes(isYes))
        default:
            guard let name = node.text else {
                throw node.fault("is is \(node.kind)", "write a class as the labels have it")
            }
            return BehaviourTest.Case(values, .isClass(name))
        }
    }

    private static func value(_ node: CatalogNode) throws -> FeatureValue {
        if node.isNull { return .missing }
        if let number = node.number?.double { return .number(number) }
        guard let text = node.text else {
            throw node.fault("a value is \(node.kind)", "write a number, a text, or null")
        }
        return .category(text)
    }
}
