internal import Foundation
internal import HoldfastFormats

/// The manifest that `holdfast export` writes beside the parts of a set.
enum SetManifest {
    /// The manifest of the set that a table is a part of, or `nil` where it is of none.
    static func besides(_ table: String) throws -> JSON? {
        let file = URL(fileURLWithPath: table)
        let path = file.deletingLastPathComponent().appending(path: "manifest.json").path
        guard table != "-", let data = FileManager.default.contents(atPath: path) else {
            return nil
        }
        let manifest = try JSON.parse(Array(data))
        let parts = manifest["parts"]?.array?.compactMap { $0["file"]?.string } ?? []
        guard manifest["format"]?.string == "holdfast-manifest/1",
            parts.contains(file.lastPathComponent)
        else { return nil }
        return manifest
    }
}
