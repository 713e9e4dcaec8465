internal import HoldfastFormats

extension Croissant {
    /// The names that Croissant 1.0 gives to JSON-LD. A reader warns where one is left out.
    static let context: JSON = [
        "@language": "en",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "data": ["@id": "cr:data", "@type": "@json"],
        "dataType": ["@id": "cr:dataType", "@type": "@vocab"],
        "dct": "http://purl.org/dc/terms/",
        "equivalentProperty": "cr:equivalentProperty",
        "examples": ["@id": "cr:examples", "@type": "@json"],
        "extract": "cr:extract",
        "field": "cr:field",
        "fileProperty": "cr:fileProperty",
        "fileObject": "cr:fileObject",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "parentField": "cr:parentField",
        "path": "cr:path",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "samplingRate": "cr:samplingRate",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform",
    ]

    /// Names for the nodes of a document, each used once whatever the catalog calls its parts and
    /// features: a part may be called `split`, and another `train.csv`.
    struct Identifiers {
        /// The record sets, by part: the parts' own names.
        var parts: [String]
        /// The file objects, by part: the files' names, where these are free.
        var files: [String]
        /// The record set that names the parts.
        var splits: String
        /// The field that refers to it, beside those of the columns.
        var splitField: String

        init(_ manifest: Manifest) {
            parts = manifest.parts.map { Identifiers.plain($0.name) }
            var taken = Set(parts)
            func claim(_ wished: String) -> String {
                var name = wished
                while !taken.insert(name).inserted { name += "_" }
                return name
            }
            files = manifest.parts.map { claim($0.file) }
            splits = claim("split")
            var field = "split"
            let columns = Set(manifest.columns.map(\.name))
            while columns.contains(field) { field += "_" }
            splitField = field
        }

        /// A field's name, which is a path.
        static func field(_ name: String, of set: String) -> String { "\(set)/\(plain(name))" }

        /// A name as the last step of a path, where one or two dots would lead elsewhere.
        private static func plain(_ name: String) -> String {
            name == "." || name == ".." ? name.map { _ in "%2E" }.joined() : name
        }
    }
}
