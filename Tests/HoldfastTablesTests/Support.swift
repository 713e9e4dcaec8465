import Glibc

/// A path in the system's folder for temporary files, of this process alone.
func scratchPath(_ name: String) -> String {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return "\(folder)/holdfast-\(getpid())-\(name)"
}

/// The bytes of a file, or `nil` where there is none.
func contents(_ path: String) -> [UInt8]? {
    guard let handle = fopen(path, "r") else { return nil }
    defer { fclose(handle) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(handle), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
}
