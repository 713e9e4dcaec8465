internal import Foundation

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
}
