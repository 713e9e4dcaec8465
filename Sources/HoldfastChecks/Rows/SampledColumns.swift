internal import HoldfastStatistics
internal import HoldfastTables

/// The samples of two tables as the statistics want them: the same columns in the same order, and
/// one code for a category in both.
struct SampledColumns {
    /// The columns of the reference.
    let reference: [SampleColumn]
    /// Those of the candidate.
    let candidate: [SampleColumn]
    private let weights: (reference: [Double]?, candidate: [Double]?)

    /// The columns of these names that both samples have with a value in one of them. One that is
    /// said to be a category, or has a text in a sample, is one in both.
    init(
        _ reference: KeptRows, _ candidate: KeptRows, columns: [(name: String, isCategory: Bool)]
    ) {
        var (ours, theirs): ([SampleColumn], [SampleColumn]) = ([], [])
        for (name, isCategory) in columns {
            guard let one = reference.column(name), let two = candidate.column(name) else {
                continue
            }
            guard one.hasValue || two.hasValue else { continue }
            if isCategory || one.hasText || two.hasText {
                var codes = CategoryCodes()
                ours.append(SampleColumn(name, categories: codes.codes(of: one)))
                theirs.append(SampleColumn(name, categories: codes.codes(of: two)))
            } else {
                ours.append(SampleColumn(name, numbers: one.finiteNumbers))
                theirs.append(SampleColumn(name, numbers: two.finiteNumbers))
            }
        }
        self.reference = ours
        self.candidate = theirs
        weights = (
            reference.weights.isEmpty ? nil : reference.weights,
            candidate.weights.isEmpty ? nil : candidate.weights
        )
    }

    /// All of the columns, or `nil` where there is none.
    var all: (reference: SampleColumns, candidate: SampleColumns)? {
        guard !reference.isEmpty else { return nil }
        return (
            SampleColumns(reference, weights: weights.reference),
            SampleColumns(candidate, weights: weights.candidate)
        )
    }

    /// How many columns are numbers.
    var numberCount: Int { reference.count(where: Self.isNumbers) }

    /// The first so many columns of numbers, or `nil` for fewer than two: no pair.
    func numbers(_ limit: Int) -> (reference: SampleColumns, candidate: SampleColumns)? {
        let ours = reference.filter(Self.isNumbers).prefix(limit)
        let theirs = candidate.filter(Self.isNumbers).prefix(limit)
        guard ours.count > 1 else { return nil }
        return (
            SampleColumns(Array(ours), weights: weights.reference),
            SampleColumns(Array(theirs), weights: weights.candidate)
        )
    }

    private static func isNumbers(_ column: SampleColumn) -> Bool {
        if case .numbers = column.values { true } else { false }
    }
}

extension KeptColumn {
    /// Whether some cell has a value.
    fileprivate var hasValue: Bool {
        kinds.contains { kind in
            switch kind {
            case .number, .text, .positiveInfinity, .negativeInfinity: true
            case .missing, .notANumber, .emptyText: false
            }
        }
    }

    /// The numbers, NaN where there is none or an infinite one: a rank of it would say little, and
    /// the shares of infinite cells are compared by themselves.
    fileprivate var finiteNumbers: [Double] {
        (0..<count).map { kinds[$0] == .number ? Double(bitPattern: bits[$0]) : .nan }
    }
}

/// Codes from 0 for categories, in the order in which they are met.
private struct CategoryCodes {
    private var codes: [UInt64: Int32] = [:]
    /// The codes of numbers, by their bits: a number becomes a text once.
    private var numberCodes: [UInt64: Int32] = [:]

    mutating func codes(of column: KeptColumn) -> [Int32] {
        (0..<column.count).map { row in
            let isNumber = column.kinds[row] == .number
            if isNumber, let known = numberCodes[column.bits[row]] { return known }
            guard let category = column.category(row) else { return -1 }
            let code = code(of: category)
            if isNumber { numberCodes[column.bits[row]] = code }
            return code
        }
    }

    private mutating func code(of category: UInt64) -> Int32 {
        if let known = codes[category] { return known }
        let new = Int32(codes.count)
        codes[category] = new
        return new
    }
}
