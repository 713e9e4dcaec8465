package import HoldfastStatistics
package import HoldfastTables

/// What the cells of a column are.
public enum ColumnKind: String, Sendable, Equatable {
    /// Every cell that has a value is a number.
    case number
    /// Some cell is a text, or the caller said so.
    case category
    /// No cell has a value.
    case empty
}

/// What is known of one column of one table after one pass over it. Merges.
///
/// A column counts as numbers until its first text. It is then turned into categories, its
/// numbers by their value (`1`, `1.0` and `+1` are one category), so that neither the order of
/// the rows nor the way a writer formats numbers changes the categories. A column that the caller
/// calls a category keeps each cell's bytes.
///
/// Cells without a value are counted by their kind, never dropped: missing ones, NaN, either
/// infinity, and empty texts. Among categories the infinite and the empty are categories.
///
/// A column that a schema declares numbers stays one whatever comes: its texts are counted as one
/// more kind of cell without a value.
package struct ColumnSummary: Sendable {
    /// The column's name.
    package let name: String
    private let isForced: Bool
    private let isNumber: Bool
    /// Whether an engine counted it, and no cell was read here.
    let isFromEngine: Bool
    private var isCategory: Bool
    private var numbers: NumberSummary
    /// The numbers that weigh nothing, should the column turn out to be one of categories.
    private var weightless: CategorySummary?
    private var texts: CategorySummary
    private var counts = CellCounts()
    /// The numbers in order, once the column is finished and where it is one of numbers.
    package private(set) var numberSample: OrderedSample?
    /// What a schema asks of the column beside; `nil` where it asks nothing.
    var watch: ColumnWatch?

    /// A summary of no cell; `isCategory` and `isNumber` where the caller knows better than the
    /// cells.
    ///
    /// With a `byteLimit` it keeps to about so many bytes; then ``numberSample`` and
    /// ``categorySummary`` tell how far they can be off.
    package init(
        name: String, isCategory: Bool = false, isNumber: Bool = false, byteLimit: Int? = nil
    ) {
        precondition(!isCategory || !isNumber, "a column is of one kind")
        self.name = name
        self.isNumber = isNumber
        self.isForced = isCategory
        self.isCategory = isCategory
        isFromEngine = false
        numbers = NumberSummary(byteLimit: byteLimit.map { max($0, Self.leastBytes) })
        texts = CategorySummary(
            byteLimit: max(byteLimit ?? Self.categoryBytes, Self.leastBytes))
    }

    /// A column that an engine counted, finished: its cells by kind, its numbers in order, and
    /// where it is a category how often each occurs, infinite cells and empty texts among them.
    init(
        name: String, isCategory: Bool, cells: CellCounts, numbers: OrderedSample?,
        categories: CategorySummary
    ) {
        precondition(!isCategory || numbers == nil, "a column is of one kind")
        self.name = name
        self.isCategory = isCategory
        isForced = false
        isNumber = false
        isFromEngine = true
        self.numbers = NumberSummary()
        texts = categories
        counts = cells
        numberSample = numbers
    }

    /// The least that a summary can work with.
    private static let leastBytes = 4_096
    /// What categories may take where nothing was said: about half a million. A column of more
    /// identifies rows, and would fill the memory for nothing.
    package static let categoryBytes = 24 << 20

    /// Makes ready for comparing; to be called once, behind the last cell.
    package mutating func finish() {
        var taken = NumberSummary()
        swap(&taken, &numbers)
        let count = taken.count
        let sample = taken.ordered()
        numberSample = !isCategory && count > 0 ? sample : nil
        weightless = nil
        watch?.finish()
    }

    /// What the cells are.
    package var kind: ColumnKind {
        if isCategory { return texts.count > 0 || texts.unattributed > 0 ? .category : .empty }
        return counts[.number] > 0 ? .number : .empty
    }

    /// The cells seen.
    package var rows: Int { counts.rows }

    /// The cells by kind, empty and infinite ones as the cells are, not as categories.
    package var cells: CellCounts { counts }

    /// The kinds of cells that are no value of this column.
    package var absentKinds: [CellKind] {
        isCategory
            ? [.missing, .notANumber]
            : [.missing, .notANumber, .positiveInfinity, .negativeInfinity, .emptyText]
                + (isNumber ? [.text] : [])
    }

    /// The cells without a value.
    package var absent: Int { absentKinds.reduce(0) { $0 + counts[$1] } }

    /// The column as categories, numbers by their value; of a finished column.
    package var categorySummary: CategorySummary {
        guard !isCategory else { return texts }
        var summary = texts
        if let numberSample {
            // Of a value's rows the weights are not known one by one: their squares are taken to
            // be as large as those of all rows.
            let square = numberSample.total / numberSample.effectiveCount
            for (place, value) in numberSample.values.enumerated() {
                let mass = numberSample.masses?[place] ?? 1
                summary.add(
                    CellValue.text(of: value), times: counts.isWeighted ? 1 : Int(mass),
                    mass: counts.isWeighted
                        ? CountedMass(sum: mass, squares: mass * square) : nil)
            }
        }
        counts.addWords(to: &summary)
        return summary
    }
}

// MARK: - Cells

extension ColumnSummary {
    /// Adds the cells of a batch, with a weight of each row where rows have one. A row of weight 0
    /// is counted and has no mass.
    package mutating func add(_ column: CellColumn, weights: UnsafeBufferPointer<Double>?) {
        if let weights {
            for row in column.kinds.indices { add(column, row, weight: weights[row]) }
            return
        }
        let kinds = column.kinds
        var row = 0
        while row < kinds.count {
            let first = row
            switch kinds[row] {
            case .number where !isCategory:
                // Numbers that follow one another go over together.
                while row < kinds.count, kinds[row] == .number { row += 1 }
                numbers.add(contentsOf: UnsafeBufferPointer(rebasing: column.numbers[first..<row]))
                counts.add(.number, times: row - first)
            case .text where isCategory:
                while row < kinds.count, kinds[row] == .text {
                    texts.add(bytes: column.bytes(row))
                    row += 1
                }
                counts.add(.text, times: row - first)
            default:
                add(column, row, weight: nil)
                row += 1
            }
        }
    }

    /// Adds one row's cell in a column of a batch.
    package mutating func add(_ column: CellColumn, _ row: Int, weight: Double?) {
        let kind = column.kinds[row]
        counts.add(kind, weight: weight)
        switch kind {
        case .number:
            let value = column.numbers[row]
            if isForced {
                addText(column.bytes(row), weight)
            } else if isCategory {
                add(CellValue.text(of: value), weight, to: &texts)
            } else if let weight {
                if weight > 0 { numbers.add(value, weight: weight) } else { keepWeightless(value) }
            } else {
                numbers.add(value)
            }
        case .text where isNumber: break
        case .text:
            if !isCategory { becomeCategory() }
            addText(column.bytes(row), weight)
        case .positiveInfinity, .negativeInfinity, .emptyText:
            // Of a column of numbers they are counted, until it turns into categories.
            if isCategory { add(kind.word, weight, to: &texts) }
        case .missing, .notANumber: break
        }
    }

    private mutating func addText(_ bytes: UnsafeBufferPointer<UInt8>, _ weight: Double?) {
        if let weight { texts.add(bytes: bytes, weight: weight) } else { texts.add(bytes: bytes) }
    }

    /// Adds all that another part of the same column has seen.
    package mutating func merge(_ other: consuming ColumnSummary) {
        if other.isCategory && !isCategory { becomeCategory() }
        if isCategory && !other.isCategory { other.becomeCategory() }
        counts.merge(other.counts)
        if let theirs = other.weightless {
            if weightless == nil { weightless = theirs } else { weightless?.merge(theirs) }
        }
        if let theirs = other.watch { watch?.merge(theirs) }
        numbers.merge(other.numbers)
        if texts.count == 0 && texts.unattributed == 0 {
            swap(&texts, &other.texts)
        } else {
            texts.merge(other.texts)
        }
    }

    private mutating func becomeCategory() {
        isCategory = true
        let byteLimit = texts.byteLimit
        var summary = CategorySummary(byteLimit: byteLimit)
        swap(&summary, &texts)
        numbers.eachValue { value, mass in
            let text = CellValue.text(of: value)
            // Where rows have weights each value is of one row.
            if counts.isWeighted {
                summary.add(text, weight: mass)
            } else {
                summary.add(text, times: Int(mass))
            }
        }
        if let weightless { summary.merge(weightless) }
        counts.addWords(to: &summary)
        texts = summary
        numbers = NumberSummary()
        weightless = nil
    }

    private mutating func keepWeightless(_ value: Double) {
        if weightless == nil { weightless = CategorySummary(byteLimit: texts.byteLimit) }
        weightless?.add(CellValue.text(of: value), weight: 0)
    }

    /// Adds one row.
    private func add(_ text: String, _ weight: Double?, to summary: inout CategorySummary) {
        if let weight { summary.add(text, weight: weight) } else { summary.add(text) }
    }
}

// MARK: - From what is no text

extension ColumnSummary {
    /// Adds a number; one that is not finite counts as such.
    package mutating func add(_ value: Double) {
        let kind: CellKind =
            value.isFinite
            ? .number
            : value.isNaN ? .notANumber : value > 0 ? .positiveInfinity : .negativeInfinity
        counts.add(kind)
        if kind == .number {
            if isCategory { texts.add(CellValue.text(of: value)) } else { numbers.add(value) }
        } else if kind != .notANumber && isCategory {
            texts.add(kind.word)
        }
    }

    /// Adds a text, which makes the column one of categories unless it was declared numbers.
    package mutating func add(text: UnsafeBufferPointer<UInt8>) {
        counts.add(.text)
        if isNumber { return }
        if !isCategory { becomeCategory() }
        texts.add(bytes: text)
    }

    /// Adds cells without a value, with the sum of their rows' weights where rows have one.
    package mutating func addMissing(_ count: Int = 1, mass: CountedMass? = nil) {
        counts.add(.missing, times: count, mass: mass)
    }
}
