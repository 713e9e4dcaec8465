package import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastStatistics

/// What served features are measured by: of each the bins of a reference and their shares, never a
/// row.
package struct DriftReference: Sendable, Equatable {
    /// A feature's bins. The first bin of each is of what is missing.
    struct Feature: Sendable, Equatable {
        var name: String
        /// The edges between the bins of numbers; `nil` for texts.
        var edges: [Double]?
        /// The texts with a bin of their own; all others share the last.
        var values: [String]
        /// The share of the reference's rows in each bin.
        var shares: [Double]

        /// The bin of a number, and of a text.
        func bin(of number: Double) -> Int {
            guard let edges, number.isFinite else { return 0 }
            // Bin k holds what is above edge k − 1 and at most edge k, as ``QuantileBins`` has it.
            var (low, high) = (0, edges.count)
            while low < high {
                let middle = (low + high) / 2
                if edges[middle] < number { low = middle + 1 } else { high = middle }
            }
            return low + 1
        }

        func bin(of text: UnsafeBufferPointer<UInt8>) -> Int {
            let place = values.firstIndex { $0.utf8.elementsEqual(text) }
            return (place ?? values.count) + 1
        }

        /// The range of each bin's share that is no change.
        func tolerances(rows: Int) -> [Interval] {
            shares.map {
                ToleranceBets.tolerance(
                    share: $0, of: Double(rows), margin: HealthRules.margin)
                    ?? Interval(lower: 0, upper: 1)
            }
        }
    }

    /// What it is made of: `the first decisions`, or the name of a table.
    var source: String
    /// Its rows.
    package var rows: Int
    var features: [Feature]

    // MARK: - As it is kept

    var json: JSON {
        [
            "source": .string(source), "rows": .integer(Int64(rows)),
            "features": .array(
                features.map {
                    [
                        "name": .string($0.name),
                        "edges": $0.edges.map { .array($0.map(JSON.number)) } ?? .null,
                        "values": .array($0.values.map(JSON.string)),
                        "shares": .array($0.shares.map(JSON.number)),
                    ]
                }),
        ]
    }

    init(source: String, rows: Int, features: [Feature]) {
        self.source = source
        self.rows = rows
        self.features = features
    }

    init?(_ json: JSON?) {
        guard let source = json?["source"]?.string, let rows = json?["rows"]?.count, rows > 0,
            let kept = json?["features"]?.array
        else { return nil }
        self.init(source: source, rows: rows, features: [])
        for feature in kept {
            guard let name = feature["name"]?.string,
                let values = feature["values"]?.array?.compactMap(\.string),
                let shares = feature["shares"]?.array?.compactMap(\.double)
            else { return nil }
            let edges = feature["edges"]?.array?.compactMap(\.double)
            let bins = 2 + (edges?.count ?? values.count)
            guard shares.count == bins, shares.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
                return nil
            }
            features.append(Feature(name: name, edges: edges, values: values, shares: shares))
        }
    }
}

/// The rows of a reference on their way to its bins.
///
///     var builder = DriftReferenceBuilder([("income", .number)])
///     for row in rows { builder.add(0, number: row.income); builder.endRow() }
///     let reference = builder.reference(source: "train.csv")
package struct DriftReferenceBuilder {
    private struct Column {
        var name: String
        var isText: Bool
        var numbers: [Double] = []
        var counts: [String: Count] = [:]
        var missing = 0
    }

    /// The rows with a text, and the first of their units.
    private struct Count {
        var rows = 0
        var units: [UInt64] = []

        mutating func add(_ unit: UInt64) {
            rows += 1
            if units.count < HealthRules.leastOfCategory, !units.contains(unit) {
                units.append(unit)
            }
        }
    }

    private var columns: [Column]
    /// The rows that were ended.
    package private(set) var rows = 0

    /// The different texts of a feature beyond which others share one count.
    private static let textLimit = 10_000

    /// A builder for features by name and type, of which the first ones count.
    package init(_ features: [(name: String, type: FeatureType)]) {
        columns = features.prefix(HealthRules.featureLimit).map {
            Column(name: $0.name, isText: $0.type == .category || $0.type == .boolean)
        }
    }

    /// Adds a row's value of the feature at a place; what is not finite is missing.
    package mutating func add(_ place: Int, number: Double?) {
        guard columns.indices.contains(place) else { return }
        guard let number, number.isFinite else { return columns[place].missing += 1 }
        columns[place].numbers.append(number)
    }

    /// Adds a row's text of the feature at a place; of a boolean `1` or `0`. Without a hash of its
    /// unit a row is a unit of its own.
    package mutating func add(_ place: Int, text: String?, unit: UInt64? = nil) {
        guard columns.indices.contains(place) else { return }
        guard let text else { return columns[place].missing += 1 }
        let isRoom = columns[place].counts.count < DriftReferenceBuilder.textLimit
        if isRoom || columns[place].counts[text] != nil {
            columns[place].counts[text, default: Count()].add(unit ?? UInt64(rows))
        }
    }

    /// Whether the feature at a place is one of texts.
    package func isText(_ place: Int) -> Bool { columns[place].isText }

    /// Ends a row.
    package mutating func endRow() { rows += 1 }

    /// The reference; `nil` without a row or a feature.
    package func reference(source: String) -> DriftReference? {
        guard rows > 0, !columns.isEmpty else { return nil }
        let whole = Double(rows)
        let features = columns.map { column -> DriftReference.Feature in
            let missing = Double(column.missing) / whole
            if column.isText {
                let common = column.counts
                    .filter { $0.value.units.count >= HealthRules.leastOfCategory }
                    .sorted { ($1.value.rows, $0.key) < ($0.value.rows, $1.key) }
                    .prefix(HealthRules.categoryBins)
                let shares = common.map { Double($0.value.rows) / whole }
                let other = max(0, 1 - missing - shares.reduce(0, +))
                return DriftReference.Feature(
                    name: column.name, edges: nil, values: common.map(\.key),
                    shares: [missing] + shares + [other])
            }
            let sample = OrderedSample(column.numbers)
            let bins = QuantileBins(reference: sample, count: HealthRules.numberBins)
            let edges = bins?.edges ?? []
            let shares = bins.map { $0.masses(of: sample).map { $0 / whole } } ?? [0]
            return DriftReference.Feature(
                name: column.name, edges: edges, values: [], shares: [missing] + shares)
        }
        return DriftReference(source: source, rows: rows, features: features)
    }
}
