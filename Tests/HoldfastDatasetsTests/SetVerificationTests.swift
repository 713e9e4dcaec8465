import Foundation
import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastReports
import HoldfastSQL
import Testing
import TestSupport

/// A set is made again from its manifest, and what differs is told.
@Suite struct SetVerificationTests {
    /// A set in the folder `set`, made with everything switched on.
    private struct Made {
        let shop: Shop
        let catalog: Catalog
        let features: String
        let manifest: Manifest

        init(_ change: (inout ExportRequest) -> Void = { _ in }) async throws {
            catalog = try ReproducibilityTests.catalog()
            shop = try await Shop(catalog)
            shop.clock.now = moment(25)
            try await shop.append(try ReproducibilityTests.facts(catalog))
            var request = try ReproducibilityTests.request(catalog, shop)
            change(&request)
            features = shop.folder.file("features.csv")
            manifest = try Export.run(
                request, ledger: shop.path, to: shop.folder.file("set"),
                report: ManifestHTML.render)
        }

        func verify(catalog: Catalog? = nil, features: String?? = nil) throws -> SetVerification {
            let names = try shop.folder.names
            let verification = try SetVerification.run(
                shop.folder.file("set"), catalog: catalog ?? self.catalog, ledger: shop.path,
                features: features ?? self.features)
            let left = try shop.folder.names
            #expect(left == names, "nothing is left behind")
            return verification
        }

        func edit(_ file: String, _ old: String, _ new: String) throws {
            let text = try shop.text(file)
            try #require(text.contains(old))
            let place = try #require(text.firstRange(of: old))
            try shop.folder.write(file, text.replacingCharacters(in: place, with: new))
        }
    }

    @Test func `a set that nobody touched is the same`() async throws {
        let made = try await Made()
        let verification = try made.verify()
        #expect(verification.isSame && verification.changes == [])
        #expect(verification.parts.map(\.file) == ["train.csv", "eval.csv"])
        for (part, written) in zip(verification.parts, made.manifest.parts) {
            #expect(part.stated == written.sha256)
            #expect(part.found == written.sha256 && part.made == written.sha256)
        }
        // Later facts change nothing, since the manifest says as of when.
        made.shop.clock.now = moment(40)
        try await made.shop.append([
            try Shop.decision(
                made.catalog, "late", "u1", cluster: "h0", at: moment(3), score: 0.5)
        ])
        #expect(try made.verify().isSame)
    }

    @Test(arguments: [ExportRequest.Mode.control, .weighted], ExportRequest.Observations.allCases)
    func `a set of every kind is the same again`(
        mode: ExportRequest.Mode, observations: ExportRequest.Observations
    ) async throws {
        let made = try await Made { request in
            request.mode = mode
            request.observations = observations
            request.fileFormat = observations == .last ? .jsonl : .csv
            request.isCensoringWeighted = observations == .all
            request.splitFrom = observations == .first ? nil : moment(8, 1)
            request.revisions = observations == .first ? [request.catalog.revision] : nil
            request.minimumRows = 3
            request.minimumPositives = 2
            request.waivers = request.waivers.filter { $0.key != .minimumRows }
        }
        #expect(made.manifest.isOpen)
        let verification = try made.verify()
        #expect(verification.isSame, "\(verification)")
    }

    @Test func `an edited part and a missing part are told`() async throws {
        let made = try await Made()
        let text = try made.shop.text("set/eval.csv")
        try made.shop.folder.write("set/eval.csv", text + "one more\n")
        var verification = try made.verify()
        #expect(!verification.isSame && verification.changes == [])
        #expect(verification.parts.map(\.isSame) == [true, false])
        #expect(verification.parts[1].found != verification.parts[1].stated)
        #expect(verification.parts[1].made == verification.parts[1].stated)
        try made.shop.folder.write("set/eval.csv", text)
        #expect(try made.verify().isSame)
        try FileManager.default.removeItem(atPath: made.shop.folder.file("set/train.csv"))
        verification = try made.verify()
        #expect(!verification.isSame && verification.parts[0].found == nil)
        #expect(verification.parts.map(\.isSame) == [false, true])
    }

    @Test func `an edited manifest is told by the field`() async throws {
        let made = try await Made()
        let digest = made.manifest.parts[0].sha256
        try made.edit("set/manifest.json", digest, String(repeating: "0", count: 64))
        var verification = try made.verify()
        #expect(!verification.isSame && verification.parts.map(\.isSame) == [false, true])
        #expect(verification.changes == ["parts"])
        try made.edit("set/manifest.json", String(repeating: "0", count: 64), digest)
        try made.edit("set/manifest.json", "\"a test\"", "\"approved by the board\"")
        verification = try made.verify()
        // The reason is taken from the manifest itself: nobody else knows it.
        #expect(verification.isSame)
        try made.edit("set/manifest.json", "\"holds\": ", "\"holds\": 1")
        verification = try made.verify()
        #expect(verification.changes == ["flow"] && !verification.isSame)
        #expect(verification.parts.allSatisfy { $0.isSame })
    }

    @Test func `a row of the ledger that was tampered with is told`() async throws {
        let made = try await Made()
        try made.shop.tamper(
            """
            UPDATE outcomes SET value = 1 - value WHERE name = 'paid' AND observed_at > \(origin)
            """)
        var verification = try made.verify()
        #expect(!verification.isSame)
        #expect(verification.parts.allSatisfy { $0.found == $0.stated && $0.made != $0.stated })
        #expect(verification.changes.contains("digest"), "\(verification.changes)")
        try made.shop.tamper("UPDATE decisions SET arm = 'control', reason = 'assigned'")
        verification = try made.verify()
        #expect(!verification.isSame && verification.changes.contains("flow"))
    }

    @Test func `where a gate closes now, there is nothing to compare with, and it is told`()
        async throws
    {
        // Nothing of it needs a waiver.
        let town = try await Town()
        #expect(try town.export(town.request, to: "set").isOpen)
        try town.shop.tamper("UPDATE decisions SET bucket = bucket + 1 WHERE id = 'd7'")
        let verification = try SetVerification.run(
            town.shop.folder.file("set"), catalog: town.catalog, ledger: town.shop.path)
        #expect(!verification.isSame && verification.parts.allSatisfy { $0.made == nil })
        #expect(verification.changes.contains("gates"))
    }

    @Test func `another catalog, another table and no table of features are refused`() async throws
    {
        let made = try await Made()
        let other = try simpleCatalog()
        var error = #expect(throws: ExportError.self) { try made.verify(catalog: other) }
        #expect(error?.message.contains(other.revision) == true)
        #expect(error?.message.contains(made.catalog.revision) == true)
        error = #expect(throws: ExportError.self) { try made.verify(features: .some(nil)) }
        #expect(error?.hint.contains("--features") == true)
        #expect(error?.message.contains("features.csv") == true)
        try made.shop.folder.write(
            "features.csv", ReproducibilityTests.table().replacing("37", with: "38"))
        error = #expect(throws: ExportError.self) { try made.verify() }
        #expect(error?.message.contains("features.csv is not the table") == true)
    }

    @Test func `what is no set is refused`() async throws {
        let made = try await Made()
        for text in ["", "{", "[]", "{\"format\": \"holdfast-manifest/2\"}", "\u{0}"] {
            try made.shop.folder.write("set/manifest.json", text)
            let error = #expect(throws: ExportError.self) { try made.verify() }
            #expect(error?.message.contains("set/manifest.json") == true, "\(text)")
        }
    }
}
