import Glibc

/// A file that appears whole or not at all.
///
///     var file = try AtomicFile(path: "out.csv")
///     try file.output.write("unit,arm\n".utf8)
///     try file.commit()               // only now is there an out.csv
///
/// It is written beside its destination, in the same folder so that renaming it is one step, and
/// renamed by ``commit()``. Given up before that, it removes itself and the destination is as
/// it was. A killed process can leave the temporary file, whose name begins with a dot.
///
/// A link stays: the file that it leads to is replaced. What is no file, such as a pipe or
/// `/dev/null`, is written into as it is.
package struct AtomicFile: ~Copyable {
    /// Where to write.
    package var output: FileWriter
    /// The destination.
    package let path: String
    /// Where the file will stand: at the end of a link.
    private let destination: String
    /// `nil` where the destination is no file that could be replaced.
    private let temporary: String?
    private var isCommitted = false

    /// Begins a file that will replace `path`.
    package init(path: String) throws(TableError) {
        let begun = try AtomicFile.begin(path)
        self.path = path
        destination = begun.destination
        temporary = begun.temporary
        output = FileWriter(descriptor: begun.descriptor, path: path, isOwned: true)
    }

    private static func begin(
        _ path: String
    ) throws(TableError) -> (descriptor: Int32, destination: String, temporary: String?) {
        var status = stat()
        let exists = stat(path, &status) == 0
        let kind = status.st_mode & S_IFMT
        if exists && kind != S_IFREG && kind != S_IFDIR {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw cannotWrite(path, errno) }
            return (descriptor, path, nil)
        }
        let destination = exists ? resolved(path) : path
        let slash = destination.lastIndex(of: "/")
        let folder = slash.map { String(destination[...$0]) } ?? ""
        let name =
            slash.map { String(destination[destination.index(after: $0)...]) } ?? destination
        // Another process may write the same destination, and a killed one may have left a file
        // behind: take the first free name.
        for attempt in 0..<100 {
            let candidate = "\(folder).\(name).\(getpid()).\(attempt).tmp"
            let descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (descriptor, destination, candidate) }
            guard errno == EEXIST else { throw cannotWrite(path, errno) }
        }
        throw TableError(
            path: path, message: "a hundred unfinished files of this name stand beside it",
            hint: "remove the files that end in .tmp")
    }

    deinit {
        // The file was given up on purpose, or a failure is already on its way to the caller.
        if !isCommitted, let temporary { _ = unlink(temporary) }
    }

    /// Writes what is left to the disk and renames the file to its destination.
    package mutating func commit() throws(TableError) {
        precondition(!isCommitted, "an atomic file is committed once")
        guard let temporary else {
            try output.close()
            isCommitted = true
            return
        }
        try output.close(sync: true)
        guard rename(temporary, destination) == 0 else { throw cannotWrite(path, errno) }
        isCommitted = true
        try syncFolder()
    }

    /// A rename is kept over a power failure only when the folder is on the disk too.
    private func syncFolder() throws(TableError) {
        let folder =
            destination.lastIndex(of: "/").map { String(destination[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw cannotWrite(path, errno) }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder and say EINVAL: then there is nothing to wait for.
        if fsync(descriptor) != 0 && errno != EINVAL { throw cannotWrite(path, errno) }
    }

    /// The path at the end of a link; one that cannot be followed stays as it is.
    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
