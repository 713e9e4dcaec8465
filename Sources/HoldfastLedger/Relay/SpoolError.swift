internal import HoldfastSQL

/// Why a spool could not do what was asked: what was tried, on which file, what came back, and
/// what the reader can do.
///
///     spool relay.db: opening it failed: another process holds the file; one relay has a spool
///     at a time: stop the other, or give this one a spool of its own
package struct SpoolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A word for programs.
    package enum Code: String, Sendable {
        /// The file is something else.
        case notASpool = "not_a_spool"
        /// A newer program made it.
        case newerFormat = "newer_format"
        /// It belongs to a source of another name.
        case otherSource = "other_source"
        /// Another process has it open.
        case inUse = "in_use"
        /// As much waits in it as may wait.
        case full = "spool_full"
        /// More posts wait to be written than may wait.
        case busy
        /// The disk does not take it.
        case unavailable
        /// It was closed.
        case closed
        /// What it holds is not what was put in.
        case damaged
    }

    /// The kind of failure.
    package var code: Code
    /// The spool's file.
    package var path: String
    /// What was tried, and what came back.
    package var message: String
    /// What the reader can do.
    package var hint: String

    init(_ code: Code, path: String, _ message: String, _ hint: String) {
        self.code = code
        self.path = path
        self.message = message
        self.hint = hint
    }

    package var description: String { "spool \(path): \(message); \(hint)" }

    init(_ error: SQLError, path: String, tried: String) {
        let nothing = "nothing was acknowledged"
        switch error.kind {
        case .full:
            self.init(
                .unavailable, path: path, "\(tried) failed: the disk is full",
                "\(nothing); free space and retry")
        case .io, .cancelled:
            self.init(
                .unavailable, path: path, "\(tried) failed: \(error.message)",
                "\(nothing); check the disk and retry")
        case .readOnly:
            self.init(
                .unavailable, path: path, "\(tried) failed: the file may not be written",
                "give this process the right to write the file and its folder")
        case .busy:
            self.init(
                .inUse, path: path, "\(tried) failed: another process holds the file",
                "one relay has a spool at a time: stop the other, or give this one a spool of its "
                    + "own")
        case .cannotOpen:
            self.init(
                .unavailable, path: path, "\(tried) failed: the file cannot be opened",
                "check its path, and that the folder is there and may be written")
        case .notDatabase:
            self.init(
                .notASpool, path: path,
                "\(tried) failed: the file is not an SQLite database, or is damaged",
                "give the path of a spool, or of a file that does not exist yet")
        case .constraint, .other:
            self.init(
                .damaged, path: path, "\(tried) failed: \(error)",
                "the spool was made or changed by something else; keep the file and begin a new one"
            )
        }
    }
}
