internal import Glibc
internal import HoldfastTables

/// A folder that appears whole or not at all: written beside its destination, then renamed.
///
/// Given up before ``commit()``, it removes itself. A killed process can leave it behind; its name
/// begins with a dot.
struct StagedFolder: ~Copyable {
    /// The folder to write into.
    let path: String
    private let destination: String
    private var isCommitted = false

    /// The destination's name without slashes at its end, where nothing may be yet: to be asked
    /// before long work begins, and again when the folder does.
    @discardableResult
    static func free(_ destination: String) throws(TableError) -> String {
        var trimmed = destination
        while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        var status = stat()
        guard lstat(trimmed, &status) != 0 else {
            throw TableError(
                path: trimmed, message: "is there already",
                hint: "name a folder that is not there yet, or remove this one")
        }
        return trimmed
    }

    /// A name beside a folder that nothing has yet: for what is made and taken away at once.
    static func beside(_ folder: String) -> String {
        var trimmed = folder
        while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        var status = stat()
        var attempt = 0
        while lstat("\(trimmed).again\(attempt)", &status) == 0 { attempt += 1 }
        return "\(trimmed).again\(attempt)"
    }

    /// Begins a folder that will be at `destination`, where nothing may be yet.
    init(destination: String) throws(TableError) {
        let trimmed = try StagedFolder.free(destination)
        let slash = trimmed.lastIndex(of: "/")
        let folder = slash.map { String(trimmed[...$0]) } ?? ""
        let name = slash.map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
        // A killed process can have left a folder behind, and in a container the next one may have
        // its number: take the first free name.
        for attempt in 0..<100 {
            let temporary = "\(folder).\(name).\(getpid()).\(attempt).tmp"
            if mkdir(temporary, 0o777) == 0 {
                self.destination = trimmed
                path = temporary
                return
            }
            guard errno == EEXIST else { throw StagedFolder.failure(trimmed) }
        }
        throw TableError(
            path: trimmed, message: "a hundred unfinished folders of this name stand beside it",
            hint: "remove the folders that end in .tmp")
    }

    deinit {
        // Given up on purpose, or a failure is on its way to the caller: nothing to say here.
        if !isCommitted { StagedFolder.remove(path) }
    }

    /// Renames the folder to its destination and waits until the disk has that.
    mutating func commit() throws(TableError) {
        try StagedFolder.sync(path)
        guard rename(path, destination) == 0 else { throw StagedFolder.failure(destination) }
        isCommitted = true
        try StagedFolder.sync(
            destination.lastIndex(of: "/").map { String(destination[...$0]) } ?? ".")
    }

    private static func sync(_ path: String) throws(TableError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder and say EINVAL: then there is nothing to wait for.
        if fsync(descriptor) != 0 && errno != EINVAL { throw failure(path) }
    }

    private static func failure(_ path: String) -> TableError {
        TableError(
            path: path, message: "cannot be written: \(String(cString: strerror(errno)))",
            hint: "check the folder and that you may write there")
    }

    private static func remove(_ path: String) {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }
}
