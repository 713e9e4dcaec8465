internal import Glibc
internal import HoldfastFormats

/// A lake's folder: its files appear whole or not at all, and stay over a power failure.
///
/// Paths are relative to the lake. What is being written stands in `_tmp`, on the same file system,
/// and is renamed into its place.
struct LakeFolder: Sendable {
    /// As its user named it.
    let path: String
    /// The same from the root: engines run elsewhere.
    private let root: String

    init(path: String) {
        self.path = path
        guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else {
            root = path
            return
        }
        root = String(cString: here) + "/" + path
        free(here)
    }

    func absolute(_ relative: String) -> String {
        relative.isEmpty ? root : "\(root)/\(relative)"
    }

    /// Whether something is there.
    func has(_ relative: String) -> Bool { access(absolute(relative), F_OK) == 0 }

    /// The names in a folder, sorted; none where there is no folder.
    func names(_ relative: String) throws(LakeError) -> [String] {
        guard let folder = opendir(absolute(relative)) else {
            if errno == ENOENT { return [] }
            throw LakeError(path, system: errno, "listing \(relative)")
        }
        defer { closedir(folder) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw LakeError(path, system: errno, "listing \(relative)") }
        return names.sorted()
    }

    /// A file's size; `nil` where there is none.
    func size(_ relative: String) throws(LakeError) -> Int64? {
        var status = stat()
        guard lstat(absolute(relative), &status) == 0 else {
            if errno == ENOENT { return nil }
            throw LakeError(path, system: errno, "looking at \(relative)")
        }
        return Int64(status.st_size)
    }

    /// Makes a folder and those above it, each on the disk before what is in it.
    func make(_ relative: String) throws(LakeError) {
        if relative.isEmpty || has(relative) { return }
        let parent = LakeFolder.parent(of: relative)
        try make(parent)
        guard mkdir(absolute(relative), 0o777) == 0 || errno == EEXIST else {
            throw LakeError(path, system: errno, "making \(relative)")
        }
        try sync(parent)
    }

    /// Waits until the names in a folder are on the disk.
    func sync(_ relative: String) throws(LakeError) {
        let descriptor = open(absolute(relative), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LakeError(path, system: errno, "opening \(relative)") }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder and say EINVAL: then there is nothing to wait for.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw LakeError(path, system: errno, "writing \(relative) to the disk")
        }
    }

    /// Waits until a file's bytes are on the disk.
    func syncFile(_ relative: String) throws(LakeError) {
        let descriptor = open(absolute(relative), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LakeError(path, system: errno, "opening \(relative)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw LakeError(path, system: errno, "writing \(relative) to the disk")
        }
    }

    /// Renames within the lake, over what is there. The folder is still to be synced.
    func move(_ from: String, to: String) throws(LakeError) {
        guard rename(absolute(from), absolute(to)) == 0 else {
            throw LakeError(path, system: errno, "renaming \(from) to \(to)")
        }
    }

    /// Removes a file; one that is gone already is no failure.
    func remove(_ relative: String) throws(LakeError) {
        guard unlink(absolute(relative)) == 0 || errno == ENOENT else {
            throw LakeError(path, system: errno, "removing \(relative)")
        }
    }

    /// Removes a folder of files that nobody needs any more.
    func removeScratch(_ relative: String) throws(LakeError) {
        for name in try names(relative) {
            let inner = "\(relative)/\(name)"
            if unlink(absolute(inner)) == 0 { continue }
            guard errno == EISDIR || errno == EPERM || errno == ENOENT else {
                throw LakeError(path, system: errno, "removing \(inner)")
            }
            if errno != ENOENT { try removeScratch(inner) }
        }
        guard rmdir(absolute(relative)) == 0 || errno == ENOENT else {
            throw LakeError(path, system: errno, "removing \(relative)")
        }
    }

    /// A file's bytes; `nil` where there is none.
    func read(_ relative: String) throws(LakeError) -> [UInt8]? {
        let descriptor = open(absolute(relative), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw LakeError(path, system: errno, "opening \(relative)")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return bytes }
            if count > 0 {
                bytes += buffer[..<count]
            } else if errno != EINTR {
                throw LakeError(path, system: errno, "reading \(relative)")
            }
        }
    }

    /// A JSON document; `nil` where there is none.
    func readJSON(_ relative: String) throws(LakeError) -> JSON? {
        guard let bytes = try read(relative) else { return nil }
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            throw LakeError(
                path, "\(relative) is no JSON: \(error)", "restore the file, or name another lake")
        }
    }

    /// Writes a JSON document, whole, over what is there, and waits until it is on the disk.
    ///
    /// `isNew`: throws nothing and leaves what is there where somebody else was first.
    func put(
        _ json: JSON, at relative: String, by scratch: String, isNew: Bool = false
    ) throws(LakeError) {
        let folder = LakeFolder.parent(of: relative)
        try make(folder)
        try make(scratch)
        let temporary = "\(scratch)/document.json"
        try remove(temporary)
        try write(Array(json.text(pretty: true).utf8) + [0x0A], to: temporary)
        if isNew {
            if link(absolute(temporary), absolute(relative)) == 0 || errno == EEXIST {
                try remove(temporary)
            } else {
                // A mount without links: the last of two that come at once wins.
                try move(temporary, to: relative)
            }
        } else {
            try move(temporary, to: relative)
        }
        try sync(folder)
    }

    private func write(_ bytes: [UInt8], to relative: String) throws(LakeError) {
        let descriptor = open(absolute(relative), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw LakeError(path, system: errno, "making \(relative)") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else {
                throw LakeError(path, system: errno, "writing \(relative)")
            }
            rest = rest.dropFirst(max(count, 0))
        }
        guard fsync(descriptor) == 0 else {
            throw LakeError(path, system: errno, "writing \(relative) to the disk")
        }
    }

    /// The folder that a path stands in; empty for the lake itself.
    static func parent(of relative: String) -> String {
        relative.lastIndex(of: "/").map { String(relative[..<$0]) } ?? ""
    }
}
