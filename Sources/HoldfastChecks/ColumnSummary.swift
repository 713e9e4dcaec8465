package import HoldfastStatistics
internal import HoldfastTables

/// What the cells of a column are.
public enum ColumnKind: String, Sendable, Equatable {
    /// Every cell that is not missing is a number.
    case number
    /// Some cell is a text, or the caller said so.
    case category
    /// Every cell is missing.
    case empty
}

/// What is known of one column of one table after one pass over it. Merges.
///
/// A column counts as numbers until its first text. It is then turned into categories, its
/// numbers by their value (`1`, `1.0` and `+1` are one category), so that neither the order of
/// the rows nor the way a writer formats numbers changes the categories. A column that the caller
/// calls a category keeps each cell's bytes.
package struct ColumnSummary: Sendable {
    /// The column's name.
    package let name: String
    private let isForced: Bool
    private var isCategory: Bool
    private var numbers = NumberSummary()
    private var texts = CategorySummary()
    /// Quoted nothings: missing among numbers, an empty text among categories.
    private var emptyTexts = 0

    /// A summary of no cell; `isCategory` where the caller knows better than the cells.
    package init(name: String, isCategory: Bool = false) {
        self.name = name
        self.isForced = isCategory
        self.isCategory = isCategory
    }

    /// Adds a cell.
    package mutating func add(bytes: UnsafeBufferPointer<UInt8>, isQuoted: Bool) {
        switch CellValue(bytes: bytes, isQuoted: isQuoted) {
        case .missing:
            if isCategory { texts.addMissing() } else { numbers.addMissing() }
        case .emptyText:
            if isForced { texts.add("") } else { emptyTexts += 1 }
        case _ where isForced: texts.add(bytes: bytes)
        case .number(let value):
            if isCategory { texts.add(Self.category(value)) } else { numbers.add(value) }
        case .infinite:
            if isCategory { texts.add(Self.infinite) } else { numbers.add(.infinity) }
        case .text:
            if !isCategory { becomeCategory() }
            texts.add(bytes: bytes)
        }
    }

    /// Adds all that another part of the same column has seen.
    package mutating func merge(_ other: ColumnSummary) {
        var other = other
        if other.isCategory && !isCategory { becomeCategory() }
        if isCategory && !other.isCategory { other.becomeCategory() }
        numbers.merge(other.numbers)
        texts.merge(other.texts)
        emptyTexts += other.emptyTexts
    }

    /// Makes ready for comparing; to be called once, behind the last cell.
    package mutating func finish() { numbers.sort() }

    /// What the cells are.
    package var kind: ColumnKind {
        if isCategory { return texts.count + emptyTexts > 0 ? .category : .empty }
        return numbers.count + numbers.infinite > 0 ? .number : .empty
    }

    /// The cells seen.
    package var rows: Int { numbers.rows + texts.rows + emptyTexts }

    /// The cells that are missing; for numbers also those without a finite value.
    package var absent: Int {
        isCategory ? texts.missing : numbers.absent + emptyTexts
    }

    /// The cells that are infinite, among the ``absent``.
    package var infinite: Int { numbers.infinite }

    /// The numbers, where it is a column of numbers.
    package var numberSummary: NumberSummary? { kind == .number ? numbers : nil }

    /// The different categories so far.
    package var categoryCount: Int { texts.categories }

    /// The column as categories, numbers by their value.
    package var categorySummary: CategorySummary {
        var copy = self
        if !copy.isCategory { copy.becomeCategory() }
        if copy.emptyTexts > 0 { copy.texts.add("", times: copy.emptyTexts) }
        return copy.texts
    }

    private static let infinite = "inf"

    private mutating func becomeCategory() {
        isCategory = true
        for value in numbers.values { texts.add(Self.category(value)) }
        texts.add(Self.infinite, times: numbers.infinite)
        texts.addMissing(numbers.missing)
        numbers = NumberSummary()
    }

    /// A number as a category: a whole one without a point.
    private static func category(_ value: Double) -> String {
        abs(value) < 0x1p53 && value == value.rounded() ? "\(Int64(value))" : "\(value)"
    }
}

// MARK: - From what is no text

extension ColumnSummary {
    /// Adds a number; one that is not finite counts as such.
    package mutating func add(_ value: Double) {
        if isCategory { texts.add(Self.category(value)) } else { numbers.add(value) }
    }

    /// Adds a text, which makes the column one of categories.
    package mutating func add(text: UnsafeBufferPointer<UInt8>) {
        if !isCategory { becomeCategory() }
        texts.add(bytes: text)
    }

    /// Adds a cell without a value.
    package mutating func addMissing() {
        if isCategory { texts.addMissing() } else { numbers.addMissing() }
    }
}
