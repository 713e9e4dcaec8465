internal import HoldfastAssignment
internal import HoldfastSQL

/// The function of SQL that deals buckets: `holdfast_bucket(scope, unit)`.
///
/// A statement asks for the same scopes again and again: each is hashed up to the unit once. A
/// switchback has a scope for each block of time, so that what is kept is bounded.
struct BucketFunction {
    private let salt: String
    /// By a hash of the scope's bytes: of two texts with one hash the later takes the place.
    private var known: [UInt64: (text: [UInt8], scope: Scope)] = [:]

    /// The most scopes that are kept ready.
    static let limit = 4_096

    static func make(salt: String) -> TextFunction {
        var function = BucketFunction(salt: salt)
        return { scope, unit in function.bucket(scope, unit) }
    }

    private init(salt: String) { self.salt = salt }

    private mutating func bucket(
        _ text: UnsafeRawBufferPointer, _ unit: UnsafeRawBufferPointer
    ) -> Int64? {
        let hash = BucketFunction.hash(text)
        if let entry = known[hash], entry.text.elementsEqual(text) {
            return Int64(entry.scope.bucket(of: unit))
        }
        guard let scope = scope(String(decoding: text, as: UTF8.self)) else { return nil }
        if known.count >= BucketFunction.limit { known.removeAll(keepingCapacity: true) }
        known[hash] = (Array(text), scope)
        return Int64(scope.bucket(of: unit))
    }

    /// What deals in a scope; `nil`, and so NULL, where nobody does.
    ///
    /// `compatible:` names another system's hash: it is dealt here or not at all, never as a scope
    /// of our own.
    private func scope(_ text: String) -> Scope? {
        text.hasPrefix("compatible:") ? nil : Scope(text, salt: salt)
    }

    /// FNV-1a of 64 bits.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
