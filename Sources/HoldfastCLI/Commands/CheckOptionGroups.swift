internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastReports
internal import HoldfastTables

/// Which tables are compared, and how they are read.
struct CheckTableOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What the model was fitted to.", valueName: "table"))
    var train: String
    @Option(help: ArgumentHelp("What it was evaluated on.", valueName: "table"))
    var eval: String?
    @Option(help: ArgumentHelp("What it scores in operation.", valueName: "table"))
    var serve: String?
    @Option(help: ArgumentHelp("The ledger of ledger:EXPERIMENT.", valueName: "file"))
    var ledger: String?
    @Option(
        help: ArgumentHelp(
            "Hold every table against this schema, as `holdfast schema infer` drafts one.",
            valueName: "file"))
    var schema: String?
    @Option(
        help: ArgumentHelp(
            "The program duckdb, which reads Parquet and is an engine, by name or path.",
            valueName: "path"))
    var duckdb = "duckdb"

    private static let ledgerPrefix = "ledger:"

    func validate() throws {
        let all = [train, eval, serve].compactMap { $0 }
        guard all.count > 1 else {
            throw ValidationError("give --eval, --serve or both: there is nothing to compare with")
        }
        guard all.filter({ $0 == "-" }).count <= 1 else {
            throw ValidationError("only one table can come from standard input")
        }
        let isFromLedger = all.contains { $0.hasPrefix(Self.ledgerPrefix) }
        guard isFromLedger == (ledger != nil) else {
            throw ValidationError(
                isFromLedger
                    ? "ledger:EXPERIMENT needs --ledger FILE"
                    : "--ledger goes with a table ledger:EXPERIMENT")
        }
    }

    /// The tables by their roles, train first.
    var named: [(role: TableRole, name: String)] {
        [(TableRole.train, train), (.eval, eval), (.serve, serve)].compactMap { role, name in
            name.map { (role, $0) }
        }
    }

    /// Refuses tables that no engine reads.
    func validateForEngine() throws {
        for (role, name) in named where name == "-" || name.hasPrefix(Self.ledgerPrefix) {
            throw ValidationError(
                "--\(role.rawValue) \(name): an engine reads files; leave --engine out, or write it to one"
            )
        }
        guard schema == nil else {
            throw ValidationError(
                "--schema does not go with --engine: check a sample of the rows against it")
        }
    }

    /// Whether a table is larger than 32 MB, or not known to be smaller.
    var areLarge: Bool {
        [train, eval, serve].compactMap { $0 }.contains { path in
            // Of what is no file nothing is known, and it counts as large.
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            guard attributes?[.type] as? FileAttributeType == .typeRegular,
                let size = attributes?[.size] as? NSNumber
            else { return true }
            return size.int64Value > 32_000_000
        }
    }

    /// A table as it was named.
    func input(_ name: String, _ options: CheckOptions) throws -> TableInput {
        if let ledger, name.hasPrefix(Self.ledgerPrefix) {
            return ServedTable.input(
                String(name.dropFirst(Self.ledgerPrefix.count)), ledger: ledger,
                with: options.namedColumns)
        }
        return TableInput(named: name)
    }
}

extension TableInput {
    /// A file by its path, or standard input for -.
    init(named name: String) {
        self = name == "-" ? .descriptor(STDIN_FILENO, name: "standard input") : .file(name)
    }
}

extension TableProgress {
    /// What is said of a table that is being read: "reading train: 51200 rows, 40 %".
    func words(_ role: TableRole) -> String {
        let part = totalBytes.map { total in
            total > 0 ? ", \(min(100, bytes * 100 / total)) %" : ""
        }
        return "reading \(role.rawValue): \(rows) rows\(part ?? "")"
    }
}

/// Which columns are categories, and which are left out.
struct ColumnKindOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A column that is a category though it looks like a number; repeatable.",
            valueName: "column"))
    var category: [String] = []
    @Option(help: ArgumentHelp("A column that is left out; repeatable.", valueName: "column"))
    var ignore: [String] = []

    func apply(to options: inout CheckOptions) {
        options.categories += category.filter { !options.categories.contains($0) }
        options.ignored += ignore.filter { !options.ignored.contains($0) }
        options.unneeded.removeAll { category.contains($0) || ignore.contains($0) }
    }
}

/// What columns are.
struct CheckColumnOptions: ParsableArguments {
    @OptionGroup var kinds: ColumnKindOptions
    @Option(
        help: ArgumentHelp(
            "What a row weighs: the inverse of its chance of being there.", valueName: "column"))
    var weight: String?
    @Option(
        help: ArgumentHelp(
            "What the model is to predict: a change is label shift, and serve need not have it.",
            valueName: "column"))
    var label: String?
    @Option(
        help: ArgumentHelp(
            "What it predicted: a change is prediction shift, and train need not have it.",
            valueName: "column"))
    var prediction: String?
    @Option(
        help: ArgumentHelp(
            "What names a row: rows of train or eval and serve of one key are compared cell by cell.",
            valueName: "column"))
    var key: String?
    @Option(
        help: ArgumentHelp(
            "What names a unit: train and eval should share none.", valueName: "column"))
    var unit: String?
    @Option(
        help: ArgumentHelp(
            "Also compare slices: by time as decided_at:1d, or by a column's values as region.",
            valueName: "rule"))
    var by: String?
    @Flag(
        inversion: .prefixedNo,
        help: "Compare columns together too: a classifier, correlations, rows in both.")
    var across = true

    func slices() throws -> SliceRule? {
        do { return try by.map { try SliceRule($0) } } catch let error as CheckError {
            throw ValidationError("--by \(by ?? ""): \(error)")
        }
    }

    func apply(to options: inout CheckOptions) throws {
        kinds.apply(to: &options)
        (options.weight, options.label, options.prediction) = (weight, label, prediction)
        (options.key, options.unit) = (key, unit)
        options.slices = try slices()
        options.isAcross = across
    }
}

/// What counts as agreement, and how exactly it is found out.
struct CheckMarginOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "The largest distance between distributions that counts as agreement, 0.1 by default; of one column as COLUMN=0.2; repeatable.",
            valueName: "margin"))
    var margin: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "The same for the difference between shares of missing cells, 0.05 by default.",
            valueName: "margin"))
    var missingMargin: [String] = []
    @Option(parsing: .unconditional, help: "The level of the confidence intervals.")
    var level = CheckOptions().level
    @Option(
        help: ArgumentHelp(
            "Take margins from the experiment's agreement in this catalog.", valueName: "path"))
    var catalog: String?
    @Option(
        help: ArgumentHelp(
            "The catalog's experiment; not needed where there is one.", valueName: "name"))
    var experiment: String?
    @Option(
        help: ArgumentHelp(
            "About the most memory for what is kept of the tables, as 512MB; beyond it figures become approximate, and say by how much.",
            valueName: "size"))
    var memory: String?

    /// Margins as they were written: for all columns, and for single ones.
    struct Written {
        var all: Double?
        var columns: [String: Double] = [:]

        init(_ texts: [String], _ option: String) throws {
            for text in texts {
                let cut = text.lastIndex(of: "=")
                let figure = cut.map { String(text[text.index(after: $0)...]) } ?? text
                guard let value = Double(figure), value > 0, value < 1 else {
                    throw ValidationError(
                        "\(option) \(text): a margin is between 0 and 1, as 0.1 or income=0.2")
                }
                if let cut {
                    columns[String(text[..<cut])] = value
                } else {
                    all = value
                }
            }
        }
    }

    func byColumn() throws -> (distribution: Written, missing: Written) {
        (try Written(margin, "--margin"), try Written(missingMargin, "--missing-margin"))
    }

    /// What the experiment declares, where a catalog was given.
    func agreement() throws -> Experiment.Agreement? {
        guard let catalog else {
            guard experiment == nil else {
                throw CommandError("--experiment was given without a catalog", "add --catalog")
            }
            return nil
        }
        return try CatalogFiles.read(catalog).only(experiment).agreement
    }

    /// The bytes of `--memory`; `nil` without.
    func byteLimit() throws -> Int? {
        guard let memory else { return nil }
        let units = ["": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000]
        let binary = ["ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30]
        let digits = memory.prefix { $0.isASCII && $0.isNumber }
        var unit = memory.dropFirst(digits.count).lowercased()
        if unit.hasSuffix("b") { unit.removeLast() }
        guard let count = Int(digits), count <= 1_000_000, let size = units[unit] ?? binary[unit]
        else { throw ValidationError("--memory \(memory): write a size as 512MB or 2GiB") }
        guard count * size >= CheckOptions.leastBytes else {
            throw ValidationError(
                "--memory \(memory) is too small: give at least \(CheckOptions.leastBytes >> 20)MiB"
            )
        }
        return count * size
    }

    func validateLevel() throws {
        try LevelArgument.check(level)
    }

    func apply(to options: inout CheckOptions) throws {
        let (distribution, missing) = try byColumn()
        options.margins.distribution = distribution.all ?? options.margins.distribution
        options.margins.missingShare = missing.all ?? options.margins.missingShare
        for name in Set(distribution.columns.keys).union(missing.columns.keys) {
            var own = options.columnMargins[name] ?? options.margins
            own.distribution = distribution.columns[name] ?? own.distribution
            own.missingShare = missing.columns[name] ?? own.missingShare
            options.columnMargins[name] = own
            options.unneeded.removeAll { $0 == name }
        }
        options.level = level
        options.byteLimit = try byteLimit()
    }
}
