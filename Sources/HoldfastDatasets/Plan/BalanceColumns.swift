internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastStatistics

/// The columns of a file of units whose balance is asked for.
struct BalanceColumns: Sendable {
    /// The columns, in the file's order.
    private(set) var covariates: [FeatureColumn] = []
    /// Of each the number of categories; `nil` for numbers.
    private(set) var levels: [Int?] = []
    /// Of each the units without a value.
    private(set) var absent: [Int] = []
    /// Columns that are no covariates, and why.
    private(set) var passedOver: [(name: String, why: String)] = []

    /// The columns that a request names, or else all in which something can be compared.
    init(
        _ table: UnitTable, _ rows: [Int], _ request: BalanceRequest, _ experiment: Experiment
    ) throws {
        let all = table.readNames.filter { name in
            !request.ignored.contains { sameBytes($0, name) }
        }
        for name in request.covariates ?? all {
            let isScore = experiment.dealsByScore && sameBytes(name, request.scoreColumn)
            guard let column = table.feature(name, of: rows) else {
                throw CheckError(
                    "\(table.name): \"\(name)\" is the column of units or of clusters",
                    hint: "a covariate is another column")
            }
            let isAsked = request.covariates != nil
            if !isAsked, let why = Self.fault(of: column, isScore: isScore) {
                passedOver.append((name, why))
                continue
            }
            append(column)
        }
    }

    private mutating func append(_ column: FeatureColumn) {
        switch column.values {
        case .numbers(let numbers):
            covariates.append(column)
            levels.append(nil)
            absent.append(numbers.count { !$0.isFinite })
        case .categories(let codes, let names):
            covariates.append(Self.bounded(column.name, codes, names))
            levels.append(names.count)
            absent.append(codes.count { $0 < 0 })
        }
    }

    /// Why nothing is to be compared in a column that nobody named.
    private static func fault(of column: FeatureColumn, isScore: Bool) -> String? {
        switch column.values {
        case .numbers(let numbers):
            let first = numbers.first { $0.isFinite }
            if isScore { return "the experiment deals by it" }
            if numbers.allSatisfy({ $0 == first }) { return "it has one value" }
            return first == nil ? "it has no value" : nil
        case .categories(let codes, let names):
            if names.count < 2 && codes.allSatisfy({ $0 >= 0 }) { return "it has one value" }
            let isName =
                names.count > 2 * BalanceRequest.levelLimit && 2 * names.count > codes.count
            return isName ? "its \(names.count) values are names, not kinds" : nil
        }
    }

    /// The most frequent categories, and one for all others.
    private static func bounded(
        _ name: String, _ codes: [Int32], _ names: [String]
    ) -> FeatureColumn {
        let limit = BalanceRequest.levelLimit
        guard names.count > limit else {
            return FeatureColumn(name, categories: codes, names: names)
        }
        var counts = [Int](repeating: 0, count: names.count)
        for code in codes where code >= 0 { counts[Int(code)] += 1 }
        let order = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        let kept = order.prefix(limit - 1)
        var map = [Int32](repeating: Int32(limit - 1), count: names.count)
        for (place, code) in kept.enumerated() { map[code] = Int32(place) }
        return FeatureColumn(
            name, categories: codes.map { $0 < 0 ? -1 : map[Int($0)] },
            names: kept.map { names[$0] } + ["others"])
    }
}
