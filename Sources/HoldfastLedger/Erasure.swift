internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// What was erased of one unit.
public struct Erasure: Sendable, Hashable {
    /// Rows of decisions, their features with them.
    public var decisions = 0
    /// Rows of exposures.
    public var exposures = 0
    /// Rows of outcomes.
    public var outcomes = 0
    /// Refused items that named it.
    public var refusals = 0
    /// Revisions whose catalogs name it as an override. They stay: they are the owner's own text.
    public var overrides: [String] = []
    /// Whether it was forgotten before.
    public var wasForgotten = false
    /// Whether the pages of before are gone from the log as well. False where a reader still looks
    /// at them: then erase again when it is done.
    public var isLogEmpty = false

    public init() {}

    /// Adds what was erased after it.
    public mutating func add(_ next: Erasure) {
        decisions += next.decisions
        exposures += next.exposures
        outcomes += next.outcomes
        refusals += next.refusals
        overrides = Set(overrides + next.overrides).sorted()
        wasForgotten = wasForgotten || next.wasForgotten
        isLogEmpty = next.isLogEmpty
    }
}

extension LedgerFile {
    /// Erases a person: every row of the unit, or of others that name it as their cluster; and
    /// leaves a mark by which facts that come late are known and refused.
    ///
    /// The chain stays whole: of each row its leaf is kept, which covers 64 bits of chance that are
    /// erased with the row, so that nobody can try what the row was.
    func forget(_ unit: UnitID, isCompacting: Bool) throws(SQLError) -> Erasure {
        guard let key = forgotten.key else {
            preconditionFailure("a catalog was brought into force before")
        }
        var erasure = try sealing { commit, received throws(SQLError) in
            var erasure = Erasure()
            erasure.decisions = try erase(unit, from: .decisions, received, &commit)
            erasure.exposures = try erase(unit, from: .exposures, received, &commit)
            erasure.outcomes = try erase(unit, from: .outcomes, received, &commit)
            erasure.refusals = try dropRefusals(naming: unit)
            erasure.overrides = try overrides(of: unit)
            let row: [SQLValue] = [
                .blob(Forgotten.mark(unit, salt: key.salt)), .text(key.fingerprint),
            ]
            let isNew = try insert(
                row, leaf: Leaf.of(.forgotten, row), into: .forgotten, received, &commit)
            erasure.wasForgotten = !isNew
            return erasure
        }
        try readForgotten()
        // What was deleted is overwritten where it stood (`secure_delete`), but pages that were
        // split or merged earlier may hold copies of it between their rows: all are written anew.
        if isCompacting { try connection.run("VACUUM") }
        erasure.isLogEmpty = try connection.emptyLog()
        return erasure
    }

    private func erase(
        _ unit: UnitID, from table: SealedTable, _ received: Timestamp,
        _ commit: inout CommitBuilder
    ) throws(SQLError) -> Int {
        let leaves = try LeafReader(table, on: connection)
        let isClustered = table.columns.contains("cluster")
        let condition: SQL =
            isClustered
            ? "unit = \(unit.text) OR cluster = \(unit.text)" : "unit = \(unit.text)"
        var keys: [Int64] = []
        try connection.query(
            "SELECT \(name: table.key) FROM \(name: table.name) WHERE \(condition) ORDER BY 1"
        ) { row throws(SQLError) in keys.append(row.integer(0)) }
        for key in keys { try erase(key, from: table, leaves, received, &commit) }
        return keys.count
    }

    /// Takes out one row, with a decision's features, and leaves its leaf.
    func erase(
        _ key: Int64, from table: SealedTable, _ leaves: LeafReader, _ received: Timestamp,
        _ commit: inout CommitBuilder
    ) throws(SQLError) {
        let row: [SQLValue] = [.text(table.name), .integer(key), .blob(try leaves.leaf(of: key))]
        try insert(row, leaf: Leaf.of(.erasures, row), into: .erasures, received, &commit)
        if table == .decisions {
            for features in featureTables.values {
                try connection.run("DELETE FROM \(name: features.name) WHERE decision = \(key)")
            }
        }
        try connection.run("DELETE FROM \(name: table.name) WHERE \(name: table.key) = \(key)")
    }

    /// Takes out the refused items that name a unit.
    private func dropRefusals(naming unit: UnitID) throws(SQLError) -> Int {
        var keys: [Int64] = []
        try connection.query("SELECT refusal, source, detail FROM refusals") {
            row throws(SQLError) in
            let source = row.text(1) ?? ""
            // The reason quotes nothing that its item has not, and its own words are nobody's
            // name. Where no item was kept it is all there is.
            let text = source.isEmpty ? row.text(2) ?? "" : source
            if Mention.found(of: unit, in: text) { keys.append(row.integer(0)) }
        }
        for key in keys { try connection.run("DELETE FROM refusals WHERE refusal = \(key)") }
        return keys.count
    }

    /// The revisions that name a unit as an override.
    private func overrides(of unit: UnitID) throws(SQLError) -> [String] {
        var revisions: [String] = []
        try connection.query("SELECT revision, catalog FROM revisions ORDER BY revision") {
            row throws(SQLError) in
            do throws(JSONError) {
                let catalog = try JSON.parse(Array((row.text(1) ?? "").utf8))
                guard case .object(let experiments)? = catalog["experiments"] else { return }
                if experiments.members.contains(where: { $0.value["overrides"]?[unit.text] != nil })
                {
                    revisions.append(row.text(0) ?? "")
                }
            } catch {
                throw SQLError.damagedRevision("\(error)")
            }
        }
        return revisions
    }
}
