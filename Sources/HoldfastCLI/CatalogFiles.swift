internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats

/// A catalog from a file, or from all `.yaml`, `.yml` and `.json` files of a folder.
enum CatalogFiles {
    static func read(_ path: String) throws -> Catalog { try catalog(try contents(of: path)) }

    /// One file as it was read. Equal by bytes.
    struct Content: Equatable {
        var name: String
        var text: String

        static func == (one: Content, other: Content) -> Bool {
            sameBytes(one.name, other.name) && sameBytes(one.text, other.text)
        }
    }

    /// The catalog that these files declare.
    static func catalog(_ contents: [Content]) throws -> Catalog {
        try Catalog(files: contents.map { ($0.name, $0.text) }) { source in
            switch source {
            case .environment(let name): ProcessInfo.processInfo.environment[name]
            case .file(let path, let catalogFile):
                // A file that cannot be read is no salt; the catalog's reader says where and what.
                try? String(contentsOf: url(path, besides: catalogFile), encoding: .utf8)
            }
        }
    }

    private static func url(_ path: String, besides catalogFile: String) -> URL {
        path.hasPrefix("/")
            ? URL(fileURLWithPath: path)
            : URL(fileURLWithPath: catalogFile).deletingLastPathComponent().appending(path: path)
    }

    /// The files at a path, as they are now. Links are followed.
    static func contents(of path: String) throws -> [Content] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandError(
                "there is no catalog at \(path)", "`holdfast init` writes one to start from")
        }
        guard isFolder.boolValue else { return [Content(name: path, text: try text(of: path))] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted().filter {
            !$0.hasPrefix(".") && [".yaml", ".yml", ".json"].contains(where: $0.hasSuffix)
        }
        guard !names.isEmpty else {
            throw CommandError(
                "the folder \(path) has no .yaml, .yml or .json file",
                "put the catalog's files there, or name another folder")
        }
        return try names.map { name in
            let file = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            return Content(name: file, text: try text(of: file))
        }
    }

    private static func text(of path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError("\(path) cannot be read", "check that it is a file you may read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandError("\(path) is not valid UTF-8", "save it as UTF-8")
        }
        return text
    }
}

/// Why a command could not do its work.
struct CommandError: Error, CustomStringConvertible {
    var message: String
    var hint: String

    init(_ message: String, _ hint: String) {
        self.message = message
        self.hint = hint
    }

    var description: String { "\(message); \(hint)" }
}
