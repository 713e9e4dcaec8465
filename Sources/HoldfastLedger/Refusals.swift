internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

extension LedgerFile {
    /// Lets go what is taken now, or is there by another way; of what is refused again the reason
    /// is the new one.
    func settle(_ receipt: Receipt, keptAs key: Int64) throws(SQLError) {
        switch receipt {
        case .accepted, .duplicate:
            try connection.prepared("DELETE FROM refusals WHERE refusal = ?1").run([.integer(key)])
        case .refused(let refusal):
            try connection.prepared(
                "UPDATE refusals SET code = ?2, detail = ?3 WHERE refusal = ?1"
            ).run([.integer(key), .text(refusal.code), .text(refusal.detail)])
            // Of somebody who was forgotten meanwhile nothing may stay.
            guard refusal.code == Refusal.forgottenCode else { return }
            try connection.prepared("UPDATE refusals SET source = '' WHERE refusal = ?1")
                .run([.integer(key)])
        }
    }

    /// Keeps what was refused, for repair.
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
            // Its detail may quote what was sent.
            item =
                isForgotten(refused)
                ? RefusedItem(
                    kind: refused.kind, source: [], refusal: .forgotten,
                    experiment: refused.experiment) : refused
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
