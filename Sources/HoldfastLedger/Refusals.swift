internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

extension LedgerFile {
    /// Keeps what was refused, for repair, and lets go what was repaired.
    ///
    /// Not what a forgotten person sent, or somebody of them: its bytes must not come back by this
    /// way.
    func settle(
        _ fact: Fact, _ receipt: Receipt, received: Timestamp, source: () -> [UInt8]?
    ) throws(SQLError) {
        guard case .refused(let refusal) = receipt else { return }
        let item: RefusedItem
        switch fact {
        case .refused(let refused):
            var refused = refused
            if isForgotten(refused) { refused.source = "" }
            item = refused
        case .decision, .exposure, .outcome:
            guard let kind = fact.kind, let bytes = source() else { return }
            item = RefusedItem(
                kind: kind, source: refusal.code == Refusal.forgottenCode ? [] : bytes,
                refusal: refusal, experiment: fact.experiment)
        }
        try keep(item, received: received)
    }

    private func keep(_ item: RefusedItem, received: Timestamp) throws(SQLError) {
        try connection.prepared(
            """
            INSERT INTO refusals (kind, source, code, detail, received_at, experiment)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """
        ).run([
            .text(item.kind.rawValue), .text(item.source), .text(item.refusal.code),
            .text(item.refusal.detail), .integer(received.microseconds),
            SQLValue(item.experiment?.text),
        ])
    }
}
