internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// Those who were forgotten, as far as they can be told: a keyed hash of each unit's id.
///
/// The key is the catalog's salt, which no ledger holds: who has the file alone cannot try names.
struct Forgotten {
    /// The marks that were made under the salt of the catalog in force.
    var marks: Set<[UInt8]> = []
    /// The salt of the catalog in force and its fingerprint; `nil` before there is one.
    var key: (salt: String, fingerprint: String)?

    /// The mark of a unit: HMAC-SHA-256 under the salt. "forgotten/" keeps it apart from whatever
    /// else is hashed under it.
    static func mark(_ unit: UnitID, salt: String) -> [UInt8] {
        let message: [UInt8] = Array("forgotten/".utf8) + Array(unit.text.utf8)
        return SHA256.keyed(Array(salt.utf8), message)
    }

    func contains(_ unit: UnitID) -> Bool {
        guard !marks.isEmpty, let key else { return false }
        return marks.contains(Forgotten.mark(unit, salt: key.salt))
    }
}

extension Refusal {
    /// The code of a fact of somebody who was forgotten.
    static let forgottenCode = "forgotten"

    /// The refusal of a fact of somebody who was forgotten. It does not say who.
    static let forgotten = Refusal(
        code: forgottenCode, detail: "its unit was to be forgotten, and stays forgotten",
        hint: "leave the unit out; nothing of this item was kept")
}

extension LedgerFile {
    /// Why a fact may not be kept that is about somebody who was forgotten.
    func forgetting(_ fact: Fact) -> Refusal? {
        guard !forgotten.marks.isEmpty else { return nil }
        return fact.persons.contains(where: forgotten.contains) ? .forgotten : nil
    }

    /// Whether an item that came refused is about somebody who was forgotten, as far as it can be
    /// read.
    func isForgotten(_ item: RefusedItem) -> Bool {
        guard !forgotten.marks.isEmpty else { return false }
        // An item that is no JSON says nothing of its unit in a way that could be relied on.
        guard let json = try? JSON.parse(Array(item.source.utf8)) else { return false }
        return ["unit", "cluster"].contains { member in
            guard let value = json[member] else { return false }
            // An id that came as a number is refused, and is the id all the same.
            return UnitID(value.string ?? value.text()).map(forgotten.contains) ?? false
        }
    }

    /// Reads the marks again that were made under the salt of the catalog in force.
    func readForgotten() throws(SQLError) {
        forgotten.marks = []
        guard let key = forgotten.key else { return }
        try connection.query(
            "SELECT mark FROM forgotten WHERE salt_fingerprint = \(key.fingerprint)"
        ) { row throws(SQLError) in
            forgotten.marks.insert(row.blob(0))
        }
    }
}

extension Fact {
    /// The ids in it that may be a person's: its unit's and its cluster's.
    fileprivate var persons: [UnitID] {
        switch self {
        case .decision(let fact): [fact.unit] + (fact.cluster.map { [$0] } ?? [])
        case .exposure(let fact): [fact.unit] + (fact.cluster.map { [$0] } ?? [])
        case .outcome(let fact): [fact.unit]
        case .refused: []
        }
    }
}
