internal import HoldfastAssignment
package import HoldfastFormats

/// One item that waits to be forwarded, as it will be sent.
package struct SpoolItem: Sendable {
    /// What it is meant to be.
    package var kind: Fact.Kind
    /// A JSON object on one line, with at least one member.
    package var content: [UInt8]
    /// The producer's id; without one the spool adds an id of its own to the content.
    package var id: String?
    /// The arm that the producer was told: empty for none, `nil` where nobody dealt.
    package var arm: String?

    /// The member that says when a relay took an item which states no time of its own.
    ///
    /// It is not `at`: a time that the producer did not state is no part of the content, so that an
    /// item posted twice with its id is one fact, whenever the relay took it.
    package static let timeMember = "relayed_at"

    /// An item as a producer sent it, fixed for the way: with the time at which it was taken where
    /// it states none.
    ///
    /// Throws where it is no object, or too large to be sent on.
    package init(_ json: JSON, _ kind: Fact.Kind, takenAt now: Timestamp) throws(Refusal) {
        guard case .object(let given) = json else {
            throw Refusal(
                code: "wrong_type", detail: "an item is \(json.kind)", hint: "send an object")
        }
        self.kind = kind
        // A member that is null is one that is not there, and must not be there twice.
        var object = JSONObject(given.members.filter { $0.value != .null })
        if object["at"] == nil, object[SpoolItem.timeMember] == nil {
            object.append(SpoolItem.timeMember, .string(now.description))
        }
        switch object["id"] {
        case .none: id = nil
        // What is no id is the service's to refuse, and to keep for repair.
        case .some(let value): id = value.string ?? value.text()
        }
        content = []
        JSON.object(object).write(to: &content)
        guard content.count <= SpoolLimits.itemBytes else {
            throw Refusal(
                code: "too_large", detail: "the item has \(content.count) bytes",
                hint: "an item may have \(SpoolLimits.itemBytes) bytes on its way through a relay")
        }
    }

    /// The most bytes that the item will have, with an id where it has none.
    var byteBound: Int { content.count + (id == nil ? 128 : 0) }

    /// The content with this id put in.
    func content(id: String) -> [UInt8] {
        var bytes = Array(content.dropLast())
        bytes.append(contentsOf: ",\"id\":".utf8)
        appendJSONString(id, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

/// How much a spool takes, and how it cuts what it sends.
package struct SpoolLimits: Sendable {
    /// The most bytes that may wait to be forwarded: 1 GiB unless told otherwise.
    package var waitingBytes = 1 << 30
    /// The most bytes that may wait to be written.
    package var queueBytes = 64 << 20
    /// The most items of one batch.
    package var batchItems = 1_000
    /// The most bytes of one batch; an item beyond it goes alone.
    package var batchBytes = 4 << 20

    /// The most bytes of one item: well below what a service takes, so that none is ever stuck.
    package static let itemBytes = 1 << 20
    /// The most bytes of a source's name: a kind is added to it.
    package static let sourceBytes = Name.byteLimit - ".decisions".utf8.count

    package init() {}
}

/// A batch under its number. Its content never changes.
///
/// Each kind is a source of its own, whose numbers are in the order of its items. One run of
/// numbers over all kinds would be in that order only if a batch ended wherever the kind changes,
/// and a producer that posts a decision and an exposure in turns would have batches of one item.
package struct SpoolBatch: Sendable, Equatable {
    /// Its number: 1, 2, 3 … within its kind.
    package var number: Int64
    /// What its items are.
    package var kind: Fact.Kind
    /// The items, in the order in which they were taken.
    package var contents: [[UInt8]]
    /// The arm that each item's producer was told: empty for none, `nil` where nobody dealt.
    package var arms: [String?]

    /// The source of its number, for a spool of this name: `till-7.exposures`.
    package func source(_ name: String) -> String { "\(name).\(kind.rawValue)s" }

    /// The items as NDJSON.
    package var lines: [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(contents.reduce(contents.count) { $0 + $1.count })
        for content in contents {
            lines.append(contentsOf: content)
            lines.append(0x0A)
        }
        return lines
    }
}

/// What the service made of a batch.
package struct DeliveryCounts: Sendable, Equatable {
    /// Items that it recorded.
    package var accepted: Int64 = 0
    /// Items that it had already.
    package var duplicates: Int64 = 0
    /// Items that it refused, and keeps for repair, by the code of its reason.
    package var refused: [String: Int64] = [:]
    /// Decisions whose arm it has otherwise than the producer was told.
    package var dealtOtherwise: Int64 = 0

    package init() {}
}

/// What a spool holds, and what went through it since it was made.
package struct SpoolStatus: Sendable, Equatable {
    /// The name of the spool, within those of its batches' sources.
    package var source: String
    /// The number that the next batch of each kind will get.
    package var nextNumbers: [Fact.Kind: Int64]
    /// Items that were taken.
    package var spooled: Int64
    /// Items that the service answered for.
    package var forwarded: Int64
    /// What it answered.
    package var counts: DeliveryCounts
    /// Items that wait.
    package var waitingItems: Int64
    /// Their bytes.
    package var waitingBytes: Int64
    /// When the oldest of them was taken.
    package var oldest: Timestamp?
}
