import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private func text(salt: String) -> String {
    "holdfast: 1\nsalt: \(salt)\nexperiments: {trial: {unit: u, arms: [{control: 100%}]}}\n"
}

/// What is wrong with a salt, whether it stands in place, in the environment or in a file.
private func problem(_ salt: String, from place: String) -> CatalogError? {
    do throws(CatalogError) {
        let written = place == "in place" ? "\"\(salt)\"" : place
        _ = try Catalog(files: [("c.yaml", text(salt: written))], salt: { _ in salt })
        return nil
    } catch {
        return error
    }
}

@Suite struct SaltTests {
    @Test(arguments: ["in place", "${SECRET}", "file:secret.txt"])
    func `a salt has 16 characters to 1,024 bytes, wherever it is kept`(place: String) {
        for good in [
            String(repeating: "s", count: 16), String(repeating: "s", count: 1_024),
            "sälz-sälz-sälz-s",
        ] {
            #expect(problem(good, from: place) == nil, "\(good)")
        }
        for bad in [
            "Zq7Zq7Zq7Zq7Zq7", String(repeating: "Zq7", count: 400), "Zq7/Zq7Zq7Zq7Zq7Zq7",
            "ZäqZäqZäq",
            "Zq7Zq7\u{7F}Zq7Zq7Zq7/", "",
        ] {
            let error = problem(bad, from: place)
            #expect(error?.problems.count == 1, "\(bad) \(place)")
            #expect(error?.problems.first?.place.line == 2)
            #expect(
                error?.description.contains("Zq7") == false,
                "the salt is shown: \(String(describing: error))")
            #expect(error?.description.contains("Zäq") == false)
        }
    }

    @Test func `the place of a salt is told to who fetches it`() throws {
        var asked: [Catalog.SaltSource] = []
        for salt in ["${SECRET}", "file:keys/secret.txt"] {
            _ = try Catalog(
                files: [("conf/c.yaml", text(salt: salt))],
                salt: {
                    asked.append($0)
                    return exampleSalt
                })
        }
        #expect(
            asked == [
                .environment("SECRET"), .file(path: "keys/secret.txt", catalogFile: "conf/c.yaml"),
            ])
    }

    @Test func `a salt that is not there is an error that names its place`() {
        for (salt, named) in [("${SECRET}", "SECRET"), ("file:secret.txt", "secret.txt")] {
            let error = #expect(throws: CatalogError.self) {
                try Catalog(files: [("c.yaml", text(salt: salt))], salt: { _ in nil })
            }
            #expect(error?.problems.count == 1 && error?.description.contains(named) == true)
        }
    }

    @Test func `a reference that is misspelt is never taken for a salt`() {
        for salt in ["\"${HOLDFAST_SALT\"", "\"${HOLDFAST_SALT}-and-more\""] {
            #expect(throws: CatalogError.self) {
                try Catalog(files: [("c.yaml", text(salt: salt))], salt: { _ in nil })
            }
        }
    }

    @Test func `neither revision nor canonical text nor fingerprint tells a salt`() throws {
        let catalog = try catalog(text(salt: exampleSalt))
        for shown in [catalog.revision, catalog.canonicalText, catalog.saltFingerprint] {
            #expect(!shown.contains(exampleSalt))
        }
    }
}

@Suite struct FolderTests {
    private let first = "holdfast: 1\nsalt: \(exampleSalt)\nlayers: {l: {unit: u}}\n"
    private func experiment(_ name: String) -> String {
        "holdfast: 1\nexperiments:\n  \(name): {unit: u, arms: [{control: 100%}], layer: {name: l, from: 0%, to: 1%}}\n"
    }

    @Test func `the files of a folder are one catalog`() throws {
        let files = [
            ("a.yaml", first), ("b.yaml", experiment("b")), ("c.yaml", "holdfast: 1\nholdouts:\n"),
        ]
        let catalog = try Catalog(files: files, salt: { _ in nil })
        #expect(catalog.experiments.map(\.name.text) == ["b"] && catalog.layers.count == 1)
        let merged = first + "experiments:" + experiment("b").split(separator: "experiments:")[1]
        #expect(try HoldfastAssignmentTests.catalog(merged).revision == catalog.revision)
    }

    @Test func `a name or salt in two files is refused, and both places are named`() {
        let files = [
            ("a.yaml", first), ("b.yaml", experiment("x")), ("c.yaml", "# c\n" + experiment("x")),
        ]
        let error = #expect(throws: CatalogError.self) {
            try Catalog(files: files, salt: { _ in nil })
        }
        #expect(error?.problems.count == 1)
        #expect(error?.description.contains("c.yaml:4:3") == true)
        #expect(error?.description.contains("b.yaml:3:3") == true)
        let salts = #expect(throws: CatalogError.self) {
            try Catalog(files: [("a.yaml", first), ("b.yaml", first)], salt: { _ in nil })
        }
        #expect(
            salts?.problems.contains { $0.place == Place(file: "b.yaml", line: 2, column: 7) }
                == true)
    }

    @Test func `every fault of every file is told, in order`() {
        let files = [
            ("a.yaml", first + "extra: 1\n"),
            ("b.yaml", "holdfast: 2\nexperiments: {x: {unit: u}}\n"),
            ("c.yaml", ""), ("d.yaml", "a: [\n"),
        ]
        let error = #expect(throws: CatalogError.self) {
            try Catalog(files: Array(files.dropLast()), salt: { _ in nil })
        }
        #expect(
            error?.problems.map { "\($0.place.file):\($0.place.line)" } == [
                "a.yaml:4", "b.yaml:1", "b.yaml:2", "c.yaml:1",
            ])
        let broken = #expect(throws: CatalogError.self) {
            try Catalog(files: files, salt: { _ in nil })
        }
        #expect(broken?.problems.first?.place.file == "d.yaml")
        #expect(throws: CatalogError.self) { try Catalog(files: [], salt: { _ in nil }) }
    }

    @Test func `faults of one line are told from left to right`() {
        let text = """
            holdfast: 1
            salt: example-salt-of-24-chars
            experiments:
              trial:
                unit: customer
                arms: [{control: 50%}, {treatment: 50%}]
                eligible: {attribute: country, contains: JP}
            """
        let error = #expect(throws: CatalogError.self) {
            try Catalog(files: [("a.yaml", text)], salt: { _ in nil })
        }
        let columns = error?.problems.map(\.place.column) ?? []
        #expect(columns.count > 1 && columns == columns.sorted(), "\(columns)")
    }
}
