internal import Glibc
internal import HoldfastTables

/// A folder of an engine's own, for what it spills, keeps and is handed; gone with it.
///
/// For its owner alone, since rows and the salt go through it.
final class EngineScratch {
    private let folder: ScratchFolder
    /// Its absolute path.
    var path: String { folder.path }

    /// Makes a fresh folder in one that is there.
    init(in folder: String, for program: EngineProgram) throws(EngineError) {
        do throws(TableError) {
            self.folder = try ScratchFolder(in: folder)
        } catch {
            throw EngineError(
                kind: .refused, program: program.name, message: "\(folder): \(error.message)",
                hint: "Name a folder that you may write to")
        }
    }

    /// What no other folder's name ends in, while this one is there.
    var mark: String { String(path.suffix(6)) }

    /// The path of something in it.
    func file(_ name: String) -> String { folder.file(name) }

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

    /// Removes a file or a folder with all that is in it.
    func remove(_ name: String) { folder.remove(name) }

    /// The names of the files in a folder of it that hold rows, in their order: those that begin
    /// with a point or an underline say something about them.
    func parts(of name: String) -> [String] {
        folder.names(in: name)
            .filter { !$0.hasPrefix(".") && !$0.hasPrefix("_") }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
