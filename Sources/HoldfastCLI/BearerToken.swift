internal import Foundation

/// The token that a service asks for, in a file. It is read for each question anew: one that was
/// replaced is taken.
struct BearerToken: Sendable {
    private let file: String
    private let hint: String

    /// The token in a file. `hint` says what to write into one that holds none. Throws where it
    /// holds none now.
    init(in file: String, hint: String) throws {
        self.file = file
        self.hint = hint
        _ = try read()
    }

    /// The header of a question that shows it.
    func header() throws -> (String, String) { ("Authorization", "Bearer \(try read())") }

    /// Warns where it would be seen on the way. `traffic` is what carries it, and how.
    func warn(of traffic: String, to address: ServiceAddress) {
        guard address.endpoint.isOpen else { return }
        Terminal.complain(
            "warning: \(traffic) HTTP without TLS: whoever sees the traffic can read the token")
    }

    private func read() throws -> String {
        let text = String(
            decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandError("\(file) holds no token", hint)
        }
        return token
    }
}
