internal import ArgumentParser
internal import Foundation

/// The files that a command reads, which nothing that it writes may replace.
enum ReadFiles {
    /// Throws wrong usage where a file to be written is one that is read, by whatever path or link:
    /// the file itself, what SQLite keeps beside a ledger, and of a folder all but its pages.
    static func refuse(_ written: [String?], over read: [String?]) throws {
        let inputs = read.compactMap { $0 }.filter { $0 != "-" }.map(resolved)
        for path in written.compactMap({ $0 }) {
            let place = resolved(path)
            let isRead = inputs.contains { input in
                ["", "-wal", "-shm", "-journal"].contains { input + $0 == place }
                    || (place.hasPrefix(input + "/") && !place.hasSuffix(".html"))
            }
            guard !isRead else {
                throw ValidationError("\(path) is a file that is read: write the page elsewhere")
            }
        }
    }

    /// The path without links and dots; of a file that is not there yet, that of its folder and its
    /// name.
    private static func resolved(_ path: String) -> String {
        if let real = real(path) { return real }
        let url = URL(fileURLWithPath: path)
        guard let folder = real(url.deletingLastPathComponent().path) else {
            return url.standardizedFileURL.path
        }
        return (folder == "/" ? "" : folder) + "/" + url.lastPathComponent
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
