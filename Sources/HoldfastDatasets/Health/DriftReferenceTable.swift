package import HoldfastAssignment
package import HoldfastTables

extension DriftReference {
    /// The rows of a table that make a reference: those behind them are not looked at.
    package static let tableRows = 200_000

    /// A reference from a table: `train.csv` of an export, say.
    ///
    ///     try DriftReference.read(.file("train.csv"), of: experiment)?.rows   // 3_250
    ///
    /// The experiment's features are found by the columns' names. `nil` where the table has no row,
    /// or none of the features. Throws a `TableError` where the table cannot be read.
    package static func read(
        _ source: TableSource, of experiment: Experiment
    ) throws -> DriftReference? {
        let features = Array(experiment.features.prefix(HealthRules.featureLimit))
        var options = TableReadOptions()
        options.ignored = { column in
            !features.contains { $0.name.text == column }
        }
        options.texts = { column in
            features.contains { $0.name.text == column && $0.type == .category }
        }
        // One lane: the first rows count, and those must be the same ones every time.
        let read = try TableReader.read(
            source, options: options, lanes: 1, makeLane: { _ in Lane(features) },
            each: { lane, batch in lane.add(batch) })
        return read.lanes.first?.reference(source: source.name, columns: read.columns)
    }

    private struct Lane: Sendable {
        let features: [Experiment.Feature]
        var builder: DriftReferenceBuilder

        init(_ features: [Experiment.Feature]) {
            self.features = features
            builder = DriftReferenceBuilder(features.map { ($0.name.text, $0.type) })
        }

        mutating func add(_ batch: borrowing CellBatch) {
            let rows = min(batch.rows, DriftReference.tableRows - builder.rows)
            guard rows > 0 else { return }
            for (place, feature) in features.enumerated() {
                guard let column = batch.columns.firstIndex(of: feature.name.text) else {
                    continue
                }
                batch.withColumn(column) { column in
                    for row in 0..<rows { add(column, row, place, feature.type) }
                }
            }
            for _ in 0..<rows { builder.endRow() }
        }

        private mutating func add(
            _ column: CellColumn, _ row: Int, _ place: Int, _ type: FeatureType
        ) {
            let kind = column.kinds[row]
            // Its units are not known: each row is one. The batch's rows are ended together.
            let unit = UInt64(builder.rows + row)
            switch type {
            case .number, .integer:
                builder.add(place, number: kind == .number ? column.numbers[row] : nil)
            case .boolean: builder.add(place, text: truth(column, row, kind), unit: unit)
            case .category:
                let isMissing = kind == .missing || kind == .notANumber
                let text = isMissing ? nil : String(decoding: column.bytes(row), as: UTF8.self)
                builder.add(place, text: text, unit: unit)
            }
        }

        /// A boolean as the ledger keeps it: `1` or `0`.
        private func truth(_ column: CellColumn, _ row: Int, _ kind: CellKind) -> String? {
            if kind == .number { return column.numbers[row] == 0 ? "0" : "1" }
            guard kind == .text else { return nil }
            switch String(decoding: column.bytes(row), as: UTF8.self).lowercased() {
            case "true": return "1"
            case "false": return "0"
            default: return nil
            }
        }

        func reference(source: String, columns: [String]) -> DriftReference? {
            guard features.contains(where: { columns.contains($0.name.text) }) else { return nil }
            var reference = builder.reference(source: source)
            // What the table does not have cannot be compared.
            reference?.features.removeAll { !columns.contains($0.name) }
            return reference
        }
    }
}
