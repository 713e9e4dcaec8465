package import HoldfastAssignment
package import HoldfastFormats
internal import HoldfastSQL

/// What a ledger ships to lakes.
package enum ShippedKind: String, CaseIterable, Sendable {
    case decisions
    case exposures
    case outcomes
    case batches

    var table: SealedTable {
        switch self {
        case .decisions: .decisions
        case .exposures: .exposures
        case .outcomes: .outcomes
        case .batches: .batches
        }
    }
}

/// How far a lake has what the ledger holds of one kind.
package struct Shipment: Sendable, Equatable {
    /// The last key that is in the lake.
    package var shipped: Int64
    /// The last key of the range that is on its way; `shipped` where none is.
    package var intended: Int64
    /// The format of its files, so that a repeat writes the same names.
    package var fileFormat: String

    /// The range that is on its way.
    package var range: ClosedRange<Int64>? {
        intended > shipped ? shipped + 1...intended : nil
    }
}

/// The end of a ledger, to ship up to it.
package struct ShippingTip: Sendable {
    /// The head of its chain.
    package var head: ChainHead
    /// The greatest key of each kind.
    package var lastKeys: [ShippedKind: Int64]
    /// Whether facts were ever taken out: their ids are not known any more.
    package var hasTakenOut: Bool
}

extension Ledger {
    /// A random id that the ledger has had since it was made; its copies have the same.
    package func identity() async throws(LedgerError) -> String {
        try await perform("reading its identity") {
            file, _ throws(SQLError) -> Result<String, LedgerError> in
            guard
                case .text(let identity) = try file.connection.value(
                    "SELECT identity FROM identity")
            else { preconditionFailure("a ledger of this format has one") }
            return .success(identity)
        }
    }

    /// Where it ends now.
    package func shippingTip() async throws(LedgerError) -> ShippingTip {
        try await perform("reading its end") {
            file, _ throws(SQLError) -> Result<ShippingTip, LedgerError> in
            let commit = try file.connection.lastCommit()
            let keys = ShippedKind.allCases.map { ($0, commit.lastKeys[$0.table.rawValue]) }
            let takenOut = try file.connection.value("SELECT COUNT(*) FROM retentions")
            return .success(
                ShippingTip(
                    head: commit.head, lastKeys: Dictionary(uniqueKeysWithValues: keys),
                    hasTakenOut: takenOut != .integer(0)))
        }
    }

    /// Whether its chain passes through a head that was noted earlier.
    package func passes(through head: ChainHead) async throws(LedgerError) -> Bool {
        try await perform("reading its chain") {
            file, _ throws(SQLError) -> Result<Bool, LedgerError> in
            guard head.number > 0 else { return .success(head == Commit.origin.head) }
            let chain = try file.connection.value(
                "SELECT lower(hex(chain)) FROM commits WHERE number = \(head.number)")
            return .success(chain == .text(head.chain))
        }
    }

    /// How far it was shipped to a lake, by the name that it had there.
    package func shipments(
        to lake: String
    ) async throws(LedgerError) -> [String: [ShippedKind: Shipment]] {
        try await perform("reading its shipments") {
            file, _ throws(SQLError) -> Result<[String: [ShippedKind: Shipment]], LedgerError> in
            .success(try file.connection.shipments(to: lake))
        }
    }

    /// Notes that a range is on its way: up to this key. One that is on its way already stays as it
    /// is, so that a repeat ships the same. Gives what is noted then.
    package func intend(
        _ kind: ShippedKind, to lake: String, as node: Name, upTo key: Int64, fileFormat: String
    ) async throws(LedgerError) -> Shipment {
        try await perform("noting a shipment") {
            file, _ throws(SQLError) -> Result<Shipment, LedgerError> in
            try file.connection.transaction { () throws(SQLError) in
                try file.connection.run(
                    """
                    INSERT INTO shipments (lake, node, kind, shipped, intended, file_format)
                    VALUES (\(lake), \(node.text), \(kind.rawValue), 0, \(key), \(fileFormat))
                    ON CONFLICT (lake, node, kind) DO UPDATE
                    SET intended = excluded.intended, file_format = excluded.file_format
                    WHERE intended = shipped AND excluded.intended > shipped
                    """)
                guard let noted = try file.connection.shipments(to: lake)[node.text]?[kind] else {
                    preconditionFailure("it was just noted")
                }
                return .success(noted)
            }
        }
    }

    /// Notes that the range that was on its way has arrived, and is on the lake's disk.
    package func arrived(
        _ kind: ShippedKind, in lake: String, as node: Name, upTo key: Int64, at time: Timestamp
    ) async throws(LedgerError) {
        try await perform("noting that a shipment has arrived") {
            file, _ throws(SQLError) -> Result<Void, LedgerError> in
            try file.connection.transaction { () throws(SQLError) in
                try file.connection.run(
                    """
                    UPDATE shipments SET shipped = intended, shipped_at = \(time.microseconds)
                    WHERE lake = \(lake) AND node = \(node.text) AND kind = \(kind.rawValue)
                      AND intended = \(key)
                    """)
            }
            return .success(())
        }
    }
}

extension SQLiteConnection {
    fileprivate func shipments(
        to lake: String
    ) throws(SQLError) -> [String: [ShippedKind: Shipment]] {
        var shipments: [String: [ShippedKind: Shipment]] = [:]
        try query(
            """
            SELECT node, kind, shipped, intended, file_format FROM shipments WHERE lake = \(lake)
            """
        ) { row throws(SQLError) in
            guard let kind = ShippedKind(rawValue: row.text(1) ?? "") else { return }
            shipments[row.text(0) ?? "", default: [:]][kind] = Shipment(
                shipped: row.integer(2), intended: row.integer(3), fileFormat: row.text(4) ?? "")
        }
        return shipments
    }

    /// The last key of a kind that every lake has to which the ledger was ever shipped: 0 where
    /// there is none, or where one has nothing of it.
    func shippedEverywhere(_ kind: ShippedKind) throws(SQLError) -> Int64 {
        let value = try value(
            """
            SELECT MIN(COALESCE((
              SELECT MAX(s.shipped) FROM shipments AS s
              WHERE s.lake = l.lake AND s.kind = \(kind.rawValue)), 0))
            FROM (SELECT DISTINCT lake FROM shipments) AS l
            """)
        guard case .integer(let key) = value else { return 0 }
        return key
    }
}

/// The mark that is left of a unit that was forgotten: an HMAC under the catalog's salt.
package func forgottenMark(of unit: UnitID, salt catalog: Catalog) -> String {
    Forgotten.mark(unit, salt: catalog.salt).hexadecimal
}
