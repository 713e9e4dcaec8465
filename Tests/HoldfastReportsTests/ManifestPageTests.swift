import Foundation
import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastDatasets
@testable import HoldfastReports

/// A manifest with one row in its one part.
private func oneRowManifest() -> Manifest {
    var manifest = exampleManifest()
    manifest.decisionCount = 1
    manifest.excluded = manifest.excluded.map {
        Manifest.Box(exclusion: $0.exclusion, rows: 0, holds: 0)
    }
    manifest.notRandomised = []
    manifest.parts = [
        Manifest.Part(name: "train", file: "t", rows: 1, positives: 0, bytes: 9, sha256: "ab")
    ]
    manifest.audit.weights.edges = [1, 1]
    manifest.audit.weights.counts = [1]
    return manifest
}

private func failedManifest() -> Manifest {
    var manifest = exampleManifest()
    for index in manifest.gates.indices {
        manifest.gates[index].passed = false
        manifest.gates[index].waiver = nil
    }
    return manifest
}

private let manifests = [
    exampleManifest(), emptyManifest(), hostileManifest(), oneRowManifest(), failedManifest(),
]

@Suite struct ManifestPageTests {
    @Test func `every page is well-formed, and its links lead somewhere`() throws {
        for manifest in manifests {
            let page = try ParsedPage(ManifestHTML.render(manifest))
            let names = page.elements.compactMap { $0.attributes["id"] }
            #expect(Set(names).count == names.count, "two elements have one name")
            for link in page.all("a") {
                let target = try #require(link.attributes["href"])
                #expect(target.hasPrefix("#") && names.contains(String(target.dropFirst())))
            }
            #expect(page.all("h1").count == 1 && page.all("main").count == 1)
            #expect(page.all("html").first?.attributes["lang"] == "en")
        }
    }

    @Test func `a page runs nothing and loads nothing`() throws {
        let known: Set<String> = [
            "a", "b", "body", "caption", "circle", "code", "dd", "desc", "details", "div", "dl",
            "dt", "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "head", "header", "html",
            "li", "line", "main", "meta", "nav", "p", "path", "pre", "rect", "section", "span",
            "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr",
            "ul",
        ]
        for manifest in manifests {
            let page = try ParsedPage(ManifestHTML.render(manifest))
            for element in page.elements {
                #expect(known.contains(element.name), "\(element.name)")
                for attribute in element.attributes.keys {
                    #expect(!attribute.hasPrefix("on") && !["src", "style"].contains(attribute))
                }
            }
        }
        for word in ["url(", "@import", "http", "<", "&", "\"", "'"] {
            #expect(!StyleSheet.text.contains(word), "the style sheet has \(word)")
        }
    }

    @Test func `names stay text, whatever they hold`() throws {
        let page = try ParsedPage(ManifestHTML.render(hostileManifest()))
        let expected = "<script>alert(\"x\")</script>&amp;'\u{FFFD}gnp\u{FFFD}]]>"
        #expect(page.all("h1").first?.text == expected)
        #expect(page.all("title").first?.text == "Retraining set of \(expected)")
        #expect(page.all("pre").first?.text == "--\u{FFFD}[31m</pre><img src=x onerror=alert(1)>")
    }

    @Test func `every picture has a name, its figures as a table, and texts that stand apart`()
        throws
    {
        for manifest in manifests {
            #expect(pictureFaults(try ParsedPage(ManifestHTML.render(manifest))) == [])
        }
    }

    @Test func `what failed or was waived stands first, with its reason`() throws {
        let page = try ParsedPage(ManifestHTML.render(exampleManifest()))
        let list = try #require(page.all("ul").first { $0.attributes["class"] == "gates" })
        let items = list.children.map(\.allText)
        #expect(items.count == Gate.Name.allCases.count)
        #expect(items[0].contains("! waived") && items[0].contains("Signed M. Ito"))
        #expect(items.dropFirst().allSatisfy { $0.contains("✓ passed") })
        let failed = try ParsedPage(ManifestHTML.render(failedManifest()))
        let verdict = try #require(
            failed.all("p").first { $0.attributes["class"] == "verdict bad" })
        #expect(verdict.text == "Not written: 12 of 12 gates failed.")
        #expect(failed.all("span").count { $0.text == "✕ FAILED" } == 12)
    }

    @Test func `each feature is drawn once, and what differs most stands first`() throws {
        let page = try ParsedPage(ManifestHTML.render(exampleManifest()))
        let names = page.all("figure").filter { $0.attributes["id"]?.hasPrefix("feature-") == true }
            .compactMap { $0.all.first { $0.name == "h3" }?.text }
        #expect(names == ["tenure_months", "income", "region"])
        let many = try ParsedPage(ManifestHTML.render(hostileManifest()))
        let all = many.all("figure").filter {
            $0.attributes["id"]?.hasPrefix("feature-") == true
        }
        #expect(all.count == 60)
        let dots = many.all("svg").filter {
            $0.attributes["aria-labelledby"]?.hasPrefix("balance-picture-wide") == true
        }
        #expect(dots.count == 2, "sixty features are drawn on two sheets")
    }

    @Test func `the same manifest gives the same bytes, on any engine`() {
        var other = exampleManifest()
        other.engine = ("duckdb", "1.4.0")
        #expect(ManifestHTML.render(other) == ManifestHTML.render(exampleManifest()))
        #expect(!ManifestHTML.render(exampleManifest()).contains("3.40.1"))
    }

    /// The golden page is this module's own, looked at in a browser before it was kept. To renew it
    /// after a wanted change, run this test with HOLDFAST_RENEW_GOLDEN set, and look at it again.
    @Test func `the page of the example is the one that was looked at`() throws {
        let path = "Tests/HoldfastReportsTests/Golden/manifest.html"
        let page = ManifestHTML.render(exampleManifest())
        if ProcessInfo.processInfo.environment["HOLDFAST_RENEW_GOLDEN"] != nil {
            try page.write(toFile: Repository.root + "/" + path, atomically: true, encoding: .utf8)
        }
        let golden = try Repository.text(path)
        let lines = zip(
            page.split(separator: "\n"), golden.split(separator: "\n")
        ).enumerated()
        for (number, (line, expected)) in lines where line != expected {
            Issue.record("line \(number + 1): \(line.prefix(200)) is not \(expected.prefix(200))")
            return
        }
        #expect(page == golden)
    }
}
