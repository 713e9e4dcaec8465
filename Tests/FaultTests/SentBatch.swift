import Foundation
import HoldfastFormats
import TestSupport

/// The three kinds of facts, as a producer meets them.
enum FactKind: String, CaseIterable {
    case decisions
    case exposures
    case outcomes

    var path: String { "/v1/\(rawValue)" }
}

/// A fact as a producer made it up.
struct SentFact {
    /// What is found of it in the ledger: `o|visitor-3-17|5`. No two facts have the same, whether
    /// they have an id or not.
    let key: String
    /// The JSON that is posted.
    let item: String
}

/// Facts that are posted together.
struct SentBatch {
    let kind: FactKind
    var facts: [SentFact]
    /// Who counts the batches, and which of his this is.
    var number: (source: String, sequence: Int)?
    /// A single fact may be posted as an object of its own.
    var isSingle = false

    /// A batch of so many facts about units that nobody else has.
    static func random(
        _ kind: FactKind, count: Int, units: String, chance: inout SeededGenerator
    ) -> SentBatch {
        let facts = (0..<count).map { index -> SentFact in
            let unit = "\(units)-\(index)"
            // Without an id one is derived from the content, to which the time belongs.
            let hasID = Bool.random(using: &chance)
            let time = "2026-01-0\(1 + chance.below(9))T0\(chance.below(10)):00:00Z"
            let id = hasID ? #""id":"\#(kind.rawValue)-\#(unit)","# : ""
            let start = #"{\#(id)"unit":"\#(unit)""#
            let value = chance.below(100)
            switch kind {
            case .decisions:
                return SentFact(
                    key: "d|\(unit)|\(value)",
                    item: start
                        + #","experiment":"front-page","score":\#(value),"at":"\#(time)","features":{"item_id":"\#(value % 7)","position":\#(value)}}"#
                )
            case .exposures:
                let arm = value < 50 ? "control" : "treatment"
                return SentFact(
                    key: "e|\(unit)|\(arm)",
                    item: start + #","experiment":"front-page","arm":"\#(arm)","at":"\#(time)"}"#)
            case .outcomes:
                return SentFact(
                    key: "o|\(unit)|\(value)",
                    item: start + #","name":"clicked","value":\#(value),"at":"\#(time)"}"#)
            }
        }
        return SentBatch(kind: kind, facts: facts, isSingle: count == 1)
    }

    /// The same facts in two parts, both under the batch's number.
    func cut(at place: Int) -> [SentBatch] {
        var parts = [self, self]
        parts[0].facts = Array(facts[..<place])
        parts[1].facts = Array(facts[place...])
        for index in parts.indices { parts[index].isSingle = false }
        return parts
    }

    var body: String {
        isSingle ? facts[0].item : "[\(facts.map(\.item).joined(separator: ","))]"
    }

    var headers: [(String, String)] {
        guard let number else { return [] }
        return [
            ("Holdfast-Source", number.source), ("Holdfast-Sequence", String(number.sequence)),
        ]
    }

    /// The catalog that these facts belong to.
    static let catalog = """
        holdfast: 1
        salt: fault-tests-salt-0001
        experiments:
          front-page:
            unit: visitor
            arms: [{control: 50%}, {treatment: 50%}]
            features: {item_id: category, position: integer}
        """
}
