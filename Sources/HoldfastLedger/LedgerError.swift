package import HoldfastSQL

/// Why a ledger could not do what was asked: what was tried, on which file, what came back, and
/// what the reader can do.
///
///     ledger holdfast.db: appending 512 facts failed: the disk is full; nothing was
///     acknowledged; free space and retry
public struct LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A word for programs.
    public enum Code: String, Sendable {
        case notALedger = "not_a_ledger"
        case newerFormat = "newer_format"
        case unavailable
        case unsafeChange = "unsafe_change"
        case unknownExperiment = "unknown_experiment"
        case otherSalt = "other_salt"
        case busy
        case closed
        case damaged
        case cancelled
    }

    /// The kind of failure.
    public var code: Code
    /// The ledger's file.
    public var path: String
    /// What was tried, and what came back.
    public var message: String
    /// What the reader can do.
    public var hint: String

    public init(_ code: Code, path: String, _ message: String, _ hint: String) {
        self.code = code
        self.path = path
        self.message = message
        self.hint = hint
    }

    public var description: String { "ledger \(path): \(message); \(hint)" }

    package init(_ error: SQLError, path: String, tried: String) {
        switch error.kind {
        case .full:
            self.init(
                .unavailable, path: path, "\(tried) failed: the disk is full",
                "nothing was acknowledged; free space and retry")
        case .io:
            self.init(
                .unavailable, path: path, "\(tried) failed: \(error.message)",
                "nothing was acknowledged; check the disk and retry")
        case .readOnly:
            self.init(
                .unavailable, path: path, "\(tried) failed: the file may not be written",
                "give this process the right to write the file and its folder")
        case .busy:
            self.init(
                .unavailable, path: path, "\(tried) failed: another process holds the file",
                "one process writes a ledger at a time: stop the other and retry")
        case .cannotOpen:
            self.init(
                .unavailable, path: path, "\(tried) failed: the file cannot be opened",
                "check its path, and that the folder is there and may be written")
        case .notDatabase:
            self.init(
                .notALedger, path: path,
                "\(tried) failed: the file is not an SQLite database, or is damaged",
                "give the path of a ledger, or of a file that does not exist yet; "
                    + "in the place of a ledger that is damaged restore a backup")
        case .cancelled:
            self.init(
                .cancelled, path: path, "\(tried) was stopped", "nothing was written; run it again")
        case .constraint, .other:
            self.init(
                .damaged, path: path, "\(tried) failed: \(error)",
                "the ledger was made or changed by something else; restore a backup")
        }
    }
}
