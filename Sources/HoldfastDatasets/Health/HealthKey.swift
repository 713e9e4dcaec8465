internal import HoldfastAssignment

/// Makes short marks of what may name a person, which only the holder of the catalog's salt can
/// try: no ledger holds it.
///
///     HealthKey(catalog.salt).mark("north")   // a number of 32 bits
///
/// 32 bits of HMAC-SHA-256: enough to tell a few hundred values apart.
struct HealthKey: Sendable {
    private let salt: [UInt8]

    init(_ salt: String) { self.salt = Array(salt.utf8) }

    /// The mark of a text. "health/" keeps it apart from whatever else is hashed under the salt.
    func mark(_ text: String) -> Int64 {
        SHA256.keyed(salt, Array("health/".utf8) + Array(text.utf8)).prefix(4)
            .reduce(0) { $0 << 8 | Int64($1) }
    }
}
