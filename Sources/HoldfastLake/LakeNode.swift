internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger

/// Who ships to a lake under a name: `nodes/NAME.json`.
///
/// Keys are a ledger's own, and a row of a node is known by its key. So no second ledger may ship
/// under a name, and neither may one that was restored from a backup: it gives keys anew that stand
/// in the lake for facts that it has lost.
struct LakeNode: Equatable {
    static let format: Int64 = 1

    var name: Name
    /// The ledger's own id.
    var ledger: String
    /// Through which the ledger's chain must pass: all that was shipped was committed before.
    var head: ChainHead
    /// When it began to ship last.
    var shippedAt: Timestamp
    /// Whether facts were ever taken out of the ledger: it has forgotten their ids, and what is
    /// sent again has a second key.
    var hasTakenOut: Bool

    private static func path(_ name: Name) -> String { "nodes/\(name).json" }

    /// Reads who ships under a name; `nil` where nobody does.
    init?(_ name: Name, in lake: Lake) throws(LakeError) {
        guard let json = try lake.folder.readJSON(LakeNode.path(name)) else { return nil }
        guard case .integer(let format)? = json["format"], format <= LakeNode.format else {
            throw LakeError(
                lake.path, "\(LakeNode.path(name)) is of a format that this program does not know",
                "use the program that wrote it, or a newer one; nothing was changed")
        }
        guard let ledger = json["ledger"]?.string,
            let head = json["head"]?.string.flatMap({ ChainHead($0) })
        else {
            throw LakeError(
                lake.path, "\(LakeNode.path(name)) does not say which ledger ships under the name",
                "restore the file, or ship under another name by --node")
        }
        // What is only told does not keep anybody from shipping.
        let time = json["shipped_at"]?.string.flatMap { try? Timestamp(rfc3339: $0) }
        self.init(
            name: name, ledger: ledger, head: head,
            shippedAt: time ?? Timestamp(microseconds: 0),
            // Of what does not say, anything may be so.
            hasTakenOut: json["has_taken_out"] != .bool(false))
    }

    init(
        name: Name, ledger: String, head: ChainHead, shippedAt: Timestamp, hasTakenOut: Bool
    ) {
        self.hasTakenOut = hasTakenOut
        self.name = name
        self.ledger = ledger
        self.head = head
        self.shippedAt = shippedAt
    }

    /// Notes that everything up to the head may be in the lake from now on: before it is.
    func write(to lake: Lake, by scratch: String) throws(LakeError) {
        try lake.folder.put(
            [
                "format": .integer(LakeNode.format), "node": .string(name.text),
                "ledger": .string(ledger), "head": .string(head.description),
                "shipped_at": .string(shippedAt.description),
                "has_taken_out": .bool(hasTakenOut),
            ], at: LakeNode.path(name), by: scratch)
    }

    /// Throws where this ledger may not ship under the name.
    func check(_ ledger: Ledger, identity: String, in lake: Lake) async throws {
        guard self.ledger == identity else {
            throw LakeError(
                lake.path, "another ledger ships under the name \(name)",
                "give this one a name of its own by --node")
        }
        guard try await ledger.passes(through: head) else {
            throw LakeError(
                lake.path,
                "the ledger is not what it was when \(name) shipped (head \(head)): it is a copy, or was restored from a backup",
                "ship it under a new name by --node: readers drop what comes twice, and what the backup lacks stays in the lake"
            )
        }
    }
}
