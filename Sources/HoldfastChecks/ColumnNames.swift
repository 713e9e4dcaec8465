/// Names of columns, or of categories, in order, each known by its bytes and found without a
/// search.
///
///     var names = ColumnNames(["income", "é"])
///     names.place(of: "é")              // 1
///     names.place(of: "e\u{301}")       // nil: the same to a reader, another column to a table
///
/// A name that comes twice keeps its first place.
struct ColumnNames: Sendable {
    /// The names in order.
    private(set) var all: [String] = []
    private var places: [[UInt8]: Int] = [:]

    init(_ names: some Sequence<String>) {
        for name in names { append(name) }
    }

    /// The number of names.
    var count: Int { all.count }

    /// Puts a name behind the others.
    mutating func append(_ name: String) {
        let key = Array(name.utf8)
        if places[key] == nil { places[key] = all.count }
        all.append(name)
    }

    /// The places of some names, each put behind the others where it is not there yet: what codes
    /// of one table's categories are in another's.
    mutating func places(taking names: [String]) -> [Int32] {
        names.map { name in
            if let place = place(of: name) { return Int32(place) }
            append(name)
            return Int32(count - 1)
        }
    }

    /// The place of a name, or `nil` where it is not there.
    func place(of name: String) -> Int? { places[Array(name.utf8)] }

    /// Whether a name is there.
    func contain(_ name: String) -> Bool { place(of: name) != nil }
}
