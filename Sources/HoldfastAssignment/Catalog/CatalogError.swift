/// One fault of a catalog: where, what, and what to do.
public struct CatalogProblem: Sendable, Hashable, CustomStringConvertible {
    /// Where it stands.
    public var place: Place
    /// What is wrong.
    public var message: String
    /// What the reader can do.
    public var hint: String

    public var description: String { "\(place): \(message); \(hint)" }
}

/// Why a catalog is refused: every fault that was found, in order of place.
///
///     catalog.yaml:14:25: the share "5.00001%" is no whole number of millionths; write at most four decimals, as 0.0001%
public struct CatalogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The faults; at least one.
    public var problems: [CatalogProblem]

    init(_ problems: [CatalogProblem]) {
        precondition(!problems.isEmpty)
        self.problems = problems
    }

    package init(_ place: Place, _ message: String, _ hint: String) {
        problems = [CatalogProblem(place: place, message: message, hint: hint)]
    }

    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
