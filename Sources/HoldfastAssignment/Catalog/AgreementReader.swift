internal import HoldfastFormats

/// The margins of agreement of an experiment.
extension CatalogReader {
    mutating func readAgreement(_ node: CatalogNode) -> Experiment.Agreement {
        var agreement = Experiment.Agreement.undeclared
        let known = ["margin", "missing", "columns", "categories", "ignore"]
        guard let members = members(of: node, "an agreement", known: known) else {
            return agreement
        }
        agreement.margin = members["margin"].flatMap { readMargin($0, "margin") }
        agreement.missing = members["missing"].flatMap {
            readMargin($0, "margin for missing cells")
        }
        agreement.columns = members["columns"].map { readColumnMargins($0) } ?? []
        agreement.categories = members["categories"].map { readColumns($0, "categories") } ?? []
        agreement.ignored = members["ignore"].map { readColumns($0, "ignore") } ?? []
        if let ignore = members["ignore"] {
            let named = Set(agreement.columns.map(\.name) + agreement.categories)
            for column in agreement.ignored where named.contains(column) {
                report(
                    ignore.place,
                    "the column \"\(column)\" is ignored, and named in columns or categories too",
                    "keep one of the two: what is left out needs no margin")
            }
        }
        return agreement
    }

    private mutating func readMargin(_ node: CatalogNode, _ what: String) -> Double? {
        // Not in percent: a distance between distributions is no share of units.
        if let margin = node.number?.double, margin > 0, margin < 1 { return margin }
        report(
            node.place, "the \(what) is \(node.kind)",
            "write a number above 0 and below 1: 0.1 lets a tenth of the rows differ")
        return nil
    }

    private mutating func readColumnMargins(
        _ node: CatalogNode
    ) -> [Experiment.Agreement.Column] {
        let hint = "write columns: {income: {margin: 0.2}, region: {missing: 0.1}}"
        guard case .mapping(let entries) = node.content else {
            report(node.place, "columns is \(node.kind)", hint)
            return []
        }
        guard entries.count <= Experiment.Agreement.columnLimit else {
            report(
                node.place, "columns has \(entries.count) elements",
                "at most \(Experiment.Agreement.columnLimit) are possible")
            return []
        }
        var seen: Set<String> = []
        var columns: [Experiment.Agreement.Column] = []
        for (key, value) in entries.map({ ($0.key, $0.value) }) {
            let name = readColumn(key, &seen)
            guard
                let members = members(
                    of: value, "a column's margins", known: ["margin", "missing"])
            else { continue }
            if case .mapping(let entries) = value.content, entries.isEmpty {
                report(value.place, "a column's margins are empty", hint)
            }
            let margin = members["margin"].flatMap { readMargin($0, "margin") }
            let missing = members["missing"].flatMap { readMargin($0, "margin for missing cells") }
            if let name { columns.append(.init(name: name, margin: margin, missing: missing)) }
        }
        return columns
    }

    private mutating func readColumns(_ node: CatalogNode, _ what: String) -> [String] {
        let limit = Experiment.Agreement.columnLimit
        var seen: Set<String> = []
        return (elements(of: node, what, limit: limit) ?? []).compactMap { readColumn($0, &seen) }
    }

    /// A column's name: of any table, and so whatever a header may hold.
    ///
    /// Two spellings of one character are one name here: a check looks its margins up so.
    private mutating func readColumn(_ node: CatalogNode, _ seen: inout Set<String>) -> String? {
        let limit = Experiment.Agreement.Column.byteLimit
        guard let name = node.text, !node.isNull, (1...limit).contains(name.utf8.count) else {
            let kind = node.text.map { "of \($0.utf8.count) bytes" } ?? node.kind
            report(
                node.place, "a column's name is \(node.isNull ? "empty" : kind)",
                "write a text of 1 to \(limit) bytes")
            return nil
        }
        guard seen.insert(name).inserted else {
            report(
                node.place, "the column \"\(name.prefix(64))\" is there twice",
                "keep one of the two")
            return nil
        }
        return name
    }
}
