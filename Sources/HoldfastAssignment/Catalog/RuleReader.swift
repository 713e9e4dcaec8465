internal import HoldfastFormats

/// Rules on attributes.
extension CatalogReader {
    static let ruleDepthLimit = 16
    static let ruleValueLimit = 1_000

    private static let operators =
        ["is", "isNot", "in", "notIn"] + Rule.Comparison.allCases.map(\.rawValue)

    mutating func readRule(_ node: CatalogNode, depth: Int = 0) -> Rule? {
        guard depth <= CatalogReader.ruleDepthLimit else {
            report(
                node.place, "the rule is nested deeper than \(CatalogReader.ruleDepthLimit) levels",
                "write it flatter")
            return nil
        }
        let known = ["all", "any", "not", "attribute"] + CatalogReader.operators
        guard let members = members(of: node, "a rule", known: known) else { return nil }
        if members["attribute"] != nil { return readComparison(members, at: node.place) }
        let hint = "write {all: […]}, {any: […]}, {not: …} or {attribute: age, atLeast: 20}"
        guard members.count == 1, let (key, value) = members.first else {
            report(
                node.place,
                "a rule has \(members.isEmpty ? "no key" : "more than one of all, any, not")", hint)
            return nil
        }
        switch key {
        case "not": return readRule(value, depth: depth + 1).map { .not($0) }
        case "all", "any":
            guard let elements = elements(of: value, key, limit: CatalogReader.ruleValueLimit)
            else {
                return nil
            }
            guard !elements.isEmpty else {
                report(value.place, "\"\(key)\" has no rules", "give at least one, or leave it out")
                return nil
            }
            let rules = elements.compactMap { readRule($0, depth: depth + 1) }
            return key == "all" ? .all(rules) : .any(rules)
        default:
            report(node.place, "a rule compares by \"\(key)\" without an attribute", hint)
            return nil
        }
    }

    private mutating func readComparison(
        _ members: [String: CatalogNode], at place: Place
    ) -> Rule? {
        let hint =
            "write one of \(CatalogReader.operators.joined(separator: ", ")), as {attribute: age, atLeast: 20}"
        guard let attribute = members["attribute"]?.text, (1...256).contains(attribute.utf8.count)
        else {
            report(place, "the attribute has no name of 1 to 256 bytes", hint)
            return nil
        }
        let operators = members.keys.filter { $0 != "attribute" }.sorted()
        guard operators.count == 1, let word = operators.first, let value = members[word] else {
            report(
                place,
                "the rule on \"\(attribute)\" has \(operators.isEmpty ? "no operator" : "more than one operator: \(operators.joined(separator: ", "))")",
                hint)
            return nil
        }
        if let comparison = Rule.Comparison(rawValue: word) {
            guard let bound = value.number?.double else {
                report(value.place, "\"\(word)\" compares with \(value.kind)", "give a number")
                return nil
            }
            return .compares(attribute: attribute, comparison, bound)
        }
        switch word {
        case "is": return readValue(value).map { .isIn(attribute: attribute, values: [$0]) }
        case "isNot": return readValue(value).map { .isNotIn(attribute: attribute, values: [$0]) }
        case "in": return readValues(value, word).map { .isIn(attribute: attribute, values: $0) }
        case "notIn":
            return readValues(value, word).map { .isNotIn(attribute: attribute, values: $0) }
        default:
            report(place, "a rule combines an attribute with \"\(word)\"", hint)
            return nil
        }
    }

    private mutating func readValues(_ node: CatalogNode, _ word: String) -> [AttributeValue]? {
        guard let elements = elements(of: node, "\"\(word)\"", limit: CatalogReader.ruleValueLimit)
        else {
            return nil
        }
        guard !elements.isEmpty else {
            report(node.place, "\"\(word)\" has an empty list", "give at least one value")
            return nil
        }
        let values = elements.compactMap { readValue($0) }
        if let first = values.first, let other = values.first(where: { $0.kind != first.kind }) {
            report(
                node.place,
                "\"\(word)\" mixes a \(first.kind.rawValue) and a \(other.kind.rawValue)",
                "quote numbers that are texts, as \"0123\"")
            return nil
        }
        return values
    }

    private mutating func readValue(_ node: CatalogNode) -> AttributeValue? {
        if let boolean = node.boolean { return .boolean(boolean) }
        if let number = node.number?.double { return .number(number) }
        if let text = node.text, !node.isNull { return .text(text) }
        report(
            node.place, "a value is \(node.isNull ? "empty" : node.kind)",
            "write a text, number or boolean")
        return nil
    }
}
