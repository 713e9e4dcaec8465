internal import HoldfastStatistics
internal import HoldfastTables

/// Whether tables keep a schema, from what one pass over each has left.
package enum SchemaCheck {
    /// Holds every table against every rule.
    ///
    /// The summaries must come from a reading whose options had this schema: its columns of numbers
    /// were then read as such, misfits located, and values that must be unique told apart. Breaches
    /// are in the order of the tables, in each of them of the schema's columns, then of columns
    /// that it does not know.
    ///
    /// A column that the options leave out is held against its rules, and is not unexpected without
    /// any. The label may be missing where the comparison lets it be, and so may the prediction.
    package static func result(
        _ schema: TableSchema, _ tables: [TableSummary], _ options: CheckOptions = CheckOptions()
    ) -> SchemaResult {
        SchemaResult(
            name: options.schemaName, columns: schema.columns.count,
            breaches: tables.flatMap { breaches(schema, $0, options) })
    }

    private static func breaches(
        _ schema: TableSchema, _ table: TableSummary, _ options: CheckOptions
    ) -> [SchemaBreach] {
        var found: [[UInt8]: ColumnSummary] = [:]
        for column in table.columns + table.held { found[Array(column.name.utf8)] = column }
        let columns = found
        var breaches = concurrently(schema.columns) { rule -> [SchemaBreach] in
            if let column = columns[Array(rule.name.utf8)] {
                return ColumnRules(rule, column, of: table.role).breaches
            }
            guard rule.isRequired && !options.mayLack(rule.name) else { return [] }
            return [
                SchemaBreach(
                    role: table.role, column: rule.name, rule: .presence,
                    message: "the column must be there, and the table has none of this name",
                    count: nil, examples: [])
            ]
        }.flatMap { $0 }
        guard schema.others == .refused else { return breaches }
        let known = schema.byName
        for column in table.columns
        where known[Array(column.name.utf8)] == nil && !options.mayLack(column.name) {
            breaches.append(
                SchemaBreach(
                    role: table.role, column: column.name, rule: .unexpected,
                    message: "the schema has no such column, and refuses others",
                    count: nil, examples: []))
        }
        return breaches
    }
}

/// One column of one table, and what is asked of it.
struct ColumnRules {
    /// The most examples of a breach.
    static let exampleLimit = 3
    let rule: TableSchema.Column
    let column: ColumnSummary
    let role: TableRole

    init(_ rule: TableSchema.Column, _ column: ColumnSummary, of role: TableRole) {
        self.rule = rule
        self.column = column
        self.role = role
    }

    /// What is broken, in the order of the rules.
    var breaches: [SchemaBreach] {
        let own: [SchemaBreach?]
        switch rule.type {
        case .number: own = [misfits, range]
        case .integer: own = [misfits, fractions, range]
        case .category: own = [categories]
        case .boolean: own = [neither]
        case .text: own = []
        }
        return (own + [missing, repeats]).compactMap { $0 }
    }

    private func breach(
        _ rule: SchemaBreach.Rule, _ message: String, count: Int?, _ examples: [String] = []
    ) -> SchemaBreach {
        SchemaBreach(
            role: role, column: column.name, rule: rule, message: message, count: count,
            examples: examples)
    }

    // MARK: - Numbers

    /// Texts among numbers.
    private var misfits: SchemaBreach? {
        let count = column.cells[.text]
        guard count > 0 else { return nil }
        let examples = column.watch?.misfits.map { misfit in
            misfit.row.map { "row \($0): \(misfit.text)" } ?? misfit.text
        }
        return breach(
            .type,
            "every cell must be a number, and \(count) of \(column.rows) \(Self.be(count)) none",
            count: count, examples ?? [])
    }

    /// Numbers that are not whole.
    private var fractions: SchemaBreach? {
        guard let sample = column.numberSample else { return nil }
        return breach(
            .type, "every number must be whole", "", sample,
            sample.where { $0 != $0.rounded() })
    }

    /// Numbers out of range.
    private var range: SchemaBreach? {
        guard let sample = column.numberSample, let least = sample.minimum,
            let greatest = sample.maximum
        else { return nil }
        let (low, high) = (rule.minimum ?? -.infinity, rule.maximum ?? .infinity)
        guard least < low || greatest > high else { return nil }
        let asked: String
        switch (rule.minimum, rule.maximum) {
        case (let low?, let high?): asked = "be from \(Self.text(low)) to \(Self.text(high))"
        case (let low?, nil): asked = "be at least \(Self.text(low))"
        case (nil, let high?): asked = "be at most \(Self.text(high))"
        case (nil, nil): return nil
        }
        var outside = sample.where { $0 < low || $0 > high }
        outside.examples = [least < low ? least : nil, greatest > high ? greatest : nil]
            .compactMap { $0 }
        return breach(
            .range, "every number must \(asked)",
            ": they reach from \(Self.text(least)) to \(Self.text(greatest))", sample, outside)
    }

    /// A breach by numbers: their count, or where rows have weights their share.
    private func breach(
        _ rule: SchemaBreach.Rule, _ asked: String, _ behind: String, _ sample: OrderedSample,
        _ found: OrderedSample.Part
    ) -> SchemaBreach? {
        guard !found.examples.isEmpty else { return nil }
        let examples = found.examples.map(Self.text)
        if sample.isWeighted {
            let share = Self.percent(found.mass / max(sample.total, .leastNormalMagnitude))
            return breach(
                rule, "\(asked), and \(share) of the weight is not\(behind)", count: nil, examples)
        }
        // Of a sketch the extremes are exact and the number in between is not.
        let count = max(1, Int(found.mass))
        let about = sample.rankError > 0 ? "about " : ""
        return breach(
            rule,
            "\(asked), and \(about)\(count) of \(sample.count) \(Self.be(count)) not\(behind)",
            count: count, examples)
    }

    // MARK: - Categories

    /// Values of categories that are not listed.
    private var categories: SchemaBreach? {
        let summary = column.categorySummary
        let known = ListedCategories(rule.categories)
        let (count, examples) = strange(summary) { known.contain($0) }
        // What memory had no room for may be listed or not: the most that it can be is held
        // against the table, as a table of so many categories is not what the schema lists.
        let lost = summary.unattributedCount
        let share = Double(count + lost) / Double(max(1, summary.count))
        guard share > rule.newShare else { return nil }
        let listed = rule.categories.count == 1 ? "the one" : "one of \(rule.categories.count)"
        let asked =
            rule.newShare > 0
            ? "at most \(Self.percent(rule.newShare)) of values may be of a category that is not "
                + "listed" : "every value must be \(listed) listed"
        let rest =
            lost > 0
            ? ", and up to \(lost) more: there were too many categories to keep" : ""
        let verb = rule.newShare > 0 ? Self.be(count) : "\(Self.be(count)) not"
        return breach(
            .categories,
            "\(asked), and \(count) of \(summary.count) (\(Self.percent(share))) \(verb)\(rest)",
            count: count, examples)
    }

    /// Values that are neither true nor false.
    private var neither: SchemaBreach? {
        let summary = column.categorySummary
        var (count, examples) = strange(summary, Self.isBoolean)
        count += summary.unattributedCount
        guard count > 0 else { return nil }
        return breach(
            .type,
            "every value must be true or false, and \(count) of \(summary.count) "
                + "\(Self.be(count)) neither", count: count, examples)
    }

    /// The values of the categories that are not known, and the most frequent of these.
    private func strange(
        _ summary: CategorySummary, _ isKnown: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> (count: Int, examples: [String]) {
        var found: [(name: [UInt8], count: Int)] = []
        var count = 0
        summary.eachCategory { name, times in
            if isKnown(name) { return }
            count += times
            found.append((Array(name), times))
        }
        found.sort {
            $0.count != $1.count ? $0.count > $1.count : $0.name.lexicographicallyPrecedes($1.name)
        }
        let examples = found.prefix(Self.exampleLimit).map { item in
            let text = CategoryList.cut(String(decoding: item.name, as: UTF8.self))
            return item.count == 1 ? "\(text), once" : "\(text), \(item.count) times"
        }
        return (count, examples)
    }

    /// true or false, in any case of their letters.
    static func isBoolean(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count == 4 || name.count == 5 else { return false }
        let word = name.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        return word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8)
    }

    // MARK: - Any type

    /// Too many cells without a value.
    private var missing: SchemaBreach? {
        guard let most = rule.missingShare, column.rows > 0 else { return nil }
        let count = column.valueless
        let share = Double(count) / Double(column.rows)
        guard share > most else { return nil }
        let asked = most > 0 ? "at most \(Self.percent(most)) of cells" : "no cell"
        return breach(
            .missingShare,
            "\(asked) may be without a value, and \(count) of \(column.rows) "
                + "(\(Self.percent(share))) \(Self.be(count))", count: count)
    }

    /// Values that are there more than once.
    private var repeats: SchemaBreach? {
        guard rule.isUnique else { return nil }
        guard let watch = column.watch, let count = watch.repeats else {
            preconditionFailure("a column that must be unique is read with its schema")
        }
        guard count > 0 else { return nil }
        let among =
            watch.sampled > 1
            ? ", of the one in \(watch.sampled) values that memory had room for" : ""
        return breach(
            .unique,
            "no value may be there twice, and \(count) \(count == 1 ? "cell repeats" : "cells repeat")"
                + " an earlier one\(among)", count: count, repeated)
    }

    /// The most frequent values, where all are known.
    private var repeated: [String] {
        if let sample = column.numberSample, sample.rankError == 0 {
            let values = sample.values
            guard let masses = sample.masses else {
                let found = values.indices.dropFirst().lazy
                    .filter { values[$0] == values[$0 - 1] }
                return found.prefix(1).map { Self.text(values[$0]) }
            }
            return masses.indices.max { masses[$0] < masses[$1] }.map { [Self.text(values[$0])] }
                ?? []
        }
        let most = column.categorySummary.ranked.prefix { $0.count > 1 }.prefix(Self.exampleLimit)
        return most.map { item in
            "\(CategoryList.cut(String(decoding: item.category, as: UTF8.self))), "
                + "\(item.count) times"
        }
    }

    // MARK: - Words

    private static func be(_ count: Int) -> String { count == 1 ? "is" : "are" }

    static func text(_ number: Double) -> String { CellValue.text(of: number) }

    /// "1.75%", "5%", and "<0.01%".
    static func percent(_ share: Double) -> String {
        let rounded = (share * 10_000).rounded() / 100
        return share > 0 && rounded == 0 ? "<0.01%" : text(rounded) + "%"
    }
}

extension ColumnSummary {
    /// The cells without a value. Texts among numbers are some, of another kind.
    var valueless: Int { absentKinds.reduce(0) { $0 + ($1 == .text ? 0 : cells[$1]) } }
}

extension OrderedSample {
    /// Some of the numbers: their mass, and the first of them.
    struct Part {
        var mass = 0.0
        var examples: [Double] = []
    }

    /// Those that meet a condition.
    fileprivate func `where`(_ condition: (Double) -> Bool) -> Part {
        var part = Part()
        for (place, value) in values.enumerated() where condition(value) {
            part.mass += masses?[place] ?? 1
            if part.examples.count < ColumnRules.exampleLimit && part.examples.last != value {
                part.examples.append(value)
            }
        }
        return part
    }
}
