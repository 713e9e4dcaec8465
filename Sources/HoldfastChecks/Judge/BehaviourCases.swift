extension BehaviourTrial {
    /// Whether a case has the rows' features, and an answer that such a model can give.
    func check(_ one: BehaviourTest.Case, _ number: String) throws(CheckError) {
        for feature in table where one.values[feature.name] == nil {
            throw fault(
                "\(number) has no value of feature \(feature.name)",
                "give every feature a value, or say that it is missing")
        }
        for name in one.values.keys.sorted() where !table.contains(where: { $0.name == name }) {
            throw fault(
                "\(number) names a feature \(name) that \(rows.name) does not have; it has "
                    + table.map(\.name).joined(separator: ", "), "check its spelling")
        }
        switch (one.expected, rows.labels) {
        case (.isClass(let name), .classes(_, let names)):
            guard names.contains(name) else {
                throw fault(
                    "\(number) expects class \(name); there are "
                        + names.joined(separator: ", "), "check its spelling")
            }
        case (.isClass, .binary), (.isClass, .numbers):
            throw fault("\(number) expects a class of a model that has none", "expect a number")
        case (.atLeast, .classes), (.atMost, .classes), (.isYes, .classes):
            throw fault("\(number) expects a number of a model of classes", "expect a class")
        case (.isYes, .numbers):
            throw fault("\(number) expects a yes of a model of numbers", "expect a number")
        case (.isYes, .binary): break
        case (.atLeast(let bound), .binary), (.atMost(let bound), .binary),
            (.atLeast(let bound), .numbers), (.atMost(let bound), .numbers):
            guard bound.isFinite else {
                throw fault("\(number) expects \(bound)", "expect a number that is finite")
            }
        }
    }
}
