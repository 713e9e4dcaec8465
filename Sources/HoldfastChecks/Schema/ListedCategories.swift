internal import HoldfastTables

/// The categories that a schema lists, for looking them up. A number is known by its value, so that
/// 1, 1.0 and +1 are one: which of them a writer of tables takes is not what a schema is about.
///
///     ListedCategories(["1", "JP"])       // contains 1, 1.0, +1 and JP; not 01
struct ListedCategories {
    private var names: Set<[UInt8]> = []
    private let hasNumbers: Bool

    init(_ names: [String]) {
        var hasNumbers = false
        for name in names {
            let bytes = Array(name.utf8)
            self.names.insert(bytes)
            if let value = bytes.withUnsafeBufferPointer(Self.value) {
                self.names.insert(value)
                hasNumbers = true
            }
        }
        self.hasNumbers = hasNumbers
    }

    /// Whether the category is listed.
    func contain(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if names.contains(Array(name)) { return true }
        return hasNumbers && Self.value(name).map(names.contains) ?? false
    }

    /// A number as ``ColumnSummary`` calls it among categories, or `nil` for a text.
    private static func value(_ name: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        switch CellValue(bytes: name, isQuoted: true) {
        case .number(let number): Array(CellValue.text(of: number).utf8)
        case .infinite:
            Array((name.contains(UInt8(ascii: "-")) ? "-inf" : "inf").utf8)
        case .missing, .emptyText, .text: nil
        }
    }
}
