public import HoldfastAssignment
public import HoldfastFormats

/// What a token allows.
public enum AccessScope: String, CaseIterable, Sendable, Comparable {
    /// To deal units: `/v1/assignments` and OFREP.
    case assign
    /// To record facts: `/v1/decisions`, which deals what it records, `/v1/exposures` and
    /// `/v1/outcomes`.
    case record
    /// To see what is in force and what goes on: `/v1/experiments`, `/metrics`.
    case read
    /// Everything.
    case admin

    public static func < (one: AccessScope, other: AccessScope) -> Bool {
        one.rawValue < other.rawValue
    }
}

/// The bearer tokens that a service accepts, as a file keeps them: names, scopes and salted
/// SHA-256 digests, never the tokens themselves.
///
///     var tokens = AccessTokens()
///     let token = try tokens.create(name, scopes: [.assign], at: now, chance: &chance)
///     token                                      // holdfast_shop_6f1c…: said once, kept nowhere
///     tokens.holder(of: token)?.name             // shop
///     try AccessTokens(Array(tokens.json.text().utf8))   // the same again
///
/// A token's secret is 256 bits of chance, so that one round of SHA-256 is enough: there is no
/// weak password to guess. The token says its name, so that one digest is calculated a request.
public struct AccessTokens: Sendable {
    /// One token, without what proves it.
    public struct Holder: Sendable, Hashable {
        /// Its name, unique in the file.
        public var name: Name
        /// What it allows.
        public var scopes: Set<AccessScope>
        /// When it was made.
        public var created: Timestamp
        fileprivate var salt: [UInt8]
        fileprivate var digest: [UInt8]

        /// Whether it allows this.
        func allows(_ scope: AccessScope) -> Bool {
            scopes.contains(scope) || scopes.contains(.admin)
        }
    }

    /// The tokens, in the order in which they were made.
    public private(set) var holders: [Holder] = []

    /// The most tokens of a file.
    public static let limit = 1_000
    /// The most bytes of a file.
    public static let byteLimit = 1 << 20

    private static let secretDigits = 64
    private static let prefix = "holdfast_"

    /// No tokens: nobody is admitted.
    public init() {}

    /// Makes a token and gives its text, which cannot be had again.
    public mutating func create(
        _ name: Name, scopes: Set<AccessScope>, at time: Timestamp,
        chance: inout some RandomNumberGenerator
    ) throws(AccessTokensError) -> String {
        guard !holders.contains(where: { $0.name == name }) else {
            throw AccessTokensError(
                "there is a token named \(name) already", "take another name, or revoke that one")
        }
        guard holders.count < AccessTokens.limit else {
            throw AccessTokensError(
                "there are \(AccessTokens.limit) tokens already", "revoke those not used any more")
        }
        precondition(!scopes.isEmpty, "a token without a scope opens nothing")
        let secret = AccessTokens.bytes(32, &chance).hexadecimal
        let token = "\(AccessTokens.prefix)\(name)_\(secret)"
        let salt = AccessTokens.bytes(16, &chance)
        holders.append(
            Holder(
                name: name, scopes: scopes, created: time, salt: salt,
                digest: AccessTokens.digest(salt, token)))
        return token
    }

    /// Takes a token out. False where there is none of that name.
    public mutating func revoke(_ name: Name) -> Bool {
        guard let index = holders.firstIndex(where: { $0.name == name }) else { return false }
        holders.remove(at: index)
        return true
    }

    /// Whose token this is; `nil` where it is nobody's.
    ///
    /// The digests are compared in constant time; the name in the token is no secret.
    func holder(of token: String) -> Holder? {
        guard token.utf8.count <= 256, token.hasPrefix(AccessTokens.prefix) else { return nil }
        let rest = token.dropFirst(AccessTokens.prefix.count)
        let name = rest.dropLast(AccessTokens.secretDigits + 1)
        guard let holder = holders.first(where: { sameBytes($0.name.text, String(name)) }) else {
            return nil
        }
        let digest = AccessTokens.digest(holder.salt, token)
        var difference: UInt8 = 0
        for (one, other) in zip(digest, holder.digest) { difference |= one ^ other }
        return difference == 0 ? holder : nil
    }

    private static func digest(_ salt: [UInt8], _ token: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(salt)
        hash.update(Array(token.utf8))
        return hash.finish()
    }

    private static func bytes(_ count: Int, _ chance: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &chance) }
    }
}

/// Why a file of tokens cannot be used.
public struct AccessTokensError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, and where.
    public var message: String
    /// What the reader can do.
    public var hint: String

    init(_ message: String, _ hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message); \(hint)" }
}

extension AccessTokens {
    /// The file's content.
    public var json: JSON {
        [
            "holdfast_tokens": 1,
            "tokens": .array(
                holders.map { holder in
                    [
                        "name": .string(holder.name.text),
                        "scopes": .array(holder.scopes.sorted().map { .string($0.rawValue) }),
                        "created": .string(holder.created.description),
                        "salt": .string(holder.salt.hexadecimal),
                        "sha256": .string(holder.digest.hexadecimal),
                    ]
                }),
        ]
    }

    /// Reads the file's content. All of it is sound, or none is taken.
    public init(_ bytes: [UInt8]) throws(AccessTokensError) {
        let remedy = "make the file by `holdfast token create`"
        guard bytes.count <= AccessTokens.byteLimit else {
            throw AccessTokensError(
                "it has more than \(AccessTokens.byteLimit) bytes", remedy)
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes)
        } catch {
            throw AccessTokensError("\(error)", remedy)
        }
        guard json["holdfast_tokens"] == 1, let items = json["tokens"]?.array else {
            throw AccessTokensError("it is no file of tokens of format 1", remedy)
        }
        guard items.count <= AccessTokens.limit else {
            throw AccessTokensError(
                "it has \(items.count) tokens", "it may have \(AccessTokens.limit)")
        }
        for (index, item) in items.enumerated() {
            guard let holder = AccessTokens.holder(item) else {
                // The item is not shown: somebody may have written a token into it.
                throw AccessTokensError(
                    "its token \(index + 1) lacks a name, a known scope, a time, a salt or a digest",
                    "revoke it and make it anew by `holdfast token`")
            }
            guard !holders.contains(where: { $0.name == holder.name }) else {
                throw AccessTokensError(
                    "the name \(holder.name) is there twice", "take one of the two out")
            }
            holders.append(holder)
        }
    }

    private static func holder(_ json: JSON) -> Holder? {
        guard let name = json["name"]?.string.flatMap({ Name($0) }),
            let scopes = json["scopes"]?.array, !scopes.isEmpty,
            let salt = json["salt"]?.string.flatMap({ AccessTokens.bytes(hexadecimal: $0) }),
            let digest = json["sha256"]?.string.flatMap({ AccessTokens.bytes(hexadecimal: $0) }),
            let text = json["created"]?.string,
            // What is wrong with the time does not matter here.
            let created = try? Timestamp(rfc3339: text),
            salt.count == 16, digest.count == 32
        else { return nil }
        let known = scopes.compactMap { $0.string.flatMap { AccessScope(rawValue: $0) } }
        guard known.count == scopes.count else { return nil }
        return Holder(
            name: name, scopes: Set(known), created: created, salt: salt, digest: digest)
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).reduce(into: [UInt8]?([])) { bytes, index in
            guard let high = digits[index], let low = digits[index + 1] else { return bytes = nil }
            bytes?.append(UInt8(high * 16 + low))
        }
    }
}
