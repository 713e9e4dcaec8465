import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastServer
import TestSupport

/// A service of a small catalog on a free port, stopped when the body has ended.
struct Harness: Sendable {
    let client: HTTP
    let folder: TemporaryFolder
    let ledgerPath: String
    let service: HoldfastService

    static let catalogText = """
        holdfast: 1
        salt: server-tests-salt-0001
        holdouts:
          program: {unit: customer, share: 2%, covers: all}
        experiments:
          limits:
            description: Raise limits
            unit: customer
            cluster: household
            eligible: {all: [{attribute: country, in: [JP, KR]}, {attribute: age, atLeast: 20}]}
            arms: [{control: 50%}, {treatment: 50%}]
            overrides: {tester: treatment}
            outcome: {name: defaulted, horizon: 90d, absent: unknown}
            features: {income: number, months: integer, region: category, member: boolean}
          offers:
            unit: customer
            arms: [{control: 5%}, {treatment: 95%}]
        """

    /// The time of the tests' service, unless they move it.
    static let start = Timestamp(microseconds: 1_767_225_600_000_000)

    static func run(
        catalog text: String = Harness.catalogText, options: ServiceOptions = ServiceOptions(),
        now: @escaping @Sendable () -> Timestamp = { Harness.start },
        _ body: @Sendable @escaping (Harness) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("ledger.db")
        let ledger = try Ledger(path: path, now: now)
        let service = try await HoldfastService(
            catalog: try catalog(text), ledger: ledger, now: now, options: options)
        try await service.run(host: "127.0.0.1", port: 0) { port in
            try await body(
                Harness(
                    client: HTTP(port: port), folder: folder, ledgerPath: path, service: service))
        }
    }

    static func catalog(_ text: String) throws -> Catalog {
        try Catalog(files: [(name: "catalog.yaml", text: text)], salt: { _ in nil })
    }
}

extension JSON {
    /// A decision that the tests' catalog takes.
    static func decision(
        id: String? = nil, unit: String, features: JSON? = nil, country: JSON = "JP"
    ) -> JSON {
        var object = JSONObject([
            ("experiment", "limits"), ("unit", .string(unit)), ("cluster", "h-1"),
            ("attributes", ["country": country, "age": 33]),
        ])
        if let id { object.append("id", .string(id)) }
        if let features { object.append("features", features) }
        return .object(object)
    }
}
