internal import Foundation
internal import HoldfastAssignment

/// A file that a person writes, read whole.
enum BoundedFile {
    /// The bytes of a file, and where it is longer than `limit`, one more than that: of a file that
    /// is too large no more is read than shows it.
    static func read(_ path: String, limit: Int) throws -> Data {
        let file: FileHandle
        do { file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
            throw CommandError("\(path) cannot be read", "is it there, and may it be read?")
        }
        defer { try? file.close() }  // It was read only: there is nothing to lose.
        return try file.read(upToCount: limit + 1) ?? Data()
    }

    /// The root of a YAML file of at most `limit` bytes. `what` it is the file of, `hint` and
    /// `start` are for errors: whether it is the right file, and how one begins.
    static func yaml(
        _ path: String, limit: Int, of what: String, hint: String, start: String
    ) throws -> CatalogNode {
        let data = try read(path, limit: limit)
        guard data.count <= limit else {
            throw CommandError(
                "\(path) has more than \(limit) bytes, the most that \(what) may have", hint)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandError("\(path) is not UTF-8", "convert it, say with iconv")
        }
        guard let root = try CatalogNode.read(text, file: path) else {
            throw CommandError("\(path) is empty", "write \(start) below it")
        }
        return root
    }
}
