internal import HoldfastAssignment
internal import HoldfastSQL

/// A rule on attributes as a condition of SQL, whose logic is three-valued as the rule's is: NULL
/// where an attribute that is missing decides.
struct RuleSQL {
    /// The alias of the table that has a column for each attribute.
    let columns: SQL
    let dialect: SQLDialect

    func condition(_ rule: Rule) -> SQL {
        switch rule {
        case .all(let rules): "(\(SQL.joined(rules.map(condition), by: " AND ")))"
        case .any(let rules): "(\(SQL.joined(rules.map(condition), by: " OR ")))"
        case .not(let rule): "(NOT \(condition(rule)))"
        case .isIn(let attribute, let values): "(\(isAmong(attribute, values, not: false)))"
        case .isNotIn(let attribute, let values): "(\(isAmong(attribute, values, not: true)))"
        case .compares(let attribute, let comparison, let bound):
            switch comparison {
            case .atLeast: "(\(number(attribute)) >= \(bound))"
            case .atMost: "(\(number(attribute)) <= \(bound))"
            case .above: "(\(number(attribute)) > \(bound))"
            case .below: "(\(number(attribute)) < \(bound))"
            }
        }
    }

    private func isAmong(_ attribute: String, _ values: [AttributeValue], not: Bool) -> SQL {
        let texts = values.compactMap { value -> String? in
            guard case .text(let text) = value else { return nil }
            return text
        }
        if texts.count == values.count {
            return dialect.isAmong(
                dialect.text("\(columns).\(name: attribute)"), texts, not: not)
        }
        return "\(column(attribute, values)) \(not ? "NOT IN" : "IN" as SQL) (\(list(values)))"
    }

    private func column(_ attribute: String, _ values: [AttributeValue]) -> SQL {
        let column: SQL = "\(columns).\(name: attribute)"
        switch values.first {
        case .number: return dialect.number(column)
        case .boolean: return dialect.boolean(column)
        case .text, nil: return dialect.text(column)
        }
    }

    private func number(_ attribute: String) -> SQL {
        dialect.number("\(columns).\(name: attribute)")
    }

    private func list(_ values: [AttributeValue]) -> SQL {
        let literals = values.map { value -> SQL in
            switch value {
            case .text(let text): SQL.value(.text(text))
            case .number(let number): SQL.value(.real(number))
            case .boolean(let boolean): boolean ? "TRUE" : "FALSE"
            }
        }
        return SQL.joined(literals, by: ", ")
    }
}

extension Rule {
    /// The texts that the rule compares with, and the names of its attributes.
    var texts: [String] {
        switch self {
        case .all(let rules), .any(let rules): rules.flatMap(\.texts)
        case .not(let rule): rule.texts
        case .isIn(let attribute, let values), .isNotIn(let attribute, let values):
            [attribute]
                + values.compactMap { value in
                    guard case .text(let text) = value else { return nil }
                    return text
                }
        case .compares(let attribute, _, _): [attribute]
        }
    }
}
