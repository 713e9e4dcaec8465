internal import Glibc

/// Why a lake could not be read or written: what was tried, what came back, and what the reader can
/// do.
package struct LakeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The lake's folder as its user named it.
    package var lake: String
    /// What was tried, and what came back.
    package var message: String
    /// What the reader can do.
    package var hint: String

    package init(_ lake: String, _ message: String, _ hint: String) {
        self.lake = lake
        self.message = message
        self.hint = hint
    }

    package var description: String { "lake \(lake): \(message); \(hint)" }

    /// What the system said of a path in the lake.
    init(_ lake: String, system number: Int32, _ tried: String) {
        let isFull = number == ENOSPC || number == EDQUOT
        self.init(
            lake, "\(tried) failed: \(String(cString: strerror(number)))",
            isFull ? "free space and run again" : "check the folder and that you may write there")
    }
}
