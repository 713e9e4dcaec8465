internal import CCrypto

/// The integer that the hash deals to a unit within a scope, from 0 to 2^52 − 1.
///
/// 52 bits are exact in a double and in every engine's BIGINT, and they are the first 13
/// hexadecimal digits of SHA-256, which every engine can cut out of a digest's text.
public enum Bucket {
    /// How many buckets there are: 2^52.
    public static let count: UInt64 = 1 << 52
}

/// What makes dealings independent of each other: `holdout:NAME`, `layer:NAME`, `traffic:NAME`,
/// `arm:NAME` or `split:NAME`, under a secret salt.
///
///     Scope("arm", of: experiment, salt: "0123456789abcdef").bucket(of: "customer-1")
///
/// The key is `salt/scope/unit` in UTF-8, and the bucket the first 13 hexadecimal digits of its
/// SHA-256. The key is injective because neither salt nor names hold a `/`.
///
/// A class: a copy of the started hash for each unit is enough, and so many bytes are not copied
/// wherever a scope is passed on.
package final class Scope: Sendable {
    /// The scope as it stands in the key: `arm:credit-limit`.
    package let text: String
    /// The bytes of the key before the unit's.
    package let prefix: [UInt8]
    // Written once, before anybody else has the scope, and only read from then on.
    private nonisolated(unsafe) let started: UnsafeMutablePointer<SHA256_CTX>

    package convenience init(_ kind: StaticString, of name: Name, salt: String) {
        self.init("\(kind):\(name)", salt: salt)
    }

    /// The scope of this text, `arm:credit-limit`.
    package init(_ text: String, salt: String) {
        self.text = text
        let started = UnsafeMutablePointer<SHA256_CTX>.allocate(capacity: 1)
        self.started = started
        started.initialize(to: SHA256_CTX())
        holdfast_sha256_init(started)
        prefix = Array("\(salt)/\(text)/".utf8)
        prefix.withUnsafeBytes {
            holdfast_sha256_update(started, $0.baseAddress, $0.count)
        }
    }

    deinit { started.deallocate() }

    /// The bucket of a unit, or of a cluster.
    package func bucket(of unit: UnitID) -> UInt64 { unit.withBytes { bucket(of: $0) } }

    /// The bucket of an id's bytes.
    @inline(__always)
    package func bucket(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        holdfast_sha256_first_bits(started, bytes.baseAddress, bytes.count) >> 12
    }
}

/// The scopes of an experiment's blocks of time: `arm:NAME@EPOCH`.
package final class EpochScope: Sendable {
    private let name: Name
    private let hash: SHA256

    package init(of name: Name, salt: String) {
        self.name = name
        var hash = SHA256()
        hash.update(Array("\(salt)/arm:\(name)@".utf8))
        self.hash = hash
    }

    /// The scope of one block as it stands in the key.
    package func text(epoch: Int64) -> String { "arm:\(name)@\(epoch)" }

    /// The bucket of an id's bytes in one block.
    package func bucket(of bytes: UnsafeRawBufferPointer, epoch: Int64) -> UInt64 {
        var hash = self.hash
        // The longest is -9223372036854775808, and then the slash.
        withUnsafeTemporaryAllocation(byteCount: 21, alignment: 1) { buffer in
            var start = buffer.count - 1
            buffer[start] = UInt8(ascii: "/")
            var rest = epoch.magnitude
            repeat {
                start -= 1
                buffer[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if epoch < 0 {
                start -= 1
                buffer[start] = UInt8(ascii: "-")
            }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[start...]))
        }
        hash.update(bytes)
        return hash.finishPrefix() >> 12
    }
}
