internal import HoldfastAssignment
internal import HoldfastSQL

/// The function of SQL that deals buckets: `holdfast_bucket(scope, unit)`.
///
/// A statement asks for the same scopes again and again: each is hashed up to the unit once. A
/// switchback has a scope for each block of time, so that what is kept is bounded.
struct BucketFunction {
    private let salt: String
    /// By a hash of the scope's bytes: of two texts with one hash the later takes the place.
    private var known: [UInt64: (text: [UInt8], hash: Hash)] = [:]

    /// A hash that is ready for units.
    private enum Hash {
        case own(Scope)
        case peer(PeerHash)

        func bucket(of unit: UnsafeRawBufferPointer) -> Int64 {
            switch self {
            case .own(let scope): Int64(scope.bucket(of: unit))
            case .peer(let hash): Int64(hash.bucket(of: unit))
            }
        }
    }

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
            return entry.hash.bucket(of: unit)
        }
        guard let ready = ready(String(decoding: text, as: UTF8.self)) else { return nil }
        if known.count >= BucketFunction.limit { known.removeAll(keepingCapacity: true) }
        known[hash] = (Array(text), ready)
        return ready.bucket(of: unit)
    }

    /// What deals in a scope; `nil`, and so NULL, where nobody does.
    ///
    /// `compatible:` names another system's hash: it is dealt here or not at all, never as a scope
    /// of our own.
    private func ready(_ text: String) -> Hash? {
        guard text.hasPrefix("compatible:") else { return .own(Scope(text, salt: salt)) }
        return PeerHash(text).map { .peer($0) }
    }

    /// FNV-1a of 64 bits.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
