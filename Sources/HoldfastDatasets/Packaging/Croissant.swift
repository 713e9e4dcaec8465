package import HoldfastFormats

/// A retraining set as MLCommons Croissant 1.0 describes it, so that loaders of data sets read it.
///
///     Croissant.json(manifest)["conformsTo"]   // http://mlcommons.org/croissant/1.0
///
/// JSON-LD: each part is a file object with its digest, and a record set of the part's name with a
/// field for every column. One more record set, of type `cr:Split`, names the parts, and a field in
/// each part refers to it. Loaded by `mlcroissant`: `Dataset("croissant.json").records("train")`.
///
/// Akhtar et al., "Croissant: A Metadata Format for ML-Ready Datasets", 2024.
package enum Croissant {
    /// The file's name in the folder.
    package static let fileName = "croissant.json"

    /// The document.
    package static func json(_ manifest: Manifest, card: DatasetCard = DatasetCard()) -> JSON {
        let card = card.filled(for: manifest)
        let ids = Identifiers(manifest)
        return [
            "@context": context,
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": .string(card.name),
            "description": .string(card.description),
            "license": .string(card.licence),
            "url": .string(card.url),
            "creator": ["@type": "sc:Organization", "name": .string(card.creator)],
            "datePublished": .string(card.datePublished.description),
            "version": .string(card.version),
            "citeAs": .string(card.citeAs),
            "distribution": .array(
                zip(manifest.parts, ids.files).map { file($0, id: $1) }),
            "recordSet": .array(
                [splits(manifest, ids)]
                    + manifest.parts.indices.map { records(manifest, part: $0, ids) }),
        ]
    }

    // MARK: - Files

    private static func file(_ part: Manifest.Part, id: String) -> JSON {
        [
            "@type": "cr:FileObject",
            "@id": .string(id),
            "name": .string(part.file),
            "description": .string("The part \(part.name)."),
            "contentUrl": .string(part.file),
            "contentSize": .string("\(part.bytes) B"),
            "encodingFormat": .string(encoding(part.format)),
            "sha256": .string(part.sha256),
        ]
    }

    /// The formats' names as mlcroissant knows them.
    private static func encoding(_ format: ExportRequest.FileFormat) -> String {
        switch format {
        case .csv: "text/csv"
        case .jsonl: "application/jsonlines"
        case .parquet: "application/x-parquet"
        }
    }

    // MARK: - Records

    private static func records(
        _ manifest: Manifest, part index: Int, _ ids: Identifiers
    ) -> JSON {
        let (part, set) = (manifest.parts[index], ids.parts[index])
        let source: JSON = ["@id": .string(ids.files[index])]
        var fields = manifest.packagedColumns.map { column in
            field(
                set, column.name, column.description, type(column),
                ["fileObject": source, "extract": ["column": .string(column.name)]])
        }
        // A loader may apply the expression twice: to the file's name, then to what it gave.
        let expression = "^(\(escaped(part.name)))(?:\\.\(part.format.rawValue))?$"
        fields.append(
            field(
                set, ids.splitField, "The part, by its file.", "sc:Text",
                [
                    "fileObject": source, "extract": ["fileProperty": "filename"],
                    "transform": ["regex": .string(expression)],
                ], references: "\(ids.splits)/name"))
        var members: [(String, JSON)] = [
            ("@type", "cr:RecordSet"), ("@id", .string(set)), ("name", .string(part.name)),
            ("description", .string("The \(part.rows) rows of the part \(part.name).")),
        ]
        if let key = manifest.columns.first(where: { $0.role == "decision" }) {
            members.append(("key", ["@id": .string(Identifiers.field(key.name, of: set))]))
        }
        members.append(("field", .array(fields)))
        return .object(JSONObject(members.map { (key: $0.0, value: $0.1) }))
    }

    private static func field(
        _ set: String, _ name: String, _ description: String, _ type: JSON, _ source: JSON? = nil,
        references: String? = nil
    ) -> JSON {
        var field = JSONObject([
            ("@type", "cr:Field"), ("@id", .string(Identifiers.field(name, of: set))),
            ("name", .string(name)),
            ("description", .string(description)), ("dataType", type),
        ])
        if let source { field.append("source", source) }
        if let references {
            field.append("references", ["field": ["@id": .string(references)]])
        }
        return .object(field)
    }

    private static func type(_ column: PackagedColumn) -> JSON {
        let type: JSON =
            switch column.kind {
            case .text: "sc:Text"
            case .number: "sc:Float"
            case .integer: "sc:Integer"
            case .boolean: "sc:Boolean"
            case .time: "sc:DateTime"
            }
        return column.role == "label" ? [type, "cr:Label"] : type
    }

    /// A name as an expression that matches just that.
    private static func escaped(_ name: String) -> String {
        name.map { $0 == "." || $0 == "-" ? "\\\($0)" : String($0) }.joined()
    }

    // MARK: - Splits

    private static func splits(_ manifest: Manifest, _ ids: Identifiers) -> JSON {
        let set = ids.splits
        return [
            "@type": "cr:RecordSet",
            "@id": .string(set),
            "name": "split",
            "description": "The parts of the set, what each is for, and its file.",
            "dataType": "cr:Split",
            "key": ["@id": .string("\(set)/name")],
            "field": [
                field(set, "name", "The part's name.", "sc:Text"),
                field(set, "url", "What the part is for, as Croissant has it.", "sc:URL"),
                field(set, "file", "The part's file.", "sc:Text"),
            ],
            "data": .array(
                manifest.parts.map { part in
                    .object(
                        JSONObject([
                            ("\(set)/name", .string(part.name)),
                            ("\(set)/url", .string(purpose(part.name))),
                            ("\(set)/file", .string(part.file)),
                        ]))
                }),
        ]
    }

    /// What a part is for, where its name says so.
    private static func purpose(_ name: String) -> String {
        switch name.lowercased() {
        case "train", "training": "cr:TrainingSplit"
        case "validation", "valid", "val", "dev": "cr:ValidationSplit"
        case "test", "testing", "eval", "evaluation": "cr:TestSplit"
        default: "cr:Split"
        }
    }
}
