import Foundation
import HoldfastFormats
import Synchronization
import TestSupport

/// Producers' own books: what they sent, and what was acknowledged. The ledger is held against
/// them.
final class Books: Sendable {
    /// What was counted.
    struct Entries {
        var sent: Set<String> = []
        var acknowledged: Set<String> = []
        var numbersSent: Set<String> = []
        var numbersAcknowledged: Set<String> = []
        /// Facts that were answered as taken.
        var accepted = 0
        /// Facts that were answered as duplicates.
        var duplicates = 0
        /// Posts that were answered 503.
        var unavailable = 0
        /// Answers that must not be.
        var complaints: [String] = []
    }

    /// Does at once what waits for more answers than will come.
    func release() {
        let action = state.withLock { state in
            defer { state.trigger = nil }
            return state.trigger?.action
        }
        action?()
    }

    private struct State {
        var entries = Entries()
        var trigger: (count: Int, action: @Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// What was counted so far.
    var entries: Entries { state.withLock { $0.entries } }
    /// How many facts were acknowledged, and how many posts answered 503: nothing is copied.
    var acknowledgedCount: Int { state.withLock { $0.entries.acknowledged.count } }
    var unavailableCount: Int { state.withLock { $0.entries.unavailable } }

    /// Does something once, on the thread of the producer whose answer makes it so many
    /// acknowledged facts.
    func whenAcknowledged(_ count: Int, do action: @escaping @Sendable () -> Void) {
        state.withLock { $0.trigger = (count, action) }
    }

    /// Posts a batch and books its answer; true where it was acknowledged. Throws where there is no
    /// answer: then it may be in the ledger or not.
    ///
    /// `isKnown`: it was acknowledged before, so that the ledger must call all of it duplicates.
    func post(_ batch: SentBatch, by client: WireClient, isKnown: Bool = false) throws -> Bool {
        state.withLock { state in
            state.entries.sent.formUnion(batch.facts.map(\.key))
            if let number = batch.number { state.entries.numbersSent.insert(Books.text(number)) }
        }
        let answer = try client.post(batch.kind.path, batch.body, headers: batch.headers)
        guard answer.status == 200 else {
            note(answer)
            return false
        }
        let counts = try Books.counts(answer.json)
        let action = state.withLock { state -> (@Sendable () -> Void)? in
            state.entries.accepted += counts.accepted
            state.entries.duplicates += counts.duplicates
            if counts.accepted + counts.duplicates != batch.facts.count || counts.refused > 0 {
                state.entries.complain("\(batch.facts.count) sent: \(answer)")
            }
            if isKnown, counts.accepted > 0 {
                state.entries.complain("taken again: \(batch.facts.map(\.key))")
            }
            state.entries.acknowledged.formUnion(batch.facts.map(\.key))
            guard let trigger = state.trigger,
                state.entries.acknowledged.count >= trigger.count
            else { return nil }
            state.trigger = nil
            return trigger.action
        }
        action?()
        return true
    }

    /// Books facts that were sent by another way than a post.
    func book(_ facts: [SentFact], accepted: Int) {
        state.withLock { state in
            state.entries.sent.formUnion(facts.map(\.key))
            state.entries.acknowledged.formUnion(facts.map(\.key))
            state.entries.accepted += accepted
        }
    }

    /// The number of a batch counts as acknowledged when all of its parts are.
    func acknowledge(_ number: (source: String, sequence: Int)) {
        state.withLock { _ = $0.entries.numbersAcknowledged.insert(Books.text(number)) }
    }

    /// An answer other than 200: only a service that cannot write may give one, and it says when to
    /// come back.
    private func note(_ answer: WireClient.Answer) {
        state.withLock { state in
            state.entries.unavailable += 1
            let seconds = answer.headers["retry-after"].flatMap(Int.init)
            if answer.status != 503 || seconds.map({ $0 < 1 }) ?? true {
                state.entries.complain(
                    "answered \(answer.status), Retry-After \(answer.headers["retry-after"] ?? "none"): \(String(decoding: answer.body, as: UTF8.self))"
                )
            }
        }
    }

    private static func text(_ number: (source: String, sequence: Int)) -> String {
        "\(number.source)|\(number.sequence)"
    }

    private static func counts(
        _ json: JSON
    ) throws -> (accepted: Int, duplicates: Int, refused: Int) {
        if let status = json["status"]?.string {
            return (status == "accepted" ? 1 : 0, status == "duplicate" ? 1 : 0, 0)
        }
        return (
            Int(try json.integer(at: "accepted")), Int(try json.integer(at: "duplicates")),
            Int(try json.integer(at: "refused"))
        )
    }
}

extension Books.Entries {
    /// Keeps the first of them: a thousand say no more.
    fileprivate mutating func complain(_ words: String) {
        if complaints.count < 20 { complaints.append(words) }
    }
}
