public import HoldfastFormats

/// What every table of a model must be like: its columns, what they hold, and how much of it may be
/// missing.
///
///     var schema = try TableSchema.infer(.file("train.csv"))
///     schema.columns[0].maximum = 250_000
///     var options = CheckOptions()
///     options.schema = schema
///     try Agreement.check(train: .file("train.csv"), serve: .file("serve.csv"), options: options)
///
/// A comparison says whether tables differ from each other; a schema says what all of them must
/// keep, train too. It is a file of JSON that a person edits and reviews, described by
/// `Schemas/table-schema.schema.json`.
///
/// Its words are those of other tools: minimum, maximum, unique and required as in Frictionless
/// Table Schema; the tolerated share of unlisted categories is one less TensorFlow Data
/// Validation's `min_domain_mass`. Rules count cells, whatever the rows weigh.
public struct TableSchema: Sendable, Equatable {
    /// The rules, a column each, in the order of the file. No name is there twice.
    public var columns: [Column]
    /// Whether a table may have columns beside these.
    public var others: Others

    /// A schema.
    public init(_ columns: [Column] = [], others: Others = .refused) {
        self.columns = columns
        self.others = others
    }

    /// The version of the file's format.
    public static let version = 1
    /// The most columns.
    public static let columnLimit = 10_000
    /// The most categories of a column.
    public static let categoryLimit = 10_000
    /// The longest name of a column or a category, and the longest note, in bytes.
    public static let nameLimit = 1_024
    /// The largest file in bytes: 64 MiB.
    public static let byteLimit = 64 << 20

    /// Whether columns without a rule may be there.
    public enum Others: String, Sendable, Equatable, CaseIterable {
        /// They may.
        case allowed
        /// They may not.
        case refused
    }

    /// What the cells of a column are.
    public enum ColumnType: String, Sendable, Equatable, CaseIterable {
        /// Numbers.
        case number
        /// Whole numbers: 3, 3.0 and 3e2, not 3.5.
        case integer
        /// One of the listed categories.
        case category
        /// true or false, in any case of their letters.
        case boolean
        /// Anything: free text, an identifier, a time.
        case text

        /// Whether the cells are read as numbers.
        var isNumber: Bool { self == .number || self == .integer }
    }

    /// What is asked of one column.
    public struct Column: Sendable, Equatable {
        /// The column's name, compared by its bytes.
        public var name: String
        /// What its cells are.
        public var type: ColumnType
        /// The least number.
        public var minimum: Double?
        /// The greatest number.
        public var maximum: Double?
        /// The categories, where they are what the column has. A number is one by its value: 1 and
        /// 1.0 are the same.
        public var categories: [String] = []
        /// The share of values that may be of a category that is not listed.
        public var newShare = 0.0
        /// The share of cells that may be without a value; `nil` where any may. Among numbers NaN,
        /// the infinite and empty texts are none either.
        public var missingShare: Double?
        /// Whether no value may be there twice; cells without one are not counted.
        public var isUnique = false
        /// Whether a table must have the column.
        public var isRequired = true
        /// What its writer had to say to the reader.
        public var note: String?

        /// A column of which only the type is asked.
        public init(_ name: String, _ type: ColumnType) {
            self.name = name
            self.type = type
        }
    }

    /// The rules by the columns' names.
    var byName: [[UInt8]: Column] {
        Dictionary(columns.map { (Array($0.name.utf8), $0) }, uniquingKeysWith: { one, _ in one })
    }
}

// MARK: - The file

extension TableSchema {
    /// Reads the bytes of a file, called `name` in errors. Strict: an unknown member, a member that
    /// its type of column has no use for, and a value out of range are refused, each by its line.
    ///
    ///     schema.json:4: column "income": minimum is "0", not a number: write it without quotes
    public init(_ bytes: [UInt8], name: String) throws(CheckError) {
        self = try TableSchemaReader(bytes, name: name).read()
    }

    /// The file's content. Reading it gives this schema again.
    public var json: JSON {
        [
            "table_schema": .integer(Int64(Self.version)), "others": .string(others.rawValue),
            "columns": .object(JSONObject(columns.map { (key: $0.name, value: $0.json) })),
        ]
    }
}

extension TableSchema.Column {
    fileprivate var json: JSON {
        var object = JSONObject([(key: "type", value: .string(type.rawValue))])
        if let minimum { object.append("minimum", Self.number(minimum)) }
        if let maximum { object.append("maximum", Self.number(maximum)) }
        if type == .category {
            object.append("categories", .array(categories.map(JSON.string)))
            object.append("new_share", Self.number(newShare))
        }
        if let missingShare { object.append("missing_share", Self.number(missingShare)) }
        if isUnique { object.append("unique", true) }
        if !isRequired { object.append("required", false) }
        if let note { object.append("note", .string(note)) }
        return .object(object)
    }

    /// A whole number without a point, as a person writes it.
    private static func number(_ value: Double) -> JSON {
        abs(value) < 0x1p53 && value == value.rounded() ? .integer(Int64(value)) : .number(value)
    }
}

// MARK: - In a check

extension CheckOptions {
    /// These options, with what the schema declares no number among the categories.
    func declared() throws(CheckError) -> CheckOptions {
        guard let schema else { return self }
        var options = self
        let named = ColumnNames(categories)
        for column in schema.columns {
            let isNamed = named.contain(column.name)
            if column.type.isNumber && isNamed {
                throw CheckError(
                    "column \"\(column.name)\" is a category by the options and \(column.type) by "
                        + "\(schemaName)", hint: "change one of them")
            }
            let isWeight = weight.map { sameBytes($0, column.name) } ?? false
            if !column.type.isNumber && !isNamed && !isWeight {
                options.categories.append(column.name)
            }
        }
        return options
    }
}
