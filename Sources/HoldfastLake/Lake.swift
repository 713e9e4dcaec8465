internal import Glibc
internal import HoldfastFormats

/// A lake: a folder to which nodes ship what their ledgers hold, and that engines read.
///
///     holdfast-lake.json                                    what it is, format, identity
///     decisions/experiment=E/day=2026-01-31/node=N/000000000001-000000000512.jsonl.gz
///     exposures/experiment=E/day=…/node=N/…                 by the UTC day of what happened
///     outcomes/name=OUTCOME/day=…/node=N/…
///     batches/day=…/node=N/…                                numbered batches, by day of receipt
///     revisions/N/REVISION.json   features/N/E.json   nodes/N.json   forgotten/…   _tmp/…
///
/// A file holds the rows of one range of the node's own keys, by which it is named: a repeat writes
/// the same name. Readers drop rows that come twice: of one node by key, of several by id.
package struct Lake: Sendable {
    /// The format of the layout that this program writes, and the last that it knows.
    package static let format: Int64 = 1
    static let document = "holdfast-lake.json"
    static let scratch = "_tmp"
    static let lock = "_tmp/lock"

    let folder: LakeFolder
    /// The random id that the lake was given when it was made.
    package let identity: String

    /// The lake's folder as its user named it.
    package var path: String { folder.path }

    /// Opens a lake. With `making`, a random id, an empty folder or one that is not there becomes
    /// one.
    package init(path: String, making identity: String? = nil) throws(LakeError) {
        folder = LakeFolder(path: path)
        if let document = try folder.readJSON(Lake.document) {
            self.identity = try Lake.identity(in: document, path)
            return
        }
        guard let identity else {
            throw LakeError(
                path, "there is no lake: \(Lake.document) is not there",
                "name a lake's folder; `holdfast ship` makes one")
        }
        try Lake.begin(folder)
        try folder.put(
            ["holdfastLake": .integer(Lake.format), "lake": .string(identity)], at: Lake.document,
            by: "\(Lake.scratch)/new-\(identity)", isNew: true)
        try folder.removeScratch("\(Lake.scratch)/new-\(identity)")
        // Another node may have been first.
        guard let document = try folder.readJSON(Lake.document) else {
            throw LakeError(path, "\(Lake.document) is gone again", "run again")
        }
        self.identity = try Lake.identity(in: document, path)
    }

    private static func identity(in document: JSON, _ path: String) throws(LakeError) -> String {
        guard case .integer(let format)? = document["holdfastLake"], format >= 1 else {
            throw LakeError(
                path, "\(Lake.document) does not say what it is", "name the folder of a lake")
        }
        guard format <= Lake.format else {
            throw LakeError(
                path, "its format is \(format), and this program knows \(Lake.format)",
                "use the program that made it, or a newer one; nothing was changed")
        }
        guard let identity = document["lake"]?.string, !identity.isEmpty else {
            throw LakeError(path, "\(Lake.document) has no identity", "restore the file")
        }
        return identity
    }

    /// Looks whether a folder can become a lake.
    private static func begin(_ folder: LakeFolder) throws(LakeError) {
        var status = stat()
        if stat(folder.path, &status) != 0 {
            guard errno == ENOENT, mkdir(folder.path, 0o777) == 0 || errno == EEXIST else {
                throw LakeError(folder.path, system: errno, "making the folder")
            }
        }
        let names = try folder.names("").filter { $0 != scratch && !$0.hasPrefix(".") }
        // A lake that another node makes at this moment has its document first.
        guard names.isEmpty || names.contains(document) else {
            throw LakeError(
                folder.path, "the folder is no lake, and holds \(names[0])",
                "name a lake's folder, or one that is empty or not there")
        }
        // Two names that differ by case only would be one folder, and their files each other's.
        try folder.make(scratch)
        if folder.has(scratch.uppercased()) {
            throw LakeError(
                folder.path, "its file system does not tell capital letters from small ones",
                "put the lake on one that does")
        }
    }

    /// Where a program that works on the whole lake writes: for itself alone, and emptied before.
    func workFolder() throws(LakeError) -> String {
        let path = "\(Lake.scratch)/work"
        try folder.removeScratch(path)
        try folder.make(path)
        return path
    }
}
