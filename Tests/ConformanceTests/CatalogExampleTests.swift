import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private let folder = "Schemas/Examples/catalog/"

/// A YAML value by JSON's types: what the schema sees.
private func json(_ node: CatalogNode) -> JSON {
    switch node.content {
    case .scalar(let text, _):
        if node.isNull { return nil }
        if let boolean = node.boolean { return .bool(boolean) }
        return node.number ?? .string(text)
    case .sequence(let elements): return .array(elements.map(json))
    case .mapping(let members):
        return .object(JSONObject(members.map { ($0.key.text ?? "", json($0.value)) }))
    }
}

/// What a bad file says of itself, as `# line: 7`.
private func mark(_ key: String, in text: String) throws -> String {
    let start = "# \(key): "
    let line = text.split(separator: "\n").first { $0.hasPrefix(start) }
    return String(try #require(line, "no \(start)").dropFirst(start.count))
}

private func read(_ text: String, _ name: String) throws(CatalogError) -> Catalog {
    try Catalog(files: [(name, text)], salt: { _ in nil })
}

@Suite struct CatalogExampleTests {
    @Test func `every good catalog is read, and the schema accepts it`() throws {
        let schema = try JSONSchemaValidator("catalog.schema.json")
        for name in try Repository.files(in: folder + "good", ending: ".yaml") {
            let text = try Repository.text(folder + "good/" + name)
            do {
                let catalog = try read(text, name)
                let again = try Catalog(canonicalText: catalog.canonicalText, salt: catalog.salt)
                #expect(again.revision == catalog.revision, "\(name)")
                #expect(again.experiments == catalog.experiments, "\(name)")
                let node = try #require(try CatalogNode.read(text, file: name))
                #expect(schema.faults(json(node)) == [], "\(name)")
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    @Test func `every bad catalog is refused in its line and in its words`() throws {
        for name in try Repository.files(in: folder + "bad", ending: ".yaml") {
            let text = try Repository.text(folder + "bad/" + name)
            let line = try #require(Int(try mark("line", in: text)))
            let says = try mark("says", in: text)
            do {
                _ = try read(text, name)
                Issue.record("\(name) is accepted")
            } catch {
                #expect(error.problems.contains { $0.place.line == line }, "\(error)")
                #expect(error.problems.allSatisfy { $0.place.file == name }, "\(error)")
                let marked = error.problems.filter { $0.place.line == line }
                #expect(
                    marked.contains { $0.description.lowercased().contains(says) },
                    "\(name) does not say \"\(says)\": \(error)")
                #expect(error.problems.allSatisfy { !$0.hint.isEmpty })
            }
        }
    }

    @Test func `the schema refuses the bad catalogs that it can tell`() throws {
        let schema = try JSONSchemaValidator("catalog.schema.json")
        for name in try Repository.files(in: folder + "bad", ending: ".yaml") {
            let text = try Repository.text(folder + "bad/" + name)
            let expected = try mark("schema", in: text)
            #expect(["refuses", "accepts"].contains(expected), "\(name)")
            var faults: [String] = []
            // What is no YAML never reaches the schema.
            do {
                faults =
                    try CatalogNode.read(text, file: name).map { schema.faults(json($0)) } ?? []
            } catch { #expect(expected == "accepts", "\(name): \(error)") }
            #expect(faults.isEmpty == (expected == "accepts"), "\(name): \(faults)")
        }
    }

    @Test func `the catalogs of the vectors fit the schema`() throws {
        let schema = try JSONSchemaValidator("catalog.schema.json")
        let vectors = try JSON.parse(try Repository.bytes("Schemas/Vectors/assignment-v1.json"))
        for part in ["decisions", "refusals", "methods", "methodRefusals"] {
            for vector in try vectors.cases(part) {
                #expect(
                    schema.faults(try #require(vector["catalog"])) == [], "\(vector["name"] ?? nil)"
                )
            }
        }
    }
}

@Suite struct MessageExampleTests {
    @Test(arguments: ["requests.json", "answers.json", "commands.json", "plans.json"])
    func `messages are valid or not, as they say`(file: String) throws {
        let path = "Schemas/Examples/messages/" + file
        let cases = try JSON.parse(try Repository.bytes(path)).array ?? []
        try #require(!cases.isEmpty)
        var isSeen: Set<Bool> = []
        for message in cases {
            let name = try message.text(at: "name")
            let schema = try JSONSchemaValidator(try message.text(at: "schema"))
            let faults = schema.faults(try #require(message["value"]))
            guard case .bool(let isValid)? = message["valid"] else {
                Issue.record("\(name) says nothing of its validity")
                continue
            }
            isSeen.insert(isValid)
            #expect(faults.isEmpty == isValid, "\(file), \(name): \(faults)")
        }
        #expect(isSeen == [true, false])
    }

    @Test func `every schema is understood, and its examples fit it`() throws {
        for name in try Repository.files(in: "Schemas", ending: ".schema.json") {
            let schema = try JSONSchemaValidator(name)
            for example in schema.root["examples"]?.array ?? [] {
                #expect(schema.faults(example) == [], "\(name)")
            }
        }
    }
}
