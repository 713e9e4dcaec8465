internal import HoldfastLedger
internal import HoldfastSQL

/// A column of a kind's rows, as ledger and lake have it.
struct LakeColumn {
    var name: String
    var type: SQLType

    /// The column of a feature, which the ledger keeps by its declared type.
    init(feature: String, type: String) {
        self.init("f_\(feature)", SQLType(feature: type))
    }

    private init(_ name: String, _ type: SQLType) {
        self.name = name
        self.type = type
    }

    static func text(_ name: String) -> LakeColumn { LakeColumn(name, .text) }
    static func integer(_ name: String) -> LakeColumn { LakeColumn(name, .integer) }
    static func number(_ name: String) -> LakeColumn { LakeColumn(name, .real) }
}

extension ShippedKind {
    /// The column that names the first partition; batches have none.
    var nameColumn: String? {
        switch self {
        case .decisions, .exposures: "experiment"
        case .outcomes: "name"
        case .batches: nil
        }
    }

    /// The ledger's column of the key.
    var keyColumn: String { String(rawValue.dropLast(self == .batches ? 2 : 1)) }

    /// The ledger's column of the time by whose day rows are parted.
    var timeColumn: String {
        switch self {
        case .decisions: "decided_at"
        case .exposures: "exposed_at"
        case .outcomes: "observed_at"
        case .batches: "received_at"
        }
    }

    /// The columns behind the key, in a row's order; a decision's features come behind them.
    var columns: [LakeColumn] {
        switch self {
        case .decisions:
            [
                .text("id"), .text("unit"), .text("cluster"), .integer("decided_at"),
                .integer("received_at"), .text("arm"), .text("reason"), .text("holdout"),
                .number("propensity"), .integer("bucket"), .text("revision"), .number("score"),
                .text("model"), .integer("intended"), .integer("burn_in"),
            ]
        case .exposures:
            [
                .text("id"), .text("unit"), .text("cluster"), .text("arm"),
                .integer("exposed_at"), .integer("received_at"),
            ]
        case .outcomes:
            [
                .text("id"), .text("unit"), .number("value"), .integer("observed_at"),
                .integer("received_at"),
            ]
        case .batches:
            [
                .text("source"), .integer("sequence"), .integer("first_at"), .integer("last_at"),
                .integer("received_at"),
            ]
        }
    }

    /// Whether its rows are about persons.
    var isPersonal: Bool { self != .batches }
}
