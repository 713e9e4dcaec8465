internal import HoldfastFormats
internal import HoldfastTables

/// The files that describe a retraining set to other programs.
enum Packaging {
    /// Writes them into the folder of the set, on disk: to be called when the parts are written and
    /// their digests are in the manifest, before the folder is renamed.
    static func write(
        _ manifest: Manifest, card: DatasetCard, to folder: String
    ) throws(TableError) {
        try write(Croissant.json(manifest, card: card), to: "\(folder)/\(Croissant.fileName)")
        if let package = DataPackage.json(manifest, card: card) {
            try write(package, to: "\(folder)/\(DataPackage.fileName)")
        }
    }

    private static func write(_ json: JSON, to path: String) throws(TableError) {
        var file = try FileWriter(path: path)
        try file.write((json.text(pretty: true) + "\n").utf8)
        try file.close(sync: true)
    }
}
