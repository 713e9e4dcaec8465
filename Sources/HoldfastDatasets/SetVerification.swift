public import HoldfastAssignment
internal import HoldfastFormats
package import HoldfastLedger
internal import HoldfastTables

/// A retraining set made again from its manifest, and held against the one that is there.
///
///     let verification = try SetVerification.run("clean", catalog: catalog, ledger: "holdfast.db")
///     verification.isSame   // true: the same rows, byte by byte
public struct SetVerification: Sendable {
    /// Each part: its digest by the manifest, that of the file that is there, and that of the file
    /// as it was made again.
    public var parts: [Part]
    /// Fields of the manifest that came out otherwise: counts, gates, columns.
    public var changes: [String]

    /// One part of the set.
    public struct Part: Sendable, Equatable {
        /// The file.
        public var file: String
        /// Its SHA-256 by the manifest.
        public var stated: String
        /// That of the file in the folder; `nil` where there is none.
        public var found: String?
        /// That of the file made again; `nil` where a gate kept it from being made.
        public var made: String?

        /// Whether all three are one.
        public var isSame: Bool { found == stated && made == stated }
    }

    /// Whether everything came out as it is.
    public var isSame: Bool { parts.allSatisfy(\.isSame) && changes.isEmpty }

    /// Fields that may differ: what wrote the bytes, and how SQL is written, are no rows.
    private static let free: Set<String> = ["engine", "writer", "sql"]

    /// Reads a set's manifest, and makes the set again beside it, to be taken away at once.
    ///
    /// `features` is the user's own table, where the set was made with one. Throws `ExportError`
    /// where the manifest is none, or was made with another catalog or another table.
    public static func run(
        _ folder: String, catalog: Catalog, ledger: String, features: String? = nil,
        duckdb: String? = nil, progress: (String) -> Void = { _ in }
    ) throws -> SetVerification {
        try Export.reading(ledger, catalog) {
            try run(
                folder, catalog: catalog, from: $0, features: features, duckdb: duckdb,
                progress: progress)
        }
    }

    /// The experiment of which a set is, by its manifest.
    package static func experiment(of folder: String) throws -> String {
        try read("\(folder)/manifest.json")["experiment"]?.string ?? ""
    }

    /// Makes the set again from the facts of a ledger or of a lake.
    package static func run(
        _ folder: String, catalog: Catalog, from facts: any FactStore, features: String? = nil,
        duckdb: String? = nil, progress: (String) -> Void = { _ in }
    ) throws -> SetVerification {
        let stated = try read("\(folder)/manifest.json")
        let request = try request(
            stated, folder, catalog: catalog, features: features, duckdb: duckdb)
        let again = try Export.make(
            request, from: facts, to: StagedFolder.beside(folder), isKept: false, report: nil,
            progress: progress)
        var verification = SetVerification(parts: [], changes: [])
        for part in stated["parts"]?.array ?? [] {
            let file = part["file"]?.string ?? ""
            let made = again.parts.first { $0.file == file }?.sha256 ?? ""
            verification.parts.append(
                Part(
                    file: file, stated: part["sha256"]?.string ?? "",
                    found: try digest("\(folder)/\(file)"), made: made.isEmpty ? nil : made))
        }
        // Read back as the other was: a number may be written in more than one way.
        let found = try JSON.parse(Array(again.json.text().utf8))
        for name in names(stated).union(names(found)).subtracting(free).sorted()
        where stated[name]?.text() != found[name]?.text() {
            verification.changes.append(name)
        }
        return verification
    }

    private static func read(_ path: String) throws -> JSON {
        var bytes: [UInt8] = []
        try readBytes(path) { bytes.append(contentsOf: $0) }
        let hint = "name the folder that `holdfast export` made"
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes)
        } catch {
            throw ExportError("\(path) cannot be read as a manifest: \(error)", hint)
        }
        guard json["format"]?.string == "holdfast-manifest/1" else {
            throw ExportError("\(path) is no manifest that this program reads", hint)
        }
        return json
    }

    private static func names(_ json: JSON) -> Set<String> {
        guard case .object(let object) = json else { return [] }
        return Set(object.members.map(\.key))
    }

    /// SHA-256 of a file, or `nil` where there is none.
    private static func digest(_ path: String) throws -> String? {
        var hash = SHA256()
        do throws(TableError) {
            try readBytes(path) { hash.update($0) }
        } catch {
            // A part that is not there is what is to be told.
            return nil
        }
        return hash.finish().hexadecimal
    }

    private static func request(
        _ manifest: JSON, _ folder: String, catalog: Catalog, features: String?, duckdb: String?
    ) throws -> ExportRequest {
        func text(_ name: String) throws -> String {
            guard let text = manifest[name]?.string else {
                throw ExportError("the manifest's \(name) is no text", "was it edited?")
            }
            return text
        }
        func count(_ name: String) throws -> Int {
            guard let number = manifest[name]?.double, let count = Int(exactly: number) else {
                throw ExportError("the manifest's \(name) is no count", "was it edited?")
            }
            return count
        }
        guard try text("revision") == catalog.revision else {
            throw ExportError(
                "the set was made with revision \(try text("revision")), and the catalog is \(catalog.revision)",
                "give the catalog with which it was made")
        }
        let format = (manifest["parts"]?.array?.first?["file"]?.string ?? "").split(separator: ".")
        guard let mode = ExportRequest.Mode(rawValue: try text("mode")),
            let observations = ExportRequest.Observations(rawValue: try text("observations")),
            let format = format.last.flatMap({ ExportRequest.FileFormat(rawValue: String($0)) })
        else {
            throw ExportError("the manifest names a mode that is not known", "was it edited?")
        }
        var request = ExportRequest(
            catalog: catalog, experiment: try text("experiment"),
            asOf: try Timestamp(rfc3339: try text("as_of")),
            revisions: manifest["revisions"]?.array?.compactMap(\.string),
            observations: observations, mode: mode,
            splitFrom: try manifest["split_from"]?.string.map { try Timestamp(rfc3339: $0) },
            isCensoringWeighted: manifest["censoring_weights"] == .bool(true), fileFormat: format,
            minimumRows: try count("minimum_rows"),
            minimumPositives: try count("minimum_positives"), duckdb: duckdb)
        for gate in manifest["gates"]?.array ?? [] {
            guard let name = gate["name"]?.string.flatMap({ Gate.Name(rawValue: $0) }),
                let waiver = gate["waiver"]?.string
            else { continue }
            request.waivers[name] = waiver
        }
        request.features = try source(manifest["feature_table"], features)
        return request
    }

    private static func source(
        _ table: JSON?, _ path: String?
    ) throws -> ExportRequest.FeatureSource? {
        guard let table, let file = table["file"]?.string else { return nil }
        guard let path else {
            throw ExportError(
                "the set was made with a table of features, \(file)",
                "give it by --features")
        }
        var hash = SHA256()
        try readBytes(path) { hash.update($0) }
        guard hash.finish().hexadecimal == table["sha256"]?.string else {
            throw ExportError(
                "\(path) is not the table of features with which the set was made",
                "its SHA-256 was \(table["sha256"]?.string ?? "")")
        }
        return ExportRequest.FeatureSource(
            path: path, timeToLive: table["time_to_live"]?.string.flatMap { Span($0) })
    }
}
