import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Unsafe changes that somebody takes upon himself: named, kept, and never by accident.
@Suite struct AcceptTests {
    let harness: Harness
    let old: Catalog
    let new: Catalog

    private static let other = "  other: {unit: customer, arms: [{control: 50%}, {on: 50%}]}"
    private static let otherChanged = "  other: {unit: customer, arms: [{control: 9%}, {on: 91%}]}"
    private static let changed = "[{control: 40%}, {treatment: 60%}]"

    init() throws {
        harness = try Harness()
        old = try Harness.catalog(others: AcceptTests.other)
        new = try Harness.catalog(arms: AcceptTests.changed, others: AcceptTests.otherChanged)
    }

    private let limits = Name(literal: "limits")
    private let others = Name(literal: "other")

    /// The error of bringing a catalog into force; `nil` where it is taken.
    private func force(
        _ catalog: Catalog, _ accepting: Set<Name>, _ ledger: Ledger
    ) async throws -> LedgerError? {
        do throws(LedgerError) {
            try await ledger.bringIntoForce(catalog, at: harness.clock.now, accepting: accepting)
            return nil
        } catch {
            return error
        }
    }

    private func accepted() throws -> [LedgerReader.AcceptedChange] {
        try LedgerReader(path: harness.path, salt: old).acceptedChanges()
    }

    @Test func `a refusal lists each experiment with its change and the flag that accepts it`()
        async throws
    {
        let ledger = try await harness.ledger(old)
        let error = try await force(new, [], ledger)
        #expect(error?.code == .unsafeChange)
        for word in [
            "limits", "control 50%, treatment 50%", "control 40%, treatment 60%", "other",
            "control 9%, on 91%", old.revision,
        ] {
            #expect(error?.message.contains(word) == true, "\(word)")
        }
        for flag in ["--accept-unsafe limits", "--accept-unsafe other", "new name"] {
            #expect(error?.hint.contains(flag) == true, "\(flag)")
        }
    }

    @Test func `only what is named is accepted, and all that is unsafe must be`() async throws {
        let ledger = try await harness.ledger(old)
        let error = try await force(new, [limits], ledger)
        #expect(error?.code == .unsafeChange)
        #expect(error?.message.contains("other") == true)
        #expect(error?.message.contains("limits") == false)
        #expect(error?.hint.contains("--accept-unsafe other") == true)
        #expect(error?.hint.contains("--accept-unsafe limits") == false)
        #expect(try harness.count("revisions") == .integer(1))
        #expect(try accepted().isEmpty)
        harness.clock.advance(seconds: 5)
        #expect(try await force(new, [limits, others], ledger) == nil)
        let kept = try accepted()
        #expect(kept.map(\.experiment) == [limits, others])
        #expect(kept.map(\.revision) == [new.revision, new.revision])
        #expect(kept.map(\.receivedAt) == [harness.clock.now, harness.clock.now])
        #expect(kept[0].changes.contains("control 40%, treatment 60%"))
        #expect(kept[1].changes.contains("control 9%, on 91%"))
    }

    @Test func `to accept what is safe records nothing, and neither does a second time`()
        async throws
    {
        let ledger = try await harness.ledger(old)
        #expect(try await force(old, [limits], ledger) == nil)
        #expect(try accepted().isEmpty)
        #expect(try harness.count("in_force") == .integer(1))
        #expect(try await force(new, [limits, others], ledger) == nil)
        for accepting in [[limits, others], []] as [Set<Name>] {
            #expect(try await force(new, accepting, ledger) == nil)
        }
        #expect(try accepted().count == 2)
        #expect(try harness.count("in_force") == .integer(2))
    }

    @Test func `a name that nobody knows is refused as a slip, and nothing comes into force`()
        async throws
    {
        let ledger = try await harness.ledger(old)
        let error = try await force(new, [limits, others, Name(literal: "limit")], ledger)
        #expect(error?.code == .unknownExperiment)
        #expect(error?.message.contains("\"limit\"") == true)
        #expect(error?.hint.contains("limits, other") == true)
        #expect(try harness.count("in_force") == .integer(1))
        // One that an older revision had is known.
        let safe = try Harness.catalog(
            others: "  more: {unit: customer, arms: [{control: 50%}, {on: 50%}]}")
        _ = try await force(safe, [others], ledger)
        #expect(try await force(safe, [others], ledger) == nil)
    }

    @Test func `after an accepted change the way back is a change as well`() async throws {
        let ledger = try await harness.ledger(old)
        #expect(try await force(new, [limits, others], ledger) == nil)
        let back = try await force(old, [], ledger)
        #expect(back?.code == .unsafeChange)
        #expect(back?.message.contains(new.revision) == true)
        #expect(try await force(old, [limits, others], ledger) == nil)
        let again = try await force(new, [], ledger)
        #expect(again?.code == .unsafeChange)
        #expect(again?.message.contains(old.revision) == true)
        #expect(
            try accepted().map(\.revision) == [
                new.revision, new.revision, old.revision, old.revision,
            ])
        #expect(try harness.count("revisions") == .integer(2))
        #expect(try harness.count("in_force") == .integer(3))
    }

    @Test func `one that was taken out is compared with the last revision that had it`()
        async throws
    {
        let without = try Catalog(
            files: [
                (
                    "c.yaml",
                    "{holdfast: 1, salt: \(Harness.salt), experiments: {other: {unit: customer, "
                        + "arms: [{control: 50%}, {on: 50%}]}}}"
                )
            ], salt: { _ in nil })
        let middle = try Harness.catalog(arms: AcceptTests.changed, others: AcceptTests.other)
        let ledger = try await harness.ledger(old)
        #expect(try await force(middle, [limits], ledger) == nil)
        #expect(try await force(without, [limits], ledger) == nil)
        // Taken out is taken out: to start again with the same catalog asks nothing.
        #expect(try await force(without, [], ledger) == nil)
        let first = try await force(old, [], ledger)
        #expect(first?.code == .unsafeChange)
        #expect(first?.message.contains(middle.revision) == true)
        #expect(try await force(middle, [], ledger) == nil)
    }

    @Test func `nobody can accept another type of a feature`() async throws {
        let ledger = try await harness.ledger(try Harness.catalog("features: {a: number}"))
        let changed = try Harness.catalog("features: {a: category}")
        let error = try await force(changed, [limits], ledger)
        #expect(error?.code == .unsafeChange)
        #expect(error?.message.contains("category") == true)
        #expect(error?.hint.contains("--accept-unsafe") == false)
        #expect(try accepted().isEmpty)
    }
}
