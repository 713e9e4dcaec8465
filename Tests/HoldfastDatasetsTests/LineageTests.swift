@testable import HoldfastDatasets
import HoldfastFormats
import Testing
import TestSupport

/// The run events of an export. `Tests/Packaging/lineage_check.py` holds the same golden file
/// against OpenLineage's own classes.
@Suite struct LineageTests {
    /// A run that ended in each way there is.
    static func events() throws -> [JSON] {
        let manifest = try PackagedSet.golden()
        var closed = manifest
        closed.gates.append(PackagedSet.gate(.positivity, passed: false))
        let ends: [OpenLineage.End] = [
            .complete(manifest), .refused(closed), .failed("ledger: \"disk\" full"), .aborted,
        ]
        return ends.enumerated().flatMap { index, end in
            var run = PackagedSet.run
            run.id = String(run.id.dropLast()) + String(index)
            return OpenLineage.events(of: run, from: moment(1), to: moment(2, 1), end)
        }
    }

    @Test func `exports give these events, byte by byte`() throws {
        let text = try LineageTests.events().map { $0.text() + "\n" }.joined()
        #expect(text == (try Repository.text("\(PackagedSet.folder)/lineage.jsonl")))
    }

    @Test func `each run begins once and ends once, and only a complete one has outputs`() throws {
        let events = try LineageTests.events()
        let types = events.compactMap { $0["eventType"]?.string }
        #expect(types == ["START", "COMPLETE", "START", "FAIL", "START", "FAIL", "START", "ABORT"])
        for (event, type) in zip(events, types) {
            #expect(event["outputs"]?.array?.isEmpty == (type != "COMPLETE"))
            #expect(event["inputs"]?.array?.count == 1)
        }
    }

    @Test func `each gate is an assertion, and one that was waived only warns`() throws {
        let refused = try LineageTests.events()[3]
        let facets = refused["inputs"]?.array?.first?["inputFacets"]
        let told = try #require(facets?["dataQualityAssertions"]?["assertions"]?.array)
        #expect(
            told.compactMap { $0["name"]?.string } == [
                "sample-ratio", "recomputation", "minimum-rows", "positivity",
            ])
        #expect(told.map { $0["success"] } == [true, true, false, false])
        #expect(told.map { $0["severity"] } == ["error", "error", "warn", "error"])
        #expect(told[2]["params"]?["waiver"] == "a \"trial\" run")
        #expect(told[0]["column"] == "arm" && told[1]["column"] == nil)
        let message = refused["run"]?["facets"]?["errorMessage"]?["message"]?.string ?? ""
        #expect(message.contains("positivity") && !message.contains("minimum-rows"))
    }

    @Test func `every part is an output with its rows, bytes, digest and columns`() throws {
        let manifest = try PackagedSet.golden()
        let outputs = try #require(LineageTests.events()[1]["outputs"]?.array)
        #expect(outputs.count == manifest.parts.count)
        for (output, part) in zip(outputs, manifest.parts) {
            #expect(output["name"]?.string == "clean/\(part.file)")
            let facets = output["facets"]
            #expect(facets?["version"]?["datasetVersion"]?.string == "sha256:\(part.sha256)")
            let fields = try #require(facets?["schema"]?["fields"]?.array)
            #expect(fields.compactMap { $0["name"]?.string } == manifest.columns.map(\.name))
            let statistics = output["outputFacets"]?["outputStatistics"]
            #expect(statistics?["rowCount"] == .integer(Int64(part.rows)))
            #expect(statistics?["size"] == .integer(Int64(part.bytes)))
        }
    }

    @Test func `no event tells where a file stands, unless the caller says so`() throws {
        for event in try LineageTests.events() {
            #expect(!event.text().contains("private"))
            #expect(event["inputs"]?.array?.first?["name"] == "holdfast.db")
        }
        var run = PackagedSet.run
        run.ledger = OpenLineage.Place(namespace: "file", name: "/srv/holdfast.db")
        let event = OpenLineage.start(run, at: moment(0))
        #expect(event["inputs"]?.array?.first?["name"] == "/srv/holdfast.db")
        #expect(OpenLineage.Place.file("/srv/private/").name == "private")
        #expect(OpenLineage.Place.file("/").name == "/")
    }
}
