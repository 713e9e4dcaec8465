internal import Glibc
internal import HoldfastTables

/// A folder of an engine's own, for what it spills, keeps and is handed; gone with it.
///
/// For its owner alone, since rows and the salt go through it.
final class EngineScratch {
    /// Its absolute path.
    let path: String

    /// Makes a fresh folder in one that is there.
    init(in folder: String, for program: EngineProgram) throws(EngineError) {
        func refusal() -> EngineError {
            EngineError(
                kind: .refused, program: program.name,
                message: "no folder can be made in \(folder): \(String(cString: strerror(errno)))",
                hint: "Name a folder that you may write to")
        }
        guard let real = realpath(folder, nil) else { throw refusal() }
        defer { free(real) }
        let blanks = String(repeating: "X", count: 6)
        var pattern = Array("\(String(cString: real))/holdfast-\(blanks)".utf8CString)
        guard mkdtemp(&pattern) != nil else { throw refusal() }
        path = pattern.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit { EngineScratch.remove(path) }

    /// What no other folder's name ends in, while this one is there.
    var mark: String { String(path.suffix(6)) }

    /// The path of something in it.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a text that only its owner may read.
    func write(_ name: String, _ text: String) throws(TableError) {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw TableError(
                path: file(name), message: "cannot be made: \(String(cString: strerror(errno)))",
                hint: "is the disk full?")
        }
        var writer = FileWriter(descriptor: descriptor, path: file(name))
        defer { close(descriptor) }
        try writer.write(text.utf8)
        try writer.close()
    }

    /// Removes a file or a folder with all that is in it, and follows no link out of it.
    func remove(_ name: String) { EngineScratch.remove(file(name)) }

    /// The names of the files in a folder of it that hold rows, in their order: those that begin
    /// with a point or an underline say something about them.
    func parts(of name: String) -> [String] {
        EngineScratch.names(in: file(name))
            .filter { !$0.hasPrefix(".") && !$0.hasPrefix("_") }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

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
