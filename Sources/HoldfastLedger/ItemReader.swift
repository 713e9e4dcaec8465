internal import HoldfastAssignment
internal import HoldfastFormats

/// The members of one item that a producer sent, each taken with its type and its bounds.
struct ItemReader {
    let object: JSONObject
    /// What the item is, as a message says it: "a decision".
    let what: String

    init(_ json: JSON, _ what: String, known: [String]) throws(Refusal) {
        guard case .object(let object) = json else {
            throw Refusal(
                code: "wrong_type", detail: "\(what) is \(json.kind)",
                hint: "send an object with: \(known.joined(separator: ", "))")
        }
        self.object = object
        self.what = what
        for member in object.members where !known.contains(where: { sameBytes($0, member.key) }) {
            throw Refusal(
                code: "unknown_member",
                detail: "\(what) has no member \"\(member.key.prefix(64))\"",
                hint: "known: \(known.joined(separator: ", "))")
        }
    }

    /// A member that is there and not null.
    subscript(_ key: String) -> JSON? {
        switch object[key] {
        case nil, .null?: nil
        case let value?: value
        }
    }

    func required(_ key: String) throws(Refusal) -> JSON {
        guard let value = self[key] else {
            throw Refusal(
                code: "missing_member", detail: "\(what) has no \"\(key)\"",
                hint: "give \"\(key)\"")
        }
        return value
    }

    func text(_ key: String, _ value: JSON, limit: Int) throws(Refusal) -> String {
        guard case .string(let text) = value else { throw wrongType(key, value, "a string") }
        guard (1...limit).contains(text.utf8.count) else {
            throw Refusal(
                code: "bad_length", detail: "\"\(key)\" has \(text.utf8.count) bytes",
                hint: "it may have 1 to \(limit) bytes")
        }
        return text
    }

    func optionalText(_ key: String, limit: Int) throws(Refusal) -> String? {
        guard let value = self[key] else { return nil }
        return try text(key, value, limit: limit)
    }

    func unit(_ key: String, _ value: JSON) throws(Refusal) -> UnitID {
        let text = try text(key, value, limit: UnitID.byteLimit)
        guard let unit = UnitID(text) else { preconditionFailure("the length was checked") }
        return unit
    }

    func optionalUnit(_ key: String) throws(Refusal) -> UnitID? {
        guard let value = self[key] else { return nil }
        return try unit(key, value)
    }

    func name(_ key: String) throws(Refusal) -> Name {
        let value = try required(key)
        guard case .string(let text) = value else { throw wrongType(key, value, "a string") }
        guard let name = Name(text) else {
            throw Refusal(
                code: "bad_name", detail: "\"\(key)\" is \"\(text.prefix(80))\", which is no name",
                hint: "use 1 to \(Name.byteLimit) of A-Z a-z 0-9 . _ -")
        }
        return name
    }

    func optionalNumber(_ key: String) throws(Refusal) -> Double? {
        guard let value = self[key] else { return nil }
        guard let number = value.double else { throw wrongType(key, value, "a number") }
        return number
    }

    func optionalBoolean(_ key: String) throws(Refusal) -> Bool? {
        guard let value = self[key] else { return nil }
        guard case .bool(let boolean) = value else { throw wrongType(key, value, "true or false") }
        return boolean
    }

    /// The item's own time, or else that at which a relay took it, or else `now`.
    func time(now: Timestamp) throws(Refusal) -> (at: Timestamp, isStated: Bool) {
        if let value = self["at"] { return (try time("at", value), true) }
        // The producer did not state it: no part of the content, like our own clock's.
        guard let value = self["relayed_at"] else { return (now, false) }
        return (try time("relayed_at", value), false)
    }

    private func time(_ key: String, _ value: JSON) throws(Refusal) -> Timestamp {
        guard case .string(let text) = value else { throw wrongType(key, value, "a string") }
        do throws(TimestampError) {
            return try Timestamp(rfc3339: text)
        } catch {
            throw Refusal(
                code: "bad_time", detail: "\"\(key)\" is \"\(text.prefix(64))\": \(error.message)",
                hint: "write it as 2026-01-01T00:00:00Z, with its zone")
        }
    }

    func members(_ key: String, limit: Int) throws(Refusal) -> [(key: String, value: JSON)] {
        guard let value = self[key] else { return [] }
        guard case .object(let object) = value else { throw wrongType(key, value, "an object") }
        guard object.members.count <= limit else {
            throw Refusal(
                code: "too_many", detail: "\"\(key)\" has \(object.members.count) members",
                hint: "it may have \(limit)")
        }
        return object.members
    }

    func wrongType(_ key: String, _ value: JSON, _ needed: String) -> Refusal {
        Refusal(
            code: "wrong_type", detail: "\"\(key)\" is \(value.kind)",
            hint: "give \(needed)")
    }
}
