internal import Glibc

/// A fresh folder for its owner alone, gone with all that is in it when this is let go.
///
///     let folder = try ScratchFolder(in: "/tmp")
///     folder.file("rows.csv")   // /tmp/holdfast-Xq3f0a/rows.csv
package final class ScratchFolder {
    /// Its absolute path.
    package let path: String

    /// Makes it in a folder that is there.
    package init(in folder: String) throws(TableError) {
        func refusal() -> TableError {
            TableError(
                path: folder, message: "no folder can be made there: \(systemMessage(errno))",
                hint: "name another that you may write to")
        }
        guard let real = realpath(folder, nil) else { throw refusal() }
        defer { free(real) }
        let blanks = String(repeating: "X", count: 6)
        var pattern = Array("\(String(cString: real))/holdfast-\(blanks)".utf8CString)
        guard mkdtemp(&pattern) != nil else { throw refusal() }
        path = pattern.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit { ScratchFolder.remove(path) }

    /// The path of something in it.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Removes a file or a folder with all that is in it, and follows no link out of it.
    package func remove(_ name: String) { ScratchFolder.remove(file(name)) }

    /// The names in a folder of it; none where there is no such folder.
    package func names(in name: String) -> [String] { ScratchFolder.names(in: file(name)) }

    private static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    // What cannot be removed is left to whoever cleans the folder that ours is in.
    private static func remove(_ path: String) {
        var about = stat()
        guard lstat(path, &about) == 0 else { return }
        guard about.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
