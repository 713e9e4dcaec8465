internal import HoldfastFormats

/// What is known of a unit before it is dealt: the value of one attribute.
public enum AttributeValue: Hashable, Sendable {
    case text(String)
    case number(Double)
    case boolean(Bool)

    /// The kind of the value.
    public var kind: AttributeKind {
        switch self {
        case .text: .text
        case .number: .number
        case .boolean: .boolean
        }
    }

    public static func == (one: AttributeValue, other: AttributeValue) -> Bool {
        switch (one, other) {
        case (.text(let one), .text(let other)): sameBytes(one, other)
        case (.number(let one), .number(let other)): one == other
        case (.boolean(let one), .boolean(let other)): one == other
        case (.text, _), (.number, _), (.boolean, _): false
        }
    }
}

/// The kinds of value that an attribute can have.
public enum AttributeKind: String, Hashable, Sendable {
    case text
    case number
    case boolean
}

/// A rule on attributes that says which units an experiment is for.
///
///     eligible: {all: [{attribute: country, in: [JP, KR]}, {attribute: age, atLeast: 20}]}
///
/// Logic is three-valued (Kleene, 1938): an attribute that is missing, or of the wrong kind, makes
/// a comparison unknown, and only a rule that is unknown as a whole is an error. `all` of something
/// false is false whatever else is missing, in any order. A number that is NaN is missing: it is
/// how tables say so.
public indirect enum Rule: Hashable, Sendable {
    case all([Rule])
    case any([Rule])
    case not(Rule)
    case isIn(attribute: String, values: [AttributeValue])
    case isNotIn(attribute: String, values: [AttributeValue])
    case compares(attribute: String, Comparison, Double)

    /// How a number is compared.
    public enum Comparison: String, CaseIterable, Sendable {
        case atLeast, atMost, above, below
    }

    /// Whether the rule holds, or what keeps from telling.
    enum Answer {
        case yes
        case no
        case unknown(Obstacle)
    }

    /// What is wrong with the first attribute that would have decided.
    enum Obstacle {
        case missing(String)
        case wrong(String, needed: AttributeKind, given: AttributeKind)
    }

    /// The attributes that the rule asks for, with the kind of each, in order of appearance.
    package var attributes: [(name: String, kind: AttributeKind)] {
        switch self {
        case .all(let rules), .any(let rules): rules.flatMap(\.attributes)
        case .not(let rule): rule.attributes
        case .isIn(let attribute, let values), .isNotIn(let attribute, let values):
            values.first.map { [(attribute, $0.kind)] } ?? []
        case .compares(let attribute, _, _): [(attribute, .number)]
        }
    }

    /// Applies the rule.
    func answer(_ attributes: [String: AttributeValue]) -> Answer {
        switch self {
        case .all(let rules): return Rule.combine(rules, attributes, decisive: .no, otherwise: .yes)
        case .any(let rules): return Rule.combine(rules, attributes, decisive: .yes, otherwise: .no)
        case .not(let rule):
            switch rule.answer(attributes) {
            case .yes: return .no
            case .no: return .yes
            case .unknown(let obstacle): return .unknown(obstacle)
            }
        case .isIn(let attribute, let values):
            return contains(values, attribute, in: attributes) { $0 ? .yes : .no }
        case .isNotIn(let attribute, let values):
            return contains(values, attribute, in: attributes) { $0 ? .no : .yes }
        case .compares(let attribute, let comparison, let bound):
            guard let value = attributes[attribute] else { return .unknown(.missing(attribute)) }
            guard case .number(let number) = value else {
                return .unknown(.wrong(attribute, needed: .number, given: value.kind))
            }
            if number.isNaN { return .unknown(.missing(attribute)) }
            return holds(number, comparison, bound) ? .yes : .no
        }
    }

    /// One decisive answer decides; else one that is unknown leaves the whole unknown.
    private static func combine(
        _ rules: [Rule], _ attributes: [String: AttributeValue], decisive: Answer,
        otherwise: Answer
    ) -> Answer {
        var obstacle: Obstacle?
        for rule in rules {
            switch (rule.answer(attributes), decisive) {
            case (.yes, .yes), (.no, .no): return decisive
            case (.unknown(let next), _): obstacle = obstacle ?? next
            case (.yes, _), (.no, _): continue
            }
        }
        return obstacle.map(Answer.unknown) ?? otherwise
    }

    private func contains(
        _ values: [AttributeValue], _ attribute: String, in attributes: [String: AttributeValue],
        then: (Bool) -> Answer
    ) -> Answer {
        guard let value = attributes[attribute] else { return .unknown(.missing(attribute)) }
        if let needed = values.first?.kind, needed != value.kind {
            return .unknown(.wrong(attribute, needed: needed, given: value.kind))
        }
        if case .number(let number) = value, number.isNaN { return .unknown(.missing(attribute)) }
        return then(values.contains(value))
    }

    private func holds(_ number: Double, _ comparison: Comparison, _ bound: Double) -> Bool {
        switch comparison {
        case .atLeast: number >= bound
        case .atMost: number <= bound
        case .above: number > bound
        case .below: number < bound
        }
    }
}
