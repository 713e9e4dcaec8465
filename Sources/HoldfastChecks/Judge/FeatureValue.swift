import HoldfastStatistics
import HoldfastTables

/// A value of a feature, as a test or a decision gives it.
package enum FeatureValue: Sendable, Equatable {
    case number(Double)
    case category(String)
    case missing
}

extension FeatureColumn {
    /// A row's value as a reader sees it: `12000`, `0.495044`, `north`, or `missing`.
    func text(_ row: Int) -> String {
        switch values {
        case .numbers(let numbers):
            numbers[row].isNaN ? "missing" : Self.text(of: numbers[row])
        case .categories(let codes, let names):
            codes[row] < 0 ? "missing" : names[Int(codes[row])]
        }
    }

    /// A whole number with all its digits, any other with six that tell.
    private static func text(of number: Double) -> String {
        let size = abs(number)
        if number == number.rounded() || size < 1e-6 { return CellValue.text(of: number) }
        var scale = 1.0
        while size * scale < 100_000 { scale *= 10 }
        return CellValue.text(of: (number * scale).rounded() / scale)
    }

    /// A row's value as a test gives it.
    func value(_ row: Int) -> FeatureValue {
        switch values {
        case .numbers(let numbers): numbers[row].isNaN ? .missing : .number(numbers[row])
        case .categories(let codes, let names):
            codes[row] < 0 ? .missing : .category(names[Int(codes[row])])
        }
    }

    /// The column with another's rows behind its own, names that it has not had behind its names;
    /// `nil` where one holds numbers and the other categories.
    func appending(_ other: FeatureColumn) -> FeatureColumn? {
        switch (values, other.values) {
        case (.numbers(let ours), .numbers(let theirs)):
            return FeatureColumn(name, numbers: ours + theirs)
        case (.categories(let ours, let names), .categories(let theirs, let theirNames)):
            var all = ColumnNames(names)
            let mapped = all.places(taking: theirNames)
            return FeatureColumn(
                name, categories: ours + theirs.map { $0 < 0 ? -1 : mapped[Int($0)] },
                names: all.all)
        case (.numbers, .categories), (.categories, .numbers):
            return nil
        }
    }

    /// The column with a row for each of some values behind its own; `nil` where one is of the
    /// wrong kind, or not finite.
    func appending(_ values: [FeatureValue]) -> FeatureColumn? {
        switch self.values {
        case .numbers:
            var numbers: [Double] = []
            for value in values {
                switch value {
                case .number(let number) where number.isFinite: numbers.append(number)
                case .missing: numbers.append(.nan)
                case .number, .category: return nil
                }
            }
            return appending(FeatureColumn(name, numbers: numbers))
        case .categories:
            var (codes, names): ([Int32], [String]) = ([], [])
            for value in values {
                switch value {
                case .category(let name):
                    codes.append(Int32(names.count))
                    names.append(name)
                case .missing: codes.append(-1)
                case .number: return nil
                }
            }
            return appending(FeatureColumn(name, categories: codes, names: names))
        }
    }
}
