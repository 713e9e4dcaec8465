import Foundation
@testable import HoldfastDatasets
import HoldfastFormats
import Testing
import TestSupport

/// What a retraining set says of itself to other programs. The scripts in `Tests/Packaging` hold
/// the same golden files against those programs.
@Suite struct PackagingTests {
    private static func golden(_ name: String) throws -> String {
        try Repository.text("\(PackagedSet.folder)/\(name)")
    }

    @Test func `a manifest gives these documents, byte by byte`() throws {
        let manifest = try PackagedSet.golden()
        let folder = try TemporaryFolder()
        try Packaging.write(manifest, card: DatasetCard(), to: folder.path)
        #expect(try folder.names == ["croissant.json", "datapackage.json"])
        for name in try folder.names {
            let text = String(decoding: try folder.read(name), as: UTF8.self)
            #expect(text == (try PackagingTests.golden(name)), "\(name)")
        }
    }

    @Test func `the golden files are those of their manifest`() throws {
        let manifest = try PackagedSet.golden()
        for part in manifest.parts {
            let text = try PackagingTests.golden(part.file)
            #expect(text.utf8.count == part.bytes && text.hasPrefix("id,unit,cluster,"))
        }
        let told = try JSON.parse(Array(PackagingTests.golden("manifest.json").utf8))
        let names = told["columns"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == manifest.columns.map(\.name))
    }

    // MARK: - Croissant

    /// Parts and columns that no careful person would name so.
    private static let hostile: [(parts: [String], columns: [String])] = [
        (["train", "eval"], ["split", "split_", ".", "..", "...", "train", "@", "name"]),
        (["split", "split_"], ["split"]),
        (["train", "train.csv", "train.jsonl", "train.parquet"], ["file", "url"]),
        ([".", "..", "-", "Train", "train"], ["a-b.c", "A-B.C-", "_"]),
    ]

    @Test(arguments: ExportRequest.FileFormat.allCases)
    func `in Croissant every part is a file with its digest, and every column a field of each part`(
        format: ExportRequest.FileFormat
    ) throws {
        for (names, columns) in PackagingTests.hostile {
            let parts = names.map { PackagedSet.part($0, format) }
            let features = columns.map { (name: $0, type: "number", role: "feature") }
            let manifest = PackagedSet.manifest(
                parts: parts, columns: [("id", "text", "decision")] + features)
            let document = Croissant.json(manifest)
            let files = try #require(document["distribution"]?.array)
            #expect(files.compactMap { $0["name"]?.string } == parts.map(\.file))
            #expect(files.compactMap { $0["contentUrl"]?.string } == parts.map(\.file))
            #expect(files.compactMap { $0["sha256"]?.string } == parts.map(\.sha256))
            #expect(
                files.compactMap { $0["contentSize"]?.string } == parts.map { "\($0.bytes) B" })
            let sets = try #require(document["recordSet"]?.array)
            #expect(sets.count == parts.count + 1)
            for (set, file) in zip(sets.dropFirst(), files) {
                let fields = try #require(set["field"]?.array)
                let named = fields.compactMap { $0["name"]?.string }
                #expect(Array(named.dropLast()) == manifest.columns.map(\.name))
                #expect(set["key"]?["@id"] == fields[0]["@id"])
                for field in fields {
                    #expect(field["source"]?["fileObject"]?["@id"] == file["@id"])
                    #expect(field["dataType"] != nil)
                }
            }
            let ids = PackagingTests.identifiers(files + sets)
            #expect(Set(ids).count == ids.count, "an id is there twice: \(ids)")
            // A step of dots would lead a reader of paths elsewhere.
            #expect(
                !ids.contains { $0.split(separator: "/").contains { [".", ".."].contains($0) } })
        }
    }

    /// The ids of nodes, not those of what they refer to.
    private static func identifiers(_ nodes: [JSON]) -> [String] {
        nodes.flatMap { node in
            [node["@id"]?.string].compactMap { $0 } + identifiers(node["field"]?.array ?? [])
        }
    }

    @Test func `the split is told for each part, and what it is for where its name says so`() throws
    {
        let names = ["train", "eval", "validation", "backtest"]
        let manifest = PackagedSet.manifest(parts: names.map { PackagedSet.part($0) })
        let set = try #require(Croissant.json(manifest)["recordSet"]?.array?.first)
        #expect(set["dataType"] == "cr:Split")
        let data = try #require(set["data"]?.array)
        #expect(data.compactMap { $0["split/name"]?.string } == names)
        #expect(data.compactMap { $0["split/file"]?.string } == names.map { "\($0).csv" })
        #expect(
            data.compactMap { $0["split/url"]?.string } == [
                "cr:TrainingSplit", "cr:TestSplit", "cr:ValidationSplit", "cr:Split",
            ])
    }

    // MARK: - The card

    @Test func `what a card says is what the documents say`() throws {
        let card = DatasetCard(
            name: "Limits \"2026\"", description: "one\ntwo", licence: "CC-BY-4.0",
            creator: "Lending", url: "https://data.example/limits", citeAs: "@misc{limits}",
            version: "2.1.0-rc.1", datePublished: moment(24))
        try card.check()
        let manifest = PackagedSet.manifest(parts: [PackagedSet.part("train")])
        let croissant = Croissant.json(manifest, card: card)
        let package = try #require(DataPackage.json(manifest, card: card))
        #expect(croissant["name"] == "Limits \"2026\"" && package["title"] == croissant["name"])
        #expect(croissant["description"] == "one\ntwo")
        #expect(croissant["license"] == "CC-BY-4.0")
        #expect(package["licenses"] == [["name": "CC-BY-4.0"]])
        #expect(croissant["creator"]?["name"] == "Lending")
        #expect(croissant["url"] == "https://data.example/limits")
        #expect(package["homepage"] == croissant["url"] && package["id"] == nil)
        #expect(croissant["citeAs"] == "@misc{limits}")
        #expect(croissant["version"] == "2.1.0-rc.1" && package["version"] == "2.1.0-rc.1")
        #expect(croissant["datePublished"] == "2026-01-02T00:00:00Z")
    }

    @Test(
        arguments: [
            (nil, ["name": "notspecified", "title": "proprietary: not stated by its owner"]),
            ("https://a.example/l", ["path": "https://a.example/l"]), ("MIT", ["name": "MIT"]),
            ("ours alone", ["name": "other-closed", "title": "ours alone"]),
        ] as [(String?, JSON)])
    func `a licence is told as what it is`(licence: String?, told: JSON) throws {
        let manifest = PackagedSet.manifest(parts: [PackagedSet.part("train")])
        let card = DatasetCard(licence: licence)
        #expect(DataPackage.json(manifest, card: card)?["licenses"] == [told])
        let plain = Croissant.json(manifest, card: card)["license"]?.string
        #expect(plain == licence ?? DatasetCard.unstatedLicence)
    }

    @Test func `a card that no catalogue would take is refused`() throws {
        for version in ["1.0.0", "0.1.2-rc.1+r0f3c.20260101T000000Z", "10.20.30"] {
            try DatasetCard(version: version).check()
        }
        for version in ["1", "1.0", "01.0.0", "1.0.0-01", "v1.0.0", "1.0.0+", "1.0.0\n"] {
            #expect(throws: ExportError.self, "\(version)") {
                try DatasetCard(version: version).check()
            }
        }
        for url in ["data.example", "https://a b", "", "https://data.example/\u{e9}"] {
            #expect(throws: ExportError.self, "\(url)") { try DatasetCard(url: url).check() }
        }
        #expect(throws: ExportError.self) { try DatasetCard(licence: " \n").check() }
        try DatasetCard(url: "urn:holdfast:set:a").check()
    }

    @Test func `a card's own version passes its own check`() throws {
        let filled = DatasetCard().filled(for: try PackagedSet.golden())
        try DatasetCard(url: filled.url, version: filled.version).check()
        #expect(filled.version == "1.0.0+r0f3c2b8a91d4e576.20260101T000000500000Z")
    }

    @Test func `a waived gate is told in the description`() throws {
        let text = DatasetCard().filled(for: try PackagedSet.golden()).description
        #expect(text.contains("minimum-rows") && !text.contains("recomputation"))
        let manifest = PackagedSet.manifest(parts: [PackagedSet.part("train")])
        #expect(!DatasetCard().filled(for: manifest).description.contains("waived"))
    }

    // MARK: - Data package

    @Test func `only CSV has a data package`() {
        for format in ExportRequest.FileFormat.allCases {
            let manifest = PackagedSet.manifest(parts: [PackagedSet.part("train", format)])
            #expect((DataPackage.json(manifest) != nil) == (format == .csv))
        }
    }

    @Test func `the names of resources are small, and each is there once`() throws {
        let names = ["Train", "train", "TRAIN", "train-2"]
        let manifest = PackagedSet.manifest(parts: names.map { PackagedSet.part($0) })
        let package = try #require(DataPackage.json(manifest))
        let resources = try #require(package["resources"]?.array)
        #expect(
            resources.compactMap { $0["name"]?.string } == [
                "train", "train-2", "train-3", "train-2-2",
            ])
        #expect(resources.compactMap { $0["title"]?.string } == names)
        #expect(resources.compactMap { $0["path"]?.string } == names.map { "\($0).csv" })
    }
}
