import Dispatch
import Glibc
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger

/// Every way of dealing, rules, clusters, and features of every type.
let fuzzCatalogInForce = mustSucceed("the catalog of the targets") {
    try Catalog(files: [("catalog.yaml", catalogText)], salt: { _ in nil })
}

private let catalogText = """
    holdfast: 1
    salt: \(fuzzSalt)
    holdouts:
      program: {unit: customer, share: 2%, covers: all}
    experiments:
      a:
        unit: customer
        arms: [{control: 50%}, {treatment: 50%}]
        features: {n: number, i: integer, c: category, b: boolean}
      b:
        unit: customer
        cluster: household
        eligible: {all: [{attribute: country, in: [JP, KR]}, {attribute: age, atLeast: 20}]}
        arms: [{control: 5%}, {treatment: 95%}]
      r:
        unit: customer
        rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01T00:00:00Z}
      s:
        unit: customer
        switchback: {every: 6h, burnIn: 30m}
        arms: [{control: 50%}, {treatment: 50%}]
      x:
        unit: customer
        explore: [{below: 0.5, control: 10%}, {control: 1%}]
    """

private let now = Timestamp(microseconds: 1_767_225_600_000_000)

private let reader = FactReader(catalog: fuzzCatalogInForce, knownArms: [:], now: now)

/// What the body of a POST goes through up to the ledger. The first byte chooses the form and the
/// kind: an array, lines or one value; decisions, exposures or outcomes.
///
/// An item that is taken is taken again, with the same digest, from what is kept of it.
@Sendable func fuzzFacts(_ bytes: [UInt8]) {
    for fact in facts(in: bytes) {
        require(fact.kind != nil || refusalIsWhole(fact), "a refusal says what is wrong")
    }
}

private func facts(in bytes: [UInt8]) -> [Fact] {
    guard let first = bytes.first else { return [] }
    let body = Array(bytes.dropFirst())
    var values: [JSON] = []
    switch first / 4 % 3 {
    case 0:
        var items = JSONItems(lines: body)
        while case .some(let item) = items.next() {
            if case .value(let value) = item { values.append(value) }
        }
    case 1:
        guard var items = try? JSONItems(array: body) else { return [] }
        while case .some(let item) = items.next() {
            if case .value(let value) = item { values.append(value) }
        }
    default:
        guard let value = try? JSON.parse(body) else { return [] }
        values.append(value)
    }
    return values.map { fact($0, kind: first % 4) }
}

private func fact(_ json: JSON, kind: UInt8) -> Fact {
    do throws(Refusal) {
        let fact = try read(json, kind)
        let kept = mustSucceed("what is kept of an item can be read") {
            try JSON.parse(Array(json.text().utf8))
        }
        let again = mustSucceed("an item that was taken is taken again") {
            try read(kept, kind)
        }
        require(digest(fact) == digest(again), "an item is the same fact again: \(json.text())")
        return fact
    } catch {
        // As the route does it.
        return .refused(
            RefusedItem(
                kind: .decision, source: Array(json.text().utf8), refusal: error,
                experiment: reader.experiment(of: json)))
    }
}

private func read(_ json: JSON, _ kind: UInt8) throws(Refusal) -> Fact {
    switch kind {
    case 0, 3: .decision(try reader.decision(json))
    case 1: .exposure(try reader.exposure(json))
    default: .outcome(try reader.outcome(json))
    }
}

private func digest(_ fact: Fact) -> [UInt8] {
    switch fact {
    case .decision(let fact): fact.digest
    case .exposure(let fact): fact.digest
    case .outcome(let fact): fact.digest
    case .refused: []
    }
}

private func refusalIsWhole(_ fact: Fact) -> Bool {
    guard case .refused(let item) = fact else { return false }
    return !item.refusal.code.isEmpty && !item.refusal.detail.isEmpty
        && !item.refusal.hint.isEmpty && item.source.utf8.count <= RefusedItem.sourceByteLimit
}

/// What was taken from a body can be recorded: no fact may make the ledger fail, for others wait in
/// the same transaction; and recorded twice it is a duplicate, or refused both times.
@Sendable func fuzzLedger(_ bytes: [UInt8]) {
    let facts = facts(in: bytes)
    guard !facts.isEmpty else { return }
    LedgerUnderFire.prepare(for: facts.count)
    let receipts = LedgerUnderFire.append(facts)
    require(receipts.count == facts.count, "each fact has a receipt")
    for (fact, (first, second)) in zip(facts, zip(receipts, LedgerUnderFire.append(facts))) {
        switch (first, second) {
        case (.accepted(let one), .duplicate(let other, _)),
            (.duplicate(let one, _), .duplicate(let other, _)):
            require(sameBytes(one, other), "a duplicate has the id of the first")
        case (.refused(let one), .refused(let other)):
            require(one.code == other.code, "what is refused is refused alike")
        default: require(false, "\(fact): first \(first), then \(second)")
        }
    }
}

/// One ledger in a folder of its own, begun anew before it grows slow.
private enum LedgerUnderFire {
    private static let path: String = {
        let folder = getenv("HOLDFAST_FUZZ_SCRATCH").map { String(cString: $0) } ?? "."
        return "\(folder)/fuzz.db"
    }()
    nonisolated(unsafe) private static var ledger: Ledger?
    nonisolated(unsafe) private static var count = 0

    static func prepare(for facts: Int) {
        count += facts
        if count > 50_000 || ledger == nil { begin() }
    }

    static func append(_ facts: [Fact]) -> [Receipt] {
        guard let ledger else { return [] }
        return wait { try await ledger.append(facts) }
    }

    private static func begin() {
        count = 0
        if let ledger { wait { await ledger.close() } }
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        let fresh = mustSucceed("a new ledger") { try Ledger(path: path, now: { now }) }
        _ = wait { try await fresh.bringIntoForce(fuzzCatalogInForce, at: now) }
        ledger = fresh
    }

    /// libFuzzer's callback cannot be asynchronous.
    private static func wait<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) -> Value {
        nonisolated(unsafe) var result: Result<Value, any Error>?
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do { result = .success(try await body()) } catch { result = .failure(error) }
            done.signal()
        }
        done.wait()
        return mustSucceed("the ledger takes every fact that was read") {
            guard let result else { fatalError() }
            return try result.get()
        }
    }
}
