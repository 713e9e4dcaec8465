import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Requests that cannot be met are refused with what to do, and windows end where they say.
@Suite struct RequestTests {
    private func error(_ request: ExportRequest, _ shop: Shop) throws -> ExportError? {
        let names = try shop.folder.names
        let error = #expect(throws: ExportError.self) { try shop.export(request, to: "out") }
        #expect(try shop.folder.names == names)
        return error
    }

    private func request(_ catalog: Catalog, _ experiment: String = "limits") -> ExportRequest {
        ExportRequest(catalog: catalog, experiment: experiment, asOf: moment(10))
    }

    @Test func `an experiment that is unknown, has no outcome or no control is refused`()
        async throws
    {
        let catalog = try simpleCatalog(
            others: """
                , bare: {unit: customer, arms: [{control: 50%}, {on: 50%}]},
                ab: {unit: customer, arms: [{a: 50%}, {b: 50%}], outcome: {name: n, horizon: 1d}}
                """)
        let shop = try await Shop(catalog)
        for (experiment, message, hint) in [
            ("none", "\"none\"", "limits, bare, ab"), ("", "\"\"", "known"),
            ("bare", "no outcome", "outcome: {"), ("ab", "no arm named control", "control arm"),
        ] {
            let error = try error(request(catalog, experiment), shop)
            #expect(error?.message.contains(message) == true, "\(experiment)")
            #expect(error?.hint.contains(hint) == true, "\(experiment)")
        }
    }

    @Test func `a revision that deals otherwise, or that is not there, is refused`() async throws {
        let starts = "starts: 2025-12-01T00:00:00Z"
        let old = try simpleCatalog(starts, arms: "[{control: 20%}, {treatment: 80%}]")
        let new = try simpleCatalog(starts)
        let shop = try await Shop(old)
        shop.clock.now = moment(-50)
        try await shop.force(new)
        var request = request(new)
        request.revisions = [old.revision]
        #expect(try error(request, shop)?.message.contains("otherwise") == true)
        request.revisions = [new.revision, "r0000000000000000"]
        let missing = try error(request, shop)
        #expect(missing?.message.contains("r0000000000000000") == true)
        #expect(missing?.hint.contains(new.revision) == true)
        request.revisions = []
        #expect(try error(request, shop)?.message.contains("no revision") == true)
        let other = try simpleCatalog(starts, arms: "[{control: 30%}, {treatment: 70%}]")
        #expect(try error(self.request(other), shop)?.hint.contains("salt") == true)
        let salted = try simpleCatalog(starts, salt: "another-salt-than-that")
        #expect(try error(self.request(salted), shop)?.hint.contains("salt") == true)
    }

    @Test func `decisions of a revision that deals otherwise are counted and left out`()
        async throws
    {
        let starts = "starts: 2025-12-01T00:00:00Z"
        let old = try simpleCatalog(starts, arms: "[{control: 90%}, {treatment: 10%}]")
        let new = try simpleCatalog(starts, arms: "[{control: 60%}, {treatment: 40%}]")
        let shop = try await Shop(old)
        try await shop.append(
            try (0..<50).map { try Shop.decision(old, "a\($0)", "u\($0)", at: moment(0)) })
        try await shop.force(new)
        try await shop.append(
            try (0..<50).map { try Shop.decision(new, "b\($0)", "v\($0)", at: moment(0)) })
        let rows = try shop.rows(request(new))
        #expect(rows.count == 100)
        for (id, row) in rows {
            #expect(row.reasons.contains(1) == id.hasPrefix("a"), "\(id): \(row)")
            #expect(!row.reasons.contains(2), "\(id): \(row)")
        }
        // The same ledger, read with the catalog of then.
        let back = try shop.rows(request(old))
        #expect(back.allSatisfy { $0.value.reasons.contains(1) == $0.key.hasPrefix("b") })
    }

    /// A unit of the control arm: the first that the catalog deals there.
    private func control(_ catalog: Catalog, after prefix: String = "c") throws -> String {
        let units = (0..<200).map { "\(prefix)\($0)" }
        return try #require(
            try units.first {
                try catalog.assign(
                    Candidate(unit: try unit($0)), in: "limits", at: moment(0)
                ).arm == .control
            })
    }

    @Test func `windows begin and end to the microsecond`() async throws {
        let catalog = try simpleCatalog(
            "interferes: [promo]", absent: "unknown",
            others: ", promo: {unit: customer, arms: [{control: 50%}, {on: 50%}]}")
        let unit = try control(catalog)
        for (at, experiment, reason) in [
            (moment(-2, -1), "limits", nil), (moment(-2), "limits", 4), (moment(0), "limits", 4),
            (moment(3, -1), "limits", 4), (moment(3), "limits", nil),
            (moment(-2, -1), "promo", nil), (moment(-2), "promo", 5), (moment(3, -1), "promo", 5),
            (moment(3), "promo", nil),
        ] as [(Timestamp, String, Int?)] {
            let shop = try await Shop(catalog)
            try await shop.append([
                try Shop.decision(catalog, "d", unit, at: moment(0)),
                try Shop.outcome("o", unit, 1, at: moment(1)),
                try Shop.exposure("x", unit, in: experiment, at: at),
            ])
            let row = try #require(try shop.rows(request(catalog))["d"])
            #expect(row.reasons == (reason.map { [$0] } ?? []), "\(experiment) at \(at)")
        }
    }

    @Test func `a label is the last outcome within the horizon, ties by the greater id`()
        async throws
    {
        let catalog = try simpleCatalog(absent: "unknown")
        let unit = try control(catalog)
        let cases: [([(String, Timestamp, Double)], Double?)] = [
            ([("a", moment(0, -1), 1)], nil), ([("a", moment(0), 1)], 1),
            ([("a", moment(3, -1), 1)], 1), ([("a", moment(3), 1)], nil),
            ([("a", moment(1), 1), ("b", moment(2), 2)], 2),
            ([("b", moment(1), 1), ("a", moment(2), 2)], 2),
            ([("b", moment(1), 1), ("a", moment(1), 2)], 1),
            ([("a9", moment(1), 1), ("a10", moment(1), 2)], 1),
            ([("é", moment(1), 1), ("z", moment(1), 2)], 1), ([], nil),
        ]
        for (outcomes, label) in cases {
            let shop = try await Shop(catalog)
            try await shop.append([try Shop.decision(catalog, "d", unit, at: moment(0))])
            try await shop.append(
                try outcomes.map { try Shop.outcome($0.0, unit, $0.2, at: $0.1) })
            let row = try #require(try shop.rows(request(catalog))["d"])
            #expect(row.label == label, "\(outcomes)")
            #expect(row.reasons == (label == nil ? [9] : []), "\(outcomes)")
        }
    }

    @Test func `a row is ripe from the moment at which its horizon has passed`() async throws {
        let catalog = try simpleCatalog()
        let unit = try control(catalog)
        let shop = try await Shop(catalog)
        try await shop.append([try Shop.decision(catalog, "d", unit, at: moment(0))])
        for (asOf, reasons) in [(moment(3, -1), [9]), (moment(3), []), (moment(3, 1), [])] {
            var request = request(catalog)
            request.asOf = asOf
            #expect(try shop.rows(request)["d"]?.reasons == reasons, "\(asOf)")
        }
    }

    @Test func `a row without its cluster is not clean, and does not stop an export`() async throws
    {
        let catalog = try catalog(
            """
            holdouts: {h: {unit: customer, share: 100%}},
            experiments: {limits: {unit: customer, cluster: household,
            arms: [{control: 50%}, {treatment: 50%}], outcome: {name: paid, horizon: 3h, absent: 0}}}
            """)
        let shop = try await Shop(catalog)
        let now = moment(0)
        let fact = try Shop.decision(catalog, "d", "u", cluster: "h", at: now)
        try await shop.append([fact])
        #expect(try shop.rows(request(catalog))["d"]?.reasons == [])
        try shop.tamper("UPDATE decisions SET cluster = NULL")
        #expect(try shop.rows(request(catalog))["d"]?.reasons == [6])
        #expect(try shop.export(request(catalog), to: "out").keptCount == 0)
    }

    @Test func `a member whom only another experiment knows exposes the household`() async throws {
        let catalog = try simpleCatalog(
            "cluster: household",
            others: """
                , collections: {unit: customer, cluster: household, arms: [{control: 50%}, {on: 50%}]},
                promo: {unit: customer, arms: [{control: 50%}, {on: 50%}]}
                """)
        let household = try #require(
            try (0..<50).map { "h\($0)" }.first {
                let candidate = Candidate(unit: try unit("one"), cluster: try unit($0))
                return try catalog.assign(candidate, in: "limits", at: moment(0)).arm == .control
            })
        let shop = try await Shop(catalog)
        try await shop.append([
            try Shop.decision(catalog, "d", "one", cluster: household, at: moment(0)),
            try Shop.decision(
                catalog, "e", "two", cluster: household, at: moment(-40), in: "collections"),
        ])
        #expect(try shop.rows(request(catalog))["d"]?.reasons == [])
        // Promo names no household: that the two share one is known from collections alone.
        try await shop.append([
            try Shop.exposure("x", "two", in: "promo", arm: "on", at: moment(1))
        ])
        #expect(try shop.rows(request(catalog))["d"]?.reasons == [6])
    }
}
