import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Stored arms are dealt again, under the salt that is known.
@Suite struct ArmVerificationTests {
    private static let text = """
        holdouts: {h: {unit: customer, share: 20%}},
        experiments: {
        limits: {unit: customer, overrides: {u0: control}, arms: [{control: 50%}, {treatment: 50%}]},
        panel: {unit: customer, rotate: {panels: 10, stay: 2, every: 1d, from: 2026-01-01}}}
        """

    private static func verify(_ shop: Shop, _ catalog: Catalog) throws -> ArmVerification {
        let reader = try LedgerReader(path: shop.path, salt: catalog)
        return try ArmVerification(reader, catalog: catalog) { _ in }
    }

    /// A shop of 100 decisions of each experiment, u0 among them.
    private static func filled(_ catalog: Catalog) async throws -> Shop {
        let shop = try await Shop(catalog)
        for experiment in ["limits", "panel"] {
            try await shop.append(
                try (0..<100).map { number in
                    try Shop.decision(
                        catalog, "\(experiment)-\(number)", "u\(number)", at: moment(0),
                        in: experiment)
                })
        }
        return shop
    }

    @Test func `what is as it was dealt is counted, and what chance did not decide apart`()
        async throws
    {
        let catalog = try catalog(ArmVerificationTests.text)
        let shop = try await ArmVerificationTests.filled(catalog)
        let verification = try ArmVerificationTests.verify(shop, catalog)
        #expect(verification.faults == [])
        #expect(verification.recomputedCount == 199)
        #expect(verification.otherCount == 1, "u0 is an override")
    }

    @Test(arguments: [
        "UPDATE decisions SET arm = CASE arm WHEN 'control' THEN 'treatment' ELSE 'control' END WHERE decision IN (40, 41) AND reason = 'assigned'",
        "UPDATE decisions SET unit = unit || '-' WHERE decision BETWEEN 2 AND 60",
        "UPDATE decisions SET reason = 'assigned', holdout = NULL, arm = 'control' WHERE reason = 'holdout'",
        "UPDATE decisions SET decided_at = decided_at + 86400000000 WHERE experiment = 'panel'",
    ])
    func `a wrong arm is found, by experiment and first row`(statement: String) async throws {
        let catalog = try catalog(ArmVerificationTests.text)
        let shop = try await ArmVerificationTests.filled(catalog)
        try shop.tamper(SQL(stringLiteral: statement))
        let verification = try ArmVerificationTests.verify(shop, catalog)
        #expect(!verification.faults.isEmpty)
        for fault in verification.faults {
            #expect(fault.check == .arms)
            #expect(fault.detail.contains("the first is decision "), "\(fault.detail)")
        }
    }

    @Test
    func `where no revision has the salt it is no answer, and where some have it the rest is told`()
        async throws
    {
        let catalog = try catalog(ArmVerificationTests.text)
        let shop = try await ArmVerificationTests.filled(catalog)
        let other = try HoldfastDatasetsTests.catalog(
            ArmVerificationTests.text, salt: "another-salt-of-these-tests")
        let reader = try LedgerReader(path: shop.path, salt: other)
        let error = #expect(throws: LedgerError.self) {
            try ArmVerification.refuseOtherSalt(reader, catalog: other)
        }
        #expect(error?.code == .otherSalt)
        try ArmVerification.refuseOtherSalt(reader, catalog: catalog)
        try await shop.force(other)
        try await shop.append([
            try Shop.decision(other, "later", "u500", at: moment(1), in: "limits")
        ])
        try ArmVerification.refuseOtherSalt(reader, catalog: other)
        let verification = try ArmVerificationTests.verify(shop, other)
        #expect(verification.recomputedCount == 1 && verification.otherCount == 1)
        #expect(verification.otherSaltCount == 199)
        #expect(verification.faults == [])
    }

    @Test func `a revision that cannot be read is a finding`() async throws {
        let catalog = try catalog(ArmVerificationTests.text)
        let shop = try await ArmVerificationTests.filled(catalog)
        try shop.tamper("UPDATE revisions SET catalog = '{}'")
        let faults = try ArmVerificationTests.verify(shop, catalog).faults
        #expect(faults.map(\.check) == [.arms])
        #expect(faults.first?.detail.contains("a kept revision cannot be read") == true)
    }
}
