internal import HoldfastFormats
internal import HoldfastTables

/// Reads the file of a ``TableSchema``, and says of the first fault in which line it stands.
struct TableSchemaReader {
    private let bytes: [UInt8]
    private let name: String

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    func read() throws(CheckError) -> TableSchema {
        guard bytes.count <= TableSchema.byteLimit else {
            throw CheckError(
                "\(name): has \(bytes.count) bytes, a schema at most \(TableSchema.byteLimit)",
                hint: "is it a schema?")
        }
        let value: JSON
        do throws(JSONError) { value = try JSON.parse(bytes) } catch {
            throw CheckError(
                "\(name):\(error.line): is no JSON: \(error.message), column \(error.column)",
                hint: "mend the file, or write a new one by holdfast schema infer")
        }
        let root = try object(value, [])
        // What is no schema at all is told from one with a slip of the pen.
        guard let version = root["table_schema"] else {
            throw fault(
                [], "is no table schema: it has no member \"table_schema\"",
                "write one by holdfast schema infer")
        }
        guard version == .integer(Int64(TableSchema.version)) else {
            throw fault(
                [.key("table_schema")], "is \(shown(version)), not \(TableSchema.version)",
                "a newer Holdfast may read it")
        }
        try refuseOthers(root, ["table_schema", "others", "columns"], [])
        var schema = TableSchema()
        schema.others = try word(root["others"], [.key("others")])
        let columns = try object(root["columns"], [.key("columns")])
        guard columns.members.count <= TableSchema.columnLimit else {
            throw fault(
                [.key("columns")],
                "has \(columns.members.count) members, at most \(TableSchema.columnLimit)",
                "leave out columns that no rule is needed for, and allow others")
        }
        for (key, value) in columns.members { schema.columns.append(try column(key, value)) }
        return schema
    }

    // MARK: - A column

    private static let members = [
        "type", "minimum", "maximum", "categories", "new_share", "missing_share", "unique",
        "required", "note",
    ]

    private func column(_ key: String, _ value: JSON) throws(CheckError) -> TableSchema.Column {
        let path = [SchemaStep.key("columns"), .key(key)]
        guard key.utf8.count <= TableSchema.nameLimit else {
            throw fault(path, "is a name of \(key.utf8.count) bytes", Self.shorter)
        }
        let object = try object(value, path)
        try refuseOthers(object, Self.members, path)
        let type: TableSchema.ColumnType = try word(object["type"], path + [.key("type")])
        var column = TableSchema.Column(key, type)
        for (key, value) in object.members {
            let place = path + [.key(key)]
            switch key {
            case "minimum", "maximum":
                try require(type.isNumber, place, "is for number and integer, not for \(type)")
                guard let number = value.double else {
                    throw fault(place, "is \(shown(value)), not a number", Self.unquoted)
                }
                if key == "minimum" { column.minimum = number } else { column.maximum = number }
            case "categories":
                try require(type == .category, place, "are for category, not for \(type)")
                column.categories = try categories(value, place)
            case "new_share":
                try require(type == .category, place, "is for category, not for \(type)")
                column.newShare = try share(value, place)
            case "missing_share": column.missingShare = try share(value, place)
            case "unique":
                column.isUnique = try flag(value, place)
                try require(
                    !column.isUnique || type != .category && type != .boolean, place,
                    "is for number, integer and text, not for \(type)")
            case "required": column.isRequired = try flag(value, place)
            case "note": column.note = try text(value, place)
            default: break
            }
        }
        if type == .category && column.categories.isEmpty {
            throw fault(
                path, "is of type category and has no categories",
                "list them, or make the type text")
        }
        if let minimum = column.minimum, let maximum = column.maximum, minimum > maximum {
            throw fault(
                path + [.key("minimum")],
                "is above maximum: \(CellValue.text(of: minimum)) and "
                    + CellValue.text(of: maximum), "exchange them")
        }
        return column
    }

    private func categories(_ value: JSON, _ path: [SchemaStep]) throws(CheckError) -> [String] {
        guard let array = value.array else {
            throw fault(path, "is \(shown(value)), not an array", "write [\"JP\", \"KR\"]")
        }
        guard array.count <= TableSchema.categoryLimit else {
            throw fault(
                path, "has \(array.count) categories, at most \(TableSchema.categoryLimit)",
                "make the type text")
        }
        var seen: Set<[UInt8]> = []
        var names: [String] = []
        for (index, value) in array.enumerated() {
            let place = path + [.index(index)]
            let name = try text(value, place)
            guard seen.insert(Array(name.utf8)).inserted else {
                throw fault(place, "\"\(CategoryList.cut(name))\" is there twice", "take one out")
            }
            names.append(name)
        }
        return names
    }
}

// MARK: - Values

extension TableSchemaReader {
    private static let shorter = "at most \(TableSchema.nameLimit) bytes are taken"
    private static let unquoted = "write it without quotes, as 0.5 or 250000"

    private func object(_ value: JSON?, _ path: [SchemaStep]) throws(CheckError) -> JSONObject {
        guard case .object(let object)? = value else {
            throw fault(path, "is \(shown(value)), not an object", "write {…}")
        }
        return object
    }

    private func refuseOthers(
        _ object: JSONObject, _ known: [String], _ path: [SchemaStep]
    ) throws(CheckError) {
        for (key, _) in object.members where !known.contains(where: { sameBytes($0, key) }) {
            throw fault(
                path + [.key(key)], "is no member that is known",
                "known are \(known.joined(separator: ", "))")
        }
    }

    /// One of an enumeration's words.
    private func word<Word: RawRepresentable<String> & CaseIterable>(
        _ value: JSON?, _ path: [SchemaStep]
    ) throws(CheckError) -> Word {
        guard let word = value?.string.flatMap(Word.init(rawValue:)) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault(path, "is \(shown(value))", "write one of \(words)")
        }
        return word
    }

    private func share(_ value: JSON, _ path: [SchemaStep]) throws(CheckError) -> Double {
        guard let share = value.double, share >= 0 && share <= 1 else {
            throw fault(path, "is \(shown(value)), not a share", "write 0 to 1, 0.05 for 5%")
        }
        return share
    }

    private func flag(_ value: JSON, _ path: [SchemaStep]) throws(CheckError) -> Bool {
        guard case .bool(let flag) = value else {
            throw fault(path, "is \(shown(value))", "write true or false")
        }
        return flag
    }

    private func text(_ value: JSON, _ path: [SchemaStep]) throws(CheckError) -> String {
        guard let text = value.string else {
            throw fault(path, "is \(shown(value)), not a text", "write it in quotes")
        }
        guard text.utf8.count <= TableSchema.nameLimit else {
            throw fault(path, "has \(text.utf8.count) bytes", Self.shorter)
        }
        return text
    }

    private func require(
        _ condition: Bool, _ path: [SchemaStep], _ message: String
    ) throws(CheckError) {
        guard condition else { throw fault(path, message, "take it out, or change the type") }
    }

    /// A value as a message shows it: itself where it is short, else its kind.
    private func shown(_ value: JSON?) -> String {
        guard let value else { return "not there" }
        let text = value.text()
        return text.utf8.count <= 40 && value.array == nil ? text : value.kind
    }

    private func fault(_ path: [SchemaStep], _ message: String, _ hint: String) -> CheckError {
        let line = SchemaStep.line(of: path, in: bytes).map { ":\($0)" } ?? ""
        let place = SchemaStep.text(path)
        return CheckError(
            "\(name)\(line): \(place.isEmpty ? "" : place + " ")\(message)", hint: hint)
    }
}
