internal import Foundation
internal import HoldfastChecks

extension EngineFiles {
    /// A file, a folder of files or a pattern, as a user names it.
    init(named name: String) throws {
        if name.contains("://") {
            // Somewhere that the engine can reach: hdfs://, s3a://.
            self.init(name, format: try Self.format(named: name), isPattern: true)
            return
        }
        let path = URL(fileURLWithPath: name).path
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder.boolValue else {
                self.init(path, format: try Self.format(named: name), isPattern: false)
                return
            }
            let files = FileManager.default.enumerator(atPath: path)
            while let file = files?.nextObject() as? String {
                guard let format = Self.format(of: file) else { continue }
                let kind = format == .parquet ? "parquet" : URL(fileURLWithPath: file).pathExtension
                self.init("\(path)/**/*.\(kind)", format: format, isPattern: true)
                return
            }
            throw CommandError(
                "\(name): the folder has no file of CSV, JSON Lines or Parquet",
                "name a folder of files that end in .csv, .jsonl or .parquet")
        }
        guard name.contains(where: "*?[".contains) else {
            throw CommandError("\(name): there is no such file", "check its path")
        }
        self.init(path, format: try Self.format(named: name), isPattern: true)
    }

    private static func format(named name: String) throws -> Format {
        guard let format = format(of: name) else {
            throw CommandError(
                "\(name): an engine reads CSV, JSON Lines and Parquet",
                "name a file that ends in .csv, .jsonl or .parquet, or leave --engine out")
        }
        return format
    }
}
