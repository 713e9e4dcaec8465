internal import Glibc

/// What a disk has left.
enum DiskSpace {
    /// The bytes that may still be written beside a file, or `nil` where the system does not say.
    static func free(at path: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let (bytes, isMore) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return isMore ? .max : bytes
    }
}
