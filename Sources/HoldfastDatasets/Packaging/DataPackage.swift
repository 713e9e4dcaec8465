package import HoldfastFormats

/// A retraining set in CSV as a Frictionless Data Package, version 2, describes it.
///
///     DataPackage.json(manifest)?["resources"]?.array?.count   // 2: train and eval
///
/// Version 2 and not 1: the default format of a time takes decimals of a second only there, and any
/// other format is a pattern, of which readers differ.
///
/// A reader of Table Schema cannot tell the empty text `""` of the file from a missing value.
package enum DataPackage {
    /// The file's name in the folder.
    package static let fileName = "datapackage.json"

    /// The document, or `nil` where a part is no CSV.
    package static func json(_ manifest: Manifest, card: DatasetCard = DatasetCard()) -> JSON? {
        guard manifest.parts.allSatisfy({ $0.format == .csv }) else { return nil }
        let filled = card.filled(for: manifest)
        var package = JSONObject([
            ("$schema", "https://datapackage.org/profiles/2.0/datapackage.json"),
            ("name", .string(names([manifest.experiment])[0])),
            ("title", .string(filled.name)),
            ("description", .string(filled.description)),
            ("version", .string(filled.version)),
            ("created", .string(filled.datePublished.description)),
            ("licenses", [licence(card.licence)]),
            ("contributors", [["title": .string(filled.creator), "roles": ["creator"]]]),
        ])
        package.append(filled.isOwnURL ? "homepage" : "id", .string(filled.url))
        package.append("citation", .string(filled.citeAs))
        let names = names(manifest.parts.map(\.name))
        package.append(
            "resources",
            .array(zip(manifest.parts, names).map { resource($0, name: $1, of: manifest) }))
        return .object(package)
    }

    // MARK: - Resources

    private static func resource(
        _ part: Manifest.Part, name: String, of manifest: Manifest
    ) -> JSON {
        [
            "name": .string(name),
            "type": "table",
            "title": .string(part.name),
            "path": .string(part.file),
            "scheme": "file",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": .integer(Int64(part.bytes)),
            "hash": .string("sha256:\(part.sha256)"),
            "dialect": [
                "delimiter": ",", "lineTerminator": "\n", "quoteChar": "\"", "doubleQuote": true,
                "skipInitialSpace": false, "header": true,
            ],
            "schema": schema(manifest.packagedColumns),
        ]
    }

    private static func schema(_ columns: [PackagedColumn]) -> JSON {
        var schema = JSONObject([
            ("fields", .array(columns.map(field))), ("missingValues", [""]),
        ])
        if let key = columns.first(where: { $0.role == "decision" }) {
            schema.append("primaryKey", [.string(key.name)])
        }
        return .object(schema)
    }

    private static func field(_ column: PackagedColumn) -> JSON {
        var field = JSONObject([
            ("name", .string(column.name)), ("type", .string(type(column.kind))),
            ("description", .string(column.description)),
        ])
        switch column.kind {
        case .boolean:
            field.append("trueValues", ["true"])
            field.append("falseValues", ["false"])
        case .text, .number, .integer, .time: break
        }
        var constraints = JSONObject()
        if column.isRequired { constraints.append("required", true) }
        switch column.role {
        case "decision": constraints.append("unique", true)
        case "propensity":
            constraints.append("minimum", 0)
            constraints.append("maximum", 1)
        case "weight": constraints.append("minimum", 0)
        // Of the other roles' values nothing is known.
        default: break
        }
        if !constraints.members.isEmpty { field.append("constraints", .object(constraints)) }
        return .object(field)
    }

    private static func type(_ kind: ExportColumn.Kind) -> String {
        switch kind {
        case .text: "string"
        case .number: "number"
        case .integer: "integer"
        case .boolean: "boolean"
        case .time: "datetime"
        }
    }

    // MARK: - Names

    /// A licence by its URL, by its identifier, or by what its owner says of it.
    private static func licence(_ licence: String?) -> JSON {
        guard let licence else {
            // The Open Definition's word for it.
            return [
                "name": "notspecified", "title": .string(DatasetCard.unstatedLicence),
            ]
        }
        if licence.wholeMatch(of: /https?:\/\/[!-~]+/) != nil { return ["path": .string(licence)] }
        if licence.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil { return ["name": .string(licence)] }
        // A statement of one's own opens nothing that is not said to be open.
        return ["name": "other-closed", "title": .string(licence)]
    }

    /// Names in the small letters that readers of version 1 insist on, each one once.
    private static func names(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            let wished = name.lowercased()
            var free = wished
            var number = 2
            while !taken.insert(free).inserted {
                free = "\(wished)-\(number)"
                number += 1
            }
            return free
        }
    }
}
