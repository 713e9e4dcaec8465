internal import HoldfastAssignment
internal import HoldfastSQL

/// A table whose rows the chain of commits seals: once committed, a row is never changed, and is
/// taken out only by an erasure that is itself sealed.
///
/// The raw value is the table's number in a leaf and its place in a commit. A new table goes to the
/// end: what was sealed stays as it is.
enum SealedTable: Int, CaseIterable {
    case decisions
    case exposures
    case outcomes
    case batches
    case revisions
    case erasures
    case forgotten

    /// The table's name in the file.
    var name: String {
        switch self {
        case .decisions: "decisions"
        case .exposures: "exposures"
        case .outcomes: "outcomes"
        case .batches: "batches"
        case .revisions: "in_force"
        case .erasures: "erasures"
        case .forgotten: "forgotten"
        }
    }

    /// The column of its key, which counts up.
    var key: String {
        switch self {
        case .decisions: "decision"
        case .exposures: "exposure"
        case .outcomes: "outcome"
        case .batches: "batch"
        case .revisions: "sequence"
        case .erasures: "erasure"
        case .forgotten: "person"
        }
    }

    /// The columns that a leaf covers, in the leaf's order: all but the key, which follows from the
    /// row's place in its commit, and `received_at`, which is the commit's.
    var columns: [String] {
        switch self {
        case .decisions:
            [
                "id", "unit", "cluster", "experiment", "decided_at", "arm", "reason", "holdout",
                "propensity", "bucket", "revision", "score", "model", "intended", "digest",
                "burn_in", "nonce",
            ]
        case .exposures:
            ["id", "unit", "cluster", "experiment", "arm", "exposed_at", "digest", "nonce"]
        case .outcomes: ["id", "unit", "name", "value", "observed_at", "digest", "nonce"]
        case .batches: ["source", "sequence", "items", "first_at", "last_at"]
        case .revisions: ["revision"]
        case .erasures: ["kind", "fact", "leaf"]
        case .forgotten: ["mark", "salt_fingerprint"]
        }
    }

    /// What makes an insertion do nothing where the row is there already.
    private var uniqueColumns: String? {
        switch self {
        case .decisions, .exposures, .outcomes: "id"
        case .batches: "source, sequence"
        case .forgotten: "mark"
        case .revisions, .erasures: nil
        }
    }

    /// Inserts a row: its key, when it was received, and its columns in their order.
    var insertion: String {
        let columns = [key, "received_at"] + self.columns
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let unless = uniqueColumns.map { " ON CONFLICT (\($0)) DO NOTHING" } ?? ""
        return """
            INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES (\(places))\(unless)
            """
    }
}

/// What one row adds to the chain: SHA-256 of its table and its values.
///
/// Each value is preceded by a letter for its type and, for a text or a blob, its length, so that
/// no two rows share their bytes. The rows of facts hold 64 bits of chance, `nonce`, which are
/// erased with the row: what is left of an erased row, its leaf, says nothing of the unit.
enum Leaf {
    /// The bytes of a leaf.
    static let byteCount = 32

    static func of(_ table: SealedTable, _ values: [SQLValue]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(UInt8(table.rawValue))
        for value in values { append(value, to: &bytes) }
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    private static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(UInt8(ascii: "-"))
        case .integer(let integer):
            bytes.append(UInt8(ascii: "i"))
            append(integer, to: &bytes)
        case .real(let real):
            bytes.append(UInt8(ascii: "n"))
            // SQLite may keep −0 as 0.
            append(Int64(bitPattern: real == 0 ? 0 : real.bitPattern), to: &bytes)
        case .text(let text):
            bytes.append(UInt8(ascii: "t"))
            append(Int64(text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        case .blob(let blob):
            bytes.append(UInt8(ascii: "b"))
            append(Int64(blob.count), to: &bytes)
            bytes.append(contentsOf: blob)
        }
    }

    private static func append(_ integer: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
