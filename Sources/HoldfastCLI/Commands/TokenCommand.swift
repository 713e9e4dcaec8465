public import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
public import HoldfastServer
internal import HoldfastTables

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke the service's bearer tokens.",
        discussion: """
            The file keeps salted SHA-256 digests, never a token. A running service reads it again on \
            SIGHUP.
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    /// The option that each of the commands has.
    struct FileOption: ParsableArguments {
        @Option(
            name: .customLong("tokens"),
            help: ArgumentHelp("The file of the tokens.", valueName: "file"))
        var path: String
    }

    struct Create: StatusCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and say it, this once.",
            discussion: """
                Scopes: assign deals units (/v1/assignments, OFREP); record records facts (/v1/decisions, \
                which deals what it records, /v1/exposures, /v1/outcomes); read sees the experiments; admin \
                is all of them.
                """)

        @OptionGroup var file: FileOption
        @Option(help: "What the token is called, in the list and to revoke it.")
        var name: String
        @Option(
            name: .customLong("scope"),
            help: "What it allows: assign, record, read or admin. May be repeated.")
        var scopes: [AccessScope] = []
        @OptionGroup var output: FormatOption

        func validate() throws {
            if Name(name) == nil {
                throw ValidationError(
                    "\(name) is no name; use 1 to \(Name.byteLimit) of A-Z a-z 0-9 . _ -")
            }
            if scopes.isEmpty {
                throw ValidationError("a token needs a --scope: assign, record, read or admin")
            }
        }

        func execute() async throws -> ExitStatus {
            guard let name = Name(name) else { preconditionFailure("it was validated") }
            let token = try TokenFile.change(file.path, mayBeNew: true) { tokens in
                var chance = SystemRandomNumberGenerator()
                return try tokens.create(name, scopes: Set(scopes), at: .now, chance: &chance)
            }
            switch output.format {
            case .text:
                Terminal.say(token)
                Terminal.complain(
                    "holdfast: token \(name) is in \(file.path); it is not shown again. A running "
                        + "service takes it after SIGHUP.")
            case .json:
                Terminal.say([
                    "name": .string(name.text), "token": .string(token),
                    "scopes": .array(Set(scopes).sorted().map { .string($0.rawValue) }),
                ])
            }
            return .success
        }
    }

    struct List: StatusCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the tokens' names and what they allow.")

        @OptionGroup var file: FileOption
        @OptionGroup var output: FormatOption

        func execute() async throws -> ExitStatus {
            let holders = try TokenFile.read(file.path).holders
            switch output.format {
            case .text:
                for holder in holders {
                    let scopes = holder.scopes.sorted().map(\.rawValue).joined(separator: ",")
                    Terminal.say("\(holder.name)\t\(scopes)\t\(holder.created)")
                }
            case .json:
                Terminal.say([
                    "tokens": .array(
                        holders.map { holder in
                            [
                                "name": .string(holder.name.text),
                                "scopes": .array(
                                    holder.scopes.sorted().map { .string($0.rawValue) }),
                                "created": .string(holder.created.description),
                            ]
                        })
                ])
            }
            return .success
        }
    }

    struct Revoke: StatusCommand {
        static let configuration = CommandConfiguration(abstract: "Take a token out of the file.")

        @OptionGroup var file: FileOption
        @Argument(help: "The token's name.")
        var name: String
        @OptionGroup var output: FormatOption

        func execute() async throws -> ExitStatus {
            try TokenFile.change(file.path, mayBeNew: false) { tokens in
                guard let known = Name(name), tokens.revoke(known) else {
                    throw CommandError(
                        "\(file.path) has no token named \(name)",
                        "`holdfast token list` shows their names")
                }
            }
            switch output.format {
            case .text:
                Terminal.complain(
                    "holdfast: token \(name) is revoked; a running service refuses it after SIGHUP")
            case .json: Terminal.say(["name": .string(name), "revoked": true])
            }
            return .success
        }
    }
}

extension AccessScope: ExpressibleByArgument {}

/// The file of a service's tokens.
enum TokenFile {
    static func read(_ path: String) throws -> AccessTokens {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                "there is no file of tokens at \(path)", "`holdfast token create` makes one")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError("\(path) cannot be read", "check that it is a file you may read")
        }
        do {
            return try AccessTokens(Array(data))
        } catch {
            throw CommandError("\(path): \(error.message)", error.hint)
        }
    }

    /// Reads, changes and writes the file, whole or not at all, readable by its owner alone.
    static func change<Result>(
        _ path: String, mayBeNew: Bool, _ body: (inout AccessTokens) throws -> Result
    ) throws -> Result {
        // Two commands at once must not each undo what the other did. The folder is locked: the
        // file itself is replaced.
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
            if lock >= 0 { close(lock) }
            throw CommandError("the folder \(folder) cannot be opened", "make it, or name another")
        }
        defer { close(lock) }
        let isNew = mayBeNew && !FileManager.default.fileExists(atPath: path)
        var tokens = isNew ? AccessTokens() : try read(path)
        let result = try body(&tokens)
        let mask = umask(0o077)
        defer { umask(mask) }
        var file = try AtomicFile(path: path)
        try file.output.write((tokens.json.text(pretty: true) + "\n").utf8)
        try file.commit()
        return result
    }
}
