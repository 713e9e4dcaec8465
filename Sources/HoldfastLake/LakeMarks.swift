internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger

/// Those who were forgotten in a lake: `forgotten/FINGERPRINT/MARK.json`, a file for each.
///
/// The mark is the ledger's own: a keyed hash whose key, the catalog's salt, no lake holds. Later
/// shipments from any node leave out the units that have one.
struct LakeMarks {
    static let folder = "forgotten"

    private let catalog: Catalog?
    private let marks: Set<String>

    /// Reads the marks that were made under the salt of a catalog.
    ///
    /// Throws where there are marks and no catalog by which to know them: nobody who was forgotten
    /// may come back because an option was left out.
    init(of lake: Lake, salt catalog: Catalog?) throws(LakeError) {
        self.catalog = catalog
        guard let catalog else {
            marks = []
            for fingerprint in try lake.folder.names(LakeMarks.folder) {
                guard try lake.folder.names("\(LakeMarks.folder)/\(fingerprint)").isEmpty else {
                    throw LakeError(
                        lake.path, "units were forgotten in it, and are known by the salt only",
                        "give --catalog, so that they stay forgotten; nothing was shipped")
                }
            }
            return
        }
        let folder = "\(LakeMarks.folder)/\(catalog.saltFingerprint)"
        marks = Set(
            try lake.folder.names(folder).filter { $0.hasSuffix(".json") }
                .map { String($0.dropLast(5)) })
    }

    func contains(_ id: String) -> Bool {
        guard !marks.isEmpty, let catalog, let unit = UnitID(id) else { return false }
        return marks.contains(forgottenMark(of: unit, salt: catalog))
    }

    /// Leaves the mark of a unit; false where it was there.
    static func add(
        _ unit: UnitID, to lake: Lake, salt catalog: Catalog, at time: Timestamp, by scratch: String
    ) throws(LakeError) -> Bool {
        let mark = forgottenMark(of: unit, salt: catalog)
        let path = "\(folder)/\(catalog.saltFingerprint)/\(mark).json"
        guard !lake.folder.has(path) else { return false }
        try lake.folder.put(
            [
                "mark": .string(mark), "salt_fingerprint": .string(catalog.saltFingerprint),
                "forgotten_at": .string(time.description),
            ], at: path, by: scratch)
        return true
    }
}
