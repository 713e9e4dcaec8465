internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// A fact made ready for the writer: all that can be calculated without the file has been, on the
/// thread of whoever brings it, so that the one writer has the less to do. A class, as it is handed
/// on several times and each copy of its texts would be counted.
final class SealedFact: Sendable {
    let fact: Fact
    /// The producer's id, or that derived from the content; none for an item that came refused.
    let id: String
    /// Of what the producer said.
    let digest: [UInt8]
    /// The values of the table's columns; none for an item that came refused.
    let row: [SQLValue]
    /// Of the row, and of a decision's features.
    let leaf: [UInt8]
    /// About how many bytes of memory it holds.
    let byteCount: Int
    /// Why it cannot be kept whatever the file holds.
    let notFinite: Refusal?

    /// `nonce` is 64 bits of chance.
    init(_ fact: Fact, nonce: Int64) {
        self.fact = fact
        notFinite = fact.notFinite
        switch fact {
        case .decision(let decision):
            digest = decision.digest
            id = decision.id ?? digest.hexadecimal
            row = decision.row(id: id, digest: digest, nonce: nonce)
            leaf = Leaf.of(.decisions, row + LoggedFeature.values(decision.features))
            byteCount = 512 + 96 * decision.features.count + row.textBytes
        case .exposure(let exposure):
            digest = exposure.digest
            id = exposure.id ?? digest.hexadecimal
            row = exposure.row(id: id, digest: digest, nonce: nonce)
            leaf = Leaf.of(.exposures, row)
            byteCount = 512 + row.textBytes
        case .outcome(let outcome):
            digest = outcome.digest
            id = outcome.id ?? digest.hexadecimal
            row = outcome.row(id: id, digest: digest, nonce: nonce)
            leaf = Leaf.of(.outcomes, row)
            byteCount = 512 + row.textBytes
        case .refused(let item):
            digest = []
            id = ""
            row = []
            leaf = []
            byteCount = 512 + item.source.utf8.count
        }
    }
}

extension [SQLValue] {
    fileprivate var textBytes: Int {
        reduce(0) { sum, value in
            guard case .text(let text) = value else { return sum }
            return sum + text.utf8.count
        }
    }
}

extension DecisionFact {
    fileprivate func row(id: String, digest: [UInt8], nonce: Int64) -> [SQLValue] {
        [
            .text(id), .text(unit.text), SQLValue(cluster?.text),
            .text(assignment.experiment.text), .integer(at.microseconds),
            SQLValue(assignment.arm?.text), .text(assignment.reason.word),
            SQLValue(assignment.reason.holdout?.text), .real(assignment.propensity),
            SQLValue(assignment.bucket.map { Int64($0) }), .text(assignment.revision),
            SQLValue(score), SQLValue(model), SQLValue(intended), .blob(digest),
            SQLValue(assignment.isBurnIn), .integer(nonce),
        ]
    }
}

extension ExposureFact {
    fileprivate func row(id: String, digest: [UInt8], nonce: Int64) -> [SQLValue] {
        [
            .text(id), .text(unit.text), SQLValue(cluster?.text), .text(experiment.text),
            .text(arm.text), .integer(at.microseconds), .blob(digest), .integer(nonce),
        ]
    }
}

extension OutcomeFact {
    fileprivate func row(id: String, digest: [UInt8], nonce: Int64) -> [SQLValue] {
        [
            .text(id), .text(unit.text), .text(name.text), .real(value),
            .integer(at.microseconds), .blob(digest), .integer(nonce),
        ]
    }
}

extension LoggedFeature {
    /// Names and values, by the bytes of the names: as a leaf covers them. What is missing is not
    /// among them, so that a column that is declared later changes no leaf.
    static func values(_ features: [LoggedFeature]) -> [SQLValue] {
        features.sorted { $0.name < $1.name }.flatMap {
            [.text($0.name.text), SQLValue($0.value)]
        }
    }
}

extension SQLValue {
    init(_ feature: FeatureValue) {
        switch feature {
        case .number(let value): self = .real(value)
        case .integer(let value): self = .integer(value)
        case .category(let text): self = .text(text)
        case .boolean(let value): self = .integer(value ? 1 : 0)
        }
    }
}
